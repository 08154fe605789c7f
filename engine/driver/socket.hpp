// Sockets the way every driver wants them: created, bound and set up in one place, every failure with a name.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "engine/driver/driver.hpp"

namespace ringwire::driver {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const Endpoint& endpoint);
// The unspecified endpoint for address families other than IPv4 and IPv6.
Endpoint to_endpoint(const sockaddr_storage& storage);

// A bound, listening TCP socket (SO_REUSEADDR, SO_REUSEPORT as asked, close-on-exec); `blocking` false adds
// O_NONBLOCK. `options.socket` is applied to it: Linux hands every one of these options on to the sockets it
// accepts, which saves seven calls per connection.
Result<int, SocketError> open_listener(const Endpoint& endpoint, const ListenOptions& options, bool blocking);
// An unconnected TCP socket of the endpoint's family with `options` applied.
Result<int, SocketError> open_stream(const Endpoint& remote, const SocketOptions& options, bool blocking);
// A bound UDP socket that counts what its receive buffer had no room for (SO_RXQ_OVFL).
Result<int, SocketError> open_datagram_socket(const Endpoint& endpoint, const DatagramOptions& options,
                                              bool blocking);
// TCP_NODELAY, keepalive, TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT, buffers. An option the kernel refuses is left
// at its default: none of them is needed for correctness. Returns how many were refused.
std::uint32_t apply(int descriptor, const SocketOptions& options);

// Where a stream has ended and nothing of it is unread: its errno, 0 for FIN. Needs no buffer: who hears of
// an end only by receiving, and holds all buffers itself, would never hear of it.
std::optional<std::int32_t> ended_empty(int descriptor);

// RST instead of FIN: nothing of the connection stays in the kernel, no TIME_WAIT of ours either.
void close_with_reset(int descriptor);

Endpoint local_endpoint(int descriptor);
// Nothing where the peer has reset it: then nobody knows any more who that was.
std::optional<Endpoint> remote_endpoint(int descriptor);

}  // namespace ringwire::driver
