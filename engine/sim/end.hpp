// One end of a simulated byte stream: what a kernel keeps for a connected socket. The network owns it; the
// driver that opened it holds a pointer until it hangs up or releases it.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "engine/driver/driver.hpp"
#include "engine/sim/link.hpp"

namespace ringwire::sim {

class SimDriver;

// Never given out twice, so that whatever is still on the way to an end that is gone finds nobody.
using EndId = std::uint64_t;
inline constexpr EndId kNoEnd = 0;

using Segment = std::vector<std::uint8_t>;

struct End {
  EndId id = kNoEnd;
  EndId peer = kNoEnd;         // kNoEnd until the other side is known
  SimDriver* owner = nullptr;  // null between release() and adopt()
  driver::ConnectionId connection;
  Endpoint local;
  Endpoint remote;
  SimLink link;
  bool connecting = false;

  // receiving
  std::deque<Segment> inbox;      // arrived, not read
  std::uint32_t inbox_taken = 0;  // bytes of inbox.front() that were read
  bool fin = false;               // nothing follows the inbox
  std::int32_t error = 0;         // what follows the inbox

  // sending
  std::uint32_t in_flight = 0;  // on the way, unread at the peer, or read and not known here
  // What the peer has read, and when that is known here: looked at when more is sent. Only where a send was
  // cut short is it waited for, as a happening each.
  struct Credit {
    Instant at;
    std::uint32_t bytes = 0;
  };
  std::vector<Credit> credits;
  bool cut_short = false;
  Instant last_arrival;  // of anything sent so far: nothing overtakes it
  Instant line_free;     // when the last byte sent so far has left, where the link has a bandwidth

  // Room enough to go on after a short send. As in Linux, a third must be free: with less, a stream that is
  // slower than its sender would decay into ever smaller segments.
  [[nodiscard]] bool writable() const {
    return error != 0 || in_flight <= link.in_flight_bytes_max - link.in_flight_bytes_max / 3;
  }
  [[nodiscard]] bool readable() const { return !inbox.empty() || fin || error != 0; }
};

}  // namespace ringwire::sim
