#include "gossip/seen_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "codec/base/prng.hpp"
#include "tests/unit/gossip/samples.hpp"

namespace ringwire::gossip {
namespace {

Fingerprint print_of(std::uint64_t number) {
  return fingerprint(kKey, id_of(number));
}

TEST(SeenCache, AnIdIsNewOnceWithinTheWindow) {
  SeenCache seen({.messages_max = 8, .window = 10s});
  EXPECT_FALSE(seen.contains(print_of(1), at(0s)));
  EXPECT_TRUE(seen.insert(print_of(1), at(0s)));
  EXPECT_FALSE(seen.insert(print_of(1), at(10s - 1ns)));
  EXPECT_TRUE(seen.contains(print_of(1), at(10s - 1ns)));
  EXPECT_FALSE(seen.contains(print_of(1), at(10s)));
  EXPECT_TRUE(seen.insert(print_of(1), at(10s)));
  EXPECT_FALSE(seen.insert(print_of(1), at(20s - 1ns)));
}

TEST(SeenCache, ARepeatedIdDoesNotRenewItsWindow) {
  SeenCache seen({.messages_max = 8, .window = 10s});
  seen.insert(print_of(1), at(0s));
  seen.insert(print_of(1), at(9s));
  EXPECT_TRUE(seen.insert(print_of(1), at(10s)));
}

TEST(SeenCache, AtCapacityTheOldestLeavesEarlyAndThatIsVisible) {
  SeenCache seen({.messages_max = 3, .window = 10s});
  for (std::uint64_t i = 0; i < 3; ++i) seen.insert(print_of(i), at(std::chrono::seconds(i)));
  EXPECT_EQ(seen.counters().cut_short.value(), 0U);
  seen.insert(print_of(3), at(4s));
  EXPECT_FALSE(seen.contains(print_of(0), at(4s)));
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_TRUE(seen.contains(print_of(i), at(4s)));
  EXPECT_EQ(seen.counters().cut_short.value(), 1U);
  EXPECT_EQ(seen.counters().cut_short_age_ms.value(), 4000U);
}

TEST(SeenCache, ExpiredEntriesMakeRoomWithoutCuttingTheWindowShort) {
  SeenCache seen({.messages_max = 100, .window = 10s});
  for (std::uint64_t i = 0; i < 100; ++i) seen.insert(print_of(i), at(0s));
  for (std::uint64_t i = 100; i < 200; ++i) ASSERT_TRUE(seen.insert(print_of(i), at(10s)));
  EXPECT_EQ(seen.counters().cut_short.value(), 0U);
  EXPECT_EQ(seen.counters().expired.value(), 100U);
  EXPECT_EQ(seen.size(), 100U);
}

// The statement of the header, written naively: found if younger than the window and among the last
// messages_max first sights.
class NaiveSeen {
 public:
  NaiveSeen(std::size_t messages_max, Duration window) : messages_max_(messages_max), window_(window) {}

  bool insert(std::uint64_t number, Instant now) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.seen_at + window_ <= now; });
    if (contains(number)) return false;
    if (entries_.size() == messages_max_) entries_.pop_front();
    entries_.push_back({number, now});
    return true;
  }
  [[nodiscard]] bool contains(std::uint64_t number) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.number == number; });
  }
  [[nodiscard]] bool contains(std::uint64_t number, Instant now) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.number == number && entry.seen_at + window_ > now;
    });
  }

 private:
  struct Entry {
    std::uint64_t number;
    Instant seen_at;
  };
  std::size_t messages_max_;
  Duration window_;
  std::deque<Entry> entries_;
};

TEST(SeenCache, AgreesWithANaiveListOverTimeAndCapacity) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Prng prng(seed);
    const auto messages_max = static_cast<std::uint32_t>(prng.between(1, 40));
    const Duration window = 1s * prng.between(1, 30);
    SeenCache seen({.messages_max = messages_max, .window = window});
    NaiveSeen naive(messages_max, window);
    Instant now;
    for (int step = 0; step < 3000; ++step) {
      // Mostly bursts, sometimes a pause that lets everything expire.
      if (prng.below(4) == 0) now = now + 100ms * prng.below(20);
      if (prng.below(500) == 0) now = now + 60s;
      const std::uint64_t number = prng.below(80);
      ASSERT_EQ(seen.contains(print_of(number), now), naive.contains(number, now)) << "seed " << seed;
      if (prng.below(3) == 0) continue;
      ASSERT_EQ(seen.insert(print_of(number), now), naive.insert(number, now))
          << "seed " << seed << " step " << step;
      ASSERT_LE(seen.size(), messages_max);
    }
  }
}

TEST(SeenCache, IdsChosenEqualInTheirLowBitsDoNotCluster) {
  constexpr std::uint32_t kIds = 100'000;
  SeenCache seen({.messages_max = kIds, .window = 600s});
  // Only the first eight bytes differ, and of those only the ones an unkeyed table would not look at.
  for (std::uint64_t i = 0; i < kIds; ++i) ASSERT_TRUE(seen.insert(print_of(i << 40), at(0s)));
  for (std::uint64_t i = 0; i < kIds; ++i) ASSERT_FALSE(seen.insert(print_of(i << 40), at(1s)));
  // Random placement at this load reaches some dozens of slots; one cluster would reach 100,000.
  EXPECT_LT(seen.longest_probe(), 200U);
}

TEST(SeenCache, MemoryIsDecidedAtConstruction) {
  std::uint64_t bytes = 0;
  for (const Addend& addend : SeenCache::footprint({.messages_max = 1U << 20, .window = 600s}))
    bytes += addend.total();
  EXPECT_EQ(bytes, 40ULL << 20);
}

}  // namespace
}  // namespace ringwire::gossip
