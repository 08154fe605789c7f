#include "codec/crypto/lz4_block.hpp"

#include <gtest/gtest.h>
#include <lz4.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "tests/support/names.hpp"
#include "tests/support/vectors.hpp"

namespace ringwire::crypto {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kCap = 16 * 1024 * 1024;

Bytes prefixed(std::uint32_t declared, ByteView block) {
  Bytes packed(kLz4PrefixBytes + block.size());
  store_be(packed.data(), declared);
  std::copy(block.begin(), block.end(), packed.begin() + kLz4PrefixBytes);
  return packed;
}

// What a receiver does: measure, then make room, then unpack.
Result<Bytes, Lz4Error> unpack(ByteView packed, std::uint32_t cap = kCap) {
  const auto size = lz4_measure(packed, cap);
  if (!size) return Failure{size.error()};
  Bytes plain(*size);
  if (const auto done = lz4_unpack(packed, plain); !done) return Failure{done.error()};
  return plain;
}

Bytes compressible(Prng& prng, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = i < 13 || prng.chance_ppm(30'000) ? static_cast<std::uint8_t>(prng.next()) : bytes[i - 13];
  }
  return bytes;
}

TEST(Lz4Block, AcceptsAndRefusesAsTheVectorsSay) {
  RW_REQUIRE_VECTORS(path, "lz4/lz4_block_cases.json");
  const auto rows = nlohmann::json::parse(test::read_file(path));
  ASSERT_EQ(rows.size(), 90U);
  for (const auto& row : rows) {
    const auto declared = row["declared_size"].get<std::uint64_t>();
    Bytes block(row["block_len"].get<std::size_t>());
    ASSERT_TRUE(from_hex(row["block_hex"].get<std::string>(), block));
    if (declared > UINT32_MAX) continue;  // has no form on the wire
    const auto plain = unpack(prefixed(static_cast<std::uint32_t>(declared), block));
    EXPECT_EQ(plain.ok(), row["accept"].get<bool>()) << row["name"];
    if (plain.ok()) {
      EXPECT_EQ(plain->size(), declared) << row["name"];
    }
  }
}

TEST(Lz4Block, EveryErrorHasAName) {
  test::expect_names_below(Lz4Error::count_);
}

TEST(Lz4Block, ReturnsWhatWasPacked) {
  Prng prng(3);
  for (std::size_t size = 80; size < 70'000; size = size * 3 / 2) {
    const Bytes plain = compressible(prng, size);
    Bytes packed(size);
    const auto bytes = lz4_pack(plain, packed);
    ASSERT_TRUE(bytes.has_value()) << size;
    EXPECT_LE(*bytes, size - size / 10);
    const auto back = unpack(ByteView(packed).first(*bytes));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, plain);
  }
}

TEST(Lz4Block, LeavesAloneWhatWouldNotShrinkByATenth) {
  Prng prng(4);
  for (std::size_t size = 0; size < 2000; ++size) {
    Bytes noise(size);
    prng.fill(noise);
    Bytes packed(size);
    EXPECT_FALSE(lz4_pack(noise, packed).has_value()) << size;
  }
}

TEST(Lz4Block, MeasuresAgainstTheCapBeforeAnythingElse) {
  const Bytes five = {0x7F, 0xFF, 0xFF, 0xFF, 0x00};
  EXPECT_EQ(lz4_measure(five, kCap).error(), Lz4Error::too_large);
  const Bytes three_as = {0x30, 'a', 'b', 'c'};
  EXPECT_EQ(lz4_measure(prefixed(3, three_as), 2).error(), Lz4Error::too_large);
  EXPECT_TRUE(lz4_measure(prefixed(3, three_as), 3).ok());
}

TEST(Lz4Block, NeverRepeatsBytesFromOutsideTheMessage) {
  // One literal, then a match of offset 0: liblz4 1.9.4 says yes to it.
  const Bytes block = {0x14, 'a', 0x00, 0x00, 0x50, 'b', 'b', 'b', 'b', 'b'};
  EXPECT_EQ(unpack(prefixed(14, block)).error(), Lz4Error::bad_offset);
  const Bytes beyond = {0x14, 'a', 0x02, 0x00, 0x50, 'b', 'b', 'b', 'b', 'b'};
  EXPECT_EQ(unpack(prefixed(14, beyond)).error(), Lz4Error::bad_offset);
}

TEST(Lz4Block, EveryTruncationIsRefused) {
  Prng prng(5);
  const Bytes plain = compressible(prng, 4000);
  Bytes packed(plain.size());
  packed.resize(lz4_pack(plain, packed).value());
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(unpack(ByteView(packed).first(size)).ok()) << size;
  }
}

// The walk and liblz4 must agree on every size: whatever liblz4 decodes without a bad offset, and nothing
// else.
TEST(Lz4Block, AgreesWithTheLibraryOnDamagedBlocks) {
  Prng prng(6);
  int compared = 0;
  for (int round = 0; round < 20'000; ++round) {
    const Bytes plain = compressible(prng, prng.between(30, 600));
    Bytes packed(plain.size());
    const auto bytes = lz4_pack(plain, packed);
    if (!bytes) continue;
    ++compared;
    packed.resize(*bytes);
    packed[prng.between(kLz4PrefixBytes, packed.size() - 1)] ^=
        static_cast<std::uint8_t>(prng.between(1, 255));
    const ByteView block = ByteView(packed).subspan(kLz4PrefixBytes);
    Bytes out(plain.size());
    const int library =
        LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(out.data()),
                            static_cast<int>(block.size()), static_cast<int>(out.size()));
    const auto ours = unpack(packed);
    if (ours.ok()) {
      ASSERT_EQ(library, static_cast<int>(plain.size()));
      ASSERT_EQ(*ours, out);
    } else if (ours.error() != Lz4Error::bad_offset) {
      ASSERT_NE(library, static_cast<int>(plain.size())) << name(ours.error());
    }
  }
  EXPECT_GT(compared, 10'000);
}

}  // namespace
}  // namespace ringwire::crypto
