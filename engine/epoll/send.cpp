#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "engine/driver/errno_table.hpp"
#include "engine/epoll/driver.hpp"

namespace ringwire::epoll {

using driver::EventKind;
using driver::NextMove;

namespace {

using Pieces = std::array<iovec, driver::Driver::kPiecesMax>;

std::uint64_t gather(std::span<const ByteView> views, iovec* out) {
  std::uint64_t bytes = 0;
  for (const ByteView& view : views) {
    RW_ASSUME(!view.empty());
    *out++ = {const_cast<std::uint8_t*>(view.data()), view.size()};
    bytes += view.size();
  }
  return bytes;
}

}  // namespace

EpollDriver::Sent EpollDriver::push(int descriptor, const iovec* pieces, std::size_t count) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  for (;;) {
    counters_.system_calls.add();
    ssize_t taken = 0;
    if (count == 1) {
      taken = ::send(descriptor, pieces->iov_base, pieces->iov_len, kFlags);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces);
      message.msg_iovlen = count;
      taken = sendmsg(descriptor, &message, kFlags);
    }
    if (taken >= 0) {
      counters_.sent_bytes.add(static_cast<std::uint64_t>(taken));
      return {static_cast<std::uint64_t>(taken), 0};
    }
    const std::int32_t error = errno;
    const NextMove move = driver::next_move(driver::Operation::send, error);
    if (move == NextMove::retry_now) continue;
    return {0, move == NextMove::retry_later ? 0 : error};
  }
}

void EpollDriver::send(ConnectionId id, std::span<const ByteView> views) {
  Connection& connection = live(id);
  RW_ASSERT(!views.empty() && views.size() <= kPiecesMax);
  RW_ASSUME(connection.state == State::open && connection.rest.empty() && connection.sent_turn != turn_);
  connection.sent_turn = turn_;
  Pieces pieces;
  const std::uint64_t wanted = gather(views, pieces.data());
  const Sent sent = push(connection.descriptor, pieces.data(), views.size());
  counters_.sends.add();
  if (sent.bytes == wanted) return;
  counters_.short_sends.add();
  cut_.push_back({id, static_cast<std::uint32_t>(sent.bytes), sent.error});
}

std::span<const driver::Unsent> EpollDriver::unsent() {
  std::erase_if(unsent_, [this](const driver::Unsent& cut) {
    const Connection* connection = slots_.find(cut.connection);
    return connection == nullptr || connection->state == State::closing;
  });
  return unsent_;
}

void EpollDriver::send_rest(ConnectionId id, std::span<const ByteView> views) {
  Connection& connection = live(id);
  RW_ASSERT(!views.empty() && views.size() <= kPiecesMax && connection.rest.empty());
  counters_.rest_sends.add();
  connection.rest.resize(views.size());
  connection.rest_first = 0;
  gather(views, connection.rest.data());
  // At once: the edge that says "writable" may have passed already, and only a refused send arms the next.
  continue_rest(connection);
}

void EpollDriver::continue_rest(Connection& connection) {
  std::vector<iovec>& rest = connection.rest;
  const Sent sent =
      push(connection.descriptor, rest.data() + connection.rest_first, rest.size() - connection.rest_first);
  std::uint64_t left = sent.bytes;
  while (connection.rest_first < rest.size() && left >= rest[connection.rest_first].iov_len) {
    left -= rest[connection.rest_first++].iov_len;
  }
  const bool done = connection.rest_first == rest.size();
  if (done || sent.error != 0) {
    rest = {};
    complete(EventKind::rest_sent, connection.id, sent.error);
    return;
  }
  iovec& piece = rest[connection.rest_first];
  piece.iov_base = static_cast<std::uint8_t*>(piece.iov_base) + left;
  piece.iov_len -= left;
}

}  // namespace ringwire::epoll
