#include "engine/node/settings.hpp"

#include <algorithm>

#include "codec/wire/enode.hpp"
#include "engine/node/relay_pace.hpp"
#include "engine/node/topology.hpp"
#include "engine/security/meter.hpp"
#include "engine/security/source_limits.hpp"
#include "engine/transport/http.hpp"

namespace ringwire::node {
namespace {

std::uint32_t share(std::uint64_t whole, ShardId shards) {
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (whole + shards - 1) / shards));
}

// Other shards lend at most kForwardDepth messages each, of which one peer may have sent all: with room for
// that many of one source, a message that crossed never finds its owner full (engine/node/README.md, what
// crosses shards).
gossip::QueueLimits queue_limits(ShardId shards, std::uint64_t bytes_max) {
  const std::uint64_t items = kForwardDepth * std::max<std::uint64_t>(shards, 2);
  const auto percent = static_cast<std::uint32_t>((kForwardDepth * 100 + items - 1) / items);
  return {static_cast<std::uint32_t>(items), bytes_max, percent};
}

// To say who they are in where strangers hold all places, trusted peers and strangers alike.
constexpr std::uint32_t kProvingPlaces = 16;

// Each of them may come to any shard.
std::uint32_t trusted_places(const Config& config) {
  const auto peers = static_cast<std::uint32_t>(config.trusted_peers.size());
  return peers == 0 ? 0 : peers + kProvingPlaces;
}

transport::ConnectionLimits connection_limits(const LimitsConfig& limits) {
  transport::ConnectionLimits whole;
  whole.connections_max = limits.connections_max;
  whole.inbound_max = limits.inbound_max;
  whole.outbound_max = limits.outbound_max;
  whole.pending_max = std::max(limits.inbound_max, 1U);
  whole.exempt_loopback = !limits.treat_loopback_as_public;
  whole.connect_timeout = std::chrono::milliseconds(limits.connect_timeout_ms);
  whole.handshake_timeout = std::chrono::milliseconds(limits.handshake_timeout_ms);
  return whole;
}

// What waits for a decision lies in the relay heap: two quarters at most, so that whoever floods a node with
// messages pauses at a full queue and not, with everybody else, at a full heap.
gossip::IntakeLimits intake_limits(const GossipConfig& config, std::uint64_t heap_bytes, ShardId shards) {
  gossip::IntakeLimits limits;
  limits.seen.messages_max = share(config.seen_messages, shards);
  limits.seen.window = std::chrono::seconds(config.seen_window_s);
  limits.transactions = queue_limits(shards, std::min<std::uint64_t>(32ULL << 20, heap_bytes / 4));
  limits.direct = queue_limits(shards, std::min<std::uint64_t>(64ULL << 20, heap_bytes / 4));
  limits.transaction_bytes_max = config.transaction_bytes_max;
  return limits;
}

security::Ledger::Options ledger_options(const LimitsConfig& limits, ShardId shards) {
  security::Ledger::Options options;
  options.subjects_max = share(security::Ledger::kSubjectsMax, shards);
  options.treat_loopback_as_public = limits.treat_loopback_as_public;
  return options;
}

// `to` instead of `from`, and the same part of it. A burst holds `burst_min` at least.
void scale(security::Rate& rate, std::uint64_t to, std::uint64_t from, std::uint64_t burst_min) {
  if (rate == security::kUnlimited) return;
  rate.per_second = std::max<std::uint64_t>(1, rate.per_second * to / from);
  rate.burst = std::max(rate.burst * to / from, burst_min);
}

// What an operator changes for one peer or one address changes for the networks around it, too.
security::RatePlan rates(const LimitsConfig& limits, ShardId shards) {
  using security::Level;
  using security::Resource;
  const security::RatePlan usual = security::default_rates();
  security::RatePlan plan = usual;
  for (const Level level : {Level::peer, Level::address, Level::subnet, Level::network}) {
    security::Rates& rates = plan[level];
    const std::uint64_t connects = usual[Level::address][Resource::connections].per_second;
    scale(rates[Resource::connections], limits.connects_per_minute, connects, security::kThing);
    scale(rates[Resource::handshakes], limits.connects_per_minute, connects, security::kThing);
    const security::Rates& peer = usual[Level::peer];
    scale(rates[Resource::messages], limits.peer_messages_per_minute, peer[Resource::messages].per_second,
          security::Meter::kSlice[Resource::messages]);
    // The largest message always fits.
    scale(rates[Resource::bytes], limits.peer_kb_per_second * 1024, peer[Resource::bytes].per_second,
          rates[Resource::bytes].burst);
    scale(rates[Resource::cost], limits.peer_cpu_ms * 1000, peer[Resource::cost].per_second,
          rates[Resource::cost].burst);
  }
  // Of each core.
  security::Rate& cost = plan[Level::global][Resource::cost];
  cost = {cost.per_second * shards, cost.burst * shards};
  return plan;
}

security::PlaceLimits source_places(const LimitsConfig& limits) {
  const security::PlaceLimits usual;
  const std::uint32_t each = limits.inbound_per_address;
  return {each, each * (usual.subnet / usual.address), each * (usual.network / usual.address)};
}

std::vector<TrustedPeer> trusted_peers(const std::vector<std::string>& enodes) {
  std::vector<TrustedPeer> trusted;
  for (const std::string& text : enodes) {
    const auto enode = wire::parse_enode(text);
    if (enode.ok()) trusted.push_back({enode->id(), enode->endpoint.address});
  }
  return trusted;
}

}  // namespace

bool trusts(const Settings& settings, const NodeId& node) {
  return std::ranges::any_of(settings.trusted, [&](const TrustedPeer& peer) { return peer.node == node; });
}

bool trusts(const Settings& settings, const IpAddress& address) {
  return std::ranges::any_of(settings.trusted,
                             [&](const TrustedPeer& peer) { return peer.address == address; });
}

std::uint64_t connections_of(const Config& config, ShardId shards) {
  return config.limits.connections_max + std::uint64_t{shards} * trusted_places(config);
}

Settings settings_of(const Config& config, ShardId shards, ShardId id) {
  Settings settings;
  settings.shards = shards;
  settings.tls = !config.insecure_plaintext;
  if (config.tls.records_per_key > 0) settings.tls_records_per_key = config.tls.records_per_key;
  settings.connections = transport::share_of(connection_limits(config.limits), shards, id);
  settings.connections.trusted_places = trusted_places(config);
  settings.connections.pending_max += settings.connections.trusted_places;
  // Refused and leaving connections need a slot until they are closed: half as many again; and those that
  // wait for an answer about their address.
  const std::uint32_t places = settings.connections.places();
  settings.driver.connections_max =
      places + places / 2 + 64 + kAdmissionsWaitingMax + transport::kHttpConnectionsMax;
  settings.driver.pools.small_buffers = config.memory.receive_buffers;
  settings.driver.pools.bulk_buffers = config.memory.bulk_buffers;
  settings.liveness.ping_interval = std::chrono::milliseconds(config.limits.ping_interval_ms);
  settings.liveness.idle_timeout = std::chrono::milliseconds(config.limits.idle_timeout_ms);
  settings.egress.peer_queue_bytes = config.memory.peer_queue_kb * 1024;
  settings.egress.bulk_bytes = shards * kRelayBytesPerTurn;
  settings.wait.busy_poll = config.shards.busy_poll;
  settings.wait.gather = std::chrono::microseconds(config.shards.gather_us);
  settings.stall_timeout = std::chrono::milliseconds(config.limits.stall_timeout_ms);
  const std::uint64_t relay_heap_bytes = config.memory.relay_heap_mb << 20;
  settings.intake = intake_limits(config.gossip, relay_heap_bytes, shards);
  settings.transactions.chain_id = config.gossip.chain_id;
  settings.transactions.bytes_max = config.gossip.transaction_bytes_max;
  settings.transactions.fee_floor_wei = config.gossip.fee_floor_wei;
  settings.pool.count_max = share(config.gossip.pool_transactions, shards);
  settings.pool.bytes_max = (config.gossip.pool_mb << 20) / shards;
  settings.ledger = ledger_options(config.limits, shards);
  settings.trusted = trusted_peers(config.trusted_peers);
  settings.treat_loopback_as_public = config.limits.treat_loopback_as_public;
  settings.rates = security::share_of(rates(config.limits, shards), shards, id);
  settings.source_places = source_places(config.limits);
  settings.sources_max = share(security::SourceLimits::kSourcesMax, shards);
  settings.limited_peers_max =
      std::max(share(security::PeerLimits::kPeersMax, shards), 2 * settings.connections.places());
  settings.heap_bytes = relay_heap_bytes + settings.pool.bytes_max;
  // The round that passes its limit ends with the peer that did.
  if (settings.tls) settings.heap_bytes += session::kSealedRoundBytes + session::kRestBytesMax;
  return settings;
}

}  // namespace ringwire::node
