#include "engine/security/source_limits.hpp"

#include <gtest/gtest.h>

#include <map>

#include "codec/base/prng.hpp"

namespace ringwire::security {
namespace {

IpAddress ip(std::uint32_t number) {
  return IpAddress::v4(static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                       static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number));
}
IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}
// Everything unlimited but what a test says.
RatePlan unlimited() {
  RatePlan plan;
  for (Rates& rates : plan.each) rates.each.fill(kUnlimited);
  return plan;
}
RatePlan limited(Level level, Rate rate) {
  RatePlan plan = unlimited();
  plan[level][Resource::connections] = rate;
  return plan;
}

class Limits : public SourceLimits {
 public:
  explicit Limits(const RatePlan& plan, std::uint32_t sources_max = kSourcesMax)
      : SourceLimits(plan, {1, 2}, Instant{0}, sources_max) {}
  std::optional<Refusal> connect(const IpAddress& from, Instant now = Instant{0}) {
    return take(from, connection_charge(), now);
  }
};

TEST(SourceLimits, NameTheNarrowestLevelThatIsShortAndWhenToAskAgain) {
  for (const Level level : {Level::address, Level::subnet, Level::global}) {
    Limits limits(limited(level, things_per_minute(60, 2)));
    EXPECT_FALSE(limits.connect(ip("93.1.2.3"), Instant{1}));
    EXPECT_FALSE(limits.connect(ip("93.1.2.3"), Instant{1}));
    const auto refused = limits.connect(ip("93.1.2.3"), Instant{1});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->level, level);
    EXPECT_EQ(refused->resource, Resource::connections);
    EXPECT_EQ(refused->retry_at, Instant{1} + 1s);
    EXPECT_TRUE(limits.connect(ip("93.1.2.3"), Instant{refused->retry_at.ns - 1}));
    EXPECT_FALSE(limits.connect(ip("93.1.2.3"), refused->retry_at));
  }
}

TEST(SourceLimits, HoldForIpv6AtEachOfItsNetworks) {
  const std::map<Level, const char*> neighbours{{Level::address, "2001:db8:1:2:ffff::1"},
                                                {Level::subnet, "2001:db8:1:7::1"},
                                                {Level::network, "2001:db8:1:ff00::1"}};
  for (const auto& [level, neighbour] : neighbours) {
    Limits limits(limited(level, things_per_minute(1, 1)));
    EXPECT_FALSE(limits.connect(ip("2001:db8:1:2::1")));
    const auto refused = limits.connect(ip(neighbour));
    ASSERT_TRUE(refused) << neighbour;
    EXPECT_EQ(refused->level, level);
    EXPECT_FALSE(limits.connect(ip("2001:db8:2:2::1")));
  }
}

TEST(SourceLimits, GiveAllAddressesOfOneIpv6HostOneBudget) {
  Limits limits(limited(Level::address, things_per_minute(12, 8)));
  IpAddress address = ip("2001:db8:1:2::");
  int admitted = 0;
  for (std::uint32_t i = 0; i < 65'536; ++i) {
    store_be<std::uint32_t>(address.bytes.data() + 12, i * 2'654'435'761U);
    if (!limits.connect(address)) ++admitted;
  }
  EXPECT_EQ(admitted, 8);
}

TEST(SourceLimits, SpendNothingWhereTheyRefuse) {
  RatePlan plan = unlimited();
  plan[Level::address][Resource::connections] = things_per_minute(1, 1);
  plan[Level::subnet][Resource::connections] = things_per_minute(1, 3);
  Limits limits(plan);
  EXPECT_FALSE(limits.connect(ip("93.1.2.1")));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limits.connect(ip("93.1.2.1")));
  EXPECT_FALSE(limits.connect(ip("93.1.2.2")));
  EXPECT_FALSE(limits.connect(ip("93.1.2.3")));
  EXPECT_EQ(limits.connect(ip("93.1.2.4"))->level, Level::subnet);
}

// What somebody owes is forgotten only when it has been paid.
TEST(SourceLimits, NeverForgetADebtForAFloodOfNames) {
  Limits limits(limited(Level::address, things_per_minute(60, 1)), 64);
  for (std::uint32_t i = 0; i < 64; ++i) EXPECT_FALSE(limits.connect(ip(i << 16 | 0x5d00'0001)));
  // Sources without a place share one budget.
  int admitted = 0;
  for (std::uint32_t i = 64; i < 10'000; ++i) admitted += !limits.connect(ip(i << 8 | 0x5d00'0001));
  EXPECT_EQ(admitted, 1);
  for (std::uint32_t i = 0; i < 64; ++i) EXPECT_TRUE(limits.connect(ip(i << 16 | 0x5d00'0001)));
  EXPECT_GT(limits.counters(Scope::address).shared.value(), 0U);
  EXPECT_EQ(limits.counters(Scope::address).forgotten.value(), 0U);
  // A second later all have paid, and anybody new finds a place.
  for (std::uint32_t i = 0; i < 64; ++i)
    EXPECT_FALSE(limits.connect(ip(i << 8 | 0x6d00'0001), Instant{0} + 1s));
  EXPECT_EQ(limits.counters(Scope::address).forgotten.value(), 64U);
}

// Each source against a bucket of its own, and none of them against the others.
TEST(SourceLimits, GiveEachAddressItsRateWhateverTheOthersDo) {
  const Rate rate = things_per_minute(90, 3);
  Limits limits(limited(Level::address, rate));
  std::map<std::uint32_t, TokenBucket> model;
  Prng prng(3);
  Instant now{0};
  for (int i = 0; i < 50'000; ++i) {
    now.ns += static_cast<std::int64_t>(prng.below(20'000'000));
    const auto source = static_cast<std::uint32_t>(0x5d00'0000U + prng.below(40));
    const auto bucket = model.try_emplace(source, rate, Instant{0}).first;
    ASSERT_EQ(!limits.connect(ip(source), now), bucket->second.take(rate, kThing, now));
  }
}

}  // namespace
}  // namespace ringwire::security
