// Who a node is: a secp256k1 key. Its id is Keccak-256 of the public key, and a signature names its signer,
// because the key is recovered from it.
//
// Attacks this refuses by policy, over what libsecp256k1 itself accepts
//  - the twin of a signature: (r, n - s) names the same key, so one message would have two valid forms: only
//    s <= n/2 is valid (EIP-2, BIP-146);
//  - r or s of 0 or >= n, recovery ids above 3: refused before any curve arithmetic;
//  - a secret key of 0 or >= n never becomes a SecretKey;
//  - a "public key" that is no point of the curve never meets a secret key: on another curve the shared
//    secret would tell bits of it.
//
// Randomness is handed in: the seed that blinds a Signer against side channels, and the bytes of a key.
// Signing itself is deterministic (RFC 6979). Threads: all functions and const methods may be called from any
// thread. Cost here: sign 20 us, recover 31 us, verify 26 us, shared_secret 30 us, public_key 16 us. No
// allocation but for the Signer's own context.
#pragma once

#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/crypto/secret.hpp"

struct secp256k1_context_struct;

namespace ringwire::crypto {

// r (32) | s (32) | recovery id (1), big-endian numbers.
using Signature = FixedBytes<65, struct SignatureTag>;

// The same without recovery id, for records that carry the key: r (32) | s (32).
using CompactSignature = FixedBytes<64, struct CompactSignatureTag>;
// 0x02 for an even y, 0x03 for an odd one | x: a public key as node records carry it (SEC 1, 2.3.3).
using CompressedKey = FixedBytes<33, struct CompressedKeyTag>;
// What two keys agree on; feed it to a key derivation, never use it as a key.
using SharedSecret = SecretBytes<32>;

// Why a signature was refused. The caller drops what it came with and penalises the sender.
enum class SignatureError : std::uint8_t {
  bad_recovery_id,  // above 3
  out_of_range,     // r or s is 0 or not below the group order
  high_s,           // the malleable twin
  no_key,           // in range, but no public key made it
  count_,
};
const char* name(SignatureError error);

// 32 secret bytes in [1, n-1]. Cannot be copied; wiped where it was moved from and where it dies.
class SecretKey {
 public:
  // Nothing for bytes that are no key (0, or not below the group order).
  static std::optional<SecretKey> from_bytes(std::span<const std::uint8_t, 32> bytes);

  // For the key file only.
  [[nodiscard]] std::span<const std::uint8_t, 32> reveal() const { return bytes_.reveal(); }

 private:
  SecretKey() = default;
  SecretBytes<32> bytes_;
};

// Everything that touches a secret key. Make one per process or per shard; sharing is safe.
class Signer {
 public:
  // `blinding` should be random; it never influences a result.
  explicit Signer(std::span<const std::uint8_t, 32> blinding);
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  ~Signer();

  [[nodiscard]] PublicKey public_key(const SecretKey& key) const;
  [[nodiscard]] Signature sign(const SecretKey& key, const Hash32& digest) const;
  // The x coordinate of key * other, 32 bytes, unhashed, as devp2p's ECIES uses it (not libsecp256k1's
  // SHA-256 of the compressed point). Nothing where `other` is no point of the curve.
  [[nodiscard]] std::optional<SharedSecret> shared_secret(const SecretKey& key, const PublicKey& other) const;

 private:
  secp256k1_context_struct* context_;
};

// Range, low s and recovery id: everything that can be refused without curve arithmetic.
Status<SignatureError> check_form(const Signature& signature);

// The key that made `signature` over `digest`, or why there is none.
Result<PublicKey, SignatureError> recover(const Hash32& digest, const Signature& signature);

// Whether `key` made `signature` over `digest`; false for high s and for a key that is no point of the curve.
[[nodiscard]] bool verify(const PublicKey& key, const Hash32& digest, const CompactSignature& signature);

// Whether the 64 bytes are a point of the curve.
[[nodiscard]] bool is_on_curve(const PublicKey& key);

CompressedKey compress(const PublicKey& key);
// Nothing for another first byte than 2 and 3, and for an x that no point of the curve has.
std::optional<PublicKey> decompress(const CompressedKey& key);

NodeId node_id(const PublicKey& key);
// The last 20 bytes of Keccak-256 of the public key.
Address20 ethereum_address(const PublicKey& key);

}  // namespace ringwire::crypto
