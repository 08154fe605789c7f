#include "engine/sim/clock.hpp"

#include <gtest/gtest.h>

#include "codec/base/prng.hpp"

namespace ringwire::sim {
namespace {

Now at(Duration passed) {
  return {Instant{} + passed, {1'000'000 + static_cast<std::uint64_t>(passed.count() / 1'000'000)}};
}

TEST(HostClock, IsTheTruthWhereNothingIsWrong) {
  const HostClock clock;
  for (const Duration passed : {Duration(0s), Duration(1ns), Duration(999'999'999ns), Duration(400h)}) {
    EXPECT_EQ(clock.read(at(passed)).monotonic, at(passed).monotonic);
    EXPECT_EQ(clock.read(at(passed)).wall, at(passed).wall);
    EXPECT_EQ(clock.in_truth(passed), passed);
  }
}

TEST(HostClock, RunsTooFastOrTooSlowAndNeverBackwards) {
  for (const std::int32_t drift : {-500'000, -200, -1, 1, 200, 500'000}) {
    HostClock clock;
    clock.set_drift(drift, at(3s));
    Prng prng(1);
    Instant before = clock.read(at(3s)).monotonic;
    EXPECT_EQ(before, at(3s).monotonic);
    Duration passed = 3s;
    for (int i = 0; i < 10'000; ++i) {
      passed += Duration(static_cast<std::int64_t>(prng.below(i % 2 == 0 ? 3 : 5'000'000)));
      const Instant now = clock.read(at(passed)).monotonic;
      ASSERT_GE(now, before);
      before = now;
    }
    EXPECT_EQ(clock.read(at(3s + 1'000s)).monotonic, at(3s + 1'000s + drift * Duration(1ms)).monotonic);
  }
}

TEST(HostClock, DoesNotJumpWhenItsRateChanges) {
  HostClock clock;
  clock.set_drift(1'000, at(0s));
  const Instant before = clock.read(at(100s)).monotonic;
  clock.set_drift(-1'000, at(100s));
  EXPECT_EQ(clock.read(at(100s)).monotonic, before);
  EXPECT_EQ(clock.read(at(200s)).monotonic, before + (100s - 100ms));
}

// Who sleeps by it has slept as long as he wanted, by it.
TEST(HostClock, ASleepIsOverWhenItSaysSo) {
  Prng prng(2);
  for (const std::int32_t drift : {-300'000, -77, 0, 77, 300'000}) {
    HostClock clock;
    clock.set_drift(drift, at(0s));
    for (int i = 0; i < 1'000; ++i) {
      const Duration wanted(static_cast<std::int64_t>(prng.below(i % 2 == 0 ? 100 : 10'000'000'000)));
      const Duration slept = clock.read(at(clock.in_truth(wanted))).monotonic - Instant{};
      ASSERT_GE(slept, wanted);
      ASSERT_LE(slept, wanted + 3ns);
    }
  }
}

TEST(HostClock, AStepOfTheWallClockMovesNothingElse) {
  HostClock clock;
  clock.step_wall(-5'000);
  EXPECT_EQ(clock.read(at(1s)).wall.ms, at(1s).wall.ms - 5'000);
  EXPECT_EQ(clock.read(at(1s)).monotonic, at(1s).monotonic);
  clock.step_wall(-9'000'000);
  EXPECT_EQ(clock.read(at(1s)).wall.ms, 0U);
}

}  // namespace
}  // namespace ringwire::sim
