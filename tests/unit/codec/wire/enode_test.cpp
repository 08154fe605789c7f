#include "codec/wire/enode.hpp"

#include <gtest/gtest.h>

#include <string>

#include "codec/base/prng.hpp"
#include "codec/crypto/identity.hpp"

namespace ringwire::wire {
namespace {

// The generator of secp256k1: the public key of the secret key 1 (SEC 2, section 2.4.1).
const std::string kKey =
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

EnodeError error_of(const std::string& text) {
  const auto parsed = parse_enode(text);
  return parsed ? EnodeError::count_ : parsed.error();
}

EnodeError error_after_key(const std::string& rest) {
  return error_of("enode://" + kKey + "@" + rest);
}

TEST(Enode, ReadsKeyAddressAndPorts) {
  const auto parsed = parse_enode("enode://" + kKey + "@192.0.2.1:30303?discport=30301");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(to_hex(parsed->public_key.view()), kKey);
  EXPECT_EQ(parsed->endpoint, (Endpoint{IpAddress::v4(192, 0, 2, 1), 30303}));
  EXPECT_EQ(parsed->udp_port, 30301);
  EXPECT_EQ(parsed->id(), crypto::node_id(parsed->public_key));
}

TEST(Enode, TheUdpPortIsTheTcpPortUnlessGiven) {
  EXPECT_EQ(parse_enode("enode://" + kKey + "@192.0.2.1:30303")->udp_port, 30303);
  EXPECT_EQ(parse_enode("enode://" + kKey + "@192.0.2.1:30303?discport=0")->udp_port, 0);
}

TEST(Enode, PrintsTheCanonicalText) {
  for (const std::string text : {"@192.0.2.1:30303", "@192.0.2.1:1?discport=65535", "@[2001:db8::1]:30303",
                                 "@127.0.0.1:65535?discport=0"}) {
    EXPECT_EQ(parse_enode("enode://" + kKey + text)->to_string(), "enode://" + kKey + text);
  }
  std::string upper = kKey;
  for (char& digit : upper) digit = static_cast<char>(std::toupper(digit));
  EXPECT_EQ(parse_enode("enode://" + upper + "@[2001:DB8:0::1]:9?discport=9")->to_string(),
            "enode://" + kKey + "@[2001:db8::1]:9");
}

TEST(Enode, EveryMistakeHasItsOwnError) {
  EXPECT_EQ(error_of(""), EnodeError::no_scheme);
  EXPECT_EQ(error_of("ENODE://" + kKey + "@192.0.2.1:30303"), EnodeError::no_scheme);
  EXPECT_EQ(error_of("enr:-abc"), EnodeError::no_scheme);
  EXPECT_EQ(error_of("enode://192.0.2.1:30303"), EnodeError::no_key);
  EXPECT_EQ(error_of("enode://@192.0.2.1:30303"), EnodeError::no_key);
  EXPECT_EQ(error_of("enode://" + kKey.substr(1) + "@192.0.2.1:30303"), EnodeError::bad_key_length);
  EXPECT_EQ(error_of("enode://" + kKey + "0@192.0.2.1:30303"), EnodeError::bad_key_length);
  EXPECT_EQ(error_of("enode://0x" + kKey + "@192.0.2.1:30303"), EnodeError::bad_key_length);
  EXPECT_EQ(error_of("enode://0x" + kKey.substr(2) + "@192.0.2.1:30303"), EnodeError::bad_key_digit);
  EXPECT_EQ(error_of("enode://g" + kKey.substr(1) + "@192.0.2.1:30303"), EnodeError::bad_key_digit);
  EXPECT_EQ(error_of("enode://8" + kKey.substr(1) + "@192.0.2.1:30303"), EnodeError::not_a_key);
  EXPECT_EQ(error_of("enode://" + std::string(128, '0') + "@192.0.2.1:30303"), EnodeError::not_a_key);
  for (const char* host :
       {"localhost:1", "192.0.2.256:1", "192.0.2:1", ":1", "2001:db8::1:1", "[192.0.2.1]:1", "[]:1",
        "192.0.2.1 :1", "[2001:db8::1%eth0]:1", "192.0.2.1:30303:1"}) {
    EXPECT_EQ(error_after_key(host), EnodeError::bad_host) << host;
  }
  EXPECT_EQ(error_after_key("0.0.0.0:1"), EnodeError::undialable_host);
  EXPECT_EQ(error_after_key("[::]:1"), EnodeError::undialable_host);
  for (const char* port :
       {"", ":", ":0", ":65536", ":030303", ":+1", ":-1", ":1x", ": 1", ":1 ", ":0x1", ":1/", "x"}) {
    EXPECT_EQ(error_after_key("192.0.2.1" + std::string(port)), EnodeError::bad_port) << port;
  }
  EXPECT_EQ(error_after_key("[2001:db8::1]"), EnodeError::bad_port);
  for (const char* query : {"", "discport", "udp=1", "DISCPORT=1", "x&discport=1"}) {
    EXPECT_EQ(error_after_key("192.0.2.1:1?" + std::string(query)), EnodeError::bad_query) << query;
  }
  for (const char* port : {"", "65536", "01", "1&x=2", "1#x", "-1"}) {
    EXPECT_EQ(error_after_key("192.0.2.1:1?discport=" + std::string(port)), EnodeError::bad_udp_port) << port;
  }
}

TEST(Enode, EveryErrorSaysWhatIsExpected) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(EnodeError::count_); ++i) {
    EXPECT_GT(std::string(explain(static_cast<EnodeError>(i))).size(), 20U);
  }
}

// Whatever is accepted is canonical after one round, and no edit of a valid line is read as the same node.
TEST(Enode, NoEditedLineIsReadAsTheSameNode) {
  const std::string valid = "enode://" + kKey + "@192.0.2.1:30303?discport=30301";
  const Enode original = *parse_enode(valid);
  Prng prng(1);
  for (int i = 0; i < 100'000; ++i) {
    std::string text = valid;
    const std::size_t place = prng.below(text.size());
    switch (prng.below(3)) {
      case 0:
        text[place] = static_cast<char>(prng.below(256));
        break;
      case 1:
        text.erase(place, prng.between(1, 4));
        break;
      default:
        text.insert(place, 1, static_cast<char>(prng.below(256)));
    }
    const auto parsed = parse_enode(text);
    if (!parsed) continue;
    ASSERT_EQ(*parse_enode(parsed->to_string()), *parsed);
    std::string lower = text;
    for (char& letter : lower) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    ASSERT_EQ(*parsed == original, lower == valid) << text;
  }
}

}  // namespace
}  // namespace ringwire::wire
