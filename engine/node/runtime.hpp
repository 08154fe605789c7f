// A running node: shards with their threads, drivers, rings, identity, log and metrics, put together and
// taken apart in the one order that is right. Implements what engine/api/ringwire.hpp promises of a Node.
//
// Thread: made and destroyed by one thread; the rest may be called from any. Threads that are not shards meet
// at a mutex when they ask the shards for something (command_mutex_); no shard ever takes it. What a shard is
// asked while it stops, or afterwards, is carried out by the thread that stopped it or that asks.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "codec/wire/publish.hpp"
#include "engine/api/ringwire.hpp"
#include "engine/disk/posix_disk.hpp"
#include "engine/log/log.hpp"
#include "engine/metrics/registry.hpp"
#include "engine/node/ban_keeper.hpp"
#include "engine/node/driver_choice.hpp"
#include "engine/node/port.hpp"
#include "engine/node/shard.hpp"
#include "engine/shard/pinning.hpp"

namespace ringwire::node {

class Runtime final : public Node {
 public:
  static Result<std::unique_ptr<Node>, StartError> start(const Config& config);
  ~Runtime() override;

  void stop() override;
  [[nodiscard]] NodeId id() const override { return local_.id; }
  [[nodiscard]] std::string enode() const override;
  [[nodiscard]] std::vector<Endpoint> listening() const override { return listening_; }
  [[nodiscard]] std::uint32_t shards() const override { return static_cast<std::uint32_t>(shards_.size()); }
  [[nodiscard]] std::string driver() const override { return drivers_.choice; }
  [[nodiscard]] std::optional<Endpoint> metrics() const override { return metrics_; }
  [[nodiscard]] std::unique_ptr<Port> open_port() override;
  Status<std::string> connect(std::string_view enode) override;
  bool disconnect(const NodeId& peer) override;
  void ban(const NodeId& peer, Duration duration) override;
  void ban(const IpAddress& address, Duration duration) override;
  bool unban(const NodeId& peer) override { return lift_ban(peer); }
  bool unban(const IpAddress& address) override { return lift_ban(address); }
  [[nodiscard]] std::vector<PeerInfo> peers() const override;
  [[nodiscard]] std::vector<Sample> stats() const override;
  [[nodiscard]] std::vector<LatencyInfo> latencies() const override;

  // --- for ports
  std::unique_ptr<Command> start_on_all_shards(Command::Serve serve) const;
  void on_all_shards(Command::Serve serve) const;
  // Serves once what shards that run no more were asked: for who waits for an answer of several turns.
  void serve_stopped() const;
  void notify(ShardId shard) { sleepers_[shard]->notify(); }
  [[nodiscard]] bool reserve_subscription(MessageKind kind, const RuntimePort* port);
  [[nodiscard]] bool reserve_peers(const RuntimePort* port);
  void release_subscriptions(const RuntimePort* port);
  void port_closed(std::uint32_t place);
  [[nodiscard]] bool stopping() const { return stopping_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t transaction_bytes_max() const { return config_.gossip.transaction_bytes_max; }
  // By shard: connections that its driver may have.
  [[nodiscard]] std::vector<std::uint32_t> slots() const;
  [[nodiscard]] std::uint64_t peer_queue_bytes() const { return config_.memory.peer_queue_kb * 1024; }
  // A topic message with this content hash, under the next number.
  [[nodiscard]] wire::PublishAuthor sign(const Hash32& content);

 private:
  Runtime(const Config& config, crypto::SecretKey key);

  [[nodiscard]] bool dials_itself() const;
  Status<StartError> build(const std::optional<transport::TlsCredentials>& credentials);
  Status<StartError> make_tls(const transport::TlsCredentials& credentials);
  void register_node_metrics();
  template <class Who>
  bool lift_ban(const Who& who);
  Status<StartError> listen_all();
  Result<driver::ListenerId, driver::SocketError> listen_on(ShardId shard, const Endpoint& endpoint);
  Status<StartError> run_shards();
  void pin(ShardId id, shard::Cpu cpu);
  void log_start();
  void log_stopped(Instant asked);
  void on_shard(ShardId shard, Command::Serve serve) const;
  void restore_bans();
  [[nodiscard]] std::vector<security::Ban> bans() const;
  void submit(ShardId shard, Command& command) const;

  const Config config_;
  crypto::SecretKey key_;
  crypto::Signer signer_;
  session::LocalNode local_;
  GossipKeys keys_;
  std::unique_ptr<log::Log> log_;
  log::Logger* node_log_ = nullptr;  // of whoever starts and stops the node
  metrics::Registry registry_;
  std::vector<ShardLoad> loads_;
  Drivers drivers_;
  std::vector<std::unique_ptr<shard::Sleeper>> sleepers_;
  std::unique_ptr<Mesh> mesh_;
  std::vector<std::unique_ptr<transport::TlsContext>> tls_;  // one per shard; none in plaintext
  std::vector<std::unique_ptr<Shard>> shards_;
  disk::PosixDisk disk_;
  std::unique_ptr<BanKeeper> ban_keeper_;  // none without a datadir
  std::vector<std::thread> threads_;
  std::vector<Endpoint> listening_;
  std::optional<Endpoint> metrics_;
  mutable std::mutex command_mutex_;  // the producer's end of the command rings, and the next one
  std::size_t running_ = 0;           // shards that have a thread: the first ones; the others are served by
                                      // whoever asks them for something
  mutable std::mutex port_mutex_;     // the next three
  std::array<const RuntimePort*, static_cast<std::size_t>(MessageKind::count_)> subscribers_{};
  const RuntimePort* peers_subscriber_ = nullptr;
  std::array<bool, kPortsMax> port_places_{};
  std::array<metrics::Histogram, kPortsMax> delivery_delays_;  // each written by the thread of its port
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> next_sequence_;  // see Port::publish_signed()
};

}  // namespace ringwire::node
