#include "codec/wire/storage.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ringwire::wire {
namespace {

TEST(Storage, GivesAtMostItsFactorOfTheInput) {
  for (const std::size_t input : {0, 1, 100, 5'000}) {
    Storage storage(input);
    std::size_t given = 0;
    while (storage.take(10)) given += 10;
    EXPECT_LE(given, kStorageFactor * input);
    EXPECT_GE(given + 10, kStorageFactor * input * 3 / 4) << "and most of that";
    EXPECT_FALSE(storage.keep(std::array<std::uint8_t, 10>{}).has_value());
    EXPECT_TRUE(storage.take(0).has_value()) << "nothing takes no room";
  }
  EXPECT_FALSE(Storage(100).take(401).has_value());
  EXPECT_TRUE(Storage(100).take(400).has_value());
}

TEST(Storage, WhatAListTakesCountsUntilItIsDropped) {
  Storage storage(100);
  std::vector<std::uint8_t> list;
  ASSERT_TRUE(storage.extend(list, 100).has_value());
  ASSERT_TRUE(storage.extend(list, 1).has_value()) << "100 and 200 at once, while it moves";
  EXPECT_EQ(list.size(), 101U);
  EXPECT_FALSE(storage.extend(list, 100).has_value()) << "200 are left, 201 would do";
  EXPECT_EQ(list.size(), 101U);
  EXPECT_FALSE(storage.take(201).has_value());
  storage.drop(list);
  EXPECT_TRUE(list.empty());
  EXPECT_TRUE(storage.take(400).has_value());
}

TEST(Storage, AListGrowsByWhatIsLeftWhereThatIsLessThanDouble) {
  Storage storage(100);
  std::vector<std::uint8_t> list;
  ASSERT_TRUE(storage.extend(list, 160).has_value());
  ASSERT_TRUE(storage.extend(list, 1).has_value());
  EXPECT_EQ(list.capacity(), 240U);
}

TEST(Storage, WhatWasGivenOutStaysAsItIs) {
  Storage storage(10'000);
  std::vector<ByteView> kept;
  for (std::size_t i = 0; i < 100; ++i) {
    const std::vector<std::uint8_t> bytes(3 * i, static_cast<std::uint8_t>(i));
    kept.push_back(storage.keep(bytes).value());
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    ASSERT_EQ(kept[i].size(), 3 * i);
    EXPECT_TRUE(std::ranges::all_of(kept[i], [&](std::uint8_t byte) { return byte == i; }));
  }
}

}  // namespace
}  // namespace ringwire::wire
