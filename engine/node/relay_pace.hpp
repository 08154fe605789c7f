// How much of large messages one turn relays, so that what a turn takes in is what its sends can take out.
//
// Problem: a turn reads whatever arrived, megabytes in a flood, while each peer is sent a bounded share per
// turn. Without a bound on the way in, queues of peers that read as fast as they can would fill up, and the
// peers would be given up as too slow. With it, messages wait at their owner, whose full queue pauses those
// who send.
//
// Rule: kRelayBytesPerTurn for each source of messages (this shard's own decisions, each other shard); a
// message larger than that is let through whole and paid off in the turns after it. Messages that are copied
// into the log are not counted: all of them leave with the turn.
//
// Thread: its shard's. Fixed size, O(1).
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/session/outbound_log.hpp"

namespace ringwire::node {

inline constexpr std::uint32_t kRelayBytesPerTurn = 144 * 1024;  // nine fragments: a blob of 128 KiB

class RelayPace {
 public:
  void begin_turn() { owed_ -= std::min<std::uint64_t>(owed_, kRelayBytesPerTurn); }
  [[nodiscard]] bool may_relay() const { return owed_ < kRelayBytesPerTurn; }
  void on_relayed(std::uint64_t payload_bytes) {
    if (payload_bytes >= session::kByReferenceBytes) owed_ += payload_bytes;
  }

 private:
  std::uint64_t owed_ = 0;
};

}  // namespace ringwire::node
