// Who owns what, by id. Every shard computes the same answer.
#pragma once

#include "codec/base/ids.hpp"
#include "gossip/source.hpp"

namespace ringwire::node {

// The shard that grants claims to a node id. The id is a hash: its bytes are as good as any.
inline ShardId owner_of(const NodeId& node, ShardId shards) {
  return static_cast<ShardId>(load_be<std::uint64_t>(node.bytes.data()) % shards);
}

// The peer behind a message, as gossip names it; never the local source.
inline gossip::SourceId source_of(const NodeId& node) {
  return {load_be<std::uint64_t>(node.bytes.data() + 8) | 1};
}

}  // namespace ringwire::node
