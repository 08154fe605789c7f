// Where time goes on a shard: one histogram for each kind of delay, shown by `ringwire stats latency`.
//
// Thread: its shard records, anyone reads. Resolution: what is taken from `now` of the turn is as fine as a
// turn is long.
#pragma once

#include <array>

#include "engine/metrics/histogram.hpp"

namespace ringwire::node {

enum class Delay : std::uint8_t {
  turn,       // one turn of the loop, the wait for the kernel not included
  securing,   // a connection accepted or connected, until it had keys
  handshake,  // a connection accepted or dialled, until its session is established
  ping,       // our ping, until its pong
  crossing,   // a message given to its owner on another shard, until that shard took it
  decision,   // a message offered to its owner, until it was decided
  send,       // a send that the kernel did not take whole, until it had the rest
  count_,
};
inline constexpr std::size_t kDelays = static_cast<std::size_t>(Delay::count_);
const char* name(Delay delay);
// What the application adds: a message decided, until the application's thread took it. Kept by ports.
inline constexpr const char* kDeliveryDelay = "delivery";

class Latencies {
 public:
  metrics::Histogram& operator[](Delay delay) { return each_[static_cast<std::size_t>(delay)]; }
  const metrics::Histogram& operator[](Delay delay) const { return each_[static_cast<std::size_t>(delay)]; }

 private:
  std::array<metrics::Histogram, kDelays> each_;
};

}  // namespace ringwire::node
