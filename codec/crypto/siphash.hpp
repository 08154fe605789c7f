// SipHash-1-3: a keyed 64-bit hash for tables whose keys a peer may choose.
//
// Attack: with an unkeyed hash a peer picks ids that all fall into one bucket, and every look-up becomes a
// walk. With a key it cannot see, it cannot aim. The same hash decides which shard owns an id (one key per
// process). Not for authentication: 64 bits, one compression round. No allocation. Source: Aumasson and
// Bernstein, "SipHash: a fast short-input PRF" (2012), with 1 and 3 rounds.
#pragma once

#include <cstdint>

#include "codec/base/bytes.hpp"

namespace ringwire::crypto {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

std::uint64_t siphash13(const SipKey& key, ByteView message);

// A hasher for containers keyed by ids (Hash32, NodeId, ...).
struct KeyedHash {
  SipKey key;

  template <class Id>
  std::size_t operator()(const Id& id) const {
    return siphash13(key, id.view());
  }
};

}  // namespace ringwire::crypto
