// Datagram sockets over the ring: one multishot recvmsg each, into a group of small buffers of its own.
//
// Attack: a multishot receive takes whatever arrives, as long as there are buffers. So the kernel is let have
// kDatagramsPerTurn of them at a time, once a turn: a flood fills those and ends the receive with ENOBUFS,
// and it is armed again, behind the buffers, in the next turn.
//
// A buffer begins with what the kernel says of the datagram: io_uring_recvmsg_out, source, control messages.
// Where the kernel has no multishot recvmsg, a receive is armed for each datagram, and that is said in memory
// of the socket.
//
// Sends go past the ring (engine/driver/datagram_sender.hpp).
//
// Rules, as for connections: a call states what is wanted and settle() starts what leads there; every final
// completion asks again. A socket is closed when nothing is armed on it any more.
//
// Thread: the shard's; must outlive every Slice of its buffers. Memory: kBytesPerSocket and a group for each
// socket, made at once. Complexity: O(sockets) per turn, O(1) per datagram.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/driver/datagram_message.hpp"
#include "engine/driver/datagram_sender.hpp"
#include "engine/driver/driver.hpp"
#include "engine/driver/slot_table.hpp"
#include "engine/uring/buffer_group.hpp"
#include "engine/uring/completion.hpp"
#include "engine/uring/operation.hpp"
#include "engine/uring/ring.hpp"

namespace ringwire::uring {

class Datagrams {
 public:
  using Id = driver::DatagramSocketId;

  Datagrams(Ring& ring, OperationTable& operations, driver::DriverCounters& counters,
            const driver::DriverConfig& config, bool multishot);
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;
  ~Datagrams();

  // Before anything else: the groups, named from `first_group` on. 0, or the errno of making one.
  std::int32_t make_groups(std::uint16_t first_group);

  Result<Id, driver::SocketError> open(const Endpoint& endpoint, const driver::DatagramOptions& options);
  void close(Id id);
  [[nodiscard]] Endpoint local(Id id) const { return driver::local_endpoint(live(id).descriptor); }
  void pause(Id id);
  void resume(Id id);
  [[nodiscard]] driver::PoolState pool_state(Id id) const;
  // Events of it may be told: it was not closed.
  [[nodiscard]] bool is_open(Id id) const {
    const Socket* socket = sockets_.find(id);
    return socket != nullptr && !socket->closing;
  }

  void send(Id id, const Endpoint& to, ByteView bytes);
  // Before the ring waits: what was sent in this turn leaves, the kernel gets buffers, receives that waited
  // for some are armed.
  void begin_turn();
  void on_completion(std::uint32_t slot, const Completion& completion, std::vector<driver::Event>& events);

  // Of the buffer: io_uring_recvmsg_out, a sockaddr_in6 up to the alignment of what follows, one control
  // message.
  static constexpr std::uint32_t kSourceBytes = 32;
  static constexpr std::uint32_t kHeadBytes =
      sizeof(io_uring_recvmsg_out) + kSourceBytes + driver::kDatagramControlBytes;
  static_assert(driver::kDatagramRoomBytes >= kHeadBytes + driver::kDatagramBytesMax);

 private:
  struct Socket {
    Id id;
    int descriptor = -1;
    bool paused = false;
    bool closing = false;
    bool cancelled = false;  // a cancellation of the armed receive is on its way
    bool starving = false;   // the receive found no buffer: armed in a turn that has some
    Operation receive;
    driver::OverflowCount overflows;
    msghdr header{};  // what the receive was armed with
    // Of a receive that is no multishot.
    iovec room{};
    sockaddr_storage source{};
    alignas(cmsghdr) std::array<std::uint8_t, driver::kDatagramControlBytes> control{};
  };
  struct Received {
    msghdr said{};  // flags and control messages
    const sockaddr_storage* source = nullptr;
    Slice data;
  };

  [[nodiscard]] Socket& live(Id id) const;
  [[nodiscard]] BufferGroup& group(const Socket& socket) const { return *groups_[socket.id.slot]; }
  void settle(Socket& socket);
  void arm(Socket& socket);
  void close_now(Socket& socket);
  void on_received(Socket& socket, const Completion& completion, const Slice& buffer,
                   std::vector<driver::Event>& events);
  void on_failed(Socket& socket, std::int32_t error);
  [[nodiscard]] Received take_apart(Socket& socket, const Completion& completion, const Slice& buffer) const;

  Ring& ring_;
  OperationTable& operations_;
  driver::DriverCounters& counters_;
  const std::uint32_t sockets_max_;
  const std::uint32_t buffers_;
  const bool multishot_;
  driver::SlotTable<Socket, Id> sockets_;
  std::vector<std::unique_ptr<BufferGroup>> groups_;  // by slot
  std::unique_ptr<driver::DatagramSender> sender_;    // null where there can be no sockets

 public:
  static constexpr std::uint64_t kBytesPerSocket =
      driver::SlotTable<Socket, Id>::kBytesPerSlot + sizeof(BufferGroup);
};

}  // namespace ringwire::uring
