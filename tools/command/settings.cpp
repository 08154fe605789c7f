#include "tools/command/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "codec/base/ids.hpp"
#include "codec/wire/enode.hpp"
#include "engine/shard/pinning.hpp"

// A place in Config, for const and mutable ones alike.
#define RW_AT(member) ([](auto& config) -> auto& { return config.member; })

namespace ringwire::command {
namespace {

constexpr std::uint64_t kNumberMax = INT64_MAX;             // the largest integer TOML has
constexpr std::uint64_t kDayMs = 24 * 60 * 60 * 1000;       // no timeout of a session needs more
constexpr std::uint64_t kMegabytesMax = 1024 * 1024;        // 1 TiB
constexpr std::uint64_t kHeapMegabytesMax = 65536;          // 64 GiB: what one part of it may take
constexpr std::uint64_t kTransactionBytesMax = 512 * 1024;  // one fits well into a Transactions message
constexpr std::uint64_t kConnectsMax = 1'000'000;
constexpr std::uint64_t kMessagesMax = 1'000'000'000;
constexpr std::uint64_t kKbPerSecondMax = 64ULL << 20;
constexpr std::uint64_t kConnectionsMax = 1'000'000;  // descriptors of one process, generously
constexpr std::uint64_t kBuffersMax = 32768;          // entries of one provided-buffer ring
constexpr std::uint64_t kGatherMaxUs = 10'000;        // a longer wait would be seen as latency

bool any_text(std::string_view) {
  return true;
}
bool is_cpu_list(std::string_view text) {
  return shard::parse_cpus(text).ok();
}
bool is_enode(std::string_view text) {
  return wire::parse_enode(text).ok();
}

std::vector<Setting> node_settings() {
  return {
      {"network-id", "", "Nodes of another network are refused.", number(RW_AT(network_id), 0, kNumberMax),
       ""},
      {"listen", "", "Where to accept peers. None: dial only.", endpoint_list(&Config::listen),
       "0.0.0.0:30303"},
      {"advertise", "", "The address others are told to dial. Not set: that of the first listener.",
       maybe_address(&Config::advertise), "203.0.113.7"},
      {"peers", "peer", "Nodes to stay connected to.",
       text_list(RW_AT(peers), "enode://PUBLIC-KEY@IP:PORT, repeatable", is_enode),
       "enode://...@192.0.2.1:30303"},
      {"trusted-peers", "trusted-peer",
       "Nodes that are never banned for what they do and have places of their own. Dial them with peer.",
       text_list(RW_AT(trusted_peers), "enode://PUBLIC-KEY@IP:PORT, repeatable", is_enode),
       "enode://...@192.0.2.1:30303"},
      {"key-file", "", "The node's key, mode 0600, made where absent. Empty: a key for this run only.",
       text(RW_AT(key_file), "a path", any_text), "node.key"},
      {"insecure-plaintext", "",
       "No TLS: for trusted links only, an attacker on the path wins. All nodes of a network alike.",
       toggle(RW_AT(insecure_plaintext)), ""},
  };
}

std::vector<Setting> tls_settings() {
  return {
      {"tls.certificate", "", "PEM, ours first. Empty: one of our own, tls.pem under the data directory.",
       text(RW_AT(tls.certificate), "a path", any_text), "node.crt"},
      {"tls.key", "", "Its key, mode 0600. May be the same file.", text(RW_AT(tls.key), "a path", any_text),
       "node.key.pem"},
      {"tls.authorities", "", "Who signs in a closed network: peers without their signature are refused.",
       text(RW_AT(tls.authorities), "a path", any_text), "network.crt"},
      {"tls.records-per-key", "",
       "Records that a session seals before a new one follows it. 0: what the cipher allows, 350 GB.",
       number(RW_AT(tls.records_per_key), 0, kNumberMax), ""},
  };
}

std::vector<Setting> shard_settings() {
  return {
      {"shards.count", "shards", "Threads, each with a ring and peers of its own. 0: one per CPU we may use.",
       number(RW_AT(shards.count), 0, kShardsMax), ""},
      {"shards.cpus", "", "The i-th shard is pinned to the i-th CPU named. Empty: not pinned.",
       text(RW_AT(shards.cpus), "CPU numbers and ranges without repetition, such as 0-1,4", is_cpu_list),
       "0-1,4"},
      {"shards.driver", "driver", "How shards talk to the kernel. auto: io_uring where it works, else epoll.",
       choice(RW_AT(shards.driver), {"auto", "uring", "epoll"}), ""},
      {"shards.busy-poll", "", "Never sleep: the lowest latency for one whole core per shard.",
       toggle(RW_AT(shards.busy_poll)), ""},
      {"shards.gather-us", "", "Under load, wait this long for more completions. 0: never.",
       number(RW_AT(shards.gather_us), 0, kGatherMaxUs), ""},
  };
}

std::vector<Setting> limit_settings() {
  return {
      {"limits.connections-max", "", "Sockets of peers over all shards, authenticated or not.",
       number(RW_AT(limits.connections_max), 1, kConnectionsMax), ""},
      {"limits.inbound-max", "", "Of those, dialled by others.",
       number(RW_AT(limits.inbound_max), 0, kConnectionsMax), ""},
      {"limits.outbound-max", "", "Of those, dialled by us.",
       number(RW_AT(limits.outbound_max), 0, kConnectionsMax), ""},
      {"limits.inbound-per-address", "",
       "Of those, from one address (IPv6: a /64). A /24 or /56 may have 4 times as many, a /48 8 times.",
       number(RW_AT(limits.inbound_per_address), 1, kConnectionsMax), ""},
      {"limits.connects-per-minute", "",
       "Connections a minute from one address. A /24 or /56 may make 20 times as many, a /48 80 times.",
       number(RW_AT(limits.connects_per_minute), 1, kConnectsMax), ""},
      {"limits.peer-messages-per-minute", "",
       "Messages a minute of a peer that is neither local nor trusted; what it sends beyond waits.",
       number(RW_AT(limits.peer_messages_per_minute), 60, kMessagesMax), ""},
      {"limits.peer-kb-per-second", "", "KiB a second, likewise.",
       number(RW_AT(limits.peer_kb_per_second), 16, kKbPerSecondMax), ""},
      {"limits.peer-cpu-ms", "",
       "Milliseconds of a core in each second that its messages may cost, likewise, by a table.",
       number(RW_AT(limits.peer_cpu_ms), 1, 1'000), ""},
      {"limits.connect-timeout-ms", "", "A dial that takes longer has failed.",
       number(RW_AT(limits.connect_timeout_ms), 100, 600'000), ""},
      {"limits.handshake-timeout-ms", "",
       "From accept or connect to authenticated, whatever happens in between.",
       number(RW_AT(limits.handshake_timeout_ms), 100, 60'000), ""},
      {"limits.idle-timeout-ms", "", "A peer that sent nothing for this long is disconnected.",
       number(RW_AT(limits.idle_timeout_ms), 1000, kDayMs), ""},
      {"limits.ping-interval-ms", "", "A silent peer is pinged this often.",
       number(RW_AT(limits.ping_interval_ms), 100, kDayMs), ""},
      {"limits.stall-timeout-ms", "", "A peer that takes nothing of its queue for this long is disconnected.",
       number(RW_AT(limits.stall_timeout_ms), 1000, kDayMs), ""},
      {"limits.redial-min-ms", "", "First pause after a failed dial; it doubles with each further one ...",
       number(RW_AT(limits.redial_min_ms), 100, kDayMs), ""},
      {"limits.redial-max-ms", "", "... up to this, with jitter.",
       number(RW_AT(limits.redial_max_ms), 100, kDayMs), ""},
      {"limits.treat-loopback-as-public", "",
       "Apply the limits meant for strangers to loopback and private addresses too.",
       toggle(RW_AT(limits.treat_loopback_as_public)), ""},
  };
}

std::vector<Setting> memory_settings() {
  return {
      {"memory.total-mb", "", "Ceiling of the whole memory plan. 0: the sum of its parts.",
       number(RW_AT(memory.total_mb), 0, kMegabytesMax), ""},
      {"memory.receive-buffers", "", "Receive buffers of 16 KiB, per shard.",
       power_of_two(RW_AT(memory.receive_buffers), 16, kBuffersMax), ""},
      {"memory.bulk-buffers", "", "Receive buffers of 1 MiB for large messages, per shard.",
       power_of_two(RW_AT(memory.bulk_buffers), 1, 1024), ""},
      {"memory.relay-heap-mb", "", "What the queues of all peers of a shard may hold together.",
       number(RW_AT(memory.relay_heap_mb), 16, kHeapMegabytesMax), ""},
      {"memory.peer-queue-kb", "", "What one peer may have queued before it is disconnected as too slow.",
       number(RW_AT(memory.peer_queue_kb), 64, kMegabytesMax * 1024), ""},
  };
}

std::vector<Setting> gossip_settings() {
  return {
      {"gossip.chain-id", "", "Transactions of another chain are refused.",
       number(RW_AT(gossip.chain_id), 1, kNumberMax), ""},
      {"gossip.seen-window-s", "", "A message is delivered once within this time ...",
       number(RW_AT(gossip.seen_window_s), 10, 24 * 60 * 60), ""},
      {"gossip.seen-messages", "", "... and within this many messages, over all shards.",
       number(RW_AT(gossip.seen_messages), 1024, 1U << 28), ""},
      {"gossip.pool-transactions", "", "Transactions kept in the pool, over all shards.",
       number(RW_AT(gossip.pool_transactions), 1, 1U << 24), ""},
      {"gossip.pool-mb", "", "Bytes kept in the pool, over all shards.",
       number(RW_AT(gossip.pool_mb), 1, kHeapMegabytesMax), ""},
      {"gossip.transaction-bytes-max", "", "Longer transactions are refused.",
       number(RW_AT(gossip.transaction_bytes_max), 256, kTransactionBytesMax), ""},
      {"gossip.fee-floor-wei", "", "Transactions with a gas price or fee cap below it are refused.",
       number(RW_AT(gossip.fee_floor_wei), 0, kNumberMax), ""},
  };
}

std::vector<Setting> app_settings() {
  return {
      {"app.echo", "",
       "Answer peers' application requests with their own bytes, for ringwire load. Else they are dropped.",
       toggle(RW_AT(app.echo)), ""},
  };
}

std::vector<Setting> observation_settings() {
  return {
      {"metrics.addr", "", "Where to serve /metrics, /healthz and /readyz. Not set: nowhere.",
       maybe_endpoint(&Config::metrics), "127.0.0.1:6060"},
      {"log.level", "", "The least serious line that is written.",
       choice(RW_AT(log.level), {"trace", "debug", "info", "warn", "error", "off"}), ""},
      {"log.file", "", "Empty: standard error.", text(RW_AT(log.file), "a path", any_text), "ringwire.log"},
      {"log.json", "", "One JSON object per line.", toggle(RW_AT(log.json)), ""},
  };
}

std::vector<Setting> all_settings() {
  std::vector<Setting> all;
  for (auto* part : {node_settings, tls_settings, shard_settings, limit_settings, memory_settings,
                     gossip_settings, app_settings, observation_settings}) {
    std::vector<Setting> some = part();
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string Setting::flag_name() const {
  return "--" + std::string(flag.empty() ? key : flag);
}

std::string Setting::variable_name() const {
  std::string name = "RINGWIRE_" + std::string(key);
  for (char& character : name) {
    if (character == '.' || character == '-') character = '_';
    if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
  }
  return name;
}

std::string_view Setting::group() const {
  const std::size_t dot = key.find('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::string_view Setting::name() const {
  return group().empty() ? key : key.substr(group().size() + 1);
}

std::span<const Setting> settings() {
  static const std::vector<Setting> kSettings = all_settings();
  return kSettings;
}

const Setting* find_setting(std::string_view key) {
  for (const Setting& setting : settings()) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kTypingErrors = 3;
  std::size_t best = kTypingErrors + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t errors = distance(word, candidate);
    if (errors >= best || errors >= candidate.size() / 2) continue;
    best = errors;
    found = candidate;
  }
  return found;
}

std::vector<Misfit> check_together(const Config& config) {
  std::vector<Misfit> misfits;
  const auto require = [&](bool fits, std::string_view key, std::string_view relation,
                           std::string_view other) {
    if (fits) return;
    const std::string limit = find_setting(other)->value.literal(config);
    misfits.push_back({key, other, fmt::format("{} {}, {}", relation, other, limit)});
  };
  const LimitsConfig& limits = config.limits;
  require(limits.inbound_max <= limits.connections_max, "limits.inbound-max", "at most",
          "limits.connections-max");
  require(limits.outbound_max <= limits.connections_max, "limits.outbound-max", "at most",
          "limits.connections-max");
  require(limits.ping_interval_ms < limits.idle_timeout_ms, "limits.ping-interval-ms", "less than",
          "limits.idle-timeout-ms");
  require(limits.redial_min_ms <= limits.redial_max_ms, "limits.redial-min-ms", "at most",
          "limits.redial-max-ms");
  require(config.memory.peer_queue_kb <= config.memory.relay_heap_mb * 1024, "memory.peer-queue-kb",
          "at most what is in", "memory.relay-heap-mb");
  const auto cpus = shard::parse_cpus(config.shards.cpus);
  require(
      config.shards.cpus.empty() || !cpus || config.shards.count == 0 || cpus->size() == config.shards.count,
      "shards.cpus", "as many CPUs as", "shards.count");
  const auto repeats = [&](const Endpoint& each) {
    return each.port != 0 && std::count(config.listen.begin(), config.listen.end(), each) > 1;
  };
  require(std::none_of(config.listen.begin(), config.listen.end(), repeats), "listen", "each one once in",
          "listen");
  return misfits;
}

}  // namespace ringwire::command
