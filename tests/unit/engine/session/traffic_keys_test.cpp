#include "engine/session/traffic_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/vectors.hpp"
#include "tests/unit/engine/session/rfc8448.hpp"

namespace ringwire::session {
namespace {

using crypto::AeadSuite;

TrafficSecret secret_of(std::string_view hex) {
  TrafficSecret secret;
  EXPECT_TRUE(from_hex(hex, secret.writable()));
  return secret;
}

std::string expanded(const TrafficSecret& secret, std::string_view label, ByteView context,
                     std::size_t size) {
  std::vector<std::uint8_t> out(size);
  hkdf_expand_label(secret, label, context, out);
  return to_hex(out);
}

TEST(TrafficKeys, AreThoseOfTheRfc) {
  const auto client = traffic_key(AeadSuite::aes_128_gcm, secret_of(rfc8448::kClientSecret));
  EXPECT_EQ(to_hex(client.reveal()), rfc8448::kClientKey);
  EXPECT_EQ(to_hex(client.iv()), rfc8448::kClientIv);
  const auto server = traffic_key(AeadSuite::aes_128_gcm, secret_of(rfc8448::kServerSecret));
  EXPECT_EQ(to_hex(server.reveal()), rfc8448::kServerKey);
  EXPECT_EQ(to_hex(server.iv()), rfc8448::kServerIv);
}

// The resumption secret of RFC 8448, 3, from its resumption_master_secret: the one label with a context.
TEST(TrafficKeys, ExpandALabelWithItsContext) {
  const auto master = secret_of("7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c");
  const std::vector<std::uint8_t> nonce = {0, 0};
  EXPECT_EQ(expanded(master, "resumption", nonce, 32),
            "4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3");
}

TEST(TrafficKeys, FitTheirSuite) {
  const auto secret = secret_of(rfc8448::kClientSecret);
  const auto key = traffic_key(AeadSuite::chacha20_poly1305, secret, 9);
  EXPECT_EQ(key.suite(), AeadSuite::chacha20_poly1305);
  EXPECT_EQ(key.used(), 9U);
  EXPECT_EQ(to_hex(key.reveal()), expanded(secret, "key", {}, 32));
  EXPECT_NE(to_hex(key.reveal()).substr(0, 32), rfc8448::kClientKey);  // the length is part of the label
  EXPECT_EQ(to_hex(key.iv()), rfc8448::kClientIv);
}

TEST(TrafficKeys, AreForTheSuitesThatAreOffered) {
  EXPECT_EQ(suite_of(0x1301), AeadSuite::aes_128_gcm);
  EXPECT_EQ(suite_of(0x1303), AeadSuite::chacha20_poly1305);
  std::size_t known = 0;
  for (std::uint32_t code = 0; code <= UINT16_MAX; ++code) {
    known += suite_of(static_cast<std::uint16_t>(code)).has_value();
  }
  EXPECT_EQ(known, 2U);
  EXPECT_DEATH(traffic_key(AeadSuite::aes_256_gcm, secret_of(rfc8448::kClientSecret)), "aes_256_gcm");
}

}  // namespace
}  // namespace ringwire::session
