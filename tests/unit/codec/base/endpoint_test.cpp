#include "codec/base/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ringwire {
namespace {

TEST(Endpoint, TextFormsRoundTrip) {
  for (const char* text : {"127.0.0.1:30303", "0.0.0.0:0", "[::1]:65535", "[2001:db8::1]:1"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
}

TEST(Endpoint, RefusesWhatIsNotExactlyAnAddressAndAPort) {
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:1x", "::1:80",
        "[127.0.0.1]:80", "[::1]", "localhost:80", "127.1:80", " 127.0.0.1:80", "[]:1", ":1"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(Endpoint, MappedIpv6IsTheIpv4HostItNames) {
  const auto mapped = IpAddress::parse("::ffff:192.0.2.7");
  ASSERT_TRUE(mapped);
  EXPECT_EQ(*mapped, IpAddress::v4(192, 0, 2, 7));
}

TEST(Endpoint, LoopbackAndUnspecifiedAreRecognisedInBothFamilies) {
  EXPECT_TRUE(IpAddress::parse("127.9.9.9")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("::2")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("2001:db8::1")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("10.0.0.1")->is_unspecified());
}

TEST(IpAddress, AnEmbeddedNulIsNotTheEndOfTheText) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(IpAddress::parse("10.0.0.1"sv).has_value());
  EXPECT_FALSE(IpAddress::parse("10.0.0.1\0.evil"sv).has_value());
  EXPECT_FALSE(IpAddress::parse("::1\0"sv).has_value());
  EXPECT_FALSE(IpAddress::parse(std::string(100, '1')).has_value());
}

}  // namespace
}  // namespace ringwire
