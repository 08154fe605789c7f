#include "codec/crypto/keccak.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "codec/base/prng.hpp"
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

TEST(Keccak, FinishedHashStartsAfresh) {
  Keccak256 hash;
  const Hash32 first = hash.update(as_bytes("abc")).finish();
  EXPECT_EQ(hash.update(as_bytes("abc")).finish(), first);
  EXPECT_EQ(hash.finish(), keccak256({}));
}

}  // namespace
}  // namespace ringwire::crypto
