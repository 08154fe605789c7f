#include "gossip/received_filter.hpp"

#include <gtest/gtest.h>

#include <map>

#include "codec/base/prng.hpp"
#include "tests/unit/gossip/samples.hpp"

namespace ringwire::gossip {
namespace {

TEST(ReceivedFilter, ACopyWithinTheHoldIsDroppedAndALaterOneForwarded) {
  ReceivedFilter filter({.slots = 64, .hold = 2s}, kKey);
  EXPECT_FALSE(filter.test_and_note(id_of(1), at(5s)));
  EXPECT_TRUE(filter.test_and_note(id_of(1), at(7s - 1ns)));
  EXPECT_FALSE(filter.test_and_note(id_of(1), at(7s)));
  EXPECT_TRUE(filter.test_and_note(id_of(1), at(8s)));
  EXPECT_EQ(filter.counters().hits.value(), 2U);
  EXPECT_EQ(filter.counters().misses.value(), 2U);
}

TEST(ReceivedFilter, WhatTheOwnerCouldNotTakeIsForwardedAgain) {
  ReceivedFilter filter({.slots = 64, .hold = 2s}, kKey);
  EXPECT_FALSE(filter.test_and_note(id_of(1), at(0s)));
  filter.forget(id_of(2));
  EXPECT_TRUE(filter.test_and_note(id_of(1), at(0s)));
  filter.forget(id_of(1));
  EXPECT_FALSE(filter.test_and_note(id_of(1), at(0s)));
}

// It may forget (a hop more); it may never call an id known that was not forwarded within the hold.
TEST(ReceivedFilter, NeverDropsAnIdItDidNotForward) {
  Prng prng(1);
  ReceivedFilter filter({.slots = 8, .hold = 1s}, kKey);
  std::map<std::uint64_t, Instant> forwarded;
  Instant now;
  std::uint64_t hits = 0;
  for (int step = 0; step < 20'000; ++step) {
    now = now + 10ms * prng.below(5);
    const std::uint64_t number = prng.below(30);
    if (filter.test_and_note(id_of(number), now)) {
      ++hits;
      ASSERT_TRUE(forwarded.contains(number));
      ASSERT_GT(forwarded[number] + 1s, now);
    } else {
      forwarded[number] = now;
    }
  }
  EXPECT_EQ(filter.counters().hits.value(), hits);
  EXPECT_GT(hits, 1000U);
  EXPECT_GT(filter.counters().displaced.value(), 1000U);
}

}  // namespace
}  // namespace ringwire::gossip
