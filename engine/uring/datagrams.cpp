#include "engine/uring/datagrams.hpp"

#include <unistd.h>

#include <algorithm>

#include "engine/driver/errno_table.hpp"
#include "engine/driver/socket.hpp"

namespace ringwire::uring {

using driver::NextMove;

Datagrams::Datagrams(Ring& ring, OperationTable& operations, driver::DriverCounters& counters,
                     const driver::DriverConfig& config, bool multishot)
    : ring_(ring),
      operations_(operations),
      counters_(counters),
      sockets_max_(config.datagram_sockets_max),
      buffers_(config.datagram_buffers),
      multishot_(multishot),
      sockets_(sockets_max_) {
  if (sockets_max_ > 0) sender_ = std::make_unique<driver::DatagramSender>(counters);
}

Datagrams::~Datagrams() {
  sockets_.for_each([](Socket& socket) { ::close(socket.descriptor); });
}

std::int32_t Datagrams::make_groups(std::uint16_t first_group) {
  while (groups_.size() < sockets_max_) {
    auto made = BufferGroup::make(ring_, {.id = static_cast<std::uint16_t>(first_group + groups_.size()),
                                          .count = buffers_,
                                          .bytes = driver::kDatagramRoomBytes,
                                          .published_max = driver::kDatagramsPerTurn});
    if (!made.ok()) return made.error();
    groups_.push_back(std::move(made).value());
  }
  return 0;
}

Result<driver::DatagramSocketId, driver::SocketError> Datagrams::open(
    const Endpoint& endpoint, const driver::DatagramOptions& options) {
  if (sockets_.full()) return Failure{driver::SocketError{driver::kOpenDatagrams, endpoint, driver::kNoSlot}};
  const auto opened = driver::open_datagram_socket(endpoint, options, /*blocking=*/true);
  if (!opened.ok()) return Failure{opened.error()};
  const Id id = sockets_.take();
  Socket& socket = sockets_.at(id);
  socket.id = id;
  socket.descriptor = *opened;
  socket.receive.owner = id.slot;
  arm(socket);
  return id;
}

// What was to be sent names the descriptor.
void Datagrams::close(Id id) {
  Socket& socket = live(id);
  sender_->flush();
  socket.closing = true;
  if (socket.receive.armed()) {
    settle(socket);
  } else {
    close_now(socket);
  }
}

void Datagrams::close_now(Socket& socket) {
  counters_.system_calls.add();
  ::close(socket.descriptor);
  sockets_.free(socket.id);
}

void Datagrams::pause(Id id) {
  live(id).paused = true;
  settle(live(id));
}

void Datagrams::resume(Id id) {
  live(id).paused = false;
  settle(live(id));
}

driver::PoolState Datagrams::pool_state(Id id) const {
  return group(live(id)).state();
}

Datagrams::Socket& Datagrams::live(Id id) const {
  Socket& socket = sockets_.at(id);
  RW_ASSERT(!socket.closing);
  return socket;
}

void Datagrams::send(Id id, const Endpoint& to, ByteView bytes) {
  sender_->add(live(id).descriptor, to, bytes);
}

void Datagrams::begin_turn() {
  if (sender_ == nullptr) return;
  sender_->flush();
  sockets_.for_each([this](Socket& socket) {
    group(socket).publish();
    if (!socket.starving || group(socket).available() == 0) return;
    socket.starving = false;
    settle(socket);
  });
}

// Starts what leads from what is armed to what is wanted. Called after every change of either.
void Datagrams::settle(Socket& socket) {
  const bool wanted = !socket.closing && !socket.paused;
  if (socket.receive.armed()) {
    if (wanted || socket.cancelled) return;
    ring_.cancel(operations_.target(socket.receive), operations_.cancellation(socket.receive));
    socket.cancelled = true;
  } else if (wanted && !socket.starving) {
    arm(socket);
  }
}

void Datagrams::arm(Socket& socket) {
  socket.header = {};
  socket.header.msg_namelen = kSourceBytes;
  socket.header.msg_controllen = driver::kDatagramControlBytes;
  if (!multishot_) {
    socket.room.iov_len = driver::kDatagramRoomBytes;
    socket.header.msg_iov = &socket.room;
    socket.header.msg_iovlen = 1;
    socket.header.msg_name = &socket.source;
    socket.header.msg_control = socket.control.data();
  }
  ring_.receive_datagrams(socket.descriptor, socket.header, multishot_, group(socket).id(),
                          operations_.arm(socket.receive, OperationKind::datagram));
}

void Datagrams::on_completion(std::uint32_t slot, const Completion& completion,
                              std::vector<driver::Event>& events) {
  Socket& socket = *sockets_.at_slot(slot);
  Slice buffer;
  if (completion.has_buffer()) {
    buffer = group(socket).take(completion.flags, static_cast<std::uint32_t>(std::max(completion.result, 0)));
  }
  if (completion.final()) socket.cancelled = false;
  if (socket.closing) {
    counters_.stale_completions.add();
    if (completion.final()) close_now(socket);
    return;
  }
  if (completion.result >= 0) {
    on_received(socket, completion, buffer, events);
  } else {
    on_failed(socket, -completion.result);
  }
  if (completion.final()) settle(socket);
}

// `buffer` says the source as well: it is held here even where the datagram has no bytes.
void Datagrams::on_received(Socket& socket, const Completion& completion, const Slice& buffer,
                            std::vector<driver::Event>& events) {
  Received received = take_apart(socket, completion, buffer);
  if (received.source == nullptr) return counters_.datagram_receive_errors.add();
  socket.overflows.heard(driver::overflows(received.said), counters_);
  const bool oversize =
      (received.said.msg_flags & MSG_TRUNC) != 0 || received.data.size() > driver::kDatagramBytesMax;
  if (oversize) return counters_.datagrams_oversize.add();
  counters_.datagrams_received.add();
  counters_.datagram_bytes_received.add(received.data.size());
  events.push_back({.kind = driver::EventKind::datagram,
                    .from = driver::to_endpoint(*received.source),
                    .data = std::move(received.data),
                    .socket = socket.id});
}

// Without a source where the completion makes no sense.
Datagrams::Received Datagrams::take_apart(Socket& socket, const Completion& completion,
                                          const Slice& buffer) const {
  Received received;
  if (!multishot_) {
    received.said = socket.header;
    received.source = &socket.source;
    received.data = buffer;
    return received;
  }
  if (completion.result < static_cast<std::int32_t>(kHeadBytes) || buffer.empty()) return received;
  std::uint8_t* head = buffer.buffer()->data;
  const auto* out = reinterpret_cast<const io_uring_recvmsg_out*>(head);
  received.source = reinterpret_cast<const sockaddr_storage*>(out + 1);
  received.said.msg_flags = static_cast<int>(out->flags);
  received.said.msg_control = head + sizeof *out + kSourceBytes;
  received.said.msg_controllen = std::min<std::size_t>(out->controllen, driver::kDatagramControlBytes);
  received.data = buffer.sub(kHeadBytes, buffer.size() - kHeadBytes);
  return received;
}

void Datagrams::on_failed(Socket& socket, std::int32_t error) {
  switch (driver::next_move(driver::Operation::receive_datagram, error)) {
    case NextMove::retry_now:
    case NextMove::retry_later:
    case NextMove::ignore:
      return;
    case NextMove::recycle_first:
      socket.starving = true;
      if (group(socket).state().pinned == buffers_) counters_.datagram_pool_exhausted.add();
      return;
    case NextMove::drop:
    case NextMove::pause:
    case NextMove::close:
    case NextMove::give_up:
      return counters_.datagram_receive_errors.add();
  }
}

}  // namespace ringwire::uring
