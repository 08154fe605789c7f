// Why sessions ended or never began: a counter for every reason, one set per shard.
//
// Every refusal counts in exactly one of frame_errors and handshake_failures; the disconnect that follows
// counts in disconnects_sent as well. Thread: the shard writes, anyone reads.
#pragma once

#include <cstdint>

#include "codec/base/counter.hpp"
#include "codec/wire/frame_header.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/session/counter_per.hpp"
#include "engine/session/handshake.hpp"
#include "engine/session/liveness.hpp"

namespace ringwire::session {

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
