#include "engine/driver/slot_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "codec/base/prng.hpp"

namespace ringwire::driver {
namespace {

TEST(SlotTable, GivesOutEverySlotOnceAndThenIsFull) {
  SlotTable<int> table(5);
  std::set<std::uint32_t> slots;
  for (int i = 0; i < 5; ++i) {
    ASSERT_FALSE(table.full());
    slots.insert(table.take().slot);
  }
  EXPECT_TRUE(table.full());
  EXPECT_EQ(slots, (std::set<std::uint32_t>{0, 1, 2, 3, 4}));
}

TEST(SlotTable, AnIdNamesOneConnectionForEver) {
  SlotTable<int> table(8);
  Prng prng(1);
  std::map<ConnectionId, int> live;
  std::set<ConnectionId> given;
  std::vector<ConnectionId> freed;
  for (int i = 1; i <= 20'000; ++i) {
    if (!table.full() && prng.below(2) == 0) {
      const ConnectionId id = table.take();
      EXPECT_TRUE(given.insert(id).second);
      EXPECT_EQ(table.at(id), 0);
      table.at(id) = live[id] = i;
    } else if (!live.empty()) {
      const auto victim = std::next(live.begin(), static_cast<int>(prng.below(live.size())));
      EXPECT_EQ(table.at(victim->first), victim->second);
      table.free(victim->first);
      freed.push_back(victim->first);
      live.erase(victim);
    }
  }
  for (const auto& [id, value] : live) EXPECT_EQ(*table.find(id), value);
  for (const ConnectionId id : freed) EXPECT_EQ(table.find(id), nullptr);
  int visited = 0;
  table.for_each([&](int&) { ++visited; });
  EXPECT_EQ(visited, static_cast<int>(live.size()));
}

TEST(SlotTable, KnowsNothingOfIdsItNeverGaveOut) {
  SlotTable<int> table(2);
  EXPECT_EQ(table.find({}), nullptr);
  EXPECT_EQ(table.find({0, 0}), nullptr);
  EXPECT_EQ(table.find({0, 1}), nullptr);
  EXPECT_EQ(table.find({2, 1}), nullptr);
}

TEST(SlotTableDeathTest, FreeingTwiceIsOurOwnMistake) {
  SlotTable<int> table(1);
  const ConnectionId id = table.take();
  table.free(id);
  EXPECT_DEATH(table.free(id), "slot_table");
}

}  // namespace
}  // namespace ringwire::driver
