// Why sessions ended or never began: a counter for every reason, one set per shard.
//
// Every refusal counts in exactly one of frame_errors and handshake_failures; the disconnect that follows
// counts in disconnects_sent as well. Thread: the shard writes, anyone reads.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/counter.hpp"
#include "codec/wire/frame_header.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/session/handshake.hpp"
#include "engine/session/liveness.hpp"

namespace ringwire::session {

// A counter for each value of an enum that ends in `count_`.
template <class Reason>
class CounterPer {
 public:
  static constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::count_);

  Counter& operator[](Reason reason) { return each_[static_cast<std::size_t>(reason)]; }
  const Counter& operator[](Reason reason) const { return each_[static_cast<std::size_t>(reason)]; }

 private:
  std::array<Counter, kReasons> each_;
};

struct SessionCounters {
  CounterPer<wire::FrameError> frame_errors;
  CounterPer<HandshakeFailure> handshake_failures;
  CounterPer<wire::DisconnectReason> disconnects_sent;
  CounterPer<wire::DisconnectReason> disconnects_received;
  Counter disconnects_received_unknown;  // a code of a later version
  Counter established;
  LivenessCounters liveness;

  void count_received_disconnect(std::uint8_t code) {
    if (code >= CounterPer<wire::DisconnectReason>::kReasons) return disconnects_received_unknown.add();
    disconnects_received[static_cast<wire::DisconnectReason>(code)].add();
  }
};

}  // namespace ringwire::session
