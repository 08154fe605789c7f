#include "engine/shard/turn_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/prng.hpp"
#include "engine/shard/cpu_clock.hpp"

namespace ringwire::shard {
namespace {

TEST(TurnBudget, AllowsUntilItIsSpent) {
  TurnBudget budget(500us);
  budget.begin_turn();
  budget.charge(300us);
  EXPECT_TRUE(budget.allows());
  EXPECT_EQ(budget.left(), 200us);
  budget.charge(200us);
  EXPECT_FALSE(budget.allows());
  budget.begin_turn();
  EXPECT_TRUE(budget.allows());
  EXPECT_EQ(budget.exhausted_turns().value(), 1U);
}

TEST(TurnBudget, AnOverrunIsTakenFromTheFollowingTurns) {
  TurnBudget budget(500us);
  budget.begin_turn();
  budget.charge(1700us);
  EXPECT_EQ(budget.left(), 0us);
  for (int turn = 0; turn < 2; ++turn) {
    budget.begin_turn();
    EXPECT_FALSE(budget.allows()) << turn;
  }
  budget.begin_turn();
  EXPECT_TRUE(budget.allows());
  budget.charge(300us);  // 200 us of the old debt are left
  EXPECT_FALSE(budget.allows());
}

TEST(TurnBudget, WhatWasNotSpentIsNotSaved) {
  TurnBudget budget(500us);
  for (int turn = 0; turn < 100; ++turn) budget.begin_turn();
  budget.charge(500us);
  EXPECT_FALSE(budget.allows());
}

TEST(TurnBudget, TheLongRunShareHoldsWhateverOnePieceCosts) {
  Prng prng(4);
  TurnBudget budget;
  constexpr int kTurns = 10'000;
  Duration longest{0};
  for (int turn = 0; turn < kTurns; ++turn) {
    budget.begin_turn();
    while (budget.allows()) {
      const Duration cost(static_cast<std::int64_t>(prng.between(1'000, 3'000'000)));
      longest = std::max(longest, cost);
      budget.charge(cost);
    }
  }
  const auto allowed = static_cast<std::uint64_t>((kTurns * TurnBudget::kPerTurn + longest).count());
  EXPECT_LE(budget.charged_ns().value(), allowed);
  EXPECT_GE(budget.charged_ns().value(), allowed - static_cast<std::uint64_t>(longest.count()));
}

TEST(CpuClock, CountsWorkOfThisThread) {
  const Duration before = thread_cpu_time();
  Prng prng(1);
  std::uint64_t sum = 0;
  while (thread_cpu_time() - before < 2ms) {
    for (int i = 0; i < 1000; ++i) sum += prng.next();
  }
  EXPECT_NE(sum, 0U);
  EXPECT_GE(thread_cpu_time(), before + 2ms);
}

}  // namespace
}  // namespace ringwire::shard
