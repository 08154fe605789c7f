#include "bench/micro/codec/crypto/raw_gcm.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

namespace ringwire::bench {
namespace {

constexpr int kTagBytes = 16;

void must(int result) {
  if (result != 1) std::abort();
}

std::array<std::uint8_t, 12> nonce_of(std::uint64_t number) {
  std::array<std::uint8_t, 12> nonce{};
  store_be(&nonce[4], number);
  return nonce;
}

int size_of(ByteView bytes) {
  return static_cast<int>(bytes.size());
}

}  // namespace

struct RawGcm::Contexts {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  EVP_CIPHER_CTX* seal = EVP_CIPHER_CTX_new();
  EVP_CIPHER_CTX* open = EVP_CIPHER_CTX_new();
};

RawGcm::RawGcm() : contexts_(std::make_unique<Contexts>()) {
  const std::array<std::uint8_t, 16> key{7};
  must(EVP_EncryptInit_ex2(contexts_->seal, contexts_->cipher, key.data(), nullptr, nullptr));
  must(EVP_DecryptInit_ex2(contexts_->open, contexts_->cipher, key.data(), nullptr, nullptr));
}

RawGcm::~RawGcm() {
  EVP_CIPHER_CTX_free(contexts_->seal);
  EVP_CIPHER_CTX_free(contexts_->open);
  EVP_CIPHER_free(contexts_->cipher);
}

void RawGcm::seal(ByteView header, ByteView plain, ByteSpan out) {
  EVP_CIPHER_CTX* const context = contexts_->seal;
  int written = 0;
  must(EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce_of(sealed_++).data(), nullptr));
  must(EVP_EncryptUpdate(context, nullptr, &written, header.data(), size_of(header)));
  must(EVP_EncryptUpdate(context, out.data(), &written, plain.data(), size_of(plain)));
  must(EVP_EncryptFinal_ex(context, out.data() + written, &written));
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, out.data() + plain.size()));
}

void RawGcm::open(std::uint64_t number, ByteView header, ByteView sealed, std::uint8_t* out) {
  EVP_CIPHER_CTX* const context = contexts_->open;
  const ByteView body = sealed.first(sealed.size() - kTagBytes);
  int written = 0;
  must(EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce_of(number).data(), nullptr));
  must(EVP_DecryptUpdate(context, nullptr, &written, header.data(), size_of(header)));
  must(EVP_DecryptUpdate(context, out, &written, body.data(), size_of(body)));
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes,
                           const_cast<std::uint8_t*>(body.data() + body.size())));
  must(EVP_DecryptFinal_ex(context, out + written, &written));
}

}  // namespace ringwire::bench
