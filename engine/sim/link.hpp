// What a simulated path does to bytes and datagrams. Every fault is a named field with a neutral default.
#pragma once

#include <cstdint>

#include "codec/base/time.hpp"

namespace ringwire::sim {

// To datagrams, beside what befalls everything: their latency, jitter and bandwidth are the link's. Jitter
// alone lets them overtake each other.
struct DatagramFaults {
  std::uint32_t lost_per_million = 0;
  std::uint32_t doubled_per_million = 0;  // two copies, each with a delay and faults of its own
  // Take up to `delayed_by_max` longer, which puts them behind those sent after them.
  std::uint32_t delayed_per_million = 0;
  Duration delayed_by_max = 50ms;
  std::uint32_t corrupted_per_million = 0;  // arrive with flipped bits, as where no checksum found them
};

struct SimLink {
  Duration latency = 500us;  // one way
  Duration jitter{0};        // each segment takes up to this much longer; the order within a stream is kept
  // Of each direction of each stream, and of all datagrams one way between two addresses; 0: no limit. Bytes
  // behind others wait for them.
  std::uint64_t bytes_per_second = 0;
  // Segments of a million that are lost, of streams. TCP sends them again, after kRetransmit the first time
  // and twice as long each further time, and what is behind them waits.
  std::uint32_t lost_per_million = 0;
  // Bytes of one direction of one stream that are on the way or unread at the receiver: a send beyond it is
  // cut short, as by a full socket buffer. Above 0.
  std::uint32_t in_flight_bytes_max = 256 * 1024;
  // Segments are cut at random places, and a receive may yield less than has arrived.
  bool split = false;
  DatagramFaults datagrams;
};

// Linux's least (RFC 6298 has a second), and its greatest.
inline constexpr Duration kRetransmit = 200ms;
inline constexpr Duration kRetransmitMax = 120s;

}  // namespace ringwire::sim
