// Who a node is: a secp256k1 key. Its id is Keccak-256 of the public key, and a signature names its signer,
// because the key is recovered from it.
//
// Attacks this refuses by policy, over what libsecp256k1 itself accepts
//  - the twin of a signature: (r, n - s) recovers the same key, so one message would have two valid byte
//  forms:
//    only s <= n/2 is valid (EIP-2, BIP-146);
//  - r or s of 0 or >= n, recovery ids above 3: refused before any curve arithmetic;
//  - a secret key of 0 or >= n never becomes a SecretKey.
//
// Randomness is handed in: the seed that blinds a Signer against side channels, and the bytes of a key.
// Signing itself is deterministic (RFC 6979). Threads: all functions and const methods may be called from any
// thread. Cost here: sign 20 us, recover 31 us, public_key 16 us. No allocation but for the Signer's own
// context.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"

struct secp256k1_context_struct;

namespace ringwire::crypto {

// r (32) | s (32) | recovery id (1), big-endian numbers.
using Signature = FixedBytes<65, struct SignatureTag>;

// Why a signature was refused. The caller drops what it came with and penalises the sender.
enum class SignatureError : std::uint8_t {
  bad_recovery_id,  // above 3
  out_of_range,     // r or s is 0 or not below the group order
  high_s,           // the malleable twin
  no_key,           // in range, but no public key made it
  count_,
};
const char* name(SignatureError error);

// 32 secret bytes in [1, n-1], overwritten when the object dies.
class SecretKey {
 public:
  // Nothing for bytes that are no key (0, or not below the group order).
  static std::optional<SecretKey> from_bytes(std::span<const std::uint8_t, 32> bytes);
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();

  // For the key file only.
  [[nodiscard]] std::span<const std::uint8_t, 32> reveal() const { return bytes_; }

 private:
  SecretKey() = default;
  void wipe();
  std::array<std::uint8_t, 32> bytes_{};
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

 private:
  secp256k1_context_struct* context_;
};

// Range, low s and recovery id: everything that can be refused without curve arithmetic.
Status<SignatureError> check_form(const Signature& signature);

// The key that made `signature` over `digest`, or why there is none.
Result<PublicKey, SignatureError> recover(const Hash32& digest, const Signature& signature);

// Whether the 64 bytes are a point of the curve.
[[nodiscard]] bool is_on_curve(const PublicKey& key);

NodeId node_id(const PublicKey& key);
// The last 20 bytes of Keccak-256 of the public key.
Address20 ethereum_address(const PublicKey& key);

}  // namespace ringwire::crypto
