// What an errno of a socket operation means for the caller. Nothing else interprets errno.
#pragma once

#include <cerrno>
#include <cstdint>

namespace ringwire::driver {

// connect() or adopt() found connections_max connections: the driver's own refusal, which no socket call of
// ours reports.
inline constexpr std::int32_t kNoSlot = EUSERS;

enum class Operation : std::uint8_t { accept, connect, receive, send, poll, submit };

enum class NextMove : std::uint8_t {
  retry_now,      // interrupted: the same call again
  retry_later,    // nothing wrong: wait for readiness or for a completion
  recycle_first,  // give buffers back, then arm again
  pause,          // out of descriptors or memory: stop accepting for a while, count, tell the operator
  ignore,         // it concerns a connection that is gone: go on
  close,          // this connection is of no more use
  give_up,        // the driver itself cannot go on: report and stop
};

NextMove next_move(Operation operation, std::int32_t error);

// "ECONNRESET: the peer reset the connection"
const char* explain(std::int32_t error);

}  // namespace ringwire::driver
