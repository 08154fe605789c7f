#include "engine/security/meter.hpp"

#include <gtest/gtest.h>

#include "engine/security/level.hpp"

namespace ringwire::security {
namespace {

constexpr Instant at(Duration time) {
  return Instant{0} + time;
}

Charge bytes(std::uint64_t amount) {
  Charge charge;
  charge[Resource::bytes] = amount;
  return charge;
}

TEST(Meter, DrawsASliceWhereThatIsMoreThanIsNeededAndOnlyOfWhatIsShort) {
  Meter meter(Meter::Kind::limited);
  EXPECT_FALSE(meter.holds(bytes(1)));
  EXPECT_EQ(meter.wanted(bytes(1)), bytes(Meter::kSlice[Resource::bytes]));
  meter.credit(meter.wanted(bytes(1)));
  EXPECT_TRUE(meter.holds(bytes(1)));
  EXPECT_EQ(meter.wanted(bytes(1)), Charge{});
  meter.spend(bytes(1));
  EXPECT_FALSE(meter.holds(bytes(Meter::kSlice[Resource::bytes])));
  EXPECT_EQ(meter.wanted(bytes(8 << 20))[Resource::bytes], (8 << 20) - Meter::kSlice[Resource::bytes] + 1);
}

TEST(Meter, HoldsEverythingOfWhoHasNoLimit) {
  for (const Meter::Kind kind : {Meter::Kind::trusted, Meter::Kind::exempt}) {
    Meter meter(kind);
    EXPECT_TRUE(meter.holds(bytes(UINT64_MAX)));
    meter.spend(bytes(UINT64_MAX));
    EXPECT_EQ(meter.exempt(), kind == Meter::Kind::exempt);
  }
}

TEST(Meter, IsOverForTooLongOnlyWithoutABreak) {
  Meter steady(Meter::Kind::limited);
  Meter pausing(Meter::Kind::limited);
  const Instant start = at(1h);
  Instant now = start;
  for (; now < start + Meter::kOverMax; now = now + 1s) {
    steady.hold_back(now + 1s, now);
    EXPECT_TRUE(steady.holds_back(now));
    EXPECT_FALSE(steady.too_long(now));
  }
  steady.hold_back(now + 1s, now);
  EXPECT_TRUE(steady.too_long(now));
  EXPECT_FALSE(steady.too_long(now));  // counts anew
  for (now = start; now < start + 3 * Meter::kOverMax; now = now + Meter::kBreak + 2s) {
    pausing.hold_back(now + 1s, now);
    EXPECT_FALSE(pausing.too_long(now));
  }
  EXPECT_FALSE(pausing.holds_back(now));
}

// What 64 sessions hold idle is little of what an address has at once, so nobody is held back by what others
// have drawn and do not use.
TEST(Meter, DrawsLittleAgainstEveryBurst) {
  const RatePlan plan = default_rates();
  for (const Level level : {Level::peer, Level::address, Level::subnet, Level::network, Level::global}) {
    for (std::size_t i = 0; i < kResources; ++i) {
      if (plan[level].each[i] == kUnlimited) continue;
      EXPECT_LE(16 * Meter::kSlice.each[i], plan[level].each[i].burst) << name(level) << i;
    }
  }
}

}  // namespace
}  // namespace ringwire::security
