#include "engine/driver/socket.hpp"

#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/driver/errno_table.hpp"

namespace ringwire::driver {
namespace {

bool set(int descriptor, int level, int option, std::uint32_t value) {
  const int number = static_cast<int>(std::min(value, 0x7FFFFFFFU));
  return setsockopt(descriptor, level, option, &number, sizeof number) == 0;
}

Result<int, SocketError> open_socket(const Endpoint& endpoint, int type, bool blocking) {
  const int family = endpoint.address.family == IpAddress::Family::v4 ? AF_INET : AF_INET6;
  const int descriptor = socket(family, type | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
  if (descriptor < 0) return Failure{SocketError{"open a socket for", endpoint, errno}};
  return descriptor;
}

Failure<SocketError> close_and_fail(int descriptor, const char* operation, const Endpoint& endpoint) {
  Failure<SocketError> failure{{operation, endpoint, errno}};
  ::close(descriptor);
  return failure;
}

struct Sharing {
  bool reuse_port = false;
  bool first = false;
};

// Null, or the operation that failed, with its errno.
const char* bind_to(int descriptor, const Endpoint& endpoint, Sharing sharing) {
  // Who binds without SO_REUSEPORT finds out whether the port is free, and may share it from then on. Who has
  // it is as gladly given a picked datagram port that others share as a free one.
  const bool alone_at_first = sharing.first || endpoint.port == 0;
  const auto share = [&] { return set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1); };
  if (sharing.reuse_port && !alone_at_first && !share()) return "share the port of";
  if (endpoint.address.family == IpAddress::Family::v6) set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  const SocketAddress address = to_socket_address(endpoint);
  if (bind(descriptor, address.get(), address.length) != 0) return "bind";
  if (sharing.reuse_port && alone_at_first && !share()) return "share the port of";
  return nullptr;
}

template <int (*kQuestion)(int, sockaddr*, socklen_t*)>
std::optional<Endpoint> ask(int descriptor) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (kQuestion(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0)
    return std::nullopt;
  return to_endpoint(address.storage);
}

}  // namespace

SocketAddress to_socket_address(const Endpoint& endpoint) {
  SocketAddress address;
  const auto& bytes = endpoint.address.bytes;
  if (endpoint.address.family == IpAddress::Family::v4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::copy_n(bytes.begin(), 4, reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
    address.length = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::copy_n(bytes.begin(), 16, v6.sin6_addr.s6_addr);
    address.length = sizeof v6;
  }
  return address;
}

Endpoint to_endpoint(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&v4.sin_addr);
    return {IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]), ntohs(v4.sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(v6.sin6_addr.s6_addr, 16, bytes.begin());
    return {IpAddress::v6(bytes), ntohs(v6.sin6_port)};
  }
  return {};
}

Result<int, SocketError> open_listener(const Endpoint& endpoint, const ListenOptions& options,
                                       bool blocking) {
  auto opened = open_socket(endpoint, SOCK_STREAM, blocking);
  if (!opened.ok()) return opened;
  const int descriptor = *opened;
  set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  // Before listen(): the window scale of an accepted connection is fixed in its handshake.
  apply(descriptor, options.socket);
  const Sharing sharing{options.reuse_port, options.first};
  if (const char* failed = bind_to(descriptor, endpoint, sharing); failed != nullptr)
    return close_and_fail(descriptor, failed, endpoint);
  if (::listen(descriptor, static_cast<int>(std::min(options.backlog, 0x7FFFFFFFU))) != 0) {
    return close_and_fail(descriptor, "listen on", endpoint);
  }
  return descriptor;
}

Result<int, SocketError> open_stream(const Endpoint& remote, const SocketOptions& options, bool blocking) {
  auto opened = open_socket(remote, SOCK_STREAM, blocking);
  if (opened.ok()) apply(*opened, options);
  return opened;
}

Result<int, SocketError> open_datagram_socket(const Endpoint& endpoint, const DatagramOptions& options,
                                              bool blocking) {
  auto opened = open_socket(endpoint, SOCK_DGRAM, blocking);
  if (!opened.ok()) return opened;
  const int descriptor = *opened;
  set(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
  if (options.receive_buffer_bytes != 0) set(descriptor, SOL_SOCKET, SO_RCVBUF, options.receive_buffer_bytes);
  const Sharing sharing{options.reuse_port, options.first};
  if (const char* failed = bind_to(descriptor, endpoint, sharing); failed != nullptr)
    return close_and_fail(descriptor, failed, endpoint);
  return descriptor;
}

std::uint32_t apply(int descriptor, const SocketOptions& options) {
  std::uint32_t refused = 0;
  const auto ask_for = [&](int level, int option, std::uint32_t value) {
    if (!set(descriptor, level, option, value)) ++refused;
  };
  if (options.nodelay) ask_for(IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.keepalive_idle_s != 0) {
    ask_for(SOL_SOCKET, SO_KEEPALIVE, 1);
    ask_for(IPPROTO_TCP, TCP_KEEPIDLE, options.keepalive_idle_s);
    ask_for(IPPROTO_TCP, TCP_KEEPINTVL, options.keepalive_interval_s);
    ask_for(IPPROTO_TCP, TCP_KEEPCNT, options.keepalive_probes);
  }
  if (options.user_timeout_ms != 0) ask_for(IPPROTO_TCP, TCP_USER_TIMEOUT, options.user_timeout_ms);
  if (options.not_sent_low_water != 0) ask_for(IPPROTO_TCP, TCP_NOTSENT_LOWAT, options.not_sent_low_water);
  if (options.send_buffer_bytes != 0) ask_for(SOL_SOCKET, SO_SNDBUF, options.send_buffer_bytes);
  if (options.receive_buffer_bytes != 0) ask_for(SOL_SOCKET, SO_RCVBUF, options.receive_buffer_bytes);
  return refused;
}

std::optional<std::int32_t> ended_empty(int descriptor) {
  char byte = 0;
  const ssize_t count = recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count == 0) return 0;
  if (count > 0 || next_move(Operation::receive, errno) != NextMove::close) return std::nullopt;
  return errno;
}

void close_with_reset(int descriptor) {
  const linger at_once{1, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(descriptor);
}

Endpoint local_endpoint(int descriptor) {
  return ask<getsockname>(descriptor).value_or(Endpoint{});
}

std::optional<Endpoint> remote_endpoint(int descriptor) {
  return ask<getpeername>(descriptor);
}

}  // namespace ringwire::driver
