#include "engine/security/prefix.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::security {
namespace {

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

std::string text(const std::optional<Prefix>& prefix) {
  return prefix ? prefix->to_string() : "none";
}

TEST(Prefix, OfEachScopeCutsWhatASourceMayChoose) {
  EXPECT_EQ(text(prefix_of(ip("192.0.2.77"), Scope::address)), "192.0.2.77");
  EXPECT_EQ(text(prefix_of(ip("192.0.2.77"), Scope::subnet)), "192.0.2.0/24");
  EXPECT_EQ(text(prefix_of(ip("192.0.2.77"), Scope::network)), "none");
  const IpAddress v6 = ip("2001:db8:1234:5678:9abc::1");
  EXPECT_EQ(text(prefix_of(v6, Scope::address)), "2001:db8:1234:5678::/64");
  EXPECT_EQ(text(prefix_of(v6, Scope::subnet)), "2001:db8:1234:5600::/56");
  EXPECT_EQ(text(prefix_of(v6, Scope::network)), "2001:db8:1234::/48");
}

TEST(Prefix, OfABanIsAnIpv4AddressOrAnIpv6Customer) {
  EXPECT_EQ(ban_prefix(ip("192.0.2.77")).to_string(), "192.0.2.77");
  EXPECT_EQ(ban_prefix(ip("2001:db8:1234:5678::1")).to_string(), "2001:db8:1234:5600::/56");
}

TEST(Prefix, KeepsExactlyTheFirstBits) {
  Prng prng(1);
  for (int round = 0; round < 2'000; ++round) {
    IpAddress address{IpAddress::Family::v6, {}};
    prng.fill(address.bytes);
    const auto bits = static_cast<std::uint8_t>(prng.below(129));
    const Prefix prefix = prefix_of(address, bits);
    ASSERT_EQ(prefix.base.family, IpAddress::Family::v6);
    for (unsigned bit = 0; bit < 128; ++bit) {
      const auto at = [&](const IpAddress& of) { return of.bytes[bit / 8] >> (7 - bit % 8) & 1; };
      ASSERT_EQ(at(prefix.base), bit < bits ? at(address) : 0);
    }
    ASSERT_TRUE(contains(prefix, address));
    if (bits == 0) continue;
    address.bytes[(bits - 1U) / 8] ^= static_cast<std::uint8_t>(1 << (7 - (bits - 1) % 8));
    ASSERT_FALSE(contains(prefix, address));
  }
}

TEST(Prefix, IsOneHoweverAnIpv4AddressIsWritten) {
  IpAddress mapped{IpAddress::Family::v6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 77}};
  EXPECT_EQ(ban_prefix(mapped), ban_prefix(ip("192.0.2.77")));
  EXPECT_EQ(ban_prefix(ip("64:ff9b::192.0.2.77")), ban_prefix(ip("192.0.2.77")));
  EXPECT_TRUE(contains(ban_prefix(ip("192.0.2.77")), mapped));
  EXPECT_TRUE(is_local(ip("64:ff9b::10.0.0.1")));
  const crypto::SipKey key{1, 2};
  EXPECT_EQ(owner_of(mapped, key, 61), owner_of(ip("192.0.2.77"), key, 61));
}

TEST(Prefix, OfTheTwoFamiliesIsNeverTheSame) {
  const Prefix all_v4 = prefix_of(ip("0.0.0.0"), std::uint8_t{0});
  const Prefix all_v6 = prefix_of(ip("::"), std::uint8_t{0});
  EXPECT_NE(all_v4, all_v6);
  EXPECT_FALSE(contains(all_v4, ip("2001:db8::1")));
  EXPECT_NE(hash_of(all_v4, {}), hash_of(all_v6, {}));
}

TEST(Prefix, IsReadAsItIsWritten) {
  for (const char* address : {"192.0.2.77", "2001:db8:1234:5678::1", "::1"}) {
    const Prefix prefix = ban_prefix(ip(address));
    EXPECT_EQ(parse_ban_prefix(prefix.to_string()), prefix);
    EXPECT_EQ(parse_ban_prefix(address), prefix);
  }
  for (const char* wrong : {"", "/", "192.0.2.77/24", "192.0.2.77/", "192.0.2.77/32x", "2001:db8::/64",
                            "2001:db8::/300", "peer"}) {
    EXPECT_FALSE(parse_ban_prefix(wrong)) << wrong;
  }
}

TEST(Prefix, LocalAreTheAddressesThatNoStrangerHas) {
  for (const char* local :
       {"127.0.0.1", "127.255.255.255", "::1", "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255",
        "192.168.0.1", "169.254.1.1", "fe80::1", "febf::1", "fc00::", "fdff::1"}) {
    EXPECT_TRUE(is_local(ip(local))) << local;
    EXPECT_TRUE(is_exempt(ip(local), false)) << local;
    EXPECT_FALSE(is_exempt(ip(local), true)) << local;
  }
  for (const char* far :
       {"126.255.255.255", "128.0.0.1", "::2", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
        "192.167.255.255", "192.169.0.0", "169.253.0.1", "100.64.0.1", "0.0.0.0", "::", "fec0::1", "fe7f::1",
        "fbff::1", "fe00::1", "2001:db8::1"}) {
    EXPECT_FALSE(is_local(ip(far))) << far;
    EXPECT_FALSE(is_exempt(ip(far), false)) << far;
  }
}

TEST(Prefix, HasOneOwnerForAnAddressAndAllNetworksAroundIt) {
  const crypto::SipKey key{7, 9};
  IpAddress address = ip("2001:db8:1:2::3");
  const ShardId owner = owner_of(address, key, 7);
  Prng prng(2);
  for (int i = 0; i < 1'000; ++i) {
    for (std::size_t byte = 6; byte < 16; ++byte)
      address.bytes[byte] = static_cast<std::uint8_t>(prng.next());
    ASSERT_EQ(owner_of(address, key, 7), owner);
  }
  for (std::uint8_t last = 0; last < 255; ++last)
    ASSERT_EQ(owner_of(IpAddress::v4(192, 0, 2, last), key, 7), owner_of(ip("192.0.2.255"), key, 7));
}

TEST(Prefix, OwnersShareTheNetworksAndCannotBeAimedAtWithoutTheKey) {
  std::vector<std::uint32_t> owned(8);
  std::set<std::uint32_t> same;
  for (std::uint32_t i = 0; i < 8'000; ++i) {
    const IpAddress address =
        IpAddress::v4(93, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i), 1);
    ++owned[owner_of(address, {1, 2}, 8)];
    if (owner_of(address, {1, 2}, 8) == owner_of(address, {3, 4}, 8)) same.insert(i);
  }
  for (const std::uint32_t count : owned) {
    EXPECT_GT(count, 850U);
    EXPECT_LT(count, 1'150U);
  }
  EXPECT_GT(same.size(), 850U);
  EXPECT_LT(same.size(), 1'150U);
}

}  // namespace
}  // namespace ringwire::security
