// What every shard needs to know of the configuration, in the units it works with, its own share already
// taken.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/base/time.hpp"
#include "engine/api/config.hpp"
#include "engine/driver/driver.hpp"
#include "engine/security/ledger.hpp"
#include "engine/security/level.hpp"
#include "engine/security/peer_limits.hpp"
#include "engine/security/place_counts.hpp"
#include "engine/security/source_limits.hpp"
#include "engine/session/egress_turn.hpp"
#include "engine/session/liveness.hpp"
#include "engine/shard/wait_policy.hpp"
#include "engine/transport/connection_manager.hpp"
#include "gossip/intake.hpp"
#include "gossip/received_filter.hpp"
#include "gossip/transaction_pool.hpp"

namespace ringwire::node {

// Never banned but by the operator.
struct TrustedPeer {
  NodeId node;
  IpAddress address;
};

struct Settings {
  ShardId shards = 1;
  bool tls = false;
  std::uint64_t tls_records_per_key = UINT64_MAX;
  driver::DriverConfig driver;
  driver::SocketOptions socket;
  transport::ConnectionLimits connections;
  session::LivenessConfig liveness;
  session::EgressLimits egress;
  shard::WaitPolicyConfig wait;
  Duration stall_timeout{0};
  std::uint64_t heap_bytes = 0;  // the relay heap, and what the pool and a round of records keep there too
  gossip::IntakeLimits intake;
  gossip::FilterLimits filter;
  gossip::TransactionRules transactions;
  gossip::PoolLimits pool;
  security::Ledger::Options ledger;
  std::vector<TrustedPeer> trusted;
  bool treat_loopback_as_public = false;
  security::RatePlan rates;  // the share of the global ones
  security::PlaceLimits source_places;
  // Addresses, and networks of each width, with buckets of their own.
  std::uint32_t sources_max = security::SourceLimits::kSourcesMax;
  // Likewise peers.
  std::uint32_t limited_peers_max = security::PeerLimits::kPeersMax;
};

// Complexity: O(trusted peers).
[[nodiscard]] bool trusts(const Settings& settings, const NodeId& node);
// Somebody whom it trusts is said to live there.
[[nodiscard]] bool trusts(const Settings& settings, const IpAddress& address);

// Of all shards, for peers: limits.connections-max and the places of trusted ones.
std::uint64_t connections_of(const Config& config, ShardId shards);

// The settings of shard `id` of `shards`. `config` must have passed validate() (engine/node/validate.hpp).
Settings settings_of(const Config& config, ShardId shards, ShardId id);

}  // namespace ringwire::node
