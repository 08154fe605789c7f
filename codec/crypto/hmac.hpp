// Message authentication with a shared key: HMAC-SHA-256, and HMAC-SHA-1 because STUN wants it.
//
// A tag that came from outside is compared by equal_secretly() (codec/crypto/secret.hpp) and never by ==.
//
// The message is given in parts, so that nobody copies to hash "a | b" or a header with one field changed.
// Keys and messages of any size below 4 GiB; they are not kept. No allocation. Thread: any. wolfCrypt does
// the work; its state is wiped. Source: RFC 2104.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

#include "codec/base/bytes.hpp"

namespace ringwire::crypto {

inline constexpr std::size_t kSha256Bytes = 32;
inline constexpr std::size_t kSha1Bytes = 20;

void hmac_sha256(ByteView key, std::initializer_list<ByteView> message,
                 std::span<std::uint8_t, kSha256Bytes> tag);

// For STUN's MESSAGE-INTEGRITY only (RFC 8489, 14.5): SHA-1 is broken for everything that needs collisions.
void hmac_sha1(ByteView key, std::initializer_list<ByteView> message,
               std::span<std::uint8_t, kSha1Bytes> tag);

}  // namespace ringwire::crypto
