#include "codec/crypto/identity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <nlohmann/json.hpp>
#include <set>

#include "codec/base/prng.hpp"
#include "codec/crypto/keccak.hpp"
#include "tests/support/names.hpp"
#include "tests/support/vectors.hpp"

namespace ringwire::crypto {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::uint8_t, 32> kBlinding = {7};

template <class Fixed>
Fixed from_text(const std::string& hex) {
  Fixed out;
  EXPECT_TRUE(from_hex(hex, out.span())) << hex;
  return out;
}

SecretKey key_of(const std::string& hex) {
  const auto bytes = from_text<Hash32>(hex);
  return std::move(SecretKey::from_bytes(bytes.bytes).value());
}

PublicKey public_key_of(const Json& pub65) {
  return from_text<PublicKey>(pub65.get<std::string>().substr(2));
}

// A recovery id outside one byte becomes 255.
Signature signature_of(const Json& row) {
  const auto recovery_id = static_cast<std::uint8_t>(row["recid"].get<int>());
  return from_text<Signature>(row["sig64"].get<std::string>() + to_hex({&recovery_id, 1}));
}

Hash32 digest_of(const Json& row) {
  return from_text<Hash32>(row["msg32"].get<std::string>());
}

// The one of (r, s) and (r, n - s) that has low s, by the other recovery id.
Signature low_s(Signature signature) {
  const auto order = from_text<Hash32>("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  if (check_form(signature).ok()) return signature;
  EXPECT_EQ(check_form(signature).error(), SignatureError::high_s);
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int digit = order.bytes[i] - signature.bytes[32 + i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    signature.bytes[32 + i] = static_cast<std::uint8_t>(digit);
  }
  signature.bytes[64] ^= 1;
  return signature;
}

TEST(Identity, SignsRecoversAndNamesAsTheVectorsSay) {
  RW_REQUIRE_VECTORS(path, "secp256k1-recovery/recoverable.json");
  const auto rows = Json::parse(test::read_file(path))["valid"];
  ASSERT_EQ(rows.size(), 100U);
  const Signer signer(kBlinding);
  for (const auto& row : rows) {
    const SecretKey key = key_of(row["priv"]);
    const PublicKey expected = public_key_of(row["pub65"]);
    EXPECT_EQ(signer.public_key(key), expected);
    EXPECT_EQ(signer.sign(key, digest_of(row)), signature_of(row));
    const auto recovered = recover(digest_of(row), signature_of(row));
    ASSERT_TRUE(recovered.ok());
    EXPECT_EQ(*recovered, expected);
    EXPECT_EQ(to_hex(node_id(expected).view()), row["node_id_keccak"].get<std::string>());
  }
}

TEST(Identity, RefusesWhatTheVectorsRefuse) {
  RW_REQUIRE_VECTORS(path, "secp256k1-recovery/recoverable.json");
  const auto rows = Json::parse(test::read_file(path))["must_reject"];
  ASSERT_EQ(rows.size(), 53U);
  std::set<SignatureError> seen;
  for (const auto& row : rows) {
    const auto recovered = recover(digest_of(row), signature_of(row));
    if (row.contains("claimed_pub65")) {
      // A wrong recovery id may name somebody, never the one who is claimed.
      EXPECT_FALSE(recovered.ok() && *recovered == public_key_of(row["claimed_pub65"])) << row;
    } else {
      EXPECT_FALSE(recovered.ok()) << row["why"];
    }
    if (!recovered.ok()) seen.insert(recovered.error());
  }
  EXPECT_TRUE(seen.contains(SignatureError::high_s));
  EXPECT_TRUE(seen.contains(SignatureError::out_of_range));
  EXPECT_TRUE(seen.contains(SignatureError::bad_recovery_id));
}

TEST(Identity, RecoversTheEdgeCasesOfTheCurve) {
  RW_REQUIRE_VECTORS(path, "secp256k1-recovery/recoverable.json");
  const auto rows = Json::parse(test::read_file(path))["edge"];
  ASSERT_EQ(rows.size(), 8U);
  for (const auto& row : rows) {
    const auto recovered = recover(digest_of(row), signature_of(row));
    ASSERT_EQ(recovered.ok(), row["recovers"].get<bool>()) << row["name"];
    if (recovered.ok()) {
      EXPECT_EQ(*recovered, public_key_of(row["pub65"])) << row["name"];
    }
  }
}

TEST(Identity, KnowsPointsOfTheCurve) {
  RW_REQUIRE_VECTORS(path, "secp256k1-recovery/recoverable.json");
  std::size_t checked = 0;
  const auto rows = Json::parse(test::read_file(path))["pubkeys"];
  for (const auto& row : rows) {
    const auto hex = row["hex"].get<std::string>();
    if (hex.size() != 130 || !hex.starts_with("04")) continue;
    EXPECT_EQ(is_on_curve(public_key_of(row["hex"])), row["libsecp_parses"].get<bool>()) << row["name"];
    ++checked;
  }
  EXPECT_GE(checked, 4U);
}

CompactSignature without_recovery_id(const Signature& signature) {
  CompactSignature compact;
  std::copy_n(signature.bytes.begin(), compact.size(), compact.bytes.begin());
  return compact;
}

TEST(Identity, VerifiesWhatItsSignerMadeAndNothingElse) {
  RW_REQUIRE_VECTORS(path, "secp256k1-recovery/recoverable.json");
  const auto tables = Json::parse(test::read_file(path));
  PublicKey other = public_key_of(tables["valid"][99]["pub65"]);
  for (const auto& row : tables["valid"]) {
    const PublicKey key = public_key_of(row["pub65"]);
    Hash32 digest = digest_of(row);
    const CompactSignature signature = without_recovery_id(signature_of(row));
    EXPECT_TRUE(verify(key, digest, signature));
    EXPECT_FALSE(verify(other, digest, signature));
    digest.bytes[31] ^= 1;
    EXPECT_FALSE(verify(key, digest, signature));
    other = key;
  }
  std::size_t twins = 0;
  for (const auto& row : tables["must_reject"]) {
    if (!row["why"].get<std::string>().starts_with("high-s")) continue;
    const CompactSignature twin = without_recovery_id(signature_of(row));
    const auto recovered = recover(digest_of(row), low_s(signature_of(row)));
    ASSERT_TRUE(recovered.ok());
    EXPECT_FALSE(verify(*recovered, digest_of(row), twin));
    ++twins;
  }
  EXPECT_EQ(twins, 20U);
  PublicKey nowhere = other;
  nowhere.bytes[63] ^= 1;
  EXPECT_FALSE(verify(nowhere, Hash32{}, CompactSignature{}));
}

TEST(Identity, CompressesAndDecompressesPoints) {
  RW_REQUIRE_VECTORS(path, "secp256k1-recovery/recoverable.json");
  const auto tables = Json::parse(test::read_file(path));
  for (const auto& row : tables["valid"]) {
    const PublicKey key = public_key_of(row["pub65"]);
    EXPECT_EQ(decompress(compress(key)), key);
  }
  std::size_t checked = 0;
  for (const auto& row : tables["pubkeys"]) {
    const auto hex = row["hex"].get<std::string>();
    if (hex.size() != 66) continue;
    EXPECT_EQ(decompress(from_text<CompressedKey>(hex)).has_value(), row["libsecp_parses"].get<bool>())
        << row["name"];
    ++checked;
  }
  EXPECT_EQ(checked, 3U);
  CompressedKey key = compress(public_key_of(tables["valid"][0]["pub65"]));
  for (unsigned first = 0; first < 256; ++first) {
    key.bytes[0] = static_cast<std::uint8_t>(first);
    EXPECT_EQ(decompress(key).has_value(), first == 2 || first == 3) << first;
  }
}

TEST(Identity, BothSidesAgreeOnASecretThatIsTheXCoordinate) {
  const Signer signer(kBlinding);
  const SecretKey one = key_of(std::string(63, '0') + "1"), two = key_of(std::string(64, '2'));
  const PublicKey one_public = signer.public_key(one), two_public = signer.public_key(two);
  const auto here = signer.shared_secret(one, two_public);
  const auto there = signer.shared_secret(two, one_public);
  ASSERT_TRUE(here && there);
  EXPECT_TRUE(equal_secretly(here->reveal(), there->reveal()));
  // With the secret key 1 the shared point is the other's public key.
  EXPECT_TRUE(equal_secretly(here->reveal(), two_public.view().first(32)));
  PublicKey nowhere = two_public;
  nowhere.bytes[63] ^= 1;
  EXPECT_FALSE(signer.shared_secret(one, nowhere).has_value());
  EXPECT_FALSE(signer.shared_secret(one, PublicKey{}).has_value());
}

TEST(Identity, RefusesEveryRecoveryIdAboveThree) {
  const Signer signer(kBlinding);
  const SecretKey key = key_of(std::string(63, '0') + "1");
  const Hash32 digest = keccak256(as_bytes("message"));
  Signature signature = signer.sign(key, digest);
  for (unsigned id = 4; id < 256; ++id) {
    signature.bytes[64] = static_cast<std::uint8_t>(id);
    EXPECT_EQ(recover(digest, signature).error(), SignatureError::bad_recovery_id);
  }
}

TEST(Identity, NoFlippedBitOfASignatureStillNamesTheSigner) {
  const Signer signer(kBlinding);
  const SecretKey key = key_of(std::string(63, '0') + "5");
  const Hash32 digest = keccak256(as_bytes("message"));
  const Signature signature = signer.sign(key, digest);
  for (std::size_t bit = 0; bit < 8 * Signature::size(); ++bit) {
    Signature damaged = signature;
    damaged.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto recovered = recover(digest, damaged);
    EXPECT_FALSE(recovered.ok() && *recovered == signer.public_key(key)) << bit;
  }
}

TEST(Identity, BlindingNeverChangesAResult) {
  const Signer one(kBlinding);
  const Signer other(std::array<std::uint8_t, 32>{9, 9, 9});
  Prng prng(7);
  for (int i = 0; i < 20; ++i) {
    Hash32 bytes, digest;
    prng.fill(bytes.span());
    prng.fill(digest.span());
    const auto key = SecretKey::from_bytes(bytes.bytes);
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(one.sign(*key, digest), other.sign(*key, digest));
    EXPECT_EQ(one.public_key(*key), other.public_key(*key));
  }
}

TEST(Identity, SecretKeyIsBetweenOneAndTheOrder) {
  const auto order = from_text<Hash32>("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  Hash32 below = order;
  --below.bytes[31];
  EXPECT_FALSE(SecretKey::from_bytes(Hash32{}.bytes).has_value());
  EXPECT_FALSE(SecretKey::from_bytes(order.bytes).has_value());
  EXPECT_TRUE(SecretKey::from_bytes(below.bytes).has_value());
}

TEST(Identity, SecretKeyLeavesNothingBehind) {
  const auto bytes = from_text<Hash32>(std::string(64, '5'));
  alignas(SecretKey) std::array<std::uint8_t, sizeof(SecretKey)> storage;
  auto* key = new (storage.data()) SecretKey(std::move(SecretKey::from_bytes(bytes.bytes).value()));
  ASSERT_EQ(std::memcmp(storage.data(), bytes.bytes.data(), 32), 0);
  SecretKey moved = std::move(*key);
  EXPECT_EQ(storage, (std::array<std::uint8_t, sizeof(SecretKey)>{}));
  *key = std::move(moved);
  ASSERT_EQ(std::memcmp(storage.data(), bytes.bytes.data(), 32), 0);
  key->~SecretKey();
  EXPECT_EQ(storage, (std::array<std::uint8_t, sizeof(SecretKey)>{}));
}

TEST(Identity, EveryErrorHasAName) {
  test::expect_names_below(SignatureError::count_);
}

TEST(Identity, AddressesAreEthereums) {
  RW_REQUIRE_VECTORS(path, "ethereum-tests/BasicTests/keyaddrtest.json");
  const Signer signer(kBlinding);
  // Their `sig_of_emptystring` is left out: it is no signature over Keccak-256, SHA-256 or SHA3-256 of "".
  const auto rows = Json::parse(test::read_file(path));
  ASSERT_EQ(rows.size(), 2U);
  for (const auto& row : rows) {
    const PublicKey key = signer.public_key(key_of(row["key"]));
    EXPECT_EQ(to_hex(ethereum_address(key).view()), row["addr"].get<std::string>());
  }
}

// The precompile reads digest | v | r | s, each a word of 32 bytes, v being 27 or 28, and ignores what
// follows; it takes high s too.
TEST(Identity, RecoversWhatThePrecompileRecovers) {
  RW_REQUIRE_VECTORS(path, "geth-ecrecover/core/vm/testdata/precompiles/ecRecover.json");
  const auto rows = Json::parse(test::read_file(path));
  ASSERT_EQ(rows.size(), 5U);
  std::size_t recovered_rows = 0;
  for (const auto& row : rows) {
    const auto input = test::bytes_of_hex(row["Input"]);
    ASSERT_GE(input.size(), 128U);
    const bool v_is_byte = std::all_of(input.begin() + 32, input.begin() + 63, [](auto b) { return b == 0; });
    Hash32 digest;
    Signature signature;
    std::copy_n(input.begin(), 32, digest.bytes.begin());
    std::copy_n(input.begin() + 64, 64, signature.bytes.begin());
    signature.bytes[64] = v_is_byte ? static_cast<std::uint8_t>(input[63] - 27) : 0xFF;
    const bool only_high_s =
        !check_form(signature) && check_form(signature).error() == SignatureError::high_s;
    const auto recovered = recover(digest, only_high_s ? low_s(signature) : signature);
    const auto expected = row["Expected"].get<std::string>();
    ASSERT_EQ(recovered.ok(), !expected.empty()) << row["Name"];
    if (!recovered) continue;
    EXPECT_EQ(to_hex(ethereum_address(*recovered).view()), expected.substr(24)) << row["Name"];
    ++recovered_rows;
  }
  EXPECT_EQ(recovered_rows, 1U);
}

}  // namespace
}  // namespace ringwire::crypto
