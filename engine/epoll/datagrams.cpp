#include "engine/epoll/datagrams.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "codec/base/check.hpp"
#include "engine/driver/errno_table.hpp"
#include "engine/driver/socket.hpp"

namespace ringwire::epoll {

using driver::kDatagramsPerTurn;
using driver::NextMove;

Datagrams::Datagrams(Poller& poller, driver::DriverCounters& counters, std::uint32_t sockets_max)
    : poller_(poller), counters_(counters), sockets_(sockets_max), sockets_max_(sockets_max) {
  if (sockets_max == 0) return;
  batch_ = std::make_unique<Batch>();
  sender_ = std::make_unique<driver::DatagramSender>(counters);
}

Datagrams::~Datagrams() {
  drop_batch();
  sockets_.for_each([](Socket& socket) { ::close(socket.descriptor); });
}

std::optional<std::string> Datagrams::make_pools(std::uint32_t buffers) {
  while (pools_.size() < sockets_max_) {
    auto pool = driver::BufferPool::make(buffers, driver::kDatagramRoomBytes);
    if (!pool.ok()) return pool.error();
    pools_.push_back(std::move(pool).value());
  }
  return std::nullopt;
}

Result<driver::DatagramSocketId, driver::SocketError> Datagrams::open(
    const Endpoint& endpoint, const driver::DatagramOptions& options) {
  if (sockets_.full()) return Failure{driver::SocketError{driver::kOpenDatagrams, endpoint, driver::kNoSlot}};
  auto opened = driver::open_datagram_socket(endpoint, options, false);
  if (!opened.ok()) return Failure{opened.error()};
  const Id id = sockets_.take();
  const std::uint64_t name = std::uint64_t{id.generation} << 32 | (kNameBase + id.slot);
  counters_.system_calls.add();
  if (const std::int32_t error = poller_.watch(*opened, EPOLLIN | EPOLLET, name); error != 0) {
    ::close(*opened);
    sockets_.free(id);
    return Failure{driver::SocketError{driver::kOpenDatagrams, endpoint, error}};
  }
  Socket& socket = sockets_.at(id);
  socket.id = id;
  socket.descriptor = *opened;
  return id;
}

void Datagrams::close(Id id) {
  sender_->flush();
  if (batch_->socket == id) drop_batch();
  counters_.system_calls.add();
  ::close(sockets_.at(id).descriptor);
  sockets_.free(id);
}

driver::PoolState Datagrams::pool_state(Id id) const {
  RW_ASSERT(sockets_.find(id) != nullptr);
  return pool(id).state();
}

void Datagrams::send(Id id, const Endpoint& to, ByteView bytes) {
  sender_->add(sockets_.at(id).descriptor, to, bytes);
}

void Datagrams::begin_turn() {
  if (sender_ == nullptr) return;
  sender_->flush();
  sockets_.for_each([](Socket& socket) { socket.served = false; });
}

void Datagrams::on_readable(std::uint64_t name) {
  const Id id{static_cast<std::uint32_t>(name) - kNameBase, static_cast<std::uint32_t>(name >> 32)};
  Socket* socket = sockets_.find(id);
  if (socket == nullptr) return counters_.stale_completions.add();
  socket->readable = true;
}

bool Datagrams::has_news() {
  if (batch_ == nullptr) return false;
  bool news = batch_->next < batch_->count;
  sockets_.for_each([&](Socket& socket) { news = news || (ready(socket) && !pool(socket.id).empty()); });
  return news;
}

bool Datagrams::next(driver::Event& event) {
  if (batch_ == nullptr) return false;
  for (;;) {
    while (batch_->next < batch_->count) {
      if (tell(batch_->next++, event)) return true;
    }
    Socket* socket = next_ready();
    if (socket == nullptr) return false;
    receive(*socket);
  }
}

Datagrams::Socket* Datagrams::next_ready() {
  Socket* found = nullptr;
  sockets_.for_each([&](Socket& socket) {
    if (found == nullptr && ready(socket) && !socket.served) found = &socket;
  });
  return found;
}

void Datagrams::receive(Socket& socket) {
  socket.served = true;
  const std::uint32_t room = take_buffers(pool(socket.id));
  if (room == 0 && !socket.starved) counters_.datagram_pool_exhausted.add();
  socket.starved = room == 0;
  if (room == 0) return;
  counters_.system_calls.add();
  const int count = recvmmsg(socket.descriptor, batch_->headers.data(), room, MSG_DONTWAIT, nullptr);
  const std::int32_t error = count < 0 ? errno : 0;
  batch_->socket = socket.id;
  batch_->next = 0;
  batch_->count = static_cast<std::uint32_t>(std::max(count, 0));
  for (std::uint32_t i = batch_->count; i < room; ++i) pool(socket.id).put_back(*batch_->buffers[i]);
  // Fewer than asked for: there was nothing more, and the next one is a new edge.
  if (error == 0) {
    socket.readable = batch_->count == room;
    return;
  }
  const NextMove move = driver::next_move(driver::Operation::receive_datagram, error);
  if (move == NextMove::retry_later) {
    socket.readable = false;
  } else if (move == NextMove::drop) {
    counters_.datagram_receive_errors.add();
  }
}

// For as many datagrams as there are buffers, up to the batch.
std::uint32_t Datagrams::take_buffers(driver::BufferPool& pool) {
  std::uint32_t count = 0;
  for (; count < kDatagramsPerTurn; ++count) {
    Buffer* buffer = pool.take();
    if (buffer == nullptr) break;
    batch_->buffers[count] = buffer;
    batch_->bytes[count] = {buffer->data, buffer->capacity};
    msghdr& header = batch_->headers[count].msg_hdr;
    header = {};
    header.msg_name = &batch_->from[count];
    header.msg_namelen = sizeof batch_->from[count];
    header.msg_iov = &batch_->bytes[count];
    header.msg_iovlen = 1;
    header.msg_control = batch_->control[count].data();
    header.msg_controllen = batch_->control[count].size();
  }
  return count;
}

bool Datagrams::tell(std::uint32_t index, driver::Event& event) {
  const mmsghdr& received = batch_->headers[index];
  Slice data(*batch_->buffers[index], 0, received.msg_len);
  sockets_.at(batch_->socket).overflows.heard(driver::overflows(received.msg_hdr), counters_);
  if ((received.msg_hdr.msg_flags & MSG_TRUNC) != 0 || received.msg_len > driver::kDatagramBytesMax) {
    counters_.datagrams_oversize.add();
    return false;
  }
  counters_.datagrams_received.add();
  counters_.datagram_bytes_received.add(received.msg_len);
  event.kind = driver::EventKind::datagram;
  event.socket = batch_->socket;
  event.from = driver::to_endpoint(batch_->from[index]);
  event.data = std::move(data);
  return true;
}

void Datagrams::drop_batch() {
  if (batch_ == nullptr) return;
  for (; batch_->next < batch_->count; ++batch_->next) {
    pool(batch_->socket).put_back(*batch_->buffers[batch_->next]);
  }
}

}  // namespace ringwire::epoll
