#include "engine/node/validate.hpp"

#include <algorithm>
#include <bit>

#include "codec/wire/enode.hpp"
#include "discovery/dial_planner.hpp"
#include "engine/node/memory_plan.hpp"
#include "engine/shard/pinning.hpp"

namespace ringwire::node {
namespace {

class Findings {
 public:
  void require(bool condition, std::string line) {
    if (!condition) lines_.push_back(std::move(line));
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

void check_shards(const ShardsConfig& shards, Findings& findings) {
  findings.require(shards.count <= kShardsMax, "shards.count: at most " + std::to_string(kShardsMax));
  findings.require(shards.gather_us <= 10'000, "shards.gather-us: at most 10000 (10 ms of added latency)");
  const auto cpus = shard::parse_cpus(shards.cpus);
  if (!cpus.ok()) return findings.require(false, "shards.cpus: " + cpus.error());
  const auto usable = shard::usable_cpus();
  for (const shard::Cpu cpu : *cpus) {
    findings.require(std::find(usable.begin(), usable.end(), cpu) != usable.end(),
                     "shards.cpus: CPU " + std::to_string(cpu) + " is not among those this process may use");
  }
}

void check_limits(const LimitsConfig& limits, Findings& findings) {
  findings.require(limits.connections_max >= 1 && limits.connections_max <= 1'000'000,
                   "limits.connections-max: 1 to 1000000");
  findings.require(limits.inbound_max <= limits.connections_max,
                   "limits.inbound-max: at most limits.connections-max");
  findings.require(limits.outbound_max <= limits.connections_max,
                   "limits.outbound-max: at most limits.connections-max");
  findings.require(limits.inbound_per_address >= 1 && limits.inbound_per_address <= 1'000'000,
                   "limits.inbound-per-address: 1 to 1000000");
  findings.require(limits.connects_per_minute >= 1 && limits.connects_per_minute <= 1'000'000,
                   "limits.connects-per-minute: 1 to 1000000");
  findings.require(limits.peer_messages_per_minute >= 60 && limits.peer_messages_per_minute <= 1'000'000'000,
                   "limits.peer-messages-per-minute: 60 to 1000000000");
  findings.require(limits.peer_kb_per_second >= 16 && limits.peer_kb_per_second <= 64ULL << 20,
                   "limits.peer-kb-per-second: 16 to 67108864");
  findings.require(limits.peer_cpu_ms >= 1 && limits.peer_cpu_ms <= 1'000, "limits.peer-cpu-ms: 1 to 1000");
  findings.require(limits.connect_timeout_ms >= 100 && limits.connect_timeout_ms <= 600'000,
                   "limits.connect-timeout-ms: 100 to 600000");
  findings.require(limits.handshake_timeout_ms >= 100 && limits.handshake_timeout_ms <= 60'000,
                   "limits.handshake-timeout-ms: 100 to 60000");
  findings.require(limits.ping_interval_ms >= 100 && limits.ping_interval_ms < limits.idle_timeout_ms,
                   "limits.ping-interval-ms: at least 100 and below limits.idle-timeout-ms");
  findings.require(limits.stall_timeout_ms >= 1'000, "limits.stall-timeout-ms: at least 1000");
  findings.require(limits.redial_min_ms >= 100 && limits.redial_min_ms <= limits.redial_max_ms,
                   "limits.redial-min-ms: at least 100 and at most limits.redial-max-ms");
}

constexpr std::uint64_t kTotalMbMax = 1024 * 1024;  // 1 TiB; far more would not fit into a number of bytes

void check_memory(const Config& config, Findings& findings) {
  const MemoryConfig& memory = config.memory;
  findings.require(memory.total_mb <= kTotalMbMax,
                   "memory.total-mb: at most " + std::to_string(kTotalMbMax) + " (1 TiB); 0 for no ceiling");
  findings.require(std::has_single_bit(memory.receive_buffers) && memory.receive_buffers >= 16 &&
                       memory.receive_buffers <= 32'768,
                   "memory.receive-buffers: a power of two, 16 to 32768");
  findings.require(std::has_single_bit(memory.bulk_buffers) && memory.bulk_buffers <= 1'024,
                   "memory.bulk-buffers: a power of two, 1 to 1024");
  findings.require(memory.relay_heap_mb >= 16 && memory.relay_heap_mb <= 65'536,
                   "memory.relay-heap-mb: 16 to 65536");
  findings.require(memory.peer_queue_kb >= 64 && memory.peer_queue_kb <= memory.relay_heap_mb * 1024,
                   "memory.peer-queue-kb: at least 64 and at most memory.relay-heap-mb");
}

void check_gossip(const GossipConfig& gossip, Findings& findings) {
  findings.require(gossip.seen_window_s >= 10 && gossip.seen_window_s <= 86'400,
                   "gossip.seen-window-s: 10 to 86400");
  findings.require(gossip.seen_messages >= 1'024, "gossip.seen-messages: at least 1024");
  findings.require(gossip.pool_transactions >= 1, "gossip.pool-transactions: at least 1");
  findings.require(gossip.pool_mb >= 1 && gossip.pool_mb <= 65'536, "gossip.pool-mb: 1 to 65536");
  findings.require(gossip.transaction_bytes_max >= 256 && gossip.transaction_bytes_max <= 512 * 1024,
                   "gossip.transaction-bytes-max: 256 to 524288");
}

void check_tls(const Config& config, Findings& findings) {
  const TlsConfig& tls = config.tls;
  const bool any =
      !tls.certificate.empty() || !tls.key.empty() || !tls.authorities.empty() || tls.records_per_key > 0;
  if (config.insecure_plaintext) {
    return findings.require(!any,
                            "insecure-plaintext: there is no TLS then; set it to false, or take tls.* out");
  }
  findings.require(tls.certificate.empty() == tls.key.empty(),
                   tls.key.empty() ? "tls.certificate: needs its key: set tls.key (it may be the same file)"
                                   : "tls.key: needs its certificate: set tls.certificate");
  findings.require(tls.records_per_key == 0 || tls.records_per_key >= 1'000,
                   "tls.records-per-key: 0, which is what the cipher allows, or 1000 and more");
  findings.require(tls.authorities.empty() || !tls.certificate.empty(),
                   "tls.authorities: they have to have signed our certificate too: set tls.certificate");
}

void check_enodes(const std::string& key, const std::vector<std::string>& enodes, Findings& findings) {
  for (const std::string& text : enodes) {
    const auto enode = wire::parse_enode(text);
    if (!enode.ok()) findings.require(false, key + ": " + text + ": " + wire::explain(enode.error()));
  }
}

}  // namespace

std::vector<std::string> validate(const Config& config) {
  Findings findings;
  check_shards(config.shards, findings);
  check_limits(config.limits, findings);
  check_memory(config, findings);
  check_gossip(config.gossip, findings);
  check_tls(config, findings);
  findings.require(config.peers.size() <= discovery::DialPlanner::kTargetsMax,
                   "peers: at most " + std::to_string(discovery::DialPlanner::kTargetsMax));
  check_enodes("peers", config.peers, findings);
  check_enodes("trusted-peers", config.trusted_peers, findings);
  auto lines = findings.take();
  if (!lines.empty() || config.memory.total_mb == 0) return lines;
  const std::uint64_t needed = total(memory_plan(config));
  if (needed > config.memory.total_mb << 20) {
    lines.push_back("memory.total-mb: the parts need " + std::to_string((needed >> 20) + 1) +
                    " MiB; raise it, or lower what --explain-memory shows");
  }
  return lines;
}

ShardId shard_count(const Config& config) {
  if (config.shards.count > 0) return static_cast<ShardId>(config.shards.count);
  return static_cast<ShardId>(std::clamp<std::size_t>(shard::usable_cpus().size(), 1, kShardsMax));
}

}  // namespace ringwire::node
