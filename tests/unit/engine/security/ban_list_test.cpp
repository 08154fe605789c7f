#include "engine/security/ban_list.hpp"

#include <gtest/gtest.h>

namespace ringwire::security {
namespace {

NodeId node(std::uint32_t number) {
  NodeId id;
  store_be<std::uint32_t>(id.bytes.data(), number);
  return id;
}

TEST(BanList, EndsWhenItsTimeHasPassed) {
  BanList bans;
  bans.ban(node(1), Instant{100});
  EXPECT_TRUE(bans.is_banned(node(1), Instant{99}));
  EXPECT_FALSE(bans.is_banned(node(2), Instant{99}));
  EXPECT_FALSE(bans.is_banned(node(1), Instant{100}));
  EXPECT_EQ(bans.size(), 0U);
}

TEST(BanList, AnIpv6BanCoversItsWholeNetwork) {
  BanList bans;
  bans.ban(*IpAddress::parse("2001:db8:1:2::5"), kNever);
  EXPECT_TRUE(bans.is_banned(*IpAddress::parse("2001:db8:1:2:ffff::9"), Instant{1}));
  EXPECT_FALSE(bans.is_banned(*IpAddress::parse("2001:db8:1:3::5"), Instant{1}));
  bans.ban(*IpAddress::parse("192.0.2.1"), kNever);
  EXPECT_FALSE(bans.is_banned(*IpAddress::parse("192.0.2.2"), Instant{1}));
}

TEST(BanList, ALaterBanReplacesTheEarlierOne) {
  BanList bans;
  bans.ban(node(1), Instant{100});
  bans.ban(node(1), Instant{50});
  EXPECT_EQ(bans.size(), 1U);
  EXPECT_FALSE(bans.is_banned(node(1), Instant{60}));
}

TEST(BanList, IsBoundedAndForgetsTheOldestFirst) {
  BanList bans;
  for (std::uint32_t i = 0; i < kBansMax + 10; ++i) bans.ban(node(i), kNever);
  EXPECT_EQ(bans.size(), kBansMax);
  EXPECT_EQ(bans.evicted(), 10U);
  EXPECT_FALSE(bans.is_banned(node(9), Instant{1}));
  EXPECT_TRUE(bans.is_banned(node(10), Instant{1}));
}

}  // namespace
}  // namespace ringwire::security
