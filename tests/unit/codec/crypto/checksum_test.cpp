#include "codec/crypto/checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/prng.hpp"
#include "tests/support/vectors.hpp"

namespace ringwire::crypto {
namespace {

// The message that the published table is about.
std::vector<std::uint8_t> sanity_buffer(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::uint64_t generator = 2654435761;
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(generator >> 56);
    generator *= 11400714785074694797U;
  }
  return bytes;
}

SliceChain in_pieces(HeapBuffers& heap, ByteView bytes, Prng& prng) {
  SliceChain chain;
  while (!bytes.empty()) {
    const std::size_t size = prng.between(1, bytes.size());
    Slice slice = heap.make(static_cast<std::uint32_t>(size));
    std::copy_n(bytes.begin(), size, HeapBuffers::writable(slice).begin());
    chain.append(std::move(slice));
    bytes = bytes.subspan(size);
  }
  return chain;
}

TEST(Checksum, IsTheLowHalfOfThePublishedHashes) {
  RW_REQUIRE_VECTORS(path, "xxhash/xxhash_sanity.json");
  const auto table = nlohmann::json::parse(test::read_file(path));
  std::size_t checked = 0;
  for (const auto& row : table["XXH3_64"]) {
    if (row["seed"] != "0") continue;
    const auto hash = std::stoull(row["hash"].get<std::string>(), nullptr, 16);
    EXPECT_EQ(checksum(sanity_buffer(row["len"])), static_cast<std::uint32_t>(hash)) << row;
    ++checked;
  }
  EXPECT_EQ(checked, 14U);
}

TEST(Checksum, PiecesCountLikeTheWhole) {
  Prng prng(2);
  HeapBuffers heap(1 << 20);
  for (const std::size_t size : {1, 16, 128, 240, 241, 1024, 5000, 70000}) {
    const auto message = sanity_buffer(size);
    for (const std::size_t skip : {std::size_t{0}, std::size_t{1}, size / 2, size}) {
      const SliceChain pieces = in_pieces(heap, message, prng);
      EXPECT_EQ(checksum(pieces, skip), checksum(ByteView(message).subspan(skip)))
          << size << " skip " << skip;
    }
  }
}

TEST(Checksum, EveryFlippedBitShows) {
  auto message = sanity_buffer(256);
  const std::uint32_t before = checksum(message);
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    message[bit / 8] ^= mask;
    EXPECT_NE(checksum(message), before) << bit;
    message[bit / 8] ^= mask;
  }
}

}  // namespace
}  // namespace ringwire::crypto
