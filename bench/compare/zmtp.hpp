// The subscriber's half of ZMTP 3.0 (rfc.zeromq.org/spec/23) over a blocking socket, NULL mechanism: so that
// the client of a ZeroMQ publisher is as cheap as the client of any other subject, and its CPU and its
// library's threads are no part of the comparison.
#pragma once

#include <cstdint>

#include "codec/base/bytes.hpp"

namespace ringwire::compare {

// Greeting, READY, and a subscription to everything. Throws std::runtime_error.
void subscribe_zmtp(int socket);

// Bytes before a message of that many.
std::size_t zmtp_head_bytes(std::size_t message_bytes);

// Calls on_message(ByteView) for each whole message at the start of `bytes`, all of one part; returns the
// bytes consumed. Throws std::runtime_error for a command or a message of several parts.
template <class OnMessage>
std::size_t for_each_zmtp_message(ByteView bytes, OnMessage on_message);

// --- implementation

namespace zmtp {

struct Head {
  std::size_t bytes = 0;  // 0: not whole yet
  std::uint64_t body = 0;
};
Head parse_head(ByteView bytes);

}  // namespace zmtp

template <class OnMessage>
std::size_t for_each_zmtp_message(ByteView bytes, OnMessage on_message) {
  std::size_t used = 0;
  for (;;) {
    const ByteView rest = bytes.subspan(used);
    const zmtp::Head head = zmtp::parse_head(rest);
    if (head.bytes == 0 || rest.size() - head.bytes < head.body) return used;
    on_message(rest.subspan(head.bytes, head.body));
    used += head.bytes + head.body;
  }
}

}  // namespace ringwire::compare
