// EVP, in the form that costs least per record: the cipher is fetched once for the process, the key is
// expanded once per object, and a record sets the nonce only.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

#include "codec/base/check.hpp"
#include "codec/crypto/aead_cipher.hpp"

namespace ringwire::crypto {
namespace {

// Null for what the system's configuration forbids. Never freed: the process may end in any order.
EVP_CIPHER* fetched(AeadSuite suite) {
  static const std::array<EVP_CIPHER*, kAeadSuites> kCiphers{
      EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr), EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr),
      EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr)};
  return kCiphers[static_cast<std::size_t>(suite)];
}

class LibcryptoCipher final : public AeadCipher {
 public:
  LibcryptoCipher(AeadSuite suite, ByteView key, AeadDirection direction) : context_(EVP_CIPHER_CTX_new()) {
    RW_ASSERT(context_ != nullptr);
    const int encrypts = direction == AeadDirection::seal ? 1 : 0;
    RW_ASSERT(EVP_CipherInit_ex2(context_, fetched(suite), key.data(), nullptr, encrypts, nullptr) == 1);
  }
  // Wipes the expanded key.
  ~LibcryptoCipher() override { EVP_CIPHER_CTX_free(context_); }

  void begin(const AeadNonce& nonce, ByteView header) override {
    RW_ASSERT(EVP_CipherInit_ex2(context_, nullptr, nullptr, nonce.data(), -1, nullptr) == 1);
    if (!header.empty()) run(header, nullptr);
  }

  void update(ByteView piece, std::uint8_t* out) override { run(piece, out); }

  void finish_seal(std::span<std::uint8_t, kAeadTagBytes> tag) override {
    RW_ASSERT(finish());
    OSSL_PARAM wanted[] = {parameter(tag.data()), OSSL_PARAM_construct_end()};
    RW_ASSERT(EVP_CIPHER_CTX_get_params(context_, wanted) == 1);
  }

  bool finish_open(std::span<const std::uint8_t, kAeadTagBytes> tag) override {
    const OSSL_PARAM given[] = {parameter(const_cast<std::uint8_t*>(tag.data())), OSSL_PARAM_construct_end()};
    RW_ASSERT(EVP_CIPHER_CTX_set_params(context_, given) == 1);
    return finish();
  }

 private:
  static OSSL_PARAM parameter(std::uint8_t* tag) {
    return OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, kAeadTagBytes);
  }

  // Without `out` the bytes are authenticated only.
  void run(ByteView bytes, std::uint8_t* out) {
    int written = 0;
    RW_ASSERT(bytes.size() <= INT32_MAX);
    RW_ASSERT(EVP_CipherUpdate(context_, out, &written, bytes.data(), static_cast<int>(bytes.size())) == 1);
  }

  // These are stream ciphers: nothing is left to write.
  bool finish() {
    std::uint8_t none[1];
    int written = 0;
    return EVP_CipherFinal_ex(context_, none, &written) == 1;
  }

  EVP_CIPHER_CTX* context_;
};

}  // namespace

bool libcrypto_has(AeadSuite suite) {
  return fetched(suite) != nullptr;
}

std::unique_ptr<AeadCipher> make_libcrypto_cipher(AeadSuite suite, ByteView key, AeadDirection direction) {
  return std::make_unique<LibcryptoCipher>(suite, key, direction);
}

}  // namespace ringwire::crypto
