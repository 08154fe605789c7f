#include "engine/security/charge.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/security/level.hpp"
#include "engine/security/prefix.hpp"

namespace ringwire::security {
namespace {

TEST(Charge, HasACostForEachMessageInTheOrderOfTheWire) {
  const auto rules = wire::message_rules();
  const auto costs = message_costs();
  ASSERT_EQ(rules.size(), costs.size());
  for (std::size_t i = 0; i < rules.size(); ++i) EXPECT_EQ(rules[i].type, costs[i].type) << rules[i].name;
}

TEST(Charge, CountsThingsSoThatTokensASecondAreThingsAMinute) {
  const Rate rate = things_per_minute(12, 8);
  TokenBucket bucket(rate, Instant{0});
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(bucket.take(rate, kThing, Instant{0}));
  EXPECT_FALSE(bucket.take(rate, kThing, Instant{0}));
  EXPECT_EQ(bucket.ready_at(rate, kThing, Instant{0}), Instant{0} + 5s);
}

TEST(Charge, CountsEachBegunKiBAndNothingForAnswers) {
  const Charge one = message_charge(wire::MessageType::publish, 1);
  const Charge kib = message_charge(wire::MessageType::publish, 1024);
  const Charge more = message_charge(wire::MessageType::publish, 1025);
  EXPECT_EQ(one[Resource::cost], kib[Resource::cost]);
  EXPECT_GT(more[Resource::cost], kib[Resource::cost]);
  EXPECT_EQ(more[Resource::bytes], 1025U);
  EXPECT_EQ(more[Resource::messages], kThing);
  EXPECT_EQ(more[Resource::connections], 0U);
  EXPECT_EQ(message_charge(wire::MessageType::block_bodies, 1 << 20), Charge{});
  EXPECT_EQ(message_charge(static_cast<wire::MessageType>(0xEE), 10)[Resource::cost], 1U);
}

TEST(Charge, TakesAMessageInFragmentsForOneMessage) {
  const Charge piece = message_charge(wire::MessageType::fragment, 16 * 1024);
  EXPECT_EQ(piece[Resource::messages], 0U);
  EXPECT_EQ(piece[Resource::bytes], 0U);
  EXPECT_GT(piece[Resource::cost], 0U);
}

TEST(Charge, NumbersTheTypesThatHaveARateOfTheirOwn) {
  std::set<std::size_t> numbers;
  for (const MessageCost& cost : message_costs()) {
    const auto number = rated_number(cost.type);
    ASSERT_EQ(number.has_value(), cost.rate != kUnlimited);
    if (!number) continue;
    EXPECT_EQ(rate_of(*number), cost.rate);
    numbers.insert(*number);
  }
  EXPECT_EQ(numbers.size(), kRatedTypes);
}

// Else a message that the wire allows would be refused for ever.
TEST(Charge, OfTheLargestMessageFitsEveryBurst) {
  const RatePlan plan = default_rates();
  for (const wire::MessageRules& rules : wire::message_rules()) {
    const Charge charge = message_charge(rules.type, rules.bytes_max);
    for (const Rates& rates : plan.each) {
      for (std::size_t i = 0; i < kResources; ++i)
        EXPECT_LE(charge.each[i], rates.each[i].burst) << rules.name << " " << name(static_cast<Resource>(i));
    }
  }
  for (const MessageCost& cost : message_costs()) EXPECT_GE(cost.rate.burst, kThing);
}

TEST(Level, IsWiderThanThoseInsideIt) {
  const RatePlan plan = default_rates();
  constexpr std::array kNarrowToWide{Level::address, Level::subnet, Level::network, Level::global};
  for (std::size_t level = 1; level < kNarrowToWide.size(); ++level) {
    for (std::size_t i = 0; i < kResources; ++i) {
      const Rate& inner = plan[kNarrowToWide[level - 1]].each[i];
      const Rate& outer = plan[kNarrowToWide[level]].each[i];
      EXPECT_LE(inner.per_second, outer.per_second);
      EXPECT_LE(inner.burst, outer.burst);
    }
  }
}

TEST(Level, SharesOfTheGlobalOneAddUpToTheWhole) {
  const RatePlan plan = default_rates();
  for (const std::uint32_t shards : {1U, 2U, 3U, 7U, 64U}) {
    Rates sum{};
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      const RatePlan share = share_of(plan, shards, shard);
      EXPECT_EQ(share[Level::address], plan[Level::address]);
      for (std::size_t i = 0; i < kResources; ++i) {
        const Rate& part = share[Level::global].each[i];
        if (plan[Level::global].each[i] == kUnlimited) {
          EXPECT_EQ(part, kUnlimited);
          continue;
        }
        sum.each[i].per_second += part.per_second;
        sum.each[i].burst += part.burst;
      }
    }
    for (std::size_t i = 0; i < kResources; ++i) {
      if (plan[Level::global].each[i] == kUnlimited) continue;
      EXPECT_EQ(sum.each[i], plan[Level::global].each[i]);
    }
  }
}

template <class Value>
void expect_names() {
  std::set<std::string> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Value::count_); ++i)
    names.insert(name(static_cast<Value>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Value::count_));
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Level, AndResourceAndScopeHaveNames) {
  expect_names<Level>();
  expect_names<Resource>();
  expect_names<Scope>();
}

}  // namespace
}  // namespace ringwire::security
