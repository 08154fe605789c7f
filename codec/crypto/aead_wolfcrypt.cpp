// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/chacha20_poly1305.h>

#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/crypto/aead_cipher.hpp"

#if !defined(WOLFSSL_AESGCM_STREAM)
#error "this wolfSSL encrypts AES-GCM in one piece only: build it with --enable-aesgcm-stream"
#endif

namespace ringwire::crypto {
namespace {

word32 size_of(ByteView bytes) {
  RW_ASSERT(bytes.size() <= UINT32_MAX);
  return static_cast<word32>(bytes.size());
}

// wolfCrypt fails on wrong arguments only, and none of these comes from outside.
class WolfcryptGcm final : public AeadCipher {
 public:
  WolfcryptGcm(ByteView key, AeadDirection direction) : seals_(direction == AeadDirection::seal) {
    RW_ASSERT(wc_AesInit(&aes_, nullptr, INVALID_DEVID) == 0);
    RW_ASSERT(wc_AesGcmSetKey(&aes_, key.data(), size_of(key)) == 0);
  }
  ~WolfcryptGcm() override {
    wc_AesFree(&aes_);
    wipe_object(aes_);
  }

  void begin(const AeadNonce& nonce, ByteView header) override {
    const auto start = seals_ ? wc_AesGcmEncryptInit : wc_AesGcmDecryptInit;
    RW_ASSERT(start(&aes_, nullptr, 0, nonce.data(), kAeadNonceBytes) == 0);
    if (!header.empty()) run(nullptr, {}, header);
  }
  void update(ByteView piece, std::uint8_t* out) override { run(out, piece, {}); }
  void finish_seal(std::span<std::uint8_t, kAeadTagBytes> tag) override {
    RW_ASSERT(wc_AesGcmEncryptFinal(&aes_, tag.data(), kAeadTagBytes) == 0);
  }
  bool finish_open(std::span<const std::uint8_t, kAeadTagBytes> tag) override {
    return wc_AesGcmDecryptFinal(&aes_, tag.data(), kAeadTagBytes) == 0;
  }

 private:
  void run(std::uint8_t* out, ByteView piece, ByteView header) {
    const auto step = seals_ ? wc_AesGcmEncryptUpdate : wc_AesGcmDecryptUpdate;
    RW_ASSERT(step(&aes_, out, piece.data(), size_of(piece), header.data(), size_of(header)) == 0);
  }

  Aes aes_;
  bool seals_;
};

class WolfcryptChacha final : public AeadCipher {
 public:
  WolfcryptChacha(ByteView key, AeadDirection direction) : seals_(direction == AeadDirection::seal) {
    std::copy(key.begin(), key.end(), key_.writable().begin());
  }
  ~WolfcryptChacha() override { wipe_object(state_); }

  void begin(const AeadNonce& nonce, ByteView header) override {
    const int mode = seals_ ? CHACHA20_POLY1305_AEAD_ENCRYPT : CHACHA20_POLY1305_AEAD_DECRYPT;
    RW_ASSERT(wc_ChaCha20Poly1305_Init(&state_, key_.reveal().data(), nonce.data(), mode) == 0);
    if (!header.empty()) {
      RW_ASSERT(wc_ChaCha20Poly1305_UpdateAad(&state_, header.data(), size_of(header)) == 0);
    }
    // No bytes at all would be a mistake in wolfCrypt's eyes; none of the plaintext is not.
    std::uint8_t none = 0;
    RW_ASSERT(wc_ChaCha20Poly1305_UpdateData(&state_, &none, &none, 0) == 0);
  }
  void update(ByteView piece, std::uint8_t* out) override {
    RW_ASSERT(wc_ChaCha20Poly1305_UpdateData(&state_, piece.data(), out, size_of(piece)) == 0);
  }
  void finish_seal(std::span<std::uint8_t, kAeadTagBytes> tag) override {
    RW_ASSERT(wc_ChaCha20Poly1305_Final(&state_, tag.data()) == 0);
  }
  bool finish_open(std::span<const std::uint8_t, kAeadTagBytes> tag) override {
    std::array<std::uint8_t, kAeadTagBytes> right;
    RW_ASSERT(wc_ChaCha20Poly1305_Final(&state_, right.data()) == 0);
    return equal_secretly(right, tag);
  }

 private:
  SecretBytes<32> key_;
  ChaChaPoly_Aead state_{};
  bool seals_;
};

}  // namespace

std::unique_ptr<AeadCipher> make_wolfcrypt_cipher(AeadSuite suite, ByteView key, AeadDirection direction) {
  if (suite == AeadSuite::chacha20_poly1305) return std::make_unique<WolfcryptChacha>(key, direction);
  return std::make_unique<WolfcryptGcm>(key, direction);
}

}  // namespace ringwire::crypto
