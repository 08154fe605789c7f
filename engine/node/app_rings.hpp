// The rings between the one port that subscribed to peers and all shards: events one way, orders the other.
//
// Problem: an order is taken long before its bytes have left. If a shard kept what a slow peer does not read,
// its queue would grow until the peer is given up for it; if it waited, all other peers of the shard would.
// So each peer has a window: what it was sent and has not left stays below half of what a peer may have
// queued, and beyond that send_data() and the others answer `full`. The other half is for what the node
// itself has to say.
//
// What the kernel has begun to take counts as left (at most session::kRestBytesMax).
//
// How: the port counts what it sent to a session, the shard writes what of that has left (`left`, by slot,
// over all sessions that had it). What the kernel took the shard knows in its next turn, and nobody gives it
// one for that: so a port that has no room says so (`wants_room`), looks once more, and rings. The shard
// looks at that after each progress: no wake-up is lost (engine/shard/sleeper.hpp).
//
// Thread: `events` is sent by the shard and received by the port, `orders` the other way. Owned by the port;
// a shard uses it from attach to detach (app_desk.hpp).
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "codec/base/counter.hpp"
#include "codec/base/footprint.hpp"
#include "engine/node/topology.hpp"
#include "engine/shard/lane.hpp"
#include "engine/shard/sleeper.hpp"

namespace ringwire::node {

using EventLane = shard::Lane<PeerEventMeta>;
using OrderLane = shard::Lane<OrderMeta>;

// What of one shard's messages the port holds or has not taken, and one message: a small part of the heap.
inline constexpr std::uint64_t kEventBytesMax = 4ULL << 20;

// What the port has sent and its shards not yet taken: one of the largest messages, or many small ones.
inline constexpr std::uint64_t kOrderBytesMax = 16ULL << 20;

// What a message costs beyond its bytes: headers, and what a queue keeps for its pieces.
inline constexpr std::uint64_t kMessageCost = 128;

// Of a peer, for the embedder's messages.
constexpr std::uint64_t window_of(std::uint64_t peer_queue_bytes) {
  return peer_queue_bytes / 2;
}

// Between the port and one shard.
struct AppLink {
  explicit AppLink(std::uint32_t slots) : left(slots) {}

  EventLane events{{kEventDepth, kEventDepth, kEventBytesMax}};
  OrderLane orders{{kOrderDepth, kOrderDepth}};
  std::vector<Counter> left;  // by slot of the driver: cost of messages that left, the shard's
  alignas(shard::kCacheLine) std::atomic<bool> wants_room{false};
};

struct AppRings {
  // `slots`: by shard, connections that its driver may have.
  AppRings(const std::vector<std::uint32_t>& slots, shard::Sleeper& port) : sleeper(port) {
    for (const std::uint32_t each : slots) links.push_back(std::make_unique<AppLink>(each));
  }
  std::vector<std::unique_ptr<AppLink>> links;  // by shard
  shard::Sleeper& sleeper;                      // the port's thread

  // Of the one port that may have them.
  static Footprint footprint(ShardId shards, std::uint32_t slots);
};

}  // namespace ringwire::node
