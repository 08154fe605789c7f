// The driver behind make_epoll_driver(). A turn: wait() turns what the kernel reports into marks and lists;
// next() does the work, one accept or one receive per event, datagrams last; send() is done when it is
// called.
//
// Fairness: ready connections take turns, one receive each, and one that had kTurnBytes waits for the next
// turn.
//
// Thread: the shard's, but for the Waker.
#pragma once

#include <sys/socket.h>

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "engine/driver/buffer_pool.hpp"
#include "engine/driver/driver.hpp"
#include "engine/driver/event_waker.hpp"
#include "engine/driver/slot_table.hpp"
#include "engine/epoll/connection.hpp"
#include "engine/epoll/datagrams.hpp"
#include "engine/epoll/listeners.hpp"
#include "engine/epoll/poller.hpp"

namespace ringwire::epoll {

class EpollDriver final : public driver::Driver {
 public:
  using ConnectionId = driver::ConnectionId;
  using ListenerId = driver::ListenerId;
  using DatagramSocketId = driver::DatagramSocketId;
  using SocketError = driver::SocketError;

  static Result<std::unique_ptr<driver::Driver>, std::string> make(const driver::DriverConfig& config);
  ~EpollDriver() override;

  [[nodiscard]] driver::Kind kind() const override { return driver::Kind::epoll; }
  [[nodiscard]] Now now() const override;

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
  void close_datagrams(DatagramSocketId socket) override { datagrams_.close(socket); }
  [[nodiscard]] Endpoint local(DatagramSocketId socket) const override { return datagrams_.local(socket); }
  void pause_datagrams(DatagramSocketId socket) override { datagrams_.pause(socket); }
  void resume_datagrams(DatagramSocketId socket) override { datagrams_.resume(socket); }
  [[nodiscard]] driver::PoolState datagram_pool(DatagramSocketId socket) const override {
    return datagrams_.pool_state(socket);
  }
  void send_datagram(DatagramSocketId socket, const Endpoint& to, ByteView bytes) override {
    datagrams_.send(socket, to, bytes);
  }

  void wait(const driver::WaitPlan& plan) override;
  bool next(driver::Event& event) override;

  [[nodiscard]] driver::Waker& waker() override { return waker_; }
  [[nodiscard]] const driver::DriverCounters& counters() const override { return counters_; }
  [[nodiscard]] std::string describe() const override;

  // What one connection may receive in one turn before others go first: 16 small buffers; a bulk buffer is
  // let through whole.
  static constexpr std::uint32_t kTurnBytes = 256 * 1024;

 private:
  static constexpr std::uint64_t kWakerName = UINT32_MAX;  // above every slot and listener

  using Pools = std::array<std::unique_ptr<driver::BufferPool>, 2>;
  using ConnectionList = IntrusiveList<Connection, ServiceTag>;

  struct Sent {
    std::uint64_t bytes = 0;
    std::int32_t error = 0;
  };

  EpollDriver(const driver::DriverConfig& config, Pools pools);

  // opening and closing (open.cpp)
  Result<ConnectionId, SocketError> open(int descriptor, const Endpoint& remote, const char* operation);
  void finish_connect(Connection& connection);

  // receiving (receive.cpp)
  void make_ready(Connection& connection);
  Connection* next_ready();
  bool receive(Connection& connection, driver::Event& event);
  bool receive_ended(Connection& connection, std::int32_t error, driver::Event& event);

  // sending (send.cpp)
  Sent push(int descriptor, const iovec* pieces, std::size_t count);
  void continue_rest(Connection& connection);

  // the turn (turn.cpp)
  [[nodiscard]] bool has_news();
  [[nodiscard]] Duration sleep_time(const driver::WaitPlan& plan);
  void on_report(const epoll_event& report);
  void complete(driver::EventKind kind, ConnectionId connection, std::int32_t error);
  bool next_completion(driver::Event& event);
  bool next_accept(driver::Event& event);

  [[nodiscard]] Connection& live(ConnectionId id) const;
  [[nodiscard]] driver::BufferPool& pool(driver::PoolClass which) const {
    return *pools_[static_cast<std::size_t>(which)];
  }

  const driver::DriverConfig config_;
  driver::DriverCounters counters_;
  Poller poller_;
  driver::EventWaker waker_;
  Listeners listeners_;
  Datagrams datagrams_;
  Pools pools_;
  driver::SlotTable<Connection> slots_;

  std::uint32_t turn_ = 1;
  ConnectionList ready_;                   // to be read in this turn
  ConnectionList later_;                   // had their share of this turn
  std::array<ConnectionList, 2> starved_;  // by pool: wait for a buffer, first come first served
  std::deque<driver::Event> completions_;  // connected, rest_sent, closed, woken; at most 3 per slot
  std::vector<driver::Unsent> cut_;        // by the sends of this turn
  std::vector<driver::Unsent> unsent_;     // by those of the turn before
};

}  // namespace ringwire::epoll
