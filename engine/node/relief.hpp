// Gives receive buffers back to the kernel while few are left.
//
// Attack: a thousand peers each stop in the middle of a large message, or feed an owner that is busy. None of
// them holds more than a few buffers, together they hold all, and then nobody is received from.
//
// Rules
//  - The pool is low while under a quarter of a class's buffers is free.
//  - While it is low nothing new is lent: assemblers copy fragments, what gossip keeps is copied once
//    (CopyReason::relay_heap), connections stay out of the bulk pool.
//  - While it is low, sessions in rotation have what they hold copied to the heap: parser, assembler, held
//    bytes, the message that was interrupted. kRelievedPerTurn and kRelievedBytesPerTurn bound it. The heap
//    has a limit of its own; there the buffers stay where they are and the heap's own ladder goes on
//    (outbox.hpp).
//  - So what slow readers' queues hold by reference was lent while the pool was not low, and never the last
//    quarter.
//
// Thread: its shard's. Complexity: O(1) while the pool is not low.
#pragma once

#include "engine/node/session_table.hpp"
#include "engine/node/shard_context.hpp"

namespace ringwire::node {

inline constexpr std::uint32_t kRelievedPerTurn = 512;  // sessions looked at: tens of microseconds
inline constexpr std::uint64_t kRelievedBytesPerTurn = 1024 * 1024;  // copied: a hundred microseconds

class Relief {
 public:
  Relief(ShardContext& context, SessionTable& sessions) : context_(context), sessions_(sessions) {}

  // Whether the pool is low: before something of it is kept.
  void look();
  // Once per turn, after the events.
  void run();

 private:
  [[nodiscard]] bool low(driver::PoolClass pool) const;
  [[nodiscard]] bool relieve(Session& session);

  ShardContext& context_;
  SessionTable& sessions_;
  std::uint32_t next_slot_ = 0;
};

}  // namespace ringwire::node
