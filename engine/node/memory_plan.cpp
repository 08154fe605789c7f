#include "engine/node/memory_plan.hpp"

#include <fmt/core.h>

#include "engine/epoll/epoll_driver.hpp"
#include "engine/log/log.hpp"
#include "engine/node/app_desk.hpp"
#include "engine/node/app_port.hpp"
#include "engine/node/http_desk.hpp"
#include "engine/node/latencies.hpp"
#include "engine/node/links.hpp"
#include "engine/node/peer_report.hpp"
#include "engine/node/ports.hpp"
#include "engine/node/rate_desk.hpp"
#include "engine/node/session.hpp"
#include "engine/node/settings.hpp"
#include "engine/node/source_desk.hpp"
#include "engine/node/validate.hpp"
#include "engine/shard/timer_wheel.hpp"
#include "engine/uring/uring_driver.hpp"
#include "gossip/received_filter.hpp"
#include "gossip/transaction_pool.hpp"

namespace ringwire::node {
namespace {

void append(Footprint& plan, const Footprint& part, std::uint64_t times) {
  for (const Addend& addend : part) plan.push_back({addend.what, addend.count * times, addend.bytes});
}

// A session's own heap: the handshake until it is established, or an open fragment assembly, or a cut send.
constexpr std::uint64_t kSessionHeapBytes = 1024;

// Of one direction of a session: what libcrypto keeps of an AES-GCM key.
constexpr std::uint64_t kCipherBytes = 1280;

// What TLS adds to a shard. The records of a round lie in the heap, which is larger for them.
Footprint tls_plan(const Settings& settings, std::uint32_t connections) {
  if (!settings.tls) return {};
  Footprint plan = transport::TlsContext::footprint();
  plan.push_back({"tls: sessions", connections, sizeof(Channel) + 2 * kCipherBytes});
  plan.push_back({"tls: ClientHellos", settings.connections.pending_max, transport::kClientHelloHeldMax});
  return plan;
}

Footprint shard_plan(const Config& config, const Settings& settings) {
  Footprint plan = config.shards.driver == DriverChoice::epoll ? epoll::footprint(settings.driver)
                                                               : uring::footprint(settings.driver);
  const std::uint32_t connections = settings.driver.connections_max;
  plan.push_back({"sessions", connections, sizeof(Session) + kSessionHeapBytes});
  append(plan, tls_plan(settings, connections), 1);
  append(plan, transport::ConnectionManager::footprint(settings.connections, connections), 1);
  // All connections of the node may be with ids that one shard owns.
  append(plan, session::PeerClaims::footprint(settings.connections.places() * settings.shards), 1);
  // What the pool keeps is an addend of its own.
  plan.push_back({kHeapPart, 1, settings.heap_bytes - settings.pool.bytes_max});
  plan.push_back({"outbound logs of one turn", 1, settings.egress.turn_bytes});
  plan.push_back({"timer wheel", 1, sizeof(shard::TimerWheel)});
  plan.push_back({"latencies", 1, sizeof(Latencies)});
  append(plan, security::Ledger::footprint(settings.ledger), 1);
  append(plan, SourceDesk::footprint(settings), 1);
  append(plan, RateDesk::footprint(settings), 1);
  append(plan, AppDesk::footprint(connections), 1);
  append(plan, gossip::Intake::footprint(settings.intake), 1);
  append(plan, gossip::TransactionPool::footprint(settings.pool), 1);
  append(plan, gossip::ReceivedFilter::footprint({}), 1);
  return plan;
}

// Requests and answers on shard 0: every place may hold the metrics of all shards, some a list of all peers,
// and one such list is being put together.
Footprint http_plan(const Config& config, ShardId shards) {
  if (!config.metrics) return {};
  return {{"http: requests and answers", transport::kHttpConnectionsMax,
           transport::kHttpHeadBytesMax + kMetricsBytesPerShard * (shards + 1U)},
          {"http: lists of peers", (kPeerListsMax + 1) * connections_of(config, shards), kPeerRowBytesMax},
          {"http: questions to the ledger", kWhysMax, kWhyBytesMax}};
}

}  // namespace

Footprint memory_plan(const Config& config) {
  const ShardId shards = shard_count(config);
  Footprint plan;
  append(plan, shard_plan(config, settings_of(config, shards, 0)), shards);
  append(plan, Mesh::footprint(shards), 1);
  append(plan, PortRings::footprint(shards), 1);
  append(plan, AppRings::footprint(shards, settings_of(config, shards, 0).driver.connections_max), 1);
  append(plan, AppPort::footprint(), 1);
  plan.push_back({"ports: latencies", Node::kPortsMax, sizeof(metrics::Histogram)});
  // The shards, who starts and stops the node, who keeps the bans.
  append(plan, log::Log::footprint(shards + 2U), 1);
  append(plan, http_plan(config, shards), 1);
  return plan;
}

std::uint64_t total(const Footprint& plan) {
  std::uint64_t sum = 0;
  for (const Addend& addend : plan) sum += addend.total();
  return sum;
}

std::string to_table(const Footprint& plan) {
  std::string table = fmt::format("{:<58} {:>10} {:>12} {:>14}\n", "what", "count", "bytes each", "bytes");
  for (const Addend& addend : plan) {
    table +=
        fmt::format("{:<58} {:>10} {:>12} {:>14}\n", addend.what, addend.count, addend.bytes, addend.total());
  }
  return table + fmt::format("{:<58} {:>10} {:>12} {:>14}  ({:.1f} MiB)\n", "total", "", "", total(plan),
                             static_cast<double>(total(plan)) / (1 << 20));
}

}  // namespace ringwire::node
