#include "codec/crypto/keccak.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "tests/support/names.hpp"
#include "tests/support/vectors.hpp"

namespace ringwire::crypto {
namespace {

std::vector<std::uint8_t> random_bytes(Prng& prng, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  prng.fill(bytes);
  return bytes;
}

TEST(Keccak, HashesTheEmptyMessageAsEthereumDoes) {
  EXPECT_EQ(to_hex(keccak256({}).view()), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
}

TEST(Keccak, AgreesWithEveryPublishedMessage) {
  RW_REQUIRE_VECTORS(path, "keccak-kats/keccak256_legacy.json");
  const auto rows = nlohmann::json::parse(test::read_file(path));
  ASSERT_GT(rows.size(), 200U);
  for (const auto& row : rows) {
    std::vector<std::uint8_t> message(row["len"].get<std::size_t>());
    if (row.contains("message")) {
      ASSERT_TRUE(from_hex(row["message"].get<std::string>(), message));
    } else {  // "byte i = (131*i+7) mod 256"
      for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(131 * i + 7);
    }
    EXPECT_EQ(to_hex(keccak256(message).view()), row["keccak256"].get<std::string>());
  }
}

TEST(Keccak, PartsHashLikeTheWholeWhereverTheyAreCut) {
  Prng prng(1);
  for (const std::size_t size : {0, 1, 7, 8, 135, 136, 137, 271, 272, 300}) {
    const auto message = random_bytes(prng, size);
    const ByteView view(message);
    const Hash32 whole = keccak256(view);
    for (std::size_t cut = 0; cut <= size; ++cut) {
      Keccak256 hash;
      EXPECT_EQ(hash.update(view.first(cut)).update(view.subspan(cut)).finish(), whole)
          << size << " at " << cut;
    }
  }
}

// Sizes around the rate (136 bytes) and its multiples, where padding goes wrong, among random ones.
std::size_t any_size(Prng& prng) {
  const std::size_t near = 136 * prng.between(0, 5) + prng.between(0, 4);
  return prng.chance_ppm(500'000) ? near - std::min<std::size_t>(near, 2) : prng.between(0, 1000);
}

class KeccakTogether : public testing::TestWithParam<KeccakMethod> {
 protected:
  static std::vector<Hash32> hash(const std::vector<std::vector<std::uint8_t>>& messages) {
    std::vector<Hash32> hashes(messages.size());
    keccak256_each(std::vector<ByteView>(messages.begin(), messages.end()), hashes, GetParam());
    return hashes;
  }
};

// Those that this CPU has: what it cannot run is not a test left out.
std::vector<KeccakMethod> methods_here() {
  std::vector<KeccakMethod> methods{KeccakMethod::one_by_one, KeccakMethod::avx2, KeccakMethod::avx512};
  std::erase_if(methods, [](KeccakMethod method) { return !is_supported(method); });
  return methods;
}
INSTANTIATE_TEST_SUITE_P(Each, KeccakTogether, testing::ValuesIn(methods_here()));

TEST_P(KeccakTogether, EachHashesLikeAlone) {
  Prng prng(4);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::vector<std::uint8_t>> messages(prng.between(0, 21));
    for (auto& message : messages) message = random_bytes(prng, any_size(prng));
    const auto hashes = hash(messages);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      ASSERT_EQ(hashes[i], keccak256(messages[i])) << messages[i].size() << " bytes, " << i;
    }
  }
}

TEST_P(KeccakTogether, AgreesWithEveryPublishedMessage) {
  RW_REQUIRE_VECTORS(path, "keccak-kats/keccak256_legacy.json");
  std::vector<std::vector<std::uint8_t>> messages;
  std::vector<std::string> expected;
  const auto rows = nlohmann::json::parse(test::read_file(path));
  for (const auto& row : rows) {
    if (!row.contains("message")) continue;
    messages.push_back(test::bytes_of_hex(row["message"]));
    expected.push_back(row["keccak256"]);
  }
  ASSERT_GT(messages.size(), 200U);
  const auto hashes = hash(messages);
  for (std::size_t i = 0; i < hashes.size(); ++i) EXPECT_EQ(to_hex(hashes[i].view()), expected[i]) << i;
}

TEST(Keccak, ChoosesAMethodThatTheCpuSupports) {
  EXPECT_TRUE(is_supported(keccak_method()));
  EXPECT_TRUE(is_supported(KeccakMethod::one_by_one));
  test::expect_names_below(static_cast<KeccakMethod>(3));
}

TEST(Keccak, FinishedHashStartsAfresh) {
  Keccak256 hash;
  const Hash32 first = hash.update(as_bytes("abc")).finish();
  EXPECT_EQ(hash.update(as_bytes("abc")).finish(), first);
  EXPECT_EQ(hash.finish(), keccak256({}));
}

}  // namespace
}  // namespace ringwire::crypto
