#include "engine/shard/wait_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/prng.hpp"

namespace ringwire::shard {
namespace {

constexpr Instant kStart{1'000'000'000};

// Events at a steady rate, seen in turns of `turn`.
struct Stream {
  explicit Stream(const WaitPolicyConfig& config = {}) : policy(config, kStart) {}

  void run(std::uint64_t events_per_second, Duration turn, Duration length) {
    for (const Instant end = now + length; now < end;) {
      now = now + turn;
      owed += events_per_second * static_cast<std::uint64_t>(turn.count());
      policy.on_turn(static_cast<std::uint32_t>(owed / 1'000'000'000), now);
      owed %= 1'000'000'000;
    }
  }
  driver::WaitPlan plan() { return policy.plan(now, kNever); }

  WaitPolicy policy;
  Instant now = kStart;
  std::uint64_t owed = 0;
};

TEST(WaitPolicy, EstimatesASteadyRateWhateverTheLengthOfATurn) {
  for (const std::uint64_t rate : {1'000U, 10'000U, 30'000U, 100'000U, 1'000'000U}) {
    for (const Duration turn : {Duration(3us), Duration(50us), Duration(1ms), Duration(20ms)}) {
      Stream stream;
      stream.run(rate, turn, 200ms);
      const std::uint64_t per_event = 1'000'000'000 / static_cast<std::uint64_t>(WaitPolicy::kMemory.count());
      const std::uint64_t per_turn =
          std::max<std::uint64_t>(1, rate * turn.count() / 1'000'000'000) * per_event;
      EXPECT_NEAR(static_cast<double>(stream.policy.events_per_second()), static_cast<double>(rate),
                  static_cast<double>(rate) * 0.03 + static_cast<double>(per_turn))
          << rate << " in turns of " << turn.count() << " ns";
    }
  }
}

TEST(WaitPolicy, IdleShardsWaitForTheFirstEvent) {
  Stream stream;
  const driver::WaitPlan plan = stream.plan();
  EXPECT_EQ(plan.wanted, 1U);
  EXPECT_EQ(plan.gather, 0ns);
  EXPECT_FALSE(plan.spin);
  EXPECT_EQ(plan.timeout, WaitPolicy::kSleepMax);
}

TEST(WaitPolicy, GathersAboveTheThresholdAndOnlyThere) {
  for (const std::uint64_t rate : {500U, 5'000U, 20'000U, 27'000U}) {
    Stream stream;
    stream.run(rate, 40us, 100ms);
    EXPECT_FALSE(stream.policy.gathering()) << rate;
    EXPECT_EQ(stream.plan().wanted, 1U);
  }
  for (const std::uint64_t rate : {33'000U, 100'000U, 2'000'000U}) {
    Stream stream;
    stream.run(rate, 40us, 100ms);
    EXPECT_TRUE(stream.policy.gathering()) << rate;
    EXPECT_EQ(stream.plan().wanted, WaitPolicy::kWanted);
    EXPECT_EQ(stream.plan().gather, 100us);
    EXPECT_EQ(stream.policy.counters().gather_on.value(), 1U);
  }
}

TEST(WaitPolicy, KeepsItsStateBetweenTheThresholds) {
  Stream stream;
  stream.run(26'000, 40us, 100ms);
  EXPECT_FALSE(stream.policy.gathering());
  stream.run(50'000, 40us, 100ms);
  stream.run(26'000, 40us, 100ms);
  EXPECT_TRUE(stream.policy.gathering());
  stream.run(18'000, 40us, 100ms);
  EXPECT_FALSE(stream.policy.gathering());
  EXPECT_EQ(stream.policy.counters().gather_on.value(), 1U);
  EXPECT_EQ(stream.policy.counters().gather_off.value(), 1U);
}

TEST(WaitPolicy, DoesNotFlutterWhereTheLoadVariesAroundTheThreshold) {
  Stream stream;
  Prng prng(5);
  for (int i = 0; i < 20'000; ++i) {
    stream.run(prng.between(24'000, 36'000), 50us, 100us);
  }
  EXPECT_LE(stream.policy.counters().gather_on.value() + stream.policy.counters().gather_off.value(), 3U);
}

TEST(WaitPolicy, OneIdleSecondEndsGathering) {
  Stream stream;
  stream.run(200'000, 40us, 100ms);
  ASSERT_TRUE(stream.policy.gathering());
  stream.now = stream.now + 1s;
  stream.policy.on_turn(1, stream.now);
  EXPECT_FALSE(stream.policy.gathering());
  EXPECT_EQ(stream.policy.events_per_second(), 1U);
}

TEST(WaitPolicy, NeverGathersWhereConfiguredZero) {
  Stream stream({.gather = 0ns});
  stream.run(500'000, 40us, 100ms);
  EXPECT_FALSE(stream.policy.gathering());
  EXPECT_EQ(stream.plan().wanted, 1U);
  EXPECT_EQ(stream.policy.counters().gather_on.value(), 0U);
}

TEST(WaitPolicy, BusyPollingNeverSleepsAndNeverGathers) {
  Stream stream({.busy_poll = true});
  EXPECT_TRUE(stream.plan().spin);
  stream.run(500'000, 40us, 100ms);
  EXPECT_TRUE(stream.plan().spin);
  EXPECT_EQ(stream.plan().timeout, 0ns);
  EXPECT_EQ(stream.plan().wanted, 1U);
  EXPECT_EQ(stream.policy.counters().sleeps.value(), 0U);
}

TEST(WaitPolicy, SpinsOnlyWhileTheNextEventIsNear) {
  Stream stream({.gather = 0ns, .spin = 20us});
  stream.run(100'000, 10us, 100ms);  // a mean gap of 10 us
  EXPECT_EQ(stream.plan().timeout, 0ns);
  stream.now = stream.now + 19us;
  EXPECT_EQ(stream.plan().timeout, 0ns);
  stream.now = stream.now + 2us;
  EXPECT_GT(stream.plan().timeout, 0ns);

  Stream slow({.gather = 0ns, .spin = 20us});
  slow.run(20'000, 10us, 100ms);  // a mean gap of 50 us
  EXPECT_GT(slow.plan().timeout, 0ns);

  Stream never({.gather = 0ns, .spin = 0ns});
  never.run(1'000'000, 10us, 100ms);
  EXPECT_GT(never.plan().timeout, 0ns);
}

TEST(WaitPolicy, SleepsNoLongerThanTheNextDeadline) {
  Stream stream;
  EXPECT_EQ(stream.policy.plan(stream.now, stream.now + 30ms).timeout, 30ms);
  EXPECT_EQ(stream.policy.plan(stream.now, stream.now + 1h).timeout, WaitPolicy::kSleepMax);
  EXPECT_EQ(stream.policy.plan(stream.now, stream.now).timeout, 0ns);
  EXPECT_EQ(stream.policy.plan(stream.now, kStart).timeout, 0ns);
  EXPECT_EQ(stream.policy.counters().sleeps.value(), 2U);
  EXPECT_EQ(stream.policy.counters().looks.value(), 2U);
}

TEST(WaitPolicy, SurvivesExtremesOfTimeAndCount) {
  Stream stream;
  for (int i = 0; i < 100; ++i) stream.policy.on_turn(UINT32_MAX, stream.now);
  stream.policy.on_turn(UINT32_MAX, stream.now + 1ns);
  stream.policy.on_turn(0, stream.now + 24h * 365 * 100);
  EXPECT_EQ(stream.policy.events_per_second(), 0U);
}

}  // namespace
}  // namespace ringwire::shard
