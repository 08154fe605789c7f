// The driver itself. One class, one source file per thing it does:
//
//   core.cpp     the turn: submit, wait, reap, hand completions to the files below
//   accept.cpp   listeners, the back-off when descriptors run out
//   connect.cpp  slots; dialling, adopting and releasing descriptors
//   receive.cpp  multishot receives, pools, ENOBUFS
//   send.cpp     sends of the turn and their rest
//   close.cpp    cancel, wait for the kernel to let go, close
//
// Datagram sockets are in datagrams.hpp.
//
// Wants and facts are kept apart: a call states what its connection wants (receive or not, which pool,
// closed) and settle_receive() or close() starts the one operation or cancellation that leads there; every
// final completion asks again. So two receives are never armed, and cancellations may race with completions
// in either order.
//
// Timers: a listener out of descriptors or memory accepts again after kAcceptPause.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/driver/driver.hpp"
#include "engine/driver/socket.hpp"
#include "engine/uring/buffer_group.hpp"
#include "engine/uring/connection.hpp"
#include "engine/uring/datagrams.hpp"
#include "engine/uring/event_waker.hpp"
#include "engine/uring/operation.hpp"
#include "engine/uring/ring.hpp"
#include "engine/uring/send_batch.hpp"

namespace ringwire::uring {

class Core final : public driver::Driver {
 public:
  // Long enough that a process out of descriptors spends nothing on it, short enough that peers' connects
  // (a second between SYN retries) do not notice the end of the shortage.
  static constexpr Duration kAcceptPause = 100ms;
  // Of those that wait for a buffer, so many are looked at in a turn, each a system call, the longest waiting
  // first.
  static constexpr std::uint32_t kEndsPerTurn = 4;

  static Result<std::unique_ptr<Core>, std::string> make(const driver::DriverConfig& config,
                                                         const RingConfig& ring);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core() override;

  [[nodiscard]] driver::Kind kind() const override { return driver::Kind::uring; }
  [[nodiscard]] Now now() const override;

  Result<driver::ListenerId, driver::SocketError> listen(const Endpoint& endpoint,
                                                         const driver::ListenOptions& options) override;
  void stop_listening(driver::ListenerId listener) override;
  [[nodiscard]] Endpoint local(driver::ListenerId listener) const override;

  Result<driver::ConnectionId, driver::SocketError> connect(const Endpoint& remote,
                                                            const driver::SocketOptions& options) override;
  int release(driver::ConnectionId connection) override;
  Result<driver::ConnectionId, driver::SocketError> adopt(int descriptor) override;
  void discard(int descriptor) override;
  void close(driver::ConnectionId connection, driver::CloseMode mode) override;
  [[nodiscard]] Endpoint local(driver::ConnectionId connection) const override;
  [[nodiscard]] Endpoint remote(driver::ConnectionId connection) const override;

  void start_receive(driver::ConnectionId connection) override;
  void pause_receive(driver::ConnectionId connection) override;
  void resume_receive(driver::ConnectionId connection) override;
  void use_pool(driver::ConnectionId connection, driver::PoolClass pool) override;
  [[nodiscard]] driver::PoolState pool_state(driver::PoolClass pool) const override;

  void send(driver::ConnectionId connection, std::span<const ByteView> pieces) override;
  [[nodiscard]] std::span<const driver::Unsent> unsent() override { return unsent_; }
  void send_rest(driver::ConnectionId connection, std::span<const ByteView> pieces) override;

  Result<driver::DatagramSocketId, driver::SocketError> open_datagrams(
      const Endpoint& endpoint, const driver::DatagramOptions& options) override {
    return datagrams_->open(endpoint, options);
  }
  void close_datagrams(driver::DatagramSocketId socket) override { datagrams_->close(socket); }
  [[nodiscard]] Endpoint local(driver::DatagramSocketId socket) const override {
    return datagrams_->local(socket);
  }
  void pause_datagrams(driver::DatagramSocketId socket) override { datagrams_->pause(socket); }
  void resume_datagrams(driver::DatagramSocketId socket) override { datagrams_->resume(socket); }
  [[nodiscard]] driver::PoolState datagram_pool(driver::DatagramSocketId socket) const override {
    return datagrams_->pool_state(socket);
  }
  void send_datagram(driver::DatagramSocketId socket, const Endpoint& to, ByteView bytes) override {
    datagrams_->send(socket, to, bytes);
  }

  void wait(const driver::WaitPlan& plan) override;
  bool next(driver::Event& event) override;

  [[nodiscard]] driver::Waker& waker() override { return waker_; }
  [[nodiscard]] const driver::DriverCounters& counters() const override { return counters_; }
  [[nodiscard]] std::string describe() const override;

 private:
  struct Listener {
    std::int32_t descriptor = -1;
    Operation accept;
    bool stopped = false;
    Instant again = kNever;  // while it pauses
  };
  using StarvingList = IntrusiveList<Connection, Starving>;

  explicit Core(const driver::DriverConfig& config);
  std::optional<std::string> open(const RingConfig& ring, bool multishot_datagrams);
  [[nodiscard]] bool may_tell(const driver::Event& event) const;

  // --- core.cpp
  [[nodiscard]] Duration time_limit(const driver::WaitPlan& plan);
  void run(const Completion& completion);
  void run_operation(UserData data, const Completion& completion);
  void push(driver::EventKind kind, const Connection& connection, std::int32_t error, Slice data = {});
  void forget_taken_events();

  // --- accept.cpp
  void arm_accept(Listener& listener);
  void accept_again(Instant time);
  void on_accept(std::uint32_t index, const Completion& completion);
  void on_accepted(std::uint32_t index, int descriptor);
  void on_accept_ended(Listener& listener, std::int32_t result);

  // --- connect.cpp
  Connection* take_slot(int descriptor, const Endpoint& remote, State state);
  void free_slot(Connection& connection);
  [[nodiscard]] Connection& at(driver::ConnectionId id);
  [[nodiscard]] const Connection& at(driver::ConnectionId id) const;
  [[nodiscard]] driver::ConnectionId id_of(const Connection& connection) const;
  void on_connected(Connection& connection, std::int32_t result);

  // --- receive.cpp
  void settle_receive(Connection& connection);
  void arm_receive(Connection& connection);
  void feed_starving();
  [[nodiscard]] bool look_for_end(Connection& connection);
  void on_receive(Connection& connection, const Completion& completion);
  void on_receive_failed(Connection& connection, std::int32_t error);

  // --- send.cpp
  void on_fell_short(UserData data, const Completion& completion);
  void submit_rest(Connection& connection);
  void on_rest(Connection& connection, std::int32_t result);
  void end_rest(Connection& connection, std::int32_t error);

  // --- close.cpp
  void cancel(const Operation& operation);
  void on_cancel_failed(UserData data, std::int32_t result);
  void settle_close(Connection& connection);
  void close_settled();
  void hang_up(int descriptor);
  void close_descriptor(Connection& connection);

  BufferGroup& group(driver::PoolClass pool) { return *groups_[static_cast<std::size_t>(pool)]; }

  const driver::DriverConfig config_;
  driver::DriverCounters counters_;
  std::unique_ptr<Ring> ring_;
  std::array<std::unique_ptr<BufferGroup>, 2> groups_;  // by PoolClass
  std::array<StarvingList, 2> starving_;                // by the pool they were armed with
  OperationTable operations_;
  EventWaker waker_;
  std::unique_ptr<SendBatch> sends_;
  std::unique_ptr<Datagrams> datagrams_;
  std::vector<driver::Unsent> unsent_;

  std::unique_ptr<Connection[]> connections_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> settled_closes_;  // nothing armed any more: closed after the next submission
  std::vector<std::uint32_t> sent_slots_;      // sent_this_turn is set
  std::vector<std::unique_ptr<RestSend>> spare_rests_;
  std::deque<driver::SocketAddress> dialled_;  // addresses the kernel has not copied yet
  std::deque<Listener> listeners_;             // an id is an index, never reused
  std::uint32_t paused_listeners_ = 0;

  std::vector<driver::Event> events_;
  std::size_t next_event_ = 0;
};

}  // namespace ringwire::uring
