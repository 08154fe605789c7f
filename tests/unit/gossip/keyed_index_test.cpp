#include "gossip/keyed_index.hpp"

#include <gtest/gtest.h>

#include <map>

#include "codec/base/prng.hpp"

namespace ringwire::gossip {
namespace {

constexpr auto kAny = [](std::uint32_t) { return true; };

TEST(KeyedIndex, FindsWhatWasInsertedAndNothingElse) {
  KeyedIndex index(4);
  index.insert(7, 0);
  index.insert(7, 1);
  EXPECT_EQ(index.find(7, [](std::uint32_t position) { return position == 1; }), 1U);
  EXPECT_EQ(index.find(7, [](std::uint32_t) { return false; }), KeyedIndex::kNone);
  EXPECT_EQ(index.find(8, kAny), KeyedIndex::kNone);
}

TEST(KeyedIndex, EraseNamesOnePositionOfEqualHashes) {
  KeyedIndex index(4);
  index.insert(7, 0);
  index.insert(7, 1);
  EXPECT_FALSE(index.erase(7, 2));
  EXPECT_FALSE(index.erase(6, 0));
  EXPECT_TRUE(index.erase(7, 0));
  EXPECT_EQ(index.find(7, kAny), 1U);
  EXPECT_EQ(index.size(), 1U);
}

// Few slots and few hashes: clusters that wrap around the end, equal hashes, holes in every place.
TEST(KeyedIndex, AgreesWithAMapUnderRandomInsertionsAndRemovals) {
  constexpr std::uint32_t kEntries = 12;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Prng prng(seed);
    KeyedIndex index(kEntries);
    std::map<std::uint32_t, std::uint64_t> hash_of;  // by position
    for (int step = 0; step < 500; ++step) {
      const auto position = static_cast<std::uint32_t>(prng.below(kEntries));
      if (const auto found = hash_of.find(position); found != hash_of.end()) {
        ASSERT_TRUE(index.erase(found->second, position));
        hash_of.erase(found);
      } else {
        const std::uint64_t hash = prng.below(40) << 27 | prng.below(32);
        index.insert(hash, position);
        hash_of[position] = hash;
      }
      ASSERT_EQ(index.size(), hash_of.size());
      for (std::uint32_t p = 0; p < kEntries; ++p) {
        const auto held = hash_of.find(p);
        const std::uint64_t hash = held == hash_of.end() ? prng.below(32) : held->second;
        const bool found = index.find(hash, [&](std::uint32_t at) { return at == p; }) == p;
        ASSERT_EQ(found, held != hash_of.end()) << "seed " << seed << " step " << step << " position " << p;
      }
    }
  }
}

TEST(KeyedIndexDeath, MoreEntriesThanPromisedAreABugOfOurs) {
  KeyedIndex index(1);
  index.insert(1, 0);
  EXPECT_DEATH(index.insert(2, 1), "entries_ < entries_max_");
}

}  // namespace
}  // namespace ringwire::gossip
