#include "codec/crypto/hkdf.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/vectors.hpp"
#include "tests/support/wycheproof.hpp"

namespace ringwire::crypto {
namespace {

std::vector<std::uint8_t> expand(const HkdfKey& key, ByteView info, std::size_t size) {
  std::vector<std::uint8_t> out(size);
  hkdf_expand(key, info, out);
  return out;
}

TEST(Hkdf, AgreesWithWycheproof) {
  RW_REQUIRE_VECTORS(path, "wycheproof/testvectors_v1/hkdf_sha256_test.json");
  std::size_t valid = 0, invalid = 0;
  test::for_each_case(path, [&](const auto&, const auto& row) {
    const std::size_t size = row["size"];
    if (row["result"] != "valid") {  // more than the function gives
      EXPECT_GT(size, kHkdfBytesMax);
      ++invalid;
      return;
    }
    ASSERT_LE(size, kHkdfBytesMax);
    const auto secret = test::bytes_of_hex(row["ikm"]), salt = test::bytes_of_hex(row["salt"]);
    const auto info = test::bytes_of_hex(row["info"]);
    EXPECT_EQ(expand(hkdf_extract(salt, secret), info, size), test::bytes_of_hex(row["okm"]));
    ++valid;
  });
  EXPECT_GE(valid, 70U);
  EXPECT_GE(invalid, 1U);
}

// RFC 5869, appendix A.1 and A.3.
TEST(Hkdf, AgreesWithTheRfc) {
  const std::vector<std::uint8_t> secret(22, 0x0b);
  const auto salt = test::bytes_of_hex("000102030405060708090a0b0c");
  const auto info = test::bytes_of_hex("f0f1f2f3f4f5f6f7f8f9");
  const HkdfKey key = hkdf_extract(salt, secret);
  EXPECT_EQ(to_hex(key.reveal()), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  EXPECT_EQ(to_hex(expand(key, info, 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(to_hex(expand(hkdf_extract({}, secret), {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, ShorterOutputIsAPrefixOfLonger) {
  const HkdfKey key = hkdf_extract(as_bytes("salt"), as_bytes("secret"));
  const auto longest = expand(key, as_bytes("info"), kHkdfBytesMax);
  for (const std::size_t size : {0, 1, 31, 32, 33, 64, 100, 8159}) {
    const auto shorter = expand(key, as_bytes("info"), size);
    EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longest.begin())) << size;
  }
}

TEST(Hkdf, AnotherPurposeIsAnotherKey) {
  const HkdfKey key = hkdf_extract(as_bytes("salt"), as_bytes("secret"));
  EXPECT_NE(expand(key, as_bytes("initiator"), 32), expand(key, as_bytes("responder"), 32));
  EXPECT_NE(expand(key, {}, 32), expand(hkdf_extract(as_bytes("other"), as_bytes("secret")), {}, 32));
}

}  // namespace
}  // namespace ringwire::crypto
