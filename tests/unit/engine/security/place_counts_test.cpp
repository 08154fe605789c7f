#include "engine/security/place_counts.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::security {
namespace {

constexpr PlaceLimits kLimits{2, 3, 4};
constexpr crypto::SipKey kKey{1, 2};

IpAddress address(std::string_view text) {
  return *IpAddress::parse(text);
}

TEST(PlaceCounts, NamesTheNarrowestScopeThatIsFull) {
  PlaceCounts places(kLimits, kKey);
  EXPECT_FALSE(places.take(address("192.0.2.1")));
  EXPECT_FALSE(places.take(address("192.0.2.1")));
  EXPECT_EQ(places.take(address("192.0.2.1")), Scope::address);
  EXPECT_FALSE(places.take(address("192.0.2.2")));
  EXPECT_EQ(places.take(address("192.0.2.2")), Scope::subnet);
  EXPECT_EQ(places.take(address("192.0.2.1")), Scope::address);
  EXPECT_FALSE(places.take(address("192.0.3.1")));
}

TEST(PlaceCounts, AnIpv6NeighbourCountsByItsCustomerAndItsCompany) {
  PlaceCounts places(kLimits, kKey);
  EXPECT_FALSE(places.take(address("2001:db8:1:100::1")));
  EXPECT_FALSE(places.take(address("2001:db8:1:100::2")));  // the same /64
  EXPECT_EQ(places.take(address("2001:db8:1:100::3")), Scope::address);
  EXPECT_FALSE(places.take(address("2001:db8:1:101::1")));  // the same /56
  EXPECT_EQ(places.take(address("2001:db8:1:102::1")), Scope::subnet);
  EXPECT_FALSE(places.take(address("2001:db8:1:200::1")));  // the same /48
  EXPECT_EQ(places.take(address("2001:db8:1:300::1")), Scope::network);
}

TEST(PlaceCounts, WhatIsRefusedTookNothingAnywhere) {
  PlaceCounts places(kLimits, kKey);
  for (int i = 0; i < 100; ++i) static_cast<void>(places.take(address("192.0.2.1")));
  EXPECT_EQ(places.held(*prefix_of(address("192.0.2.1"), Scope::subnet)), 2U);
}

TEST(PlaceCounts, AgreesWithAListOfEveryPlaceAndEndsEmpty) {
  Prng prng(7);
  PlaceCounts places(kLimits, kKey);
  std::vector<IpAddress> held;
  const auto count = [&](const Prefix& prefix) {
    return std::ranges::count_if(held, [&](const IpAddress& each) { return contains(prefix, each); });
  };
  for (int step = 0; step < 20'000; ++step) {
    if (!held.empty() && prng.chance_ppm(480'000)) {
      const std::size_t which = prng.below(held.size());
      places.give_back(held[which]);
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(which));
      continue;
    }
    const auto number = static_cast<std::uint8_t>(prng.below(8));
    const IpAddress from =
        prng.chance_ppm(500'000)
            ? IpAddress::v4(192, 0, number / 4, number % 4)
            : address("2001:db8:0:" + std::to_string(100 * (number / 4) + number % 4) + "::1");
    std::optional<Scope> full;
    for (const Scope scope : {Scope::network, Scope::subnet, Scope::address}) {
      const auto prefix = prefix_of(from, scope);
      if (prefix && count(*prefix) >= kLimits.of(scope)) full = scope;
    }
    ASSERT_EQ(places.take(from), full) << from.to_string();
    if (!full) held.push_back(from);
  }
  for (const IpAddress& each : held) places.give_back(each);
  EXPECT_TRUE(places.empty());
}

}  // namespace
}  // namespace ringwire::security
