// Datagram sockets: one recvmmsg() for each and turn, at most, into small buffers of the socket's own.
//
// Attack: a flood must not keep the loop from its connections (kDatagramsPerTurn of each socket and turn),
// nor one socket from another: each has its own buffers, and its own call.
//
// Watched once, edge triggered: pausing, and a socket whose buffers are all held, cost no system call.
//
// Thread: the driver's. Memory: kBytesPerSocket and the buffers for each, a batch for all; at once.
// Complexity: O(sockets) per turn, O(1) per datagram.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/driver/buffer_pool.hpp"
#include "engine/driver/datagram_message.hpp"
#include "engine/driver/datagram_sender.hpp"
#include "engine/driver/driver.hpp"
#include "engine/driver/slot_table.hpp"
#include "engine/epoll/poller.hpp"

namespace ringwire::epoll {

class Datagrams {
 public:
  using Id = driver::DatagramSocketId;

  Datagrams(Poller& poller, driver::DriverCounters& counters, std::uint32_t sockets_max);
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;
  ~Datagrams();

  // Before anything else: `buffers` for each socket. Nothing, or what could not be mapped.
  std::optional<std::string> make_pools(std::uint32_t buffers);

  Result<Id, driver::SocketError> open(const Endpoint& endpoint, const driver::DatagramOptions& options);
  void close(Id id);
  [[nodiscard]] Endpoint local(Id id) const { return driver::local_endpoint(sockets_.at(id).descriptor); }
  void pause(Id id) { sockets_.at(id).paused = true; }
  void resume(Id id) { sockets_.at(id).paused = false; }
  [[nodiscard]] driver::PoolState pool_state(Id id) const;

  void send(Id id, const Endpoint& to, ByteView bytes);
  // Before the driver sleeps: what was sent in this turn leaves, and every socket has its share again.
  void begin_turn();
  // The socket of this name was reported readable.
  void on_readable(std::uint64_t name);
  // Something can be told without waiting.
  [[nodiscard]] bool has_news();
  // The next datagram of this turn.
  bool next(driver::Event& event);

  // Names of sockets in the poller begin here in their lower half, above every slot and listener.
  static constexpr std::uint32_t kNameBase = 3U << 30;

 private:
  struct Socket {
    Id id;
    int descriptor = -1;
    bool paused = false;
    bool readable = false;  // an edge was reported that no call has exhausted
    bool served = false;    // had its call of this turn
    bool starved = false;   // every buffer is held; counted
    driver::OverflowCount overflows;
  };
  // Of one recvmmsg().
  struct Batch {
    std::array<mmsghdr, driver::kDatagramsPerTurn> headers;
    std::array<iovec, driver::kDatagramsPerTurn> bytes;
    std::array<sockaddr_storage, driver::kDatagramsPerTurn> from;
    std::array<std::array<std::uint8_t, driver::kDatagramControlBytes>, driver::kDatagramsPerTurn> control;
    std::array<Buffer*, driver::kDatagramsPerTurn> buffers;
    Id socket;
    std::uint32_t next = 0;
    std::uint32_t count = 0;
  };

  [[nodiscard]] driver::BufferPool& pool(Id id) const { return *pools_[id.slot]; }
  [[nodiscard]] bool ready(const Socket& socket) const { return socket.readable && !socket.paused; }
  Socket* next_ready();
  void receive(Socket& socket);
  std::uint32_t take_buffers(driver::BufferPool& pool);
  bool tell(std::uint32_t index, driver::Event& event);
  void drop_batch();

  Poller& poller_;
  driver::DriverCounters& counters_;
  driver::SlotTable<Socket, Id> sockets_;
  const std::uint32_t sockets_max_;
  std::vector<std::unique_ptr<driver::BufferPool>> pools_;  // by slot
  std::unique_ptr<Batch> batch_;                            // null where there can be no sockets
  std::unique_ptr<driver::DatagramSender> sender_;

 public:
  static constexpr std::uint64_t kBytesPerSocket = driver::SlotTable<Socket, Id>::kBytesPerSlot;
  static constexpr std::uint64_t kBatchBytes = sizeof(Batch);
};

}  // namespace ringwire::epoll
