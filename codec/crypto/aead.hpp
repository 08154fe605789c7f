// Authenticated encryption of records in one direction of one connection.
//
// Attacks
//  - two records under one key and one nonce: their plaintexts fall out, and with GCM the key that
//    authenticates. So nobody hands in a nonce: it is the key's iv xor a number that only counts up and ends.
//    An AeadKey becomes one sealer and is spent; nothing here can be copied;
//  - a forged or damaged record: open() refuses it and leaves zeros where its plaintext would have been, so
//    that no byte of it is used by accident. A record that was replayed, dropped or moved has another number
//    and is refused as well;
//  - guessing the tag byte by byte: it is compared in constant time.
//
// Which library does the work is chosen once for the process, see AeadChoice.
//
// Owner: the connection. Not for two threads at once. Allocates when made (1.2 KiB; 240 bytes for
// wolfCrypt's ChaCha20-Poly1305) and never again. Complexity: one pass over the bytes, straight from the
// pieces into the output. Sources: RFC 5116, RFC 8439; RFC 8446, 5.2, 5.3 (nonces) and 5.5 (limits).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"
#include "codec/crypto/secret.hpp"

namespace ringwire::crypto {

class AeadCipher;

enum class AeadSuite : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305, count_ };
inline constexpr std::size_t kAeadSuites = static_cast<std::size_t>(AeadSuite::count_);
const char* name(AeadSuite suite);

enum class AeadProvider : std::uint8_t { libcrypto, wolfcrypt };
const char* name(AeadProvider provider);
// wolfCrypt has all suites. libcrypto may be left out of the build, and where the system forbids a cipher
// (FIPS mode and ChaCha20) it does not have that one.
[[nodiscard]] bool is_available(AeadProvider provider, AeadSuite suite);

// libcrypto does what it has: it is faster at each suite, and its AES looks nothing up in tables by key bits
// even on a CPU without AES instructions. AES-GCM is preferred to ChaCha20-Poly1305 where libcrypto can use
// such instructions, and only there.
struct AeadChoice {
  std::array<AeadProvider, kAeadSuites> providers{};  // by suite
  std::array<AeadSuite, kAeadSuites> preference{};    // fastest first

  [[nodiscard]] AeadProvider provider_of(AeadSuite suite) const {
    return providers[static_cast<std::size_t>(suite)];
  }
};
// `libcrypto_has` is by suite.
AeadChoice choose_aead(bool cpu_has_aes, const std::array<bool, kAeadSuites>& libcrypto_has);
// Asked once of the CPU and the library; the same for the whole process.
const AeadChoice& aead_choice();

inline constexpr std::size_t kAeadTagBytes = 16;
inline constexpr std::size_t kAeadNonceBytes = 12;
constexpr std::size_t key_bytes(AeadSuite suite) {
  return suite == AeadSuite::aes_128_gcm ? 16 : 32;
}

// A TLS 1.3 record's content, its type and room for padding. Larger plaintexts would bring the limits below
// nearer: they count records of this size.
inline constexpr std::size_t kAeadPlainBytesMax = 16 * 1024 + 256;

// Records that one key may seal. AES-GCM: 2^24.5 of full size keep an attacker's advantage at 2^-57.
// ChaCha20: the number itself ends before its limit.
constexpr std::uint64_t seals_max(AeadSuite suite) {
  return suite == AeadSuite::chacha20_poly1305 ? UINT64_MAX : 23'726'566;
}

enum class AeadError : std::uint8_t {
  exhausted,      // the key sealed or opened as many records as it may: open another connection
  too_short,      // no room for a tag: close the connection
  too_long,       // more than kAeadPlainBytesMax: close the connection
  not_authentic,  // forged, damaged, replayed or out of order: close the connection
  count_,
};
const char* name(AeadError error);

using AeadNonce = std::array<std::uint8_t, kAeadNonceBytes>;

// The numbers of a key's records, each given out once.
class NonceSequence {
 public:
  // `first` to `end` - 1.
  NonceSequence(std::span<const std::uint8_t, kAeadNonceBytes> iv, std::uint64_t first, std::uint64_t end);
  // What was moved from has no numbers left.
  NonceSequence(NonceSequence&& other) noexcept;
  NonceSequence& operator=(NonceSequence&& other) noexcept;
  NonceSequence(const NonceSequence&) = delete;
  NonceSequence& operator=(const NonceSequence&) = delete;
  ~NonceSequence() = default;

  // The nonce of the next record, or nothing once all were used. Stays the same until advance().
  [[nodiscard]] std::optional<AeadNonce> next() const;
  void advance();
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::uint64_t left() const { return left_; }

 private:
  SecretBytes<kAeadNonceBytes> iv_;
  std::uint64_t number_ = 0;
  std::uint64_t left_ = 0;
};

// A key and its iv, for one direction: becomes one sealer or one opener.
class AeadKey {
 public:
  // `key` has key_bytes(suite) bytes (asserted). `used`: records that somebody else sealed or opened with it
  // before it came here.
  AeadKey(AeadSuite suite, ByteView key, std::span<const std::uint8_t, kAeadNonceBytes> iv,
          std::uint64_t used = 0);
  AeadKey(AeadKey&& other) noexcept;
  AeadKey(const AeadKey&) = delete;
  AeadKey& operator=(const AeadKey&) = delete;
  AeadKey& operator=(AeadKey&&) = delete;
  ~AeadKey() = default;

  [[nodiscard]] AeadSuite suite() const { return suite_; }
  // Not after it was moved from (asserted).
  [[nodiscard]] ByteView reveal() const;
  [[nodiscard]] std::span<const std::uint8_t, kAeadNonceBytes> iv() const { return iv_.reveal(); }
  [[nodiscard]] std::uint64_t used() const { return used_; }

 private:
  AeadSuite suite_;
  bool spent_ = false;
  std::uint64_t used_ = 0;
  SecretBytes<32> key_;
  SecretBytes<kAeadNonceBytes> iv_;
};

class AeadSealer {
 public:
  explicit AeadSealer(AeadKey key);
  // By a library of the caller's choice, which must have the suite (asserted): for tests and measurements.
  AeadSealer(AeadKey key, AeadProvider provider);
  AeadSealer(AeadSealer&& other) noexcept;
  AeadSealer& operator=(AeadSealer&& other) noexcept;
  ~AeadSealer();

  // Writes the ciphertext of `pieces`, one after the other, and the tag into `out`, whose size is theirs plus
  // kAeadTagBytes (asserted). `header` is authenticated, not written. A piece may lie exactly where its
  // ciphertext goes; any other overlap destroys the record. Errors: exhausted, too_long.
  Status<AeadError> seal(ByteView header, std::span<const ByteView> pieces, ByteSpan out);

  // Under this key, by whoever.
  [[nodiscard]] std::uint64_t sealed() const { return sequence_.number(); }
  [[nodiscard]] std::uint64_t seals_left() const { return sequence_.left(); }

 private:
  NonceSequence sequence_;
  std::unique_ptr<AeadCipher> cipher_;
};

class AeadOpener {
 public:
  explicit AeadOpener(AeadKey key);
  AeadOpener(AeadKey key, AeadProvider provider);
  AeadOpener(AeadOpener&& other) noexcept;
  AeadOpener& operator=(AeadOpener&& other) noexcept;
  ~AeadOpener();

  // Writes the plaintext of what `sealed` holds (ciphertext, then tag, cut anywhere) to the start of `out`
  // and returns that part of it; `out` has room for the ciphertext (asserted). A piece may lie exactly
  // where its plaintext goes. After not_authentic that part of `out` is zeros, after other errors it is
  // untouched; the opener still awaits the same record.
  Result<ByteSpan, AeadError> open(ByteView header, std::span<const ByteView> sealed, ByteSpan out);

 private:
  NonceSequence sequence_;
  std::unique_ptr<AeadCipher> cipher_;
};

}  // namespace ringwire::crypto
