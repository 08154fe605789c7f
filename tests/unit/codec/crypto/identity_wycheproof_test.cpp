// Project Wycheproof against identity.hpp. Its signatures and keys come wrapped in ASN.1, which nothing here
// reads: the wrapping is taken off by libsecp256k1 and by comparison with the one header that is right.
#include <gtest/gtest.h>
#include <secp256k1.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/hash.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "codec/crypto/identity.hpp"
#include "tests/support/vectors.hpp"
#include "tests/support/wycheproof.hpp"

namespace ringwire::crypto {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Json = nlohmann::json;

template <class Fixed>
Fixed fixed(ByteView bytes) {
  Fixed out;
  EXPECT_EQ(bytes.size(), Fixed::size());
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
  return out;
}

Hash32 digest_of(const Json& group, const Json& row) {
  const Bytes message = test::bytes_of_hex(row["msg"]);
  const bool sha3 = group["sha"] == "SHA3-256";
  Hash32 digest;
  EXPECT_EQ((sha3 ? wc_Sha3_256Hash : wc_Sha256Hash)(message.data(), static_cast<word32>(message.size()),
                                                     digest.bytes.data()),
            0);
  return digest;
}

PublicKey key_of(const Json& group) {
  return fixed<PublicKey>(ByteView(test::bytes_of_hex(group["publicKey"]["uncompressed"])).subspan(1));
}

bool is_high(const CompactSignature& signature) {
  Signature with_id;
  std::copy(signature.bytes.begin(), signature.bytes.end(), with_id.bytes.begin());
  const auto form = check_form(with_id);
  return !form && form.error() == SignatureError::high_s;
}

// Recovery names the key by one of four ids, or never.
bool recovers(const PublicKey& key, const Hash32& digest, const CompactSignature& signature) {
  Signature with_id;
  std::copy(signature.bytes.begin(), signature.bytes.end(), with_id.bytes.begin());
  for (; with_id.bytes[64] < 4; ++with_id.bytes[64]) {
    const auto recovered = recover(digest, with_id);
    if (recovered && *recovered == key) return true;
  }
  return false;
}

struct Tally {
  std::size_t valid = 0;
  std::size_t invalid = 0;
  std::size_t high = 0;  // valid, but for our rule
};

void check(const Json& group, const Json& row, const std::optional<CompactSignature>& signature,
           Tally& tally) {
  bool expected = row["result"] == "valid";
  if (!signature) {
    EXPECT_FALSE(expected);
    ++tally.invalid;
    return;
  }
  if (expected && is_high(*signature)) {
    expected = false;
    ++tally.high;
  }
  EXPECT_EQ(verify(key_of(group), digest_of(group, row), *signature), expected);
  EXPECT_EQ(recovers(key_of(group), digest_of(group, row), *signature), expected);
  ++(expected ? tally.valid : tally.invalid);
}

std::optional<CompactSignature> from_der(const Bytes& der) {
  if (der.empty()) return std::nullopt;
  secp256k1_ecdsa_signature parsed;
  const secp256k1_context* context = secp256k1_context_static;
  if (secp256k1_ecdsa_signature_parse_der(context, &parsed, der.data(), der.size()) != 1) return std::nullopt;
  CompactSignature signature;
  secp256k1_ecdsa_signature_serialize_compact(context, signature.bytes.data(), &parsed);
  return signature;
}

Tally check_der(const std::string& path) {
  Tally tally;
  test::for_each_case(path, [&](const Json& group, const Json& row) {
    check(group, row, from_der(test::bytes_of_hex(row["sig"])), tally);
  });
  return tally;
}

TEST(IdentityWycheproof, SignaturesOfFixedSize) {
  RW_REQUIRE_VECTORS(path, "wycheproof/testvectors_v1/ecdsa_secp256k1_sha256_p1363_test.json");
  Tally tally;
  test::for_each_case(path, [&](const Json& group, const Json& row) {
    const Bytes bytes = test::bytes_of_hex(row["sig"]);
    std::optional<CompactSignature> signature;
    if (bytes.size() == CompactSignature::size()) signature = fixed<CompactSignature>(bytes);
    check(group, row, signature, tally);
  });
  EXPECT_GT(tally.valid, 50U);
  EXPECT_GT(tally.invalid, 80U);
  EXPECT_GT(tally.high, 10U);
}

TEST(IdentityWycheproof, SignaturesUnderBitcoinsLowSRule) {
  RW_REQUIRE_VECTORS(path, "wycheproof/testvectors_v1/ecdsa_secp256k1_sha256_bitcoin_test.json");
  const Tally tally = check_der(path);
  EXPECT_GT(tally.valid, 50U);
  EXPECT_GT(tally.invalid, 200U);
  EXPECT_EQ(tally.high, 0U);
}

TEST(IdentityWycheproof, SignaturesOverSha256AndSha3) {
  for (const char* hash : {"sha256", "sha3_256"}) {
    RW_REQUIRE_VECTORS(path, std::string("wycheproof/testvectors_v1/ecdsa_secp256k1_") + hash + "_test.json");
    const Tally tally = check_der(path);
    EXPECT_GT(tally.valid, 50U) << hash;
    EXPECT_GT(tally.invalid, 200U) << hash;
  }
}

// SubjectPublicKeyInfo of an uncompressed key on secp256k1.
constexpr std::string_view kKeyHeader = "3056301006072a8648ce3d020106052b8104000a03420004";

// Keys are written with leading zeros, or without some.
std::optional<SecretKey> secret_key_of(Bytes number) {
  while (number.size() > 32 && number.front() == 0) number.erase(number.begin());
  number.insert(number.begin(), 32 - std::min<std::size_t>(32, number.size()), 0);
  return SecretKey::from_bytes(std::span<const std::uint8_t, 32>(number.data(), 32));
}

TEST(IdentityWycheproof, SharedSecrets) {
  RW_REQUIRE_VECTORS(path, "wycheproof/testvectors_v1/ecdh_secp256k1_test.json");
  const Signer signer(std::array<std::uint8_t, 32>{5});
  std::size_t agreed = 0, refused = 0;
  test::for_each_case(path, [&](const Json&, const Json& row) {
    const auto wrapped = row["public"].get<std::string>();
    if (!wrapped.starts_with(kKeyHeader) || wrapped.size() != kKeyHeader.size() + 128) return;
    const auto other = fixed<PublicKey>(test::bytes_of_hex(wrapped.substr(kKeyHeader.size())));
    const auto key = secret_key_of(test::bytes_of_hex(row["private"]));
    ASSERT_TRUE(key.has_value());
    const auto secret = signer.shared_secret(*key, other);
    // Acceptable: x is right, but no point of the curve has this x and y.
    EXPECT_TRUE(row["result"] == "acceptable" || secret.has_value() == (row["result"] == "valid"));
    if (!secret) {
      ++refused;
      return;
    }
    EXPECT_EQ(to_hex(secret->reveal()), row["shared"].get<std::string>());
    ++agreed;
  });
  EXPECT_GT(agreed, 400U);
  EXPECT_GE(refused, 1U);
}

}  // namespace
}  // namespace ringwire::crypto
