// Which shard decides about a message: a keyed hash of its id's second half, modulo the number of shards. So
// all messages that an origin signed under one number have one owner, who lets one of them pass
// (codec/wire/publish.hpp).
//
// Every copy of a message, from whichever peer and on whichever shard it arrived, is decided in one place;
// so exactly-once needs no lock. The key is drawn at start: a peer that could compute the owner would send
// only ids of one shard and overload it while the others idle.
//
// Draw this key and the key of the tables (gossip/fingerprint.hpp) independently: the ids of one shard agree
// in what this hash says about them, and must still spread evenly over the shard's tables.
// Thread: any; every shard holds an equal copy. Complexity: O(1).
#pragma once

#include <cstdint>

#include "codec/base/check.hpp"
#include "codec/base/ids.hpp"
#include "codec/crypto/siphash.hpp"

namespace ringwire::gossip {

class Ownership {
 public:
  Ownership(const crypto::SipKey& key, ShardId shards) : key_(key), shards_(shards) {
    RW_ASSERT(shards > 0 && shards <= kShardsMax);
  }

  // In [0, shards).
  [[nodiscard]] ShardId owner(const Hash32& id) const {
    return static_cast<ShardId>(crypto::siphash13(key_, id.view().last(16)) % shards_);
  }

 private:
  crypto::SipKey key_;
  ShardId shards_;
};

}  // namespace ringwire::gossip
