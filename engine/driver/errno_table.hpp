// What an errno of a socket operation means for the caller. Nothing else interprets errno.
#pragma once

#include <cerrno>
#include <cstdint>

namespace ringwire::driver {

// connect() or adopt() found connections_max connections, or open_datagrams() datagram_sockets_max sockets:
// the driver's own refusal, which no socket call of ours reports.
inline constexpr std::int32_t kNoSlot = EUSERS;

// The operation of a SocketError about a datagram socket for which there is no slot.
inline constexpr const char* kOpenDatagrams = "open a datagram socket on";

enum class Operation : std::uint8_t {
  accept,
  connect,
  receive,
  send,
  poll,
  submit,
  receive_datagram,
  send_datagram,
};

enum class NextMove : std::uint8_t {
  retry_now,      // interrupted: the same call again
  retry_later,    // nothing wrong: wait for readiness or for a completion
  recycle_first,  // give buffers back, then arm again
  pause,          // out of descriptors or memory: stop accepting for a while, count, tell the operator
  ignore,         // it concerns something that is gone: go on
  drop,           // it concerns one datagram, or what somebody says became of one: count it, go on
  close,          // this connection is of no more use
  give_up,        // the driver itself cannot go on: report and stop
};

NextMove next_move(Operation operation, std::int32_t error);

// "ECONNRESET: the peer reset the connection"
const char* explain(std::int32_t error);

}  // namespace ringwire::driver
