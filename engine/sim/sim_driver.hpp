// The driver interface over a simulated network: one per simulated shard. wait() never blocks; turns are
// given by the owner of the network (engine/sim/network.hpp). Socket options are accepted and ignored.
//
// A host listens on its own addresses; the unspecified address means its first one of that family.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "codec/base/intrusive_list.hpp"
#include "engine/driver/buffer_pool.hpp"
#include "engine/driver/driver.hpp"
#include "engine/driver/slot_table.hpp"
#include "engine/sim/clock.hpp"
#include "engine/sim/network.hpp"

namespace ringwire::sim {

class SimDriver final : public driver::Driver, public ListNode<ReadyDriverTag>, private driver::Waker {
 public:
  using ConnectionId = driver::ConnectionId;
  using ListenerId = driver::ListenerId;
  using DatagramSocketId = driver::DatagramSocketId;
  using SocketError = driver::SocketError;

  // `addresses`: of its host, at least one; shards of one host name the same.
  static Result<std::unique_ptr<SimDriver>, std::string> make(SimNetwork& network,
                                                              const driver::DriverConfig& config,
                                                              std::vector<IpAddress> addresses);
  ~SimDriver() override;

  [[nodiscard]] driver::Kind kind() const override { return driver::Kind::sim; }
  [[nodiscard]] Now now() const override { return clock_.read(network_.now()); }
  // The network's name for it: 0, 1, 2 in the order in which drivers are made.
  [[nodiscard]] std::uint64_t number() const { return number_; }

  // Of its host: shards of one host have the same.
  void set_drift(std::int32_t per_million) { clock_.set_drift(per_million, network_.now()); }
  void step_wall(std::int64_t ms) { clock_.step_wall(ms); }

  Result<ListenerId, SocketError> listen(const Endpoint& endpoint,
                                         const driver::ListenOptions& options) override;
  void stop_listening(ListenerId listener) override;
  [[nodiscard]] Endpoint local(ListenerId listener) const override;
  Result<ConnectionId, SocketError> connect(const Endpoint& remote,
                                            const driver::SocketOptions& options) override;
  int release(ConnectionId connection) override;
  Result<ConnectionId, SocketError> adopt(int descriptor) override;
  void discard(int descriptor) override;
  void close(ConnectionId connection, driver::CloseMode mode) override;
  [[nodiscard]] Endpoint local(ConnectionId connection) const override;
  [[nodiscard]] Endpoint remote(ConnectionId connection) const override;

  void start_receive(ConnectionId connection) override;
  void pause_receive(ConnectionId connection) override;
  void resume_receive(ConnectionId connection) override;
  void use_pool(ConnectionId connection, driver::PoolClass pool) override;
  [[nodiscard]] driver::PoolState pool_state(driver::PoolClass pool) const override;

  void send(ConnectionId connection, std::span<const ByteView> pieces) override;
  [[nodiscard]] std::span<const driver::Unsent> unsent() override;
  void send_rest(ConnectionId connection, std::span<const ByteView> pieces) override;

  Result<DatagramSocketId, SocketError> open_datagrams(const Endpoint& endpoint,
                                                       const driver::DatagramOptions& options) override;
  void close_datagrams(DatagramSocketId socket) override;
  [[nodiscard]] Endpoint local(DatagramSocketId socket) const override;
  void pause_datagrams(DatagramSocketId socket) override;
  void resume_datagrams(DatagramSocketId socket) override;
  [[nodiscard]] driver::PoolState datagram_pool(DatagramSocketId socket) const override;
  void send_datagram(DatagramSocketId socket, const Endpoint& to, ByteView bytes) override;

  void wait(const driver::WaitPlan& plan) override;
  bool next(driver::Event& event) override;

  [[nodiscard]] driver::Waker& waker() override { return *this; }
  [[nodiscard]] const driver::DriverCounters& counters() const override { return counters_; }
  [[nodiscard]] std::string describe() const override;

  // What a turn takes in virtual time where its wait does not sleep: neither a busy loop nor events that are
  // never asked for may stop the clock.
  static constexpr Duration kLook = 1us;
  // What a datagram costs a receive buffer beside its bytes, as in Linux.
  static constexpr std::uint32_t kDatagramOverheadBytes = 576;
  // Of a socket that asked for no size: twice Linux's net.core.rmem_default, as there.
  static constexpr std::uint32_t kDatagramBufferBytes = 2 * 212'992;

 private:
  friend class SimNetwork;
  struct ServiceTag;

  struct Connection : ListNode<ServiceTag> {
    ConnectionId id;
    End* end = nullptr;  // null once closed
    driver::PoolClass pool = driver::PoolClass::small;
    bool receiving = false;
    bool paused = false;
    std::uint32_t rest_first = 0;
    std::vector<ByteView> rest;  // of a send_rest() in flight
  };
  using ConnectionList = IntrusiveList<Connection, ServiceTag>;
  using Pools = std::array<std::unique_ptr<driver::BufferPool>, 2>;

  struct Arrived {
    Endpoint from;
    Segment bytes;
  };
  struct DatagramSocket {
    DatagramSocketId id;
    Endpoint local;
    bool paused = false;
    bool starved = false;    // every buffer is held; counted
    std::uint32_t left = 0;  // of kDatagramsPerTurn
    std::uint64_t room_bytes = kDatagramBufferBytes;
    std::uint64_t queued_bytes = 0;  // with kDatagramOverheadBytes for each
    std::deque<Arrived> queue;
  };
  using DatagramPools = std::vector<std::unique_ptr<driver::BufferPool>>;

  SimDriver(SimNetwork& network, const driver::DriverConfig& config, std::vector<IpAddress> addresses,
            Pools pools, DatagramPools datagram_pools);

  // What the network tells.
  bool on_accepted(std::uint32_t listener, End& end);  // false: no slot
  void on_connected(End& end, std::int32_t error);
  void on_readable(End& end);
  void on_writable(End& end);
  void on_datagram(std::uint32_t slot, const Packet& packet);
  void on_alarm(std::uint64_t stamp);
  void set_alarm();

  void ring() override;

  [[nodiscard]] const IpAddress* own_address(const IpAddress& wanted) const;
  [[nodiscard]] const IpAddress* source_towards(const IpAddress& remote) const;
  [[nodiscard]] Connection& live(ConnectionId id) const;
  [[nodiscard]] bool has_news();
  void complete(driver::EventKind kind, ConnectionId connection, std::int32_t error);
  bool next_completion(driver::Event& event);
  void make_ready(Connection& connection);
  Connection* next_ready();
  bool receive(Connection& connection, driver::Event& event);
  void continue_rest(Connection& connection);

  // datagrams (sim_datagrams.cpp)
  [[nodiscard]] bool has_datagrams();
  void begin_datagram_turn();
  bool next_datagram(driver::Event& event);
  bool receive_datagram(DatagramSocket& socket, Buffer& buffer, driver::Event& event);

  SimNetwork& network_;
  const driver::DriverConfig config_;
  const std::vector<IpAddress> addresses_;
  std::uint64_t number_ = 0;
  HostClock clock_;
  driver::DriverCounters counters_;
  Pools pools_;
  driver::SlotTable<Connection> slots_;
  std::vector<Endpoint> listeners_;  // by index; port 0 once stopped
  DatagramPools datagram_pools_;     // by slot
  driver::SlotTable<DatagramSocket, DatagramSocketId> sockets_;
  Instant wait_ends_ = kNever;
  Instant alarm_at_ = kNever;  // of the one that is set
  std::uint64_t alarm_stamp_ = 0;
  ConnectionList ready_;
  std::array<ConnectionList, 2> starved_;  // by pool
  std::deque<driver::Event> completions_;
  std::vector<driver::Unsent> cut_;
  std::vector<driver::Unsent> unsent_;
  bool woken_ = false;
};

}  // namespace ringwire::sim
