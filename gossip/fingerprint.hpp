// 128 bits that stand for a 32-byte id in the tables of this folder: half of them secret, half the id's own.
//
// The secret half (SipHash under a key drawn at start) decides where the id lies in a table, so peers cannot
// aim at a slot. Two ids are taken for one only if both halves agree: chance 2^-128 per pair. A peer that
// grinds an id to share the public half with a victim's (2^64 hashes) still needs 2^64 tries at the secret
// half, each of them a message that is checked and charged.
#pragma once

#include <cstdint>

#include "codec/base/ids.hpp"
#include "codec/crypto/siphash.hpp"

namespace ringwire::gossip {

struct Fingerprint {
  std::uint64_t secret = 0;
  std::uint64_t own = 0;
  bool operator==(const Fingerprint&) const = default;
};

inline Fingerprint fingerprint(const crypto::SipKey& key, const Hash32& id) {
  return {crypto::siphash13(key, id.view()), load_be<std::uint64_t>(id.bytes.data())};
}

// Of a part of an id, at least 8 bytes.
inline Fingerprint fingerprint(const crypto::SipKey& key, ByteView part) {
  return {crypto::siphash13(key, part), load_be<std::uint64_t>(part.data())};
}

}  // namespace ringwire::gossip
