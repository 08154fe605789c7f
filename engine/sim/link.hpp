// What a simulated path does to bytes. Every fault is a named field with a neutral default.
#pragma once

#include <cstdint>

#include "codec/base/time.hpp"

namespace ringwire::sim {

struct SimLink {
  Duration latency = 500us;  // one way
  Duration jitter{0};        // each segment takes up to this much longer; the order within a stream is kept
  // Bytes of one direction of one stream that are on the way or unread at the receiver: a send beyond it is
  // cut short, as by a full socket buffer. Above 0.
  std::uint32_t in_flight_bytes_max = 256 * 1024;
  // Segments are cut at random places, and a receive may yield less than has arrived.
  bool split = false;
};

}  // namespace ringwire::sim
