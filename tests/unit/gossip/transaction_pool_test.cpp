#include "gossip/transaction_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "tests/unit/gossip/samples.hpp"

namespace ringwire::gossip {
namespace {

constexpr std::uint32_t kSize = 200;  // pins a buffer of 256

Address20 sender_of(std::uint64_t number) {
  Address20 sender;
  store_be(sender.bytes.data(), number);
  return sender;
}

TransactionFacts facts_of(std::uint64_t sender, std::uint64_t nonce, std::uint64_t fee) {
  return {.sender = sender_of(sender), .nonce = nonce, .fee_cap = fee, .priority_fee = fee};
}

struct TransactionPoolTest : testing::Test {
  HeapBuffers heap{1ULL << 30};
  std::uint64_t next_id = 0;

  // A transaction of a sender of its own.
  PoolResult add(TransactionPool& pool, std::uint64_t fee, SourceId source, Instant now = {}) {
    const std::uint64_t id = next_id++;
    return pool.add(id_of(id), facts_of(1'000'000 + id, 0, fee), bytes_of(heap, kSize), source, now);
  }
};

TEST_F(TransactionPoolTest, KeepsTheBytesItWasGivenUntilRemoved) {
  TransactionPool pool({}, kKey);
  const Slice bytes = bytes_of(heap, kSize, 0x77);
  EXPECT_EQ(pool.add(id_of(1), facts_of(1, 0, 10), bytes, {5}, {}), PoolResult::added);
  ASSERT_NE(pool.find(id_of(1)), nullptr);
  EXPECT_EQ(pool.find(id_of(1))->data(), bytes.data());
  EXPECT_EQ(pool.bytes(), 256U);
  EXPECT_EQ(pool.find(id_of(2)), nullptr);
  EXPECT_EQ(pool.counters().lookups_missing.value(), 1U);
  EXPECT_TRUE(pool.remove(id_of(1)));
  EXPECT_FALSE(pool.remove(id_of(1)));
  EXPECT_EQ(bytes.buffer()->references, 1U);
  EXPECT_EQ(pool.bytes(), 0U);
}

TEST_F(TransactionPoolTest, TheSameHashIsKnown) {
  TransactionPool pool({}, kKey);
  const Slice bytes = bytes_of(heap, kSize);
  pool.add(id_of(1), facts_of(1, 0, 10), bytes, {5}, {});
  EXPECT_EQ(pool.add(id_of(1), facts_of(1, 0, 10), bytes, {6}, {}), PoolResult::known);
  EXPECT_EQ(bytes.buffer()->references, 2U);
}

TEST_F(TransactionPoolTest, AReplacementMustRaiseBothFeesByATenth) {
  const auto replace = [&](TransactionFacts old, TransactionFacts incoming) {
    TransactionPool pool({}, kKey);
    pool.add(id_of(1), old, bytes_of(heap, kSize), {5}, {});
    const PoolResult result = pool.add(id_of(2), incoming, bytes_of(heap, kSize), {6}, {});
    EXPECT_EQ(pool.count(), 1U);
    EXPECT_EQ(pool.find(id_of(is_kept(result) ? 1 : 2)), nullptr);
    pool.check();
    return result;
  };
  const auto priced = [](std::uint64_t fee_cap, std::uint64_t priority) {
    return TransactionFacts{.sender = sender_of(1), .nonce = 3, .fee_cap = fee_cap, .priority_fee = priority};
  };
  EXPECT_EQ(replace(priced(100, 10), priced(110, 11)), PoolResult::replaced);
  EXPECT_EQ(replace(priced(100, 10), priced(109, 11)), PoolResult::replacement_low);
  EXPECT_EQ(replace(priced(100, 10), priced(110, 10)), PoolResult::replacement_low);
  EXPECT_EQ(replace(priced(101, 1), priced(111, 2)), PoolResult::replacement_low);
  EXPECT_EQ(replace(priced(101, 1), priced(112, 2)), PoolResult::replaced);
  EXPECT_EQ(replace(priced(1, 0), priced(2, 0)), PoolResult::replacement_low);
  EXPECT_EQ(replace(priced(UINT64_MAX, 1), priced(UINT64_MAX, 2)), PoolResult::replacement_low);
}

TEST_F(TransactionPoolTest, OneSenderHasAtMostItsShareOfPlaces) {
  TransactionPool pool({.per_sender_max = 3}, kKey);
  for (std::uint64_t nonce = 0; nonce < 3; ++nonce) {
    EXPECT_EQ(pool.add(id_of(nonce), facts_of(1, nonce, 10), bytes_of(heap, kSize), {5}, {}),
              PoolResult::added);
  }
  EXPECT_EQ(pool.add(id_of(9), facts_of(1, 9, 99), bytes_of(heap, kSize), {5}, {}), PoolResult::sender_full);
  EXPECT_EQ(pool.add(id_of(8), facts_of(1, 2, 11), bytes_of(heap, kSize), {5}, {}), PoolResult::replaced);
  EXPECT_EQ(pool.add(id_of(7), facts_of(2, 9, 10), bytes_of(heap, kSize), {5}, {}), PoolResult::added);
}

TEST_F(TransactionPoolTest, FullTheLowestFeeLeavesFirstAndAmongEqualsTheOldest) {
  TransactionPool pool({.count_max = 3, .share_percent = 100}, kKey);
  for (const std::uint64_t fee : {20, 10, 10}) add(pool, fee, {5});
  EXPECT_EQ(add(pool, 10, {6}), PoolResult::fee_low);
  EXPECT_EQ(add(pool, 11, {6}), PoolResult::added);
  EXPECT_EQ(pool.find(id_of(1)), nullptr);
  EXPECT_NE(pool.find(id_of(2)), nullptr);
  EXPECT_EQ(add(pool, 12, {6}), PoolResult::added);
  EXPECT_EQ(pool.find(id_of(2)), nullptr);
  EXPECT_EQ(pool.counters().evicted_fee.value(), 2U);
}

TEST_F(TransactionPoolTest, BytesAreBoundedByWhatBuffersPin) {
  TransactionPool pool({.bytes_max = 2560, .share_percent = 100}, kKey);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(add(pool, 10, {5}), PoolResult::added);
  EXPECT_EQ(add(pool, 10, {6}), PoolResult::fee_low);
  EXPECT_EQ(pool.bytes(), 2560U);
}

TEST_F(TransactionPoolTest, ALargeNewcomerEvictsAllItNeedsOrNothing) {
  TransactionPool pool({.bytes_max = 2560, .share_percent = 100}, kKey);
  for (std::uint64_t fee = 1; fee <= 10; ++fee) add(pool, fee, kLocalSource);
  const TransactionFacts facts = facts_of(1, 0, 4);
  EXPECT_EQ(pool.add(id_of(99), facts, bytes_of(heap, 1000), {6}, {}), PoolResult::fee_low);
  EXPECT_EQ(pool.count(), 10U);
  EXPECT_EQ(pool.add(id_of(99), facts_of(1, 0, 5), bytes_of(heap, 1000), {6}, {}), PoolResult::added);
  EXPECT_EQ(pool.count(), 7U);
  EXPECT_EQ(pool.add(id_of(98), facts_of(2, 0, 50), bytes_of(heap, 2561), {6}, {}), PoolResult::too_large);
}

TEST_F(TransactionPoolTest, OneNewcomerEvictsABoundedNumber) {
  TransactionPool pool({.bytes_max = 256 * 128, .share_percent = 100}, kKey);
  for (int i = 0; i < 128; ++i) add(pool, 1, kLocalSource);
  const auto add_large = [&](std::uint32_t size) {
    return pool.add(id_of(999), facts_of(1, 0, 50), bytes_of(heap, size), {6}, {});
  };
  EXPECT_EQ(add_large(256 * 128), PoolResult::too_many_evicted);
  EXPECT_EQ(pool.count(), 128U);
  EXPECT_EQ(add_large(256 * TransactionPool::kEvictionsMax), PoolResult::added);
  EXPECT_EQ(pool.count(), 128U - TransactionPool::kEvictionsMax + 1);
}

TEST_F(TransactionPoolTest, AFloodFromOnePeerReplacesAtMostItsShare) {
  TransactionPool pool({.count_max = 100}, kKey);
  for (int i = 0; i < 100; ++i) add(pool, 10, {std::uint64_t(1 + i % 20)});
  for (int i = 0; i < 10'000; ++i) {
    add(pool, 1'000'000 + std::uint64_t(i), {666});
    ASSERT_LE(pool.count_of({666}), 10U);
  }
  EXPECT_EQ(pool.counters().evicted_fee.value(), 10U);
  EXPECT_EQ(pool.counters().evicted_own.value(), 9'990U);
  pool.check();
}

TEST_F(TransactionPoolTest, WhatAFloodBorrowedItGivesBackWhateverItsFees) {
  TransactionPool pool({.count_max = 100}, kKey);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(add(pool, 1'000'000, {666}), PoolResult::added);
  EXPECT_EQ(pool.count_of({666}), 100U);
  for (int i = 0; i < 90; ++i) EXPECT_EQ(add(pool, 1, {std::uint64_t(1 + i % 9)}), PoolResult::added) << i;
  EXPECT_EQ(pool.count_of({666}), 10U);
  EXPECT_EQ(pool.counters().evicted_loan.value(), 90U);
  // Now everybody is within its share: fees decide.
  EXPECT_EQ(add(pool, 1, {50}), PoolResult::fee_low);
  EXPECT_EQ(add(pool, 2, {50}), PoolResult::added);
  EXPECT_EQ(pool.count_of({666}), 10U);
}

TEST_F(TransactionPoolTest, TheNodesOwnTransactionsHaveNoShare) {
  TransactionPool pool({.count_max = 100}, kKey);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(add(pool, 10, {std::uint64_t(1 + i % 20)}), PoolResult::added);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(add(pool, 11, kLocalSource), PoolResult::added);
  EXPECT_EQ(pool.count_of(kLocalSource), 50U);
}

TEST_F(TransactionPoolTest, WhatNobodyRemovesLeavesAfterItsLifetime) {
  TransactionPool pool({.lifetime = 10s}, kKey);
  EXPECT_EQ(pool.next_deadline(), kNever);
  add(pool, 10, {1}, at(1s));
  add(pool, 10, {1}, at(2s));
  EXPECT_EQ(pool.next_deadline(), at(11s));
  pool.on_deadline(at(11s));
  EXPECT_EQ(pool.count(), 1U);
  EXPECT_EQ(pool.next_deadline(), at(12s));
  pool.on_deadline(at(1h));
  EXPECT_EQ(pool.counters().expired.value(), 2U);
  EXPECT_EQ(pool.next_deadline(), kNever);
}

TEST_F(TransactionPoolTest, ClearedItHoldsNoBytes) {
  TransactionPool pool({}, kKey);
  for (std::uint64_t source = 0; source < 5; ++source) add(pool, 10, {source});
  pool.clear();
  EXPECT_EQ(heap.used_bytes(), 0U);
  EXPECT_EQ(pool.count(), 0U);
  pool.check();
}

TEST_F(TransactionPoolTest, EveryResultHasANameOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kPoolResults; ++i) names.insert(name(static_cast<PoolResult>(i)));
  EXPECT_EQ(names.size(), kPoolResults);
}

// The rules of the header over a plain list, with a scan for each question.
class NaivePool {
 public:
  struct Item {
    std::uint64_t id = 0;
    TransactionFacts facts;
    std::uint64_t bytes = 0;
    SourceId source;
    Instant added_at;
  };

  explicit NaivePool(PoolLimits limits) : limits_(limits) {}

  PoolResult add(const Item& item) {
    if (find(item.id) != nullptr) return PoolResult::known;
    if (item.bytes > limits_.bytes_max * limits_.share_percent / 100) return PoolResult::too_large;
    const Item* old = nullptr;
    std::uint32_t of_sender = 0;
    for (const Item& other : items_) {
      if (other.facts.sender != item.facts.sender) continue;
      ++of_sender;
      if (other.facts.nonce == item.facts.nonce) old = &other;
    }
    if (old != nullptr) {
      const auto raised = [](std::uint64_t from, std::uint64_t to) {
        return to > from && (to - from) * 10 >= from;
      };
      if (!raised(old->facts.fee_cap, item.facts.fee_cap) ||
          !raised(old->facts.priority_fee, item.facts.priority_fee)) {
        return PoolResult::replacement_low;
      }
    } else if (of_sender >= limits_.per_sender_max) {
      return PoolResult::sender_full;
    }
    const std::uint64_t old_id = old == nullptr ? UINT64_MAX : old->id;
    const PoolResult room = make_room(item, old_id);
    if (room != PoolResult::added) return room;
    remove(old_id);
    items_.push_back(item);
    return old_id == UINT64_MAX ? PoolResult::added : PoolResult::replaced;
  }

  bool remove(std::uint64_t id) {
    return std::erase_if(items_, [&](const Item& item) { return item.id == id; }) > 0;
  }
  void expire(Instant now) {
    std::erase_if(items_, [&](const Item& item) { return item.added_at + limits_.lifetime <= now; });
  }
  [[nodiscard]] const Item* find(std::uint64_t id) const {
    for (const Item& item : items_) {
      if (item.id == id) return &item;
    }
    return nullptr;
  }
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }

 private:
  static bool cheaper(const Item& a, const Item& b) {
    return std::tie(a.facts.fee_cap, a.facts.priority_fee) < std::tie(b.facts.fee_cap, b.facts.priority_fee);
  }
  bool above_share(const std::vector<Item>& items, SourceId source) const {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    for (const Item& item : items) {
      if (item.source != source) continue;
      ++count;
      bytes += item.bytes;
    }
    return source != kLocalSource && (count > std::max(1U, limits_.count_max * limits_.share_percent / 100) ||
                                      bytes > limits_.bytes_max * limits_.share_percent / 100);
  }
  // `items` as they would be with the newcomer and without the one it replaces.
  bool fits(const std::vector<Item>& items) const {
    std::uint64_t bytes = 0;
    for (const Item& item : items) bytes += item.bytes;
    return items.size() <= limits_.count_max && bytes <= limits_.bytes_max;
  }
  // The cheapest, oldest item that `may` leave; they stand in order of age.
  template <class May>
  static std::uint64_t cheapest(const std::vector<Item>& items, May&& may) {
    const Item* best = nullptr;
    for (const Item& item : items) {
      if (may(item) && (best == nullptr || cheaper(item, *best))) best = &item;
    }
    return best == nullptr ? UINT64_MAX : best->id;
  }

  PoolResult make_room(const Item& item, std::uint64_t old_id) {
    std::vector<Item> after = items_;
    std::erase_if(after, [&](const Item& other) { return other.id == old_id; });
    after.push_back(item);
    if (fits(after)) return PoolResult::added;
    const bool own_only = above_share(after, item.source);
    if (!own_only) {
      for (std::uint32_t i = 0; i < TransactionPool::kEvictionsMax && !fits(after); ++i) {
        // Loans are judged by what is in the pool now.
        const std::uint64_t victim = cheapest(items_, [&](const Item& other) {
          return other.id != old_id && above_share(items_, other.source);
        });
        if (victim == UINT64_MAX) break;
        remove(victim);
        std::erase_if(after, [&](const Item& other) { return other.id == victim; });
      }
    }
    const PoolResult refusal = own_only ? PoolResult::share_full : PoolResult::fee_low;
    std::vector<std::uint64_t> victims;
    while (!fits(after)) {
      const std::uint64_t victim = cheapest(after, [&](const Item& other) {
        return other.id != item.id && (!own_only || other.source == item.source);
      });
      if (victim == UINT64_MAX || !cheaper(*find(victim), item)) return refusal;
      if (victims.size() == TransactionPool::kEvictionsMax) return PoolResult::too_many_evicted;
      victims.push_back(victim);
      std::erase_if(after, [&](const Item& other) { return other.id == victim; });
    }
    for (const std::uint64_t victim : victims) remove(victim);
    return PoolResult::added;
  }

  PoolLimits limits_;
  std::vector<Item> items_;
};

void expect_same(TransactionPool& pool, const NaivePool& naive) {
  ASSERT_EQ(pool.count(), naive.items().size());
  std::uint64_t bytes = 0;
  for (const NaivePool::Item& item : naive.items()) {
    ASSERT_NE(pool.find(id_of(item.id)), nullptr) << item.id;
    bytes += item.bytes;
  }
  ASSERT_EQ(pool.bytes(), bytes);
}

// 100,000 operations in all, compared after each.
TEST_F(TransactionPoolTest, AgreesWithANaiveListUnderRandomUse) {
  std::array<std::uint64_t, kPoolResults> results{};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Prng prng(seed);
    const PoolLimits limits{.count_max = static_cast<std::uint32_t>(prng.between(10, 40)),
                            .bytes_max = prng.between(20, 120) * 256,
                            .per_sender_max = 4,
                            .share_percent = static_cast<std::uint32_t>(prng.between(5, 30)),
                            .lifetime = 60s};
    TransactionPool pool(limits, kKey);
    NaivePool naive(limits);
    Instant now;
    for (int step = 0; step < 2000; ++step) {
      now = now + 50ms * prng.below(10);
      const std::uint64_t id = prng.below(400);
      const std::uint64_t choice = prng.below(100);
      if (choice < 5) {
        ASSERT_EQ(pool.remove(id_of(id)), naive.remove(id));
      } else if (choice < 10) {
        pool.on_deadline(now);
        naive.expire(now);
      } else {
        const std::uint32_t size =
            prng.below(8) == 0 ? static_cast<std::uint32_t>(prng.between(300, 4000)) : 200;
        const Slice bytes = bytes_of(heap, size);
        NaivePool::Item item{.id = id, .facts = facts_of(prng.below(20), prng.below(6), prng.below(60))};
        item.facts.priority_fee = prng.below(item.facts.fee_cap + 1);
        item.bytes = bytes.buffer()->capacity;
        item.source = {prng.below(prng.below(2) == 0 ? 2 : 12)};
        item.added_at = now;
        const PoolResult result = pool.add(id_of(id), item.facts, bytes, item.source, now);
        ASSERT_STREQ(name(result), name(naive.add(item))) << "seed " << seed << " step " << step;
        ++results[static_cast<std::size_t>(result)];
      }
      expect_same(pool, naive);
      pool.check();
      if (HasFatalFailure()) FAIL() << "seed " << seed << " step " << step;
    }
  }
  for (std::size_t i = 0; i < kPoolResults; ++i) {
    if (static_cast<PoolResult>(i) == PoolResult::too_many_evicted) continue;  // 40 entries: cannot happen
    EXPECT_GT(results[i], 100U) << name(static_cast<PoolResult>(i));
  }
  EXPECT_EQ(heap.used_bytes(), 0U);
}

}  // namespace
}  // namespace ringwire::gossip
