#include "engine/security/rate_limits.hpp"

#include <gtest/gtest.h>

#include <map>

#include "codec/base/prng.hpp"

namespace ringwire::security {
namespace {

using wire::MessageType;

IpAddress ip(std::uint32_t number) {
  return IpAddress::v4(static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                       static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number));
}
IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}
NodeId node(std::uint32_t number) {
  NodeId id;
  store_be<std::uint32_t>(id.bytes.data(), number);
  return id;
}

// Everything unlimited but what a test says.
RateLimits::Options unlimited() {
  RateLimits::Options options;
  options.key = {1, 2};
  for (Rates& rates : options.plan.each) rates.each.fill(kUnlimited);
  return options;
}
RateLimits::Options limited(Level level, Resource resource, Rate rate) {
  RateLimits::Options options = unlimited();
  options.plan[level][resource] = rate;
  return options;
}

TEST(RateLimits, NameTheNarrowestLevelThatIsShortAndWhenToAskAgain) {
  for (const Level level : {Level::address, Level::subnet, Level::global}) {
    RateLimits limits(limited(level, Resource::connections, things_per_minute(60, 2)), Instant{1});
    EXPECT_FALSE(limits.ask_connection(ip("93.1.2.3"), Instant{1}));
    EXPECT_FALSE(limits.ask_connection(ip("93.1.2.3"), Instant{1}));
    const auto refused = limits.ask_connection(ip("93.1.2.3"), Instant{1});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->level, level);
    EXPECT_EQ(refused->resource, Resource::connections);
    EXPECT_EQ(refused->retry_at, Instant{1} + 1s);
    EXPECT_EQ(limits.counters().refused[level].value(), 1U);
    EXPECT_TRUE(limits.ask_connection(ip("93.1.2.3"), Instant{refused->retry_at.ns - 1}));
    EXPECT_FALSE(limits.ask_connection(ip("93.1.2.3"), refused->retry_at));
    EXPECT_EQ(limits.counters().admitted.value(), 3U);
  }
}

TEST(RateLimits, HoldForIpv6AtEachOfItsNetworks) {
  const std::map<Level, const char*> neighbours{{Level::address, "2001:db8:1:2:ffff::1"},
                                                {Level::subnet, "2001:db8:1:7::1"},
                                                {Level::network, "2001:db8:1:ff00::1"}};
  for (const auto& [level, neighbour] : neighbours) {
    RateLimits limits(limited(level, Resource::connections, things_per_minute(1, 1)), Instant{0});
    EXPECT_FALSE(limits.ask_connection(ip("2001:db8:1:2::1"), Instant{0}));
    const auto refused = limits.ask_connection(ip(neighbour), Instant{0});
    ASSERT_TRUE(refused) << neighbour;
    EXPECT_EQ(refused->level, level);
    EXPECT_FALSE(limits.ask_connection(ip("2001:db8:2:2::1"), Instant{0}));
  }
}

TEST(RateLimits, GiveAllAddressesOfOneIpv6HostOneBudget) {
  RateLimits limits(limited(Level::address, Resource::connections, things_per_minute(12, 8)), Instant{0});
  IpAddress address = ip("2001:db8:1:2::");
  int admitted = 0;
  for (std::uint32_t i = 0; i < 65'536; ++i) {
    store_be<std::uint32_t>(address.bytes.data() + 12, i * 2'654'435'761U);
    if (!limits.ask_connection(address, Instant{0})) ++admitted;
  }
  EXPECT_EQ(admitted, 8);
}

TEST(RateLimits, SpendNothingWhereTheyRefuse) {
  RateLimits::Options options = unlimited();
  options.plan[Level::address][Resource::connections] = things_per_minute(1, 1);
  options.plan[Level::subnet][Resource::connections] = things_per_minute(1, 3);
  RateLimits limits(options, Instant{0});
  EXPECT_FALSE(limits.ask_connection(ip("93.1.2.1"), Instant{0}));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limits.ask_connection(ip("93.1.2.1"), Instant{0}));
  EXPECT_FALSE(limits.ask_connection(ip("93.1.2.2"), Instant{0}));
  EXPECT_FALSE(limits.ask_connection(ip("93.1.2.3"), Instant{0}));
  EXPECT_EQ(limits.ask_connection(ip("93.1.2.4"), Instant{0})->level, Level::subnet);
}

TEST(RateLimits, ExemptLocalAddressesUnlessTheyAreTreatedAsPublic) {
  for (const bool as_public : {false, true}) {
    auto options = limited(Level::address, Resource::connections, things_per_minute(1, 1));
    options.treat_loopback_as_public = as_public;
    RateLimits limits(options, Instant{0});
    for (const char* local : {"127.0.0.1", "192.168.1.1", "fe80::1"}) {
      EXPECT_FALSE(limits.ask_connection(ip(local), Instant{0}));
      EXPECT_EQ(limits.ask_connection(ip(local), Instant{0}).has_value(), as_public) << local;
    }
  }
}

TEST(RateLimits, CountMessagesBytesAndCostOfAPeer) {
  const auto ask = [](RateLimits& limits) {
    return limits.ask_message(ip("93.1.2.3"), {node(1)}, MessageType::transactions, 2048, Instant{0});
  };
  for (const Resource resource : {Resource::messages, Resource::bytes, Resource::cost}) {
    const std::uint64_t one = message_charge(MessageType::transactions, 2048)[resource];
    RateLimits limits(limited(Level::peer, resource, {1, 2 * one}), Instant{0});
    EXPECT_FALSE(ask(limits));
    EXPECT_FALSE(ask(limits));
    const auto refused = ask(limits);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->level, Level::peer);
    EXPECT_EQ(refused->resource, resource);
  }
}

TEST(RateLimits, HoldATypeOfMessageWithoutHoldingOthers) {
  RateLimits limits(unlimited(), Instant{0});
  int admitted = 0;
  for (int i = 0; i < 100; ++i)
    admitted += !limits.ask_message(ip("93.1.2.3"), {node(1)}, MessageType::ping, 8, Instant{0});
  EXPECT_EQ(admitted, 10);
  EXPECT_EQ(limits.ask_peer({node(1)}, MessageType::ping, 8, Instant{0})->level, Level::message_type);
  EXPECT_FALSE(limits.ask_peer({node(1)}, MessageType::publish, 8, Instant{0}));
  EXPECT_FALSE(limits.ask_peer({node(2)}, MessageType::ping, 8, Instant{0}));
}

TEST(RateLimits, LetATrustedPeerThroughButNotOneTypeWithoutEnd) {
  RateLimits::Options options = unlimited();
  for (const Level level : {Level::global, Level::address, Level::peer})
    options.plan[level].each.fill({0, 0});
  RateLimits limits(options, Instant{0});
  const Sender friendly{node(1), true};
  EXPECT_FALSE(limits.ask_message(ip("93.1.2.3"), friendly, MessageType::publish, 1 << 20, Instant{0}));
  EXPECT_TRUE(limits.ask_message(ip("93.1.2.3"), {node(1)}, MessageType::publish, 1 << 20, Instant{0}));
  int pings = 0;
  for (int i = 0; i < 100; ++i)
    pings += !limits.ask_message(ip("93.1.2.3"), friendly, MessageType::ping, 8, Instant{0});
  EXPECT_EQ(pings, 10);
}

TEST(RateLimits, SurviveTheConnectionOfAPeer) {
  auto options = limited(Level::peer, Resource::bytes, {10, 100});
  options.peers_max = 4;
  RateLimits limits(options, Instant{0});
  EXPECT_FALSE(limits.ask_peer({node(1)}, MessageType::publish, 100, Instant{0}));
  // Others come and go; it comes back.
  for (std::uint32_t other = 2; other < 50; ++other)
    EXPECT_FALSE(limits.ask_peer({node(other)}, MessageType::publish, 0, Instant{0}));
  EXPECT_TRUE(limits.ask_peer({node(1)}, MessageType::publish, 1, Instant{0}));
}

// What somebody owes is forgotten only when it has been paid.
TEST(RateLimits, NeverForgetADebtForAFloodOfNames) {
  auto options = limited(Level::address, Resource::connections, things_per_minute(60, 1));
  options.sources_max = 64;
  RateLimits limits(options, Instant{0});
  for (std::uint32_t i = 0; i < 64; ++i)
    EXPECT_FALSE(limits.ask_connection(ip(i << 16 | 0x5d00'0001), Instant{0}));
  // Sources without a place share one budget.
  int admitted = 0;
  for (std::uint32_t i = 64; i < 10'000; ++i)
    admitted += !limits.ask_connection(ip(i << 8 | 0x5d00'0001), Instant{0});
  EXPECT_EQ(admitted, 1);
  for (std::uint32_t i = 0; i < 64; ++i)
    EXPECT_TRUE(limits.ask_connection(ip(i << 16 | 0x5d00'0001), Instant{0}));
  EXPECT_GT(limits.sources().counters(Scope::address).shared.value(), 0U);
  EXPECT_EQ(limits.sources().counters(Scope::address).forgotten.value(), 0U);
  // A second later all have paid, and anybody new finds a place.
  for (std::uint32_t i = 0; i < 64; ++i)
    EXPECT_FALSE(limits.ask_connection(ip(i << 8 | 0x6d00'0001), Instant{0} + 1s));
  EXPECT_EQ(limits.sources().counters(Scope::address).forgotten.value(), 64U);
}

// Each source against a bucket of its own, and none of them against the others.
TEST(RateLimits, GiveEachAddressItsRateWhateverTheOthersDo) {
  const Rate rate = things_per_minute(90, 3);
  RateLimits limits(limited(Level::address, Resource::connections, rate), Instant{0});
  std::map<std::uint32_t, TokenBucket> model;
  Prng prng(3);
  Instant now{0};
  for (int i = 0; i < 50'000; ++i) {
    now.ns += static_cast<std::int64_t>(prng.below(20'000'000));
    const auto source = static_cast<std::uint32_t>(0x5d00'0000U + prng.below(40));
    const auto bucket = model.try_emplace(source, rate, Instant{0}).first;
    ASSERT_EQ(!limits.ask_connection(ip(source), now), bucket->second.take(rate, kThing, now));
  }
}

}  // namespace
}  // namespace ringwire::security
