// The list of peers that GET /peers answers with. Every shard writes the part of its own peers; shard 0
// collects them (topology.hpp: list_peers, peers_listed) and puts them together.
//
// Memory: at most kPeerRowBytesMax for each established session, counted in the memory plan.
// Thread: a part belongs to its shard until that shard has said peers_listed, then to shard 0.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/api/ringwire.hpp"

namespace ringwire::node {

inline constexpr std::size_t kPeerRowBytesMax = 512;

struct PeerReport {
  explicit PeerReport(ShardId shards) : parts(shards) {}

  std::vector<std::string> parts;  // by shard
  ShardId outstanding = 0;         // shards that have not answered yet; shard 0's
};

// JSON objects, separated by commas.
std::string to_json(std::span<const PeerInfo> peers);
// The document GET /peers (engine/node/README.md).
std::string assemble(const PeerReport& report);

}  // namespace ringwire::node
