// How much peers may send us in fragments: what they were granted is held against what comes, and more is
// granted while there is memory for it.
//
// Attack: a thousand peers each begin a large message, or send it faster than it is read. What one of them
// may have under way is its window (engine/session/receive_window.hpp). While memory is short nobody is
// granted more: the first rung of the ladder, which costs nobody anything but time. What was withheld is
// granted in the turn in which memory is there again, and the time until then is not held against the sender.
//
// Who sends more than it was granted is refused (bad_protocol).
//
// Thread: its shard's. Timers: none. Complexity: O(1) for a fragment; a turn after a shortage O(those that
// wait).
#pragma once

#include "engine/node/connections.hpp"

namespace ringwire::node {

struct CreditCounters {
  Counter granted_bytes;
  Counter withheld;  // grants put off: memory is short
  Counter exceeded;  // peers refused: they sent more than they were granted
};

class CreditDesk {
 public:
  CreditDesk(ShardContext& context, Connections& connections, Outbox& outbox)
      : context_(context), connections_(connections), outbox_(outbox) {}

  // The payload of a Fragment frame. False: its peer had no credit for it.
  [[nodiscard]] bool take(Session& session, std::uint8_t slot, std::uint32_t bytes);
  // It was kept.
  void grant(Session& session, std::uint8_t slot);
  // Once per turn, after memory was looked at.
  void run();

  [[nodiscard]] const CreditCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] bool short_of_memory() const;
  void release(Session& session);
  void tell(Session& session, std::size_t index, std::uint32_t credit);

  ShardContext& context_;
  Connections& connections_;
  Outbox& outbox_;
  IntrusiveList<Session, CreditTag> withheld_;
  CreditCounters counters_;
};

}  // namespace ringwire::node
