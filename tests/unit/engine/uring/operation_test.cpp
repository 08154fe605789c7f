#include "engine/uring/operation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "codec/base/prng.hpp"

namespace ringwire::uring {
namespace {

TEST(UserData, PacksKindGenerationAndIndexWithoutOverlap) {
  Prng prng(1);
  for (int i = 0; i < 10'000; ++i) {
    const UserData data{static_cast<OperationKind>(prng.below(7)),
                        static_cast<std::uint32_t>(prng.below(UserData::kGenerationMask + 1)),
                        static_cast<std::uint32_t>(prng.next())};
    const UserData back = UserData::unpack(data.pack());
    EXPECT_EQ(back.kind, data.kind);
    EXPECT_EQ(back.generation, data.generation);
    EXPECT_EQ(back.index, data.index);
  }
}

TEST(OperationTable, CompletionOfAnEarlierUseOfAPlaceIsStale) {
  OperationTable table(1);
  Operation first;
  const UserData old = UserData::unpack(table.arm(first, OperationKind::receive));
  table.release(first);
  EXPECT_EQ(table.find(old), nullptr);
  Operation second;
  const UserData fresh = UserData::unpack(table.arm(second, OperationKind::receive));
  EXPECT_EQ(fresh.index, old.index);
  EXPECT_EQ(table.find(old), nullptr);
  EXPECT_EQ(table.find(fresh), &second);
}

TEST(OperationTable, PlacesItNeverGaveOutAreStale) {
  const OperationTable table(4);
  EXPECT_EQ(table.find({OperationKind::receive, 0, 0}), nullptr);
  EXPECT_EQ(table.find({OperationKind::receive, 1, UINT32_MAX}), nullptr);
}

// Against a map from every user_data ever given out to the operation it is good for, if any.
TEST(OperationTable, AgreesWithAMapOfEverythingEverArmed) {
  Prng prng(7);
  OperationTable table(2);
  std::vector<std::unique_ptr<Operation>> operations;
  for (int i = 0; i < 16; ++i) operations.push_back(std::make_unique<Operation>());
  std::map<std::uint64_t, Operation*> model;
  for (int step = 0; step < 20'000; ++step) {
    Operation& one = *operations[prng.below(operations.size())];
    if (one.armed()) {
      model[table.target(one)] = nullptr;
      table.release(one);
    } else {
      const std::uint64_t data = table.arm(one, OperationKind::rest);
      EXPECT_FALSE(model.contains(data)) << "given out twice";
      model[data] = &one;
    }
    const auto any = std::next(
        model.begin(), static_cast<std::ptrdiff_t>(prng.below(std::min<std::size_t>(model.size(), 64))));
    EXPECT_EQ(table.find(UserData::unpack(any->first)), any->second);
  }
  for (const auto& [data, operation] : model) EXPECT_EQ(table.find(UserData::unpack(data)), operation);
}

}  // namespace
}  // namespace ringwire::uring
