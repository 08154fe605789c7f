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

TEST(BanList, AnIpv6BanCoversAllNetworksOfTheCustomer) {
  BanList bans;
  bans.ban(*IpAddress::parse("2001:db8:1:2::5"), kNever);
  EXPECT_TRUE(bans.is_banned(*IpAddress::parse("2001:db8:1:2:ffff::9"), Instant{1}));
  EXPECT_TRUE(bans.is_banned(*IpAddress::parse("2001:db8:1:ff::5"), Instant{1}));
  EXPECT_FALSE(bans.is_banned(*IpAddress::parse("2001:db8:1:102::5"), Instant{1}));
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

TEST(BanList, KeepsBansOfAddressesWhateverNumberOfNodesIsBanned) {
  BanList bans;
  bans.ban(*IpAddress::parse("93.1.2.3"), kNever);
  for (std::uint32_t i = 0; i < kBansMax + 10; ++i) bans.ban(node(i), kNever);
  EXPECT_TRUE(bans.is_banned(*IpAddress::parse("93.1.2.3"), Instant{1}));
}

TEST(BanList, ListsThoseInForceTheOldestFirst) {
  BanList bans;
  bans.ban(node(1), Instant{100});
  bans.ban(node(2), Instant{300});
  bans.ban(Ban{subject_of(node(3)), kNever, 4});
  bans.ban(node(1), Instant{200});
  const std::vector<Ban> listed = bans.list(Instant{150});
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_EQ(listed[0], (Ban{subject_of(node(2)), Instant{300}, 0}));
  EXPECT_EQ(listed[1], (Ban{subject_of(node(3)), kNever, 4}));
  EXPECT_EQ(listed[2], (Ban{subject_of(node(1)), Instant{200}, 0}));
  EXPECT_EQ(bans.list(Instant{250}).size(), 2U);
}

}  // namespace
}  // namespace ringwire::security
