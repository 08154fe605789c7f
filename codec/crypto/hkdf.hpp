// HKDF-SHA-256: independent keys out of one secret.
//
// A secret that two nodes agreed on (a point of the curve, say) is not uniformly random, so it is no key.
// hkdf_extract() condenses it into one; hkdf_expand() makes of that as many keys as are asked for, each bound
// to what `info` says it is for: two purposes never share a key, and none tells anything about another.
//
// Owner: what holds the result; it wipes itself. No allocation. Thread: any. Cost: one HMAC to extract, one
// for each 32 bytes expanded. Source: RFC 5869.
#pragma once

#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/crypto/hmac.hpp"
#include "codec/crypto/secret.hpp"

namespace ringwire::crypto {

// The block counter of RFC 5869 is one byte.
inline constexpr std::size_t kHkdfBytesMax = 255 * kSha256Bytes;

using HkdfKey = SecretBytes<kSha256Bytes>;

// `salt` need not be secret and may be empty.
HkdfKey hkdf_extract(ByteView salt, ByteView secret);

// Fills `out`, at most kHkdfBytesMax bytes (asserted).
void hkdf_expand(const HkdfKey& key, ByteView info, ByteSpan out);

}  // namespace ringwire::crypto
