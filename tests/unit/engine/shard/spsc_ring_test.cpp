#include "engine/shard/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <thread>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::shard {
namespace {

struct Item {
  std::uint64_t number;
  std::uint64_t check;
};

TEST(SpscRing, RefusesWhenFullAndAnswersEmpty) {
  SpscRing<int> ring(4);
  int item = 0;
  EXPECT_FALSE(ring.pop(item));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(i));
  EXPECT_FALSE(ring.push(4));
  EXPECT_FALSE(ring.has_room());
  EXPECT_EQ(ring.size(), 4U);
  EXPECT_TRUE(ring.pop(item));
  EXPECT_EQ(item, 0);
  EXPECT_TRUE(ring.push(4));
}

TEST(SpscRing, HoldsOneItemWhereTheCapacityIsOne) {
  SpscRing<int> ring(1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(ring.push(i));
    EXPECT_FALSE(ring.push(i));
    int item = -1;
    EXPECT_TRUE(ring.pop(item));
    EXPECT_EQ(item, i);
    EXPECT_TRUE(ring.empty());
  }
}

TEST(SpscRing, StagedItemsAreInvisibleUntilPublished) {
  SpscRing<int> ring(4);
  EXPECT_FALSE(ring.publish());
  EXPECT_TRUE(ring.stage(1));
  EXPECT_TRUE(ring.stage(2));
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(ring.size(), 0U);
  EXPECT_TRUE(ring.publish());
  EXPECT_FALSE(ring.publish());
  EXPECT_EQ(ring.size(), 2U);
  int item = 0;
  EXPECT_TRUE(ring.pop(item));
  EXPECT_EQ(item, 1);
}

TEST(SpscRing, APushShowsWhatWasStagedBeforeItEvenWithoutRoomOfItsOwn) {
  SpscRing<int> ring(4);
  int item = 0;
  EXPECT_TRUE(ring.stage(1));
  EXPECT_TRUE(ring.push(2));
  EXPECT_EQ(ring.size(), 2U);
  EXPECT_FALSE(ring.publish());
  EXPECT_TRUE(ring.pop(item) && item == 1 && ring.pop(item) && item == 2);
  for (const bool single : {true, false}) {
    const int more[] = {9, 9};
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.stage(i));
    EXPECT_FALSE(ring.stage(4));
    EXPECT_EQ(single ? std::size_t{ring.push(9)} : ring.push(std::span(more)), 0U);
    EXPECT_EQ(ring.size(), 4U);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.pop(item) && item == i);
  }
}

TEST(SpscRing, FrontShowsItemsInPlaceUntilTheyAreReleased) {
  SpscRing<int> ring(4);
  const int items[] = {0, 1, 2, 3};
  EXPECT_EQ(ring.push(std::span(items)), 4U);
  EXPECT_EQ(ring.front().size(), 4U);
  ring.release(3);
  EXPECT_EQ(ring.push(std::span(items)), 3U);
  ASSERT_EQ(ring.front().size(), 1U);  // up to the end of the storage
  EXPECT_EQ(ring.front()[0], 3);
  ring.release(1);
  EXPECT_EQ(ring.front().size(), 3U);
}

// Every operation against a deque, over all wraps of a small ring.
TEST(SpscRing, BehavesLikeABoundedQueueUnderRandomOperations) {
  Prng prng(1);
  for (const std::uint32_t capacity : {1U, 2U, 8U, 64U}) {
    SpscRing<std::uint64_t> ring(capacity);
    std::deque<std::uint64_t> model;
    std::uint64_t next = 0;
    for (int step = 0; step < 50'000; ++step) {
      const std::size_t count = prng.below(capacity + 3);
      std::vector<std::uint64_t> items(count);
      switch (prng.below(5)) {
        case 0: {
          for (std::size_t i = 0; i < count; ++i) items[i] = next + i;
          const std::size_t pushed = ring.push(std::span<const std::uint64_t>(items));
          ASSERT_EQ(pushed, std::min(count, capacity - model.size()));
          for (std::size_t i = 0; i < pushed; ++i) model.push_back(next++);
          break;
        }
        case 1: {
          const std::size_t popped = ring.pop(std::span(items));
          ASSERT_EQ(popped, std::min(count, model.size()));
          for (std::size_t i = 0; i < popped; ++i, model.pop_front()) ASSERT_EQ(items[i], model.front());
          break;
        }
        case 2:
          ASSERT_EQ(ring.push(next), model.size() < capacity);
          if (model.size() < capacity) model.push_back(next++);
          break;
        case 3: {
          std::uint64_t item = 0;
          ASSERT_EQ(ring.pop(item), !model.empty());
          if (!model.empty()) {
            ASSERT_EQ(item, model.front());
            model.pop_front();
          }
          break;
        }
        default: {
          const std::span<const std::uint64_t> shown = ring.front();
          ASSERT_EQ(shown.empty(), model.empty());
          for (std::size_t i = 0; i < shown.size(); ++i) ASSERT_EQ(shown[i], model[i]);
          const std::size_t released = prng.below(shown.size() + 1);
          ring.release(released);
          model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(released));
        }
      }
      ASSERT_EQ(ring.size(), model.size());
      ASSERT_EQ(ring.empty(), model.empty());
    }
  }
}

// Two threads, each mixing single and batched calls: every item arrives once, whole and in order.
TEST(SpscRing, CarriesEveryItemOnceAndInOrderBetweenTwoThreads) {
  constexpr std::uint64_t kItems = 1'000'000;
  SpscRing<Item> ring(256);
  std::thread producer([&ring] {
    Prng prng(2);
    std::vector<Item> batch;
    for (std::uint64_t sent = 0; sent < kItems;) {
      batch.clear();
      const std::uint64_t count = std::min(kItems - sent, prng.between(1, 48));
      for (std::uint64_t i = 0; i < count; ++i) batch.push_back({sent + i, ~(sent + i)});
      const std::size_t pushed =
          count == 1 ? std::size_t{ring.push(batch[0])} : ring.push(std::span<const Item>(batch));
      sent += pushed;
      if (pushed == 0) std::this_thread::yield();
    }
  });
  Prng prng(3);
  std::vector<Item> batch(48);
  std::uint64_t expected = 0;
  std::uint64_t wrong = 0;
  while (expected < kItems) {
    const std::uint64_t wanted = prng.between(1, 48);
    const std::size_t popped =
        wanted == 1 ? std::size_t{ring.pop(batch[0])} : ring.pop(std::span(batch).first(wanted));
    for (std::size_t i = 0; i < popped; ++i, ++expected) {
      wrong += batch[i].number != expected || batch[i].check != ~expected;
    }
    if (popped == 0) std::this_thread::yield();
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(ring.empty());
}

TEST(SpscRingDeathTest, CapacityMustBeAPowerOfTwo) {
  EXPECT_DEATH(SpscRing<int>(0), "invariant broken");
  EXPECT_DEATH(SpscRing<int>(3), "invariant broken");
}

}  // namespace
}  // namespace ringwire::shard
