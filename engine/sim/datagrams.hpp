// What becomes of a datagram on its way: lost, doubled, late, behind its successors, with flipped bits, each
// as the link says; and who is bound to which port.
//
// Everything is drawn from a generator of its own: a world without datagrams draws what it drew before there
// were any.
//
// A line with a bandwidth carries one after the other, and loses what would have to wait for kLineQueueMax.
// It does so for each direction between two addresses, beside the streams' own.
//
// Complexity: O(log n) in pairs of addresses that talk over a bandwidth, and in bound ports.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/endpoint.hpp"
#include "codec/base/prng.hpp"
#include "engine/sim/directory.hpp"
#include "engine/sim/end.hpp"
#include "engine/sim/link.hpp"
#include "engine/sim/paths.hpp"

namespace ringwire::sim {

// What travels: both endpoints, then the bytes, so that the trace tells one datagram from another.
struct Packet {
  Endpoint from;
  Endpoint to;
  ByteView bytes;
};
Segment write_packet(const Endpoint& from, const Endpoint& to, ByteView bytes);
// `packet` is one that write_packet() made, but for what came behind the endpoints.
Packet read_packet(ByteView packet);

class Datagrams {
 public:
  // The queue of a router or a device: 100 ms, as is usual.
  static constexpr Duration kLineQueueMax = 100ms;
  // Bits of a corrupted one that are flipped, at most.
  static constexpr std::uint32_t kFlippedMax = 8;

  explicit Datagrams(std::uint64_t seed);

  // Who is bound where.
  [[nodiscard]] Directory& ports() { return ports_; }
  // Of those who share the port of `to`, the one that gets what `from` sends: as in Linux always the same, as
  // long as they do not change.
  [[nodiscard]] std::optional<Listening> receiver(const Endpoint& from, const Endpoint& to) const;

  struct Copy {
    Instant at;
    Segment packet;
  };
  // Those that arrive: none, one or two.
  std::vector<Copy> send(const Packet& packet, const SimLink& link, Instant now);

 private:
  [[nodiscard]] Duration delay(const SimLink& link);
  [[nodiscard]] std::optional<Instant> leave(const Paths::Way& way, const SimLink& link, std::uint64_t bytes,
                                             Instant now);
  void corrupt(ByteSpan bytes);

  Prng prng_;
  Directory ports_;
  std::map<Paths::Way, Instant> line_free_;  // when the last byte sent so far has left
};

}  // namespace ringwire::sim
