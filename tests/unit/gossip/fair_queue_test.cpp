#include "gossip/fair_queue.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "codec/base/prng.hpp"
#include "tests/unit/gossip/samples.hpp"

namespace ringwire::gossip {
namespace {

TEST(FairQueue, ServesSourcesInTurnAndEachInOrder) {
  FairQueue queue({.items_max = 10, .bytes_max = 1000, .share_percent = 100}, 10, kKey);
  for (const std::uint32_t item : {0, 1, 2}) queue.push({1}, item, 1);
  queue.push({2}, 3, 1);
  queue.push({3}, 4, 1);
  std::vector<std::uint32_t> order;
  for (; queue.front() != FairQueue::kNone; queue.pop()) order.push_back(queue.front());
  EXPECT_EQ(order, (std::vector<std::uint32_t>{0, 3, 4, 1, 2}));
}

TEST(FairQueue, AFloodLeavesRoomForOthers) {
  FairQueue queue({.items_max = 100, .bytes_max = 1 << 20, .share_percent = 12}, 100, kKey);
  std::uint32_t item = 0;
  while (queue.room({1}, 1) == Room::yes) queue.push({1}, item++, 1);
  EXPECT_EQ(item, 12U);
  EXPECT_EQ(queue.room({1}, 1), Room::source_full);
  queue.push({2}, item, 1);
  queue.pop();
  EXPECT_EQ(queue.front(), item);
}

TEST(FairQueue, AShareOfBytesBindsToo) {
  FairQueue queue({.items_max = 100, .bytes_max = 1000, .share_percent = 10}, 100, kKey);
  queue.push({1}, 0, 60);
  EXPECT_EQ(queue.room({1}, 40), Room::yes);
  EXPECT_EQ(queue.room({1}, 41), Room::source_full);
}

TEST(FairQueue, AnItemLargerThanAnyShareEntersAlone) {
  FairQueue queue({.items_max = 100, .bytes_max = 1000, .share_percent = 10}, 100, kKey);
  ASSERT_EQ(queue.room({1}, 5000), Room::yes);
  queue.push({1}, 0, 5000);
  EXPECT_EQ(queue.room({2}, 1), Room::full);
  queue.pop();
  EXPECT_EQ(queue.room({2}, 1), Room::yes);
}

struct Naive {
  struct Line {
    SourceId source;
    std::deque<std::pair<std::uint32_t, std::uint64_t>> items;
  };
  std::deque<Line> lines;  // in turn order
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;

  Line* find(SourceId source) {
    for (Line& line : lines) {
      if (line.source == source) return &line;
    }
    return nullptr;
  }
  Room room(SourceId source, std::uint64_t more) {
    if (items == 20 || (items > 0 && bytes + more > 500)) return Room::full;
    const Line* line = find(source);
    if (line == nullptr) return Room::yes;
    std::uint64_t held = more;
    for (const auto& [item, size] : line->items) held += size;
    return line->items.size() >= 5 || held > 125 ? Room::source_full : Room::yes;
  }
};

TEST(FairQueue, AgreesWithANaiveQueueUnderRandomUse) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Prng prng(seed);
    FairQueue queue({.items_max = 20, .bytes_max = 500, .share_percent = 25}, 20, kKey);
    Naive naive;
    std::vector<std::uint32_t> unused;
    for (std::uint32_t i = 0; i < 20; ++i) unused.push_back(i);
    for (int step = 0; step < 2000; ++step) {
      const SourceId source{prng.below(8)};
      const std::uint64_t bytes = prng.between(1, 60);
      ASSERT_EQ(queue.room(source, bytes), naive.room(source, bytes)) << "seed " << seed << " step " << step;
      if (prng.below(5) < 3 && queue.room(source, bytes) == Room::yes) {
        queue.push(source, unused.back(), bytes);
        if (naive.find(source) == nullptr) naive.lines.push_back({source, {}});
        naive.find(source)->items.emplace_back(unused.back(), bytes);
        unused.pop_back();
        ++naive.items;
        naive.bytes += bytes;
      } else if (queue.front() != FairQueue::kNone) {
        Naive::Line line = naive.lines.front();
        naive.lines.pop_front();
        ASSERT_EQ(queue.front(), line.items.front().first) << "seed " << seed << " step " << step;
        queue.pop();
        unused.push_back(line.items.front().first);
        --naive.items;
        naive.bytes -= line.items.front().second;
        line.items.pop_front();
        if (!line.items.empty()) naive.lines.push_back(line);
      }
      ASSERT_EQ(queue.size(), naive.items);
      ASSERT_EQ(queue.bytes(), naive.bytes);
    }
  }
}

}  // namespace
}  // namespace ringwire::gossip
