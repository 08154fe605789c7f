#include "codec/crypto/identity.hpp"

#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <array>

#include "codec/base/check.hpp"
#include "codec/crypto/keccak.hpp"

namespace ringwire::crypto {
namespace {

using Number = std::array<std::uint8_t, 32>;

// The order of the group, and half of it: the largest s that is not the twin's.
constexpr Number kOrder = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                           0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
constexpr Number kHalfOrder = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                               0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

Number number_at(const Signature& signature, std::size_t offset) {
  Number number;
  std::copy_n(signature.bytes.begin() + static_cast<std::ptrdiff_t>(offset), number.size(), number.begin());
  return number;
}

bool is_scalar(const Number& number) {
  return number != Number{} && number < kOrder;
}

PublicKey to_public_key(const secp256k1_pubkey& point) {
  std::array<std::uint8_t, 65> uncompressed;  // 0x04 | x | y
  std::size_t size = uncompressed.size();
  secp256k1_ec_pubkey_serialize(secp256k1_context_static, uncompressed.data(), &size, &point,
                                SECP256K1_EC_UNCOMPRESSED);
  PublicKey key;
  std::copy(uncompressed.begin() + 1, uncompressed.end(), key.bytes.begin());
  return key;
}

bool parse_point(const PublicKey& key, secp256k1_pubkey& point) {
  std::array<std::uint8_t, 65> uncompressed{0x04};
  std::copy(key.bytes.begin(), key.bytes.end(), uncompressed.begin() + 1);
  return secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, uncompressed.data(),
                                   uncompressed.size()) == 1;
}

// What the library calls "hash": here the shared point's x coordinate as it is.
int copy_x(unsigned char* out, const unsigned char* x, const unsigned char* /*y*/, void* /*data*/) {
  std::copy_n(x, sizeof(SharedSecret), out);
  return 1;
}

}  // namespace

const char* name(SignatureError error) {
  switch (error) {
    case SignatureError::bad_recovery_id:
      return "bad_recovery_id";
    case SignatureError::out_of_range:
      return "out_of_range";
    case SignatureError::high_s:
      return "high_s";
    case SignatureError::no_key:
      return "no_key";
    case SignatureError::count_:
      break;
  }
  return "unknown";
}

std::optional<SecretKey> SecretKey::from_bytes(std::span<const std::uint8_t, 32> bytes) {
  if (secp256k1_ec_seckey_verify(secp256k1_context_static, bytes.data()) != 1) return std::nullopt;
  SecretKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.writable().begin());
  return key;
}

Signer::Signer(std::span<const std::uint8_t, 32> blinding)
    : context_(secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY)) {
  RW_ASSERT(secp256k1_context_randomize(context_, blinding.data()) == 1);
}

Signer::~Signer() {
  secp256k1_context_destroy(context_);
}

PublicKey Signer::public_key(const SecretKey& key) const {
  secp256k1_pubkey point;
  RW_ASSERT(secp256k1_ec_pubkey_create(context_, &point, key.reveal().data()) == 1);
  return to_public_key(point);
}

Signature Signer::sign(const SecretKey& key, const Hash32& digest) const {
  secp256k1_ecdsa_recoverable_signature made;
  RW_ASSERT(secp256k1_ecdsa_sign_recoverable(context_, &made, digest.bytes.data(), key.reveal().data(),
                                             nullptr, nullptr) == 1);
  Signature signature;
  int recovery_id = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(secp256k1_context_static, signature.bytes.data(),
                                                          &recovery_id, &made);
  signature.bytes[64] = static_cast<std::uint8_t>(recovery_id);
  return signature;
}

std::optional<SharedSecret> Signer::shared_secret(const SecretKey& key, const PublicKey& other) const {
  secp256k1_pubkey point;
  if (!parse_point(other, point)) return std::nullopt;
  SharedSecret secret;
  RW_ASSERT(
      secp256k1_ecdh(context_, secret.writable().data(), &point, key.reveal().data(), copy_x, nullptr) == 1);
  return secret;
}

Status<SignatureError> check_form(const Signature& signature) {
  const Number r = number_at(signature, 0);
  const Number s = number_at(signature, 32);
  if (signature.bytes[64] > 3) return Failure{SignatureError::bad_recovery_id};
  if (!is_scalar(r) || !is_scalar(s)) return Failure{SignatureError::out_of_range};
  if (s > kHalfOrder) return Failure{SignatureError::high_s};
  return Done{};
}

Result<PublicKey, SignatureError> recover(const Hash32& digest, const Signature& signature) {
  if (const auto form = check_form(signature); !form) return Failure{form.error()};
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey point;
  const secp256k1_context* context = secp256k1_context_static;
  const bool found = secp256k1_ecdsa_recoverable_signature_parse_compact(
                         context, &parsed, signature.bytes.data(), signature.bytes[64]) == 1 &&
                     secp256k1_ecdsa_recover(context, &point, &parsed, digest.bytes.data()) == 1;
  if (!found) return Failure{SignatureError::no_key};
  return to_public_key(point);
}

// The library itself refuses r and s out of range, and high s.
bool verify(const PublicKey& key, const Hash32& digest, const CompactSignature& signature) {
  secp256k1_pubkey point;
  secp256k1_ecdsa_signature parsed;
  const secp256k1_context* context = secp256k1_context_static;
  return parse_point(key, point) &&
         secp256k1_ecdsa_signature_parse_compact(context, &parsed, signature.bytes.data()) == 1 &&
         secp256k1_ecdsa_verify(context, &parsed, digest.bytes.data(), &point) == 1;
}

bool is_on_curve(const PublicKey& key) {
  secp256k1_pubkey point;
  return parse_point(key, point);
}

CompressedKey compress(const PublicKey& key) {
  CompressedKey compressed;
  compressed.bytes[0] = static_cast<std::uint8_t>(0x02 | (key.bytes.back() & 1));
  std::copy_n(key.bytes.begin(), 32, compressed.bytes.begin() + 1);
  return compressed;
}

std::optional<PublicKey> decompress(const CompressedKey& key) {
  secp256k1_pubkey point;
  // 33 bytes: the library takes 2 and 3 as the first of them and nothing else.
  if (secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, key.bytes.data(), key.bytes.size()) != 1)
    return std::nullopt;
  return to_public_key(point);
}

NodeId node_id(const PublicKey& key) {
  return {keccak256(key.view()).bytes};
}

Address20 ethereum_address(const PublicKey& key) {
  const Hash32 hash = keccak256(key.view());
  Address20 address;
  std::copy(hash.bytes.end() - Address20::size(), hash.bytes.end(), address.bytes.begin());
  return address;
}

}  // namespace ringwire::crypto
