// Whole nodes in one thread and in virtual time: shards over simulated drivers, stepped in the order in
// which their network has something for them. One seed, one run; with TLS, whose random numbers are its
// own, one run as the other but for those.
//
// A test may hold shards back (a long turn, a host that is silent) and let them go on. Not thread-safe; a
// node must not outlive its world.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "codec/wire/publish.hpp"
#include "engine/node/shard.hpp"
#include "engine/sim/sim_driver.hpp"

namespace ringwire::node {

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

class SteppedWorld;

class SteppedNode {
 public:
  struct Options {
    std::uint32_t address = 0;     // see host()
    std::uint32_t key = 1;         // see key_of()
    std::uint32_t listeners = 64;  // shards from 0 on that listen
    bool http = false;             // shard 0 serves operators at http_endpoint()
    Config config = small_config(1);
  };
  SteppedNode(SteppedWorld& world, const Options& options);
  SteppedNode(const SteppedNode&) = delete;
  SteppedNode& operator=(const SteppedNode&) = delete;
  ~SteppedNode();

  [[nodiscard]] const NodeId& id() const { return local_.id; }
  [[nodiscard]] const PublicKey& public_key() const { return local_.public_key; }
  [[nodiscard]] Endpoint endpoint() const { return {address_, kPort}; }
  [[nodiscard]] Endpoint http_endpoint() const { return {address_, kHttpPort}; }
  [[nodiscard]] ShardId shards() const { return static_cast<ShardId>(shards_.size()); }
  [[nodiscard]] Shard& shard(ShardId id) { return *shards_[id]; }
  [[nodiscard]] const ShardCounters& counters(ShardId id) const { return shards_[id]->context().counters; }
  [[nodiscard]] sim::SimDriver& driver(ShardId id) { return *drivers_[id]; }

  // A counter of all shards together.
  template <class Pick>
  [[nodiscard]] std::uint64_t sum(Pick&& pick) const {
    std::uint64_t sum = 0;
    for (const auto& shard : shards_) sum += pick(*shard).value();
    return sum;
  }
  [[nodiscard]] std::uint64_t established() const {
    return sum([](const Shard& shard) -> const Counter& { return shard.context().counters.established; });
  }
  // All sessions, in the order of shards.
  [[nodiscard]] std::vector<PeerInfo> peers();

  // In the next turn of that shard, as an embedder's thread asks for things.
  void ask(ShardId shard, std::function<void(Shard&)> what);
  // As a thread that has put something into its rings does.
  void notify(ShardId shard) { sleepers_[shard]->notify(); }
  void dial(ShardId shard, const SteppedNode& other) {
    const Endpoint endpoint = other.endpoint();
    const PublicKey key = other.public_key();
    ask(shard, [=](Shard& own) { EXPECT_TRUE(own.admission().dial(endpoint, key)); });
  }
  // Topic messages of `bytes` payload, each another, as if a peer of shard 0 had sent them in its next turn.
  void publish(std::uint32_t count, std::uint32_t bytes);

  void stop() {
    for (ShardId id = 0; id < shards(); ++id) ask(id, [](Shard& own) { own.stop(); });
  }
  // It stopped, and has left its loop.
  [[nodiscard]] bool ended(ShardId shard) const { return ended_[shard]; }

  // No turns for that shard, or for all of them, until it is let go.
  void hold(ShardId shard) { held_[shard] = true; }
  void hold() { held_.assign(held_.size(), true); }
  void let_go();

  static constexpr std::uint16_t kPort = 30303;
  static constexpr std::uint16_t kHttpPort = 9090;

 private:
  friend class SteppedWorld;

  void make_shards(const Options& options);
  // False where there was nothing to do.
  bool step(ShardId id);
  void submit(Shard& shard, std::uint32_t number, std::uint32_t bytes);

  SteppedWorld& world_;
  const IpAddress address_;
  const Config config_;
  crypto::SecretKey key_;
  crypto::Signer signer_;
  session::LocalNode local_;
  const LogLevel log_level_ = LogLevel::off;
  metrics::Registry registry_;
  HeapBuffers published_{256ULL << 20};
  std::uint32_t published_count_;
  std::vector<std::unique_ptr<log::Logger>> loggers_;
  std::vector<std::unique_ptr<sim::SimDriver>> drivers_;
  std::vector<ShardLoad> loads_;
  std::vector<std::unique_ptr<shard::Sleeper>> sleepers_;
  std::unique_ptr<Mesh> mesh_;
  std::vector<std::unique_ptr<transport::TlsContext>> tls_;  // null in plaintext
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::unique_ptr<Command>> commands_;
  std::vector<bool> held_;
  std::vector<bool> ready_;
  std::vector<bool> ended_;
};

// A node of its own host and key, for others to meet.
inline SteppedNode::Options peer_options(std::uint32_t number) {
  SteppedNode::Options options;
  options.address = number;
  options.key = 100 + number;
  return options;
}

// A host of its own that knows TCP and nothing else.
class Stranger {
 public:
  Stranger(SteppedWorld& world, std::uint32_t address, std::uint32_t connections_max);
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger();

  driver::ConnectionId dial(const SteppedNode& node) { return dial(node.endpoint()); }
  driver::ConnectionId dial(const Endpoint& endpoint);
  // Once it is connected.
  void say(driver::ConnectionId id, std::string_view text);
  void close(driver::ConnectionId id, driver::CloseMode mode) { driver_->close(id, mode); }

  std::uint32_t connected = 0;  // dials that came through
  std::uint32_t ended = 0;      // connections that the other end closed or reset
  std::string heard;            // on all of them
  bool held = false;            // no turns until it is false again

 private:
  friend class SteppedWorld;
  void turn();

  SteppedWorld& world_;
  std::unique_ptr<sim::SimDriver> driver_;
  std::string said_;  // must stay for a turn
  bool ready_ = false;
};

class SteppedWorld {
 public:
  explicit SteppedWorld(std::uint64_t seed, const sim::SimLink& link = {})
      : seed_(seed), network_(seed, link) {}

  [[nodiscard]] sim::SimNetwork& network() { return network_; }
  // Draws that differ from host to host and follow from the seed.
  [[nodiscard]] Prng prng() { return Prng(seed_ * 1'000'003 + ++draws_); }

  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }
  // False where it did not happen within `limit` of virtual time.
  bool run_until(const std::function<bool()>& done, Duration limit = 60s) {
    const Instant end = time_ + limit;
    bool is_done = false;
    run([&] { return (is_done = done()) || network_.next_at() > end; });
    time_ = is_done ? std::max(time_, network_.now().monotonic) : end;
    return is_done;
  }

 private:
  friend class SteppedNode;
  friend class Stranger;

  // Until `enough`, asked when nobody has anything to do at this moment.
  void run(const std::function<bool()>& enough);
  bool give_turns();
  void take_ready();

  const std::uint64_t seed_;
  std::uint64_t draws_ = 0;
  sim::SimNetwork network_;
  Instant time_;  // reached; the network's own stands at its last happening
  std::vector<SteppedNode*> nodes_;
  std::vector<Stranger*> strangers_;
};

}  // namespace ringwire::node
