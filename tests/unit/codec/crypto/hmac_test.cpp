#include "codec/crypto/hmac.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "codec/base/prng.hpp"
#include "codec/crypto/secret.hpp"
#include "tests/support/vectors.hpp"
#include "tests/support/wycheproof.hpp"

namespace ringwire::crypto {
namespace {

using Tag = std::array<std::uint8_t, kSha256Bytes>;

Tag tag_of(ByteView key, std::initializer_list<ByteView> message) {
  Tag tag;
  hmac_sha256(key, message, tag);
  return tag;
}

std::string sha1_tag(ByteView key, std::string_view message) {
  std::array<std::uint8_t, kSha1Bytes> tag;
  hmac_sha1(key, {as_bytes(message)}, tag);
  return to_hex(tag);
}

TEST(Hmac, AgreesWithWycheproof) {
  RW_REQUIRE_VECTORS(path, "wycheproof/testvectors_v1/hmac_sha256_test.json");
  std::size_t valid = 0, invalid = 0;
  test::for_each_case(path, [&](const auto& group, const auto& row) {
    const auto key = test::bytes_of_hex(row["key"]), message = test::bytes_of_hex(row["msg"]);
    const auto tag = test::bytes_of_hex(row["tag"]);
    ASSERT_EQ(tag.size() * 8, group["tagSize"]);
    const bool expected = row["result"] == "valid";
    // Some of the tags are cut.
    EXPECT_EQ(equal_secretly(ByteView(tag_of(key, {message})).first(tag.size()), tag), expected);
    ++(expected ? valid : invalid);
  });
  EXPECT_GE(valid, 50U);
  EXPECT_GE(invalid, 100U);
}

// RFC 2202, section 3, cases 1, 2 and 6.
TEST(Hmac, Sha1AgreesWithTheRfc) {
  const std::vector<std::uint8_t> twenty(20, 0x0b), eighty(80, 0xaa);
  EXPECT_EQ(sha1_tag(twenty, "Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(sha1_tag(as_bytes("Jefe"), "what do ya want for nothing?"),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(sha1_tag(eighty, "Test Using Larger Than Block-Size Key - Hash Key First"),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Hmac, PartsCountLikeTheWholeWhereverTheyAreCut) {
  Prng prng(11);
  std::vector<std::uint8_t> message(150);
  prng.fill(message);
  const ByteView view(message);
  const Tag whole = tag_of(as_bytes("key"), {view});
  for (std::size_t cut = 0; cut <= message.size(); ++cut) {
    EXPECT_EQ(tag_of(as_bytes("key"), {view.first(cut), {}, view.subspan(cut)}), whole) << cut;
  }
}

TEST(Hmac, AnEmptyKeyAndMessageAreWelcome) {
  EXPECT_EQ(to_hex(tag_of({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(tag_of({}, {ByteView{}}), tag_of({}, {}));
  EXPECT_EQ(sha1_tag({}, ""), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

}  // namespace
}  // namespace ringwire::crypto
