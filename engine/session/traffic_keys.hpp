// What a TLS 1.3 handshake hands over to the record layer: a key for each direction.
//
// Attack: a nonce used twice under one key, because a handshake had sealed records before it handed the key
// over and nobody told. So the number of records used is part of crypto::AeadKey, which becomes one sealer or
// one opener and is spent.
//
// A handshake either hands out key and iv, or the traffic secret they come from: traffic_key().
//
// Suites: TLS_AES_128_GCM_SHA256, which every TLS 1.3 peer must have (RFC 8446, 9.1), and
// TLS_CHACHA20_POLY1305_SHA256 for CPUs without AES. TLS_AES_256_GCM_SHA384 is left out: no peer needs it, it
// costs more per byte and a second hash, and the key exchange is no stronger than 128 bits anyway.
//
// Owner: the connection that is being secured. Thread: any. Cost: two HMACs per key, no allocation.
// Source: RFC 8446, 7.1, 7.3 and B.4.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "codec/base/bytes.hpp"
#include "codec/crypto/aead.hpp"
#include "codec/crypto/hkdf.hpp"

namespace ringwire::session {

struct TrafficKeys {
  crypto::AeadKey sending;
  crypto::AeadKey receiving;
};

// client_application_traffic_secret_0, say.
using TrafficSecret = crypto::HkdfKey;

// The cipher of a suite by its number on the wire, nothing for those that are not offered.
[[nodiscard]] std::optional<crypto::AeadSuite> suite_of(std::uint16_t code);

// HKDF-Expand-Label of SHA-256. `label` is without its "tls13 " (at most 12 characters), `context` at most 32
// bytes, `out` at most crypto::kHkdfBytesMax (asserted).
void hkdf_expand_label(const TrafficSecret& secret, std::string_view label, ByteView context, ByteSpan out);

// Key and iv of one direction, of which `used` records were already sealed or opened. `suite` is one that
// suite_of() answers (asserted).
crypto::AeadKey traffic_key(crypto::AeadSuite suite, const TrafficSecret& secret, std::uint64_t used = 0);

}  // namespace ringwire::session
