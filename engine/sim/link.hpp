// What a simulated path does to bytes. Every fault is a named field with a neutral default.
#pragma once

#include <cstdint>

#include "codec/base/time.hpp"

namespace ringwire::sim {

struct SimLink {
  Duration latency = 500us;  // one way
  Duration jitter{0};        // each segment takes up to this much longer; the order within a stream is kept
  // Of each direction of each stream; 0: no limit. Bytes behind others wait for them.
  std::uint64_t bytes_per_second = 0;
  // Segments of a million that are lost. TCP sends them again, after kRetransmit the first time and twice as
  // long each further time, and what is behind them waits.
  std::uint32_t lost_per_million = 0;
  // Bytes of one direction of one stream that are on the way or unread at the receiver: a send beyond it is
  // cut short, as by a full socket buffer. Above 0.
  std::uint32_t in_flight_bytes_max = 256 * 1024;
  // Segments are cut at random places, and a receive may yield less than has arrived.
  bool split = false;
};

// Linux's least (RFC 6298 has a second), and its greatest.
inline constexpr Duration kRetransmit = 200ms;
inline constexpr Duration kRetransmitMax = 120s;

}  // namespace ringwire::sim
