#include "bench/compare/raw_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace ringwire::compare {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in address_of(const char* text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) throw std::invalid_argument(text);
  return address;
}

// The kernel never writes there with MSG_TRUNC on TCP, but sanitizers believe that it does.
std::array<std::uint8_t, 1 << 20> unused;

void wait_for_room(int descriptor) {
  pollfd waiting{descriptor, POLLOUT, 0};
  poll(&waiting, 1, -1);
}

}  // namespace

RawListener open_raw_listener(const RawListenOptions& options) {
  const int mode = options.blocking ? 0 : SOCK_NONBLOCK;
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | mode, 0);
  if (descriptor < 0) fail("socket");
  sockaddr_in address = address_of(options.address, options.port);
  socklen_t size = sizeof address;
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) < 0) fail("bind");
  if (listen(descriptor, 8192) < 0) fail("listen");
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) < 0) fail("getsockname");
  return {descriptor, ntohs(address.sin_port)};
}

int connect_raw(std::uint16_t port, const char* text) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket");
  const sockaddr_in address = address_of(text, port);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) fail("connect");
  set_no_delay(descriptor);
  return descriptor;
}

void set_no_delay(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void acknowledge_at_once(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

void send_whole(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      wait_for_room(descriptor);
    } else if (errno != EINTR) {
      return;
    }
  }
}

void send_whole(int descriptor, std::span<iovec> pieces) {
  constexpr std::size_t kPiecesMax = 1024;  // IOV_MAX
  while (!pieces.empty()) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = std::min(pieces.size(), kPiecesMax);
    const ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) {
        wait_for_room(descriptor);
        continue;
      }
      if (errno == EINTR) continue;
      return;
    }
    auto left = static_cast<std::size_t>(sent);
    while (!pieces.empty() && left >= pieces.front().iov_len) {
      left -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (left > 0) {
      pieces.front().iov_base = static_cast<std::uint8_t*>(pieces.front().iov_base) + left;
      pieces.front().iov_len -= left;
    }
  }
}

bool discard(int descriptor, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t got =
        recv(descriptor, unused.data(), std::min(bytes, unused.size()), MSG_TRUNC | MSG_WAITALL);
    if (got > 0) {
      bytes -= static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::optional<std::size_t> discard_what_is_there(int descriptor) {
  const ssize_t got = recv(descriptor, unused.data(), unused.size(), MSG_TRUNC | MSG_DONTWAIT);
  if (got > 0) return static_cast<std::size_t>(got);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  return std::nullopt;
}

bool receive_whole(int descriptor, ByteSpan out) {
  while (!out.empty()) {
    const ssize_t got = recv(descriptor, out.data(), out.size(), MSG_WAITALL);
    if (got > 0) {
      out = out.subspan(static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace ringwire::compare
