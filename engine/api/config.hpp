// Everything an operator or embedder can decide about a node, with its default, unit and accepted range.
//
// A Config is plain data: fill it in, hand it to Node::start() (engine/api/ringwire.hpp), which validates it
// as a whole and answers with every finding at once. `ringwire node` fills the same structure from defaults,
// file, environment, flags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/base/endpoint.hpp"

namespace ringwire {

enum class DriverChoice : std::uint8_t { automatic, uring, epoll };
enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

struct ShardsConfig {
  std::uint32_t count = 0;  // 0 = one per CPU this process may use; at most 64
  std::string cpus;         // "0-1,4": the i-th shard is pinned to the i-th CPU named; empty = not pinned
  DriverChoice driver = DriverChoice::automatic;
  bool busy_poll = false;  // never sleep: lowest latency, one whole core per shard
  std::uint32_t gather_us =
      100;  // "wait for N completions or T microseconds" where the load makes it pay; 0 = never
};

struct LimitsConfig {
  std::uint32_t connections_max = 256;  // sockets of peers, authenticated or not, over all shards
  std::uint32_t inbound_max = 128;      // of those, dialled by others
  std::uint32_t outbound_max = 64;      // of those, dialled by us
  // Strangers. A /24 and an IPv6 /56 may do 4 times what an address may, a /48 8 times: at once, and 20 and
  // 80 times: a minute.
  std::uint32_t inbound_per_address = 8;   // connections at once from one address (IPv6: a /64)
  std::uint32_t connects_per_minute = 12;  // and how often it may connect
  // Peers that are neither local nor trusted. An address may send twice the messages and bytes, networks more
  // (engine/security/level.cpp).
  std::uint32_t peer_messages_per_minute = 300'000;
  std::uint64_t peer_kb_per_second = 32 * 1024;
  std::uint32_t peer_cpu_ms = 125;  // of each second of one core that its messages may take, by a table
  std::uint32_t connect_timeout_ms = 10'000;
  std::uint32_t handshake_timeout_ms = 5'000;  // absolute, from accept or connect to authenticated
  std::uint32_t idle_timeout_ms = 60'000;      // nothing received for this long: disconnected
  std::uint32_t ping_interval_ms = 15'000;
  std::uint32_t stall_timeout_ms =
      30'000;                             // a peer that takes nothing of what is queued for it for this long
  std::uint32_t redial_min_ms = 1'000;    // backoff of a failed dial: doubles from here ...
  std::uint32_t redial_max_ms = 300'000;  // ... to here, with jitter
  bool treat_loopback_as_public = false;  // limits meant for strangers hold for local addresses too
};

struct MemoryConfig {
  std::uint64_t total_mb = 0;            // ceiling of the whole plan, at most 1 TiB; 0 = its parts alone
  std::uint32_t receive_buffers = 1024;  // per shard, 16 KiB each, a power of two
  std::uint32_t bulk_buffers = 8;        // per shard, 1 MiB each, a power of two
  std::uint64_t relay_heap_mb = 64;      // per shard: what peers' own queues may hold together
  std::uint64_t peer_queue_kb =
      8 * 1024;  // per peer: what it may have queued before it is disconnected as too slow
};

struct GossipConfig {
  std::uint64_t chain_id = 1337;
  std::uint32_t seen_window_s = 600;        // a message is delivered once within this time ...
  std::uint32_t seen_messages = 1U << 20;   // ... and this many messages, over all shards
  std::uint32_t pool_transactions = 16384;  // kept in the pool, over all shards
  std::uint64_t pool_mb = 64;
  std::uint32_t transaction_bytes_max = 128 * 1024;
  std::uint64_t fee_floor_wei = 0;  // gas price or fee cap below it: refused
};

// Of `ringwire node`, which is an embedder too. A program of your own does with peers' messages what it likes
// (Port::subscribe_to_peers), whatever stands here.
struct AppConfig {
  bool echo = false;  // answer peers' requests with their own bytes
};

struct LogConfig {
  LogLevel level = LogLevel::info;
  std::string file;  // empty = standard error
  bool json = false;
};

// Sessions run inside TLS 1.3. Who a peer is, its node key proves, bound to the TLS connection; so in an open
// network nobody looks at certificates, and a node makes its own. In a closed network both ends show one that
// an authority of that network signed.
struct TlsConfig {
  std::string certificate;  // PEM, ours first, then what leads to the authority; empty = one of our own
  std::string key;          // PEM, mode 0600; may be the same file
  std::string authorities;  // PEM; empty = an open network
  std::uint64_t records_per_key = 0;  // then a new session follows; 0 = what the cipher allows
};

struct Config {
  std::uint64_t network_id = 1337;
  std::vector<Endpoint> listen;        // empty = dial only
  std::optional<IpAddress> advertise;  // what others should dial; default: the address of the first listener
  std::vector<std::string> peers;      // enode URLs to stay connected to
  // enode URLs: never banned or disconnected for their score, and with places beside limits.connections_max.
  std::vector<std::string> trusted_peers;
  // What survives a restart lies here: bans, the certificate of our own. Empty = nothing does.
  std::string datadir;
  std::string key_file;  // node key, mode 0600; made where absent. Empty = a key for this run only
  // No TLS, on trusted links only: an attacker on the path wins there. The same for all nodes of a network.
  bool insecure_plaintext = false;
  TlsConfig tls;
  ShardsConfig shards;
  LimitsConfig limits;
  MemoryConfig memory;
  GossipConfig gossip;
  AppConfig app;
  std::optional<Endpoint> metrics;  // GET /metrics, /healthz, /readyz
  LogConfig log;
};

}  // namespace ringwire
