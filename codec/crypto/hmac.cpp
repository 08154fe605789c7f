#include "codec/crypto/hmac.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/hmac.h>

#include "codec/base/check.hpp"
#include "codec/crypto/secret.hpp"

namespace ringwire::crypto {
namespace {

word32 size_of(ByteView bytes) {
  RW_ASSERT(bytes.size() <= UINT32_MAX);
  return static_cast<word32>(bytes.size());
}

// wolfCrypt fails on wrong arguments only, and none of these comes from outside.
void authenticate(int hash, ByteView key, std::initializer_list<ByteView> message, std::uint8_t* tag) {
  // An empty key is a key, but not to wolfCrypt where its pointer is null.
  static constexpr std::uint8_t kNothing = 0;
  Hmac state;
  RW_ASSERT(wc_HmacInit(&state, nullptr, INVALID_DEVID) == 0);
  RW_ASSERT(wc_HmacSetKey(&state, hash, key.empty() ? &kNothing : key.data(), size_of(key)) == 0);
  for (const ByteView part : message) {
    if (!part.empty()) RW_ASSERT(wc_HmacUpdate(&state, part.data(), size_of(part)) == 0);
  }
  RW_ASSERT(wc_HmacFinal(&state, tag) == 0);
  wc_HmacFree(&state);
  wipe_object(state);
}

}  // namespace

void hmac_sha256(ByteView key, std::initializer_list<ByteView> message,
                 std::span<std::uint8_t, kSha256Bytes> tag) {
  authenticate(WC_SHA256, key, message, tag.data());
}

void hmac_sha1(ByteView key, std::initializer_list<ByteView> message,
               std::span<std::uint8_t, kSha1Bytes> tag) {
  authenticate(WC_SHA, key, message, tag.data());
}

}  // namespace ringwire::crypto
