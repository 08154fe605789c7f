#include "engine/security/score.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "codec/base/prng.hpp"

namespace ringwire::security {
namespace {

TEST(Score, HalvesInEachHalfLife) {
  Score score;
  score.add(-80 * kPoint, Instant{5});
  for (int halves = 0; halves < 8; ++halves) {
    const Instant now = Instant{5} + Score::kHalfLife * halves;
    // One step late at most: time counts in steps from its own start.
    EXPECT_NEAR(score.value(now), -80 * kPoint >> halves, 1 + (80 * kPoint >> halves) / 64.0);
  }
}

TEST(Score, FadesAsTheExponentialDoesWithinOneStep) {
  Score score;
  score.set(-100 * kPoint, Instant{0});
  const double half_life = static_cast<double>(Score::kHalfLife.count());
  Prng prng(1);
  for (int i = 0; i < 10'000; ++i) {
    const Instant now{static_cast<std::int64_t>(prng.below(12'000'000'000'000))};
    const double steps = std::floor(static_cast<double>(now.ns) / half_life * 64);
    EXPECT_NEAR(score.value(now), -100.0 * kPoint * std::pow(2.0, -steps / 64), 1.01);
  }
}

TEST(Score, NeverGrowsByWaitingAndReachesZero) {
  for (const Points start : {kWorst, kBest, -1, 1, -kPoint}) {
    Score score;
    score.set(start, Instant{0});
    Points last = start;
    for (Instant now{0}; now < Instant{0} + 17 * Score::kHalfLife; now = now + Score::kStep / 3) {
      const Points value = score.value(now);
      ASSERT_LE(std::abs(value), std::abs(last));
      ASSERT_TRUE(value == 0 || (value < 0) == (start < 0));
      last = value;
    }
    EXPECT_EQ(score.value(Instant{0} + 17 * Score::kHalfLife), 0);
    EXPECT_EQ(score.value(kNever), 0);
  }
}

TEST(Score, IsTheSameHoweverOftenItIsLookedAt) {
  Score score;
  score.add(-50 * kPoint, Instant{0});
  const Score untouched = score;
  for (Instant now{0}; now < Instant{0} + 1h; now = now + 1s) static_cast<void>(score.value(now));
  EXPECT_EQ(score.value(Instant{0} + 1h), untouched.value(Instant{0} + 1h));
}

TEST(Score, StaysBetweenItsWorstAndItsBest) {
  Score score;
  for (int i = 0; i < 1'000; ++i) score.add(kBest, Instant{i});
  EXPECT_EQ(score.value(Instant{1'000}), kBest);
  for (int i = 0; i < 1'000; ++i) score.add(kWorst, Instant{1'000 + i});
  EXPECT_EQ(score.value(Instant{2'000}), kWorst);
}

TEST(Score, MayBeginToFadeLater) {
  Score score;
  score.set(-40 * kPoint, Instant{0} + 1h);
  EXPECT_EQ(score.value(Instant{0} + 59min), -40 * kPoint);
  EXPECT_EQ(score.value(Instant{0} + 1h + Score::kHalfLife), -20 * kPoint);
  score.set(-40 * kPoint, kNever);
  EXPECT_EQ(score.value(kNever), -40 * kPoint);
}

TEST(Reason, HasANameByWhichItIsFoundAndPointsThatMakeSense) {
  std::set<std::string> names;
  for (const ReasonRules& rules : reason_rules()) {
    names.insert(rules.name);
    EXPECT_EQ(parse_reason(rules.name), rules.reason);
    EXPECT_STREQ(name(rules.reason), rules.name);
    // Others may share the address; and nothing that an address does makes it better.
    EXPECT_LE(std::abs(rules.address), std::abs(rules.identity) / 4) << rules.name;
    EXPECT_LE(rules.address, 0);
    EXPECT_LE(rules.unproven, 0);
    EXPECT_GE(rules.identity, kWorst);
    EXPECT_LT(rules.identity, kBest);
    // One slip of a stranger behind a shared address bans nobody.
    EXPECT_GT(rules.unproven, kBanAt / 2);
    EXPECT_GT(rules.address, kBanAt / 2);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Reason::count_));
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_FALSE(parse_reason("no_such_reason"));
}

}  // namespace
}  // namespace ringwire::security
