// The rings between one embedder thread and all shards, and a shard's end of them.
//
// A port is attached to every shard by a command and detached the same way: the shard closes its deliver
// lane, and is done with the port when nothing of either side is away any more. What a port publishes is
// copied once more into the shard's own heap when it is taken, so that a slow peer never keeps the memory of
// an embedder's thread.
//
// Thread: `deliver` is sent by the shard and received by the port, `publish` and `verdicts` the other way.
#pragma once

#include <memory>
#include <vector>

#include "codec/base/footprint.hpp"
#include "engine/node/topology.hpp"
#include "engine/shard/lane.hpp"
#include "engine/shard/sleeper.hpp"

namespace ringwire::node {

using DeliverLane = shard::Lane<DeliverMeta>;
using PublishLane = shard::Lane<PublishMeta>;
using VerdictRing = shard::SpscRing<VerdictMessage>;

// What one port may have published and its shards not yet taken; and what of it is unpacked and still held by
// the application. Two of the largest messages and what is small beside them.
inline constexpr std::uint64_t kPublishBytesMax = 16ULL << 20;
inline constexpr std::uint64_t kUnpackedBytesMax = 16ULL << 20;

// Powers of two; those of topology.hpp, unless thousands of nodes are to fit into one process.
struct PortDepths {
  std::uint32_t deliver = kDeliverDepth;
  std::uint32_t publish = kPublishDepth;
  std::uint32_t verdicts = kVerdictDepth;
};

// Between one port and one shard.
struct PortLink {
  explicit PortLink(const PortDepths& depths)
      : deliver({depths.deliver, depths.deliver}),
        publish({depths.publish, depths.publish}),
        verdicts(depths.verdicts) {}

  DeliverLane deliver;
  PublishLane publish;
  VerdictRing verdicts;
};

struct PortRings {
  PortRings(ShardId shards, driver::Waker& waker, const PortDepths& depths) : sleeper(waker) {
    for (ShardId i = 0; i < shards; ++i) links.push_back(std::make_unique<PortLink>(depths));
  }
  std::vector<std::unique_ptr<PortLink>> links;  // by shard
  shard::Sleeper sleeper;                        // the port's thread

  static Footprint footprint(ShardId shards);
};

}  // namespace ringwire::node
