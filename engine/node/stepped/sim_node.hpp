// A whole node in one thread and in virtual time: the shards of engine/node over simulated drivers, each an
// actor of its own.
//
// Destroying it is what a crash is: nobody is told but by its driver, whose streams are reset then, unless
// the network was told before that its host has no power (sim::SimNetwork::silence). To end it in order:
// stop(), and turns until all shards have ended.
//
// With a disk it keeps its bans over its lives. Storing takes no virtual time.
//
// Thread: its world's. It must not outlive its world, nor what is attached to it (sim_app.hpp) outlive it.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/wire/enode.hpp"
#include "engine/disk/disk.hpp"
#include "engine/node/ban_store.hpp"
#include "engine/node/shard.hpp"
#include "engine/node/stepped/world.hpp"
#include "engine/transport/tls_seeded_random.hpp"

namespace ringwire::stepped {

inline IpAddress host(std::uint32_t number) {
  return IpAddress::v4(10, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                       static_cast<std::uint8_t>(number));
}

inline crypto::SecretKey key_of(std::uint32_t number) {
  std::array<std::uint8_t, 32> bytes{};
  store_be(bytes.data() + 28, number);
  return *crypto::SecretKey::from_bytes(bytes);
}

// A key whose claims that shard of two grants.
std::uint32_t key_owned_by(ShardId shard);

// Little memory, the least that a configuration may name, and limits that no test meets unless it sets them.
inline Config small_config(std::uint32_t shards) {
  Config config;
  config.insecure_plaintext = true;
  config.shards.count = shards;
  config.limits.outbound_max = 8;
  config.memory.receive_buffers = 64;
  config.memory.bulk_buffers = 1;
  config.memory.relay_heap_mb = 16;
  config.gossip.seen_messages = 16'384;
  config.gossip.pool_transactions = 16;
  config.gossip.pool_mb = 1;
  return config;
}

class SimNode {
 public:
  struct Options {
    std::uint32_t address = 0;     // see host()
    std::uint32_t key = 1;         // see key_of()
    std::uint32_t listeners = 64;  // shards from 0 on that listen
    bool http = false;             // shard 0 serves operators at http_endpoint()
    Config config = small_config(1);
    gossip::TransactionPolicy* policy = nullptr;  // null: the default one
    bool thin = false;  // tables of a quiet network, so that thousands of nodes fit into one process
    // Of its host, and of all its shards: what its clocks are wrong by.
    std::int32_t drift_per_million = 0;
    std::int64_t wall_ahead_ms = 0;
    std::array<std::uint8_t, 16> boot_id{};
    // Where it keeps its bans, as engine/node/ban_keeper.hpp does; null: nowhere. It outlives the node.
    disk::Disk* disk = nullptr;
    // They are acknowledged, at this moment.
    std::function<void(std::span<const security::Ban>)> on_bans_saved;
  };
  SimNode(World& world, const Options& options);
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;
  ~SimNode();

  // Whether its TLS follows from the world's seed alone (tls_seeded_random.hpp).
  [[nodiscard]] static bool repeats_under_tls() { return transport::TlsSeededRandom::decides_all(); }

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const NodeId& id() const { return local_.id; }
  [[nodiscard]] const PublicKey& public_key() const { return local_.public_key; }
  [[nodiscard]] Endpoint endpoint() const { return {address_, kPort}; }
  [[nodiscard]] Endpoint http_endpoint() const { return {address_, kHttpPort}; }
  [[nodiscard]] wire::Enode enode() const { return {public_key(), endpoint(), kPort}; }
  [[nodiscard]] const node::GossipKeys& keys() const { return keys_; }
  [[nodiscard]] bool thin() const { return thin_; }
  [[nodiscard]] ShardId shards() const { return static_cast<ShardId>(shards_.size()); }
  [[nodiscard]] node::Shard& shard(ShardId id) { return *shards_[id]; }
  [[nodiscard]] const node::ShardCounters& counters(ShardId id) const {
    return shards_[id]->context().counters;
  }
  [[nodiscard]] sim::SimDriver& driver(ShardId id) { return *drivers_[id]; }

  // A counter of all shards together.
  template <class Pick>
  [[nodiscard]] std::uint64_t sum(Pick&& pick) const {
    std::uint64_t sum = 0;
    for (const auto& shard : shards_) sum += pick(*shard).value();
    return sum;
  }
  [[nodiscard]] std::uint64_t established() const {
    return sum(
        [](const node::Shard& shard) -> const Counter& { return shard.context().counters.established; });
  }
  // All sessions, in the order of shards.
  [[nodiscard]] std::vector<PeerInfo> peers();

  // In the next turn of that shard, as an embedder's thread asks for things.
  void ask(ShardId shard, std::function<void(node::Shard&)> what);
  // Again in each turn until it says true.
  void ask_until(ShardId shard, std::function<bool(node::Shard&)> what);
  // As a thread that has put something into its rings does.
  void notify(ShardId shard) { sleepers_[shard]->notify(); }
  // Once, from that shard.
  void dial(ShardId shard, const SimNode& other);
  // Stays connected to it, as to a peer of the configuration.
  void keep(const wire::Enode& peer);
  // Topic messages of `bytes` payload, each another, as if a peer of shard 0 had sent them in its next turn.
  void publish(std::uint32_t count, std::uint32_t bytes);

  // Without waiting for the next look at what has changed. With a disk.
  void save_bans();

  void stop();
  // It stopped, and has left its loop.
  [[nodiscard]] bool ended(ShardId shard) const { return ended_[shard]; }
  [[nodiscard]] bool ended() const;

  // No turns for that shard, or for all of them, until it is let go.
  void hold(ShardId shard) { actors_[shard]->hold(); }
  void hold();
  [[nodiscard]] bool held(ShardId shard) const { return actors_[shard]->held(); }
  // Any of its shards is.
  [[nodiscard]] bool held() const;
  void let_go(ShardId shard) { actors_[shard]->let_go(); }
  void let_go();

  static constexpr std::uint16_t kPort = 30303;
  static constexpr std::uint16_t kHttpPort = 9090;

 private:
  void make_shards(const Options& options);
  [[nodiscard]] node::Settings settings(ShardId id, const Options& options) const;
  void listen(ShardId id, const Options& options);
  void restore_bans(const Options& options);
  void look_at_bans();
  [[nodiscard]] storage::Clocks clocks() const;
  void turn(ShardId id);
  void submit_waiting(ShardId shard);
  void submit(node::Shard& shard, std::uint32_t number, std::uint32_t bytes);

  World& world_;
  const IpAddress address_;
  const Config config_;
  const bool thin_;
  crypto::SecretKey key_;
  crypto::Signer signer_;
  session::LocalNode local_;
  node::GossipKeys keys_;
  metrics::Registry registry_;
  HeapBuffers published_{256ULL << 20};
  std::uint32_t published_count_;
  std::vector<std::unique_ptr<log::Logger>> loggers_;
  std::vector<std::unique_ptr<sim::SimDriver>> drivers_;
  std::vector<node::ShardLoad> loads_;
  std::vector<std::unique_ptr<shard::Sleeper>> sleepers_;
  std::unique_ptr<node::Mesh> mesh_;
  std::optional<transport::TlsSeededRandom> tls_random_;     // none in plaintext
  std::vector<std::unique_ptr<transport::TlsContext>> tls_;  // null in plaintext
  std::vector<std::unique_ptr<node::Shard>> shards_;
  std::vector<std::unique_ptr<node::Command>> commands_;
  std::vector<std::deque<node::Command*>> waiting_;  // by shard: its ring was full
  std::vector<std::unique_ptr<Actor>> actors_;
  std::vector<bool> ended_;
  const std::array<std::uint8_t, 16> boot_id_;
  const std::function<void(std::span<const security::Ban>)> on_bans_saved_;
  std::unique_ptr<node::BanStore> bans_;  // none without a disk
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// A node of its own host and key, for others to meet.
inline SimNode::Options peer_options(std::uint32_t number) {
  SimNode::Options options;
  options.address = number;
  options.key = 100 + number;
  return options;
}

}  // namespace ringwire::stepped
