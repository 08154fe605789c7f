#include "gossip/ownership.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/gossip/samples.hpp"

namespace ringwire::gossip {
namespace {

// The counts of `ids` per owner are within 5 standard deviations of even.
void expect_even(const std::vector<std::uint32_t>& counts, std::uint32_t ids) {
  const double mean = double(ids) / double(counts.size());
  for (const std::uint32_t count : counts) {
    EXPECT_LT((double(count) - mean) * (double(count) - mean), 25 * mean);
  }
}

TEST(Ownership, EveryShardHoldsAnEqualPart) {
  for (const ShardId shards : std::initializer_list<ShardId>{1, 2, 3, 7, 64}) {
    const Ownership ownership(kKey, shards);
    std::vector<std::uint32_t> counts(shards);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const ShardId owner = ownership.owner(id_of(i));
      ASSERT_LT(owner, shards);
      ++counts[owner];
    }
    expect_even(counts, 20'000);
  }
}

TEST(Ownership, IsTheSameOnEveryShardOfAProcess) {
  const Ownership one(kKey, 8);
  const Ownership other(kKey, 8);
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(one.owner(id_of(i)), other.owner(id_of(i)));
}

// The second half of a signed message's id is its origin's number (codec/wire/publish.hpp).
TEST(Ownership, AllMessagesUnderOneNumberHaveOneOwner) {
  const Ownership ownership(kKey, 64);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Hash32 other = id_of(i);
    store_be(other.bytes.data(), i + 1);
    EXPECT_EQ(ownership.owner(id_of(i)), ownership.owner(other));
  }
}

TEST(Ownership, IdsAimedAtOneShardOfANodeMissTheNextNode) {
  const Ownership known(kKey, 4);
  const Ownership target({kKey.k0 ^ 1, kKey.k1}, 4);
  std::vector<std::uint32_t> counts(4);
  std::uint32_t aimed = 0;
  for (std::uint64_t i = 0; aimed < 5000; ++i) {
    if (known.owner(id_of(i)) != 0) continue;
    ++aimed;
    ++counts[target.owner(id_of(i))];
  }
  expect_even(counts, aimed);
}

}  // namespace
}  // namespace ringwire::gossip
