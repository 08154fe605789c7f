#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "engine/driver/errno_table.hpp"
#include "engine/driver/socket.hpp"
#include "engine/epoll/driver.hpp"

namespace ringwire::epoll {

using driver::CloseMode;
using driver::EventKind;
using driver::NextMove;

namespace {

constexpr std::uint32_t kBothWays = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

// close() with unread bytes would reset the connection and destroy what the peer has not read yet.
void close_with_fin(int descriptor) {
  constexpr std::size_t kEverything = std::size_t{1} << 30;
  recv(descriptor, nullptr, kEverything, MSG_TRUNC | MSG_DONTWAIT);
  ::close(descriptor);
}

}  // namespace

Result<driver::ListenerId, driver::SocketError> EpollDriver::listen(const Endpoint& endpoint,
                                                                    const driver::ListenOptions& options) {
  return listeners_.open(endpoint, options);
}

void EpollDriver::stop_listening(ListenerId listener) {
  listeners_.stop(listener);
}

Endpoint EpollDriver::local(ListenerId listener) const {
  return listeners_.local(listener);
}

Result<driver::DatagramSocketId, driver::SocketError> EpollDriver::open_datagrams(
    const Endpoint& endpoint, const driver::DatagramOptions& options) {
  return datagrams_.open(endpoint, options);
}

Result<driver::ConnectionId, driver::SocketError> EpollDriver::open(int descriptor, const Endpoint& remote,
                                                                    const char* operation) {
  if (slots_.full()) return Failure{SocketError{operation, remote, driver::kNoSlot}};
  const ConnectionId id = slots_.take();
  const std::uint64_t name = std::uint64_t{id.generation} << 32 | id.slot;
  counters_.system_calls.add();
  if (const std::int32_t error = poller_.watch(descriptor, kBothWays, name); error != 0) {
    slots_.free(id);
    return Failure{SocketError{operation, remote, error}};
  }
  Connection& connection = slots_.at(id);
  connection.id = id;
  connection.descriptor = descriptor;
  connection.remote = remote;
  return id;
}

Result<driver::ConnectionId, driver::SocketError> EpollDriver::connect(const Endpoint& remote,
                                                                       const driver::SocketOptions& options) {
  if (slots_.full()) return Failure{SocketError{"connect", remote, driver::kNoSlot}};
  auto stream = driver::open_stream(remote, options, false);
  if (!stream.ok()) return Failure{stream.error()};
  counters_.connects.add();
  counters_.system_calls.add();
  const driver::SocketAddress address = driver::to_socket_address(remote);
  // Before it is watched: an unconnected socket reports a hang-up.
  const std::int32_t error = ::connect(*stream, address.get(), address.length) == 0 ? 0 : errno;
  auto opened = open(*stream, remote, "connect");
  if (!opened.ok()) {
    ::close(*stream);
    return opened;
  }
  if (error != 0 && driver::next_move(driver::Operation::connect, error) == NextMove::retry_later) {
    slots_.at(*opened).state = State::connecting;
  } else {
    complete(EventKind::connected, *opened, error);
  }
  return opened;
}

void EpollDriver::finish_connect(Connection& connection) {
  int error = 0;
  socklen_t length = sizeof error;
  counters_.system_calls.add();
  getsockopt(connection.descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
  connection.state = State::open;
  complete(EventKind::connected, connection.id, error);
}

int EpollDriver::release(ConnectionId id) {
  Connection& connection = live(id);
  RW_ASSERT(!connection.receiving && connection.rest.empty());
  const int descriptor = connection.descriptor;
  poller_.forget(descriptor);
  slots_.free(id);
  return descriptor;
}

Result<driver::ConnectionId, driver::SocketError> EpollDriver::adopt(int descriptor) {
  const auto remote = driver::remote_endpoint(descriptor);
  counters_.system_calls.add();
  if (!remote) return Failure{SocketError{"adopt", {}, ENOTCONN}};
  return open(descriptor, *remote, "adopt");
}

void EpollDriver::discard(int descriptor) {
  counters_.system_calls.add(2);
  driver::close_with_reset(descriptor);
}

void EpollDriver::close(ConnectionId id, CloseMode mode) {
  Connection& connection = live(id);
  connection.unlink();
  connection.rest = {};
  counters_.closed.add();
  counters_.system_calls.add(2);
  if (mode == CloseMode::reset) {
    driver::close_with_reset(connection.descriptor);
  } else {
    close_with_fin(connection.descriptor);
  }
  connection.descriptor = -1;
  connection.state = State::closing;
  complete(EventKind::closed, id, 0);
}

bool EpollDriver::next_accept(driver::Event& event) {
  while (const auto accepted = listeners_.accept()) {
    const auto opened = open(accepted->descriptor, accepted->remote, "accept");
    if (!opened.ok()) {
      counters_.accept_refused.add();
      driver::close_with_reset(accepted->descriptor);
      continue;
    }
    counters_.accepted.add();
    event.kind = EventKind::accepted;
    event.connection = *opened;
    event.listener = accepted->listener;
    return true;
  }
  return false;
}

Endpoint EpollDriver::local(ConnectionId id) const {
  return driver::local_endpoint(live(id).descriptor);
}

Endpoint EpollDriver::remote(ConnectionId id) const {
  return live(id).remote;
}

Connection& EpollDriver::live(ConnectionId id) const {
  Connection& connection = slots_.at(id);
  RW_ASSERT(connection.state != State::closing);
  return connection;
}

}  // namespace ringwire::epoll
