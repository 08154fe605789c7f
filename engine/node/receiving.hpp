// What was received and cannot be read yet: it waits with its connection, and TCP holds the peer back.
//
// Attack: a peer whose message has nowhere to go, or whose handshake waits for CPU time, goes on sending. So
// with the first bytes that have to wait the receive is paused; what the kernel had already handed over is
// held, small pieces of it copied, since one would hold its buffer hostage for as long as the connection
// waits.
//
// Thread: the shard's.
#pragma once

#include <utility>

#include "engine/node/session.hpp"
#include "engine/node/shard_context.hpp"

namespace ringwire::node {

inline void pause_receiving(ShardContext& context, Session& session) {
  if (!session.receiving) return;
  context.driver.pause_receive(session.id);
  session.receiving = false;
  session.paused_at = context.time();
}

inline void resume_receiving(ShardContext& context, Session& session) {
  if (session.receiving) return;
  context.driver.resume_receive(session.id);
  session.receiving = true;
}

// Behind what is held already. False where receive buffers are scarce and the heap has no room: give the
// connection up.
[[nodiscard]] inline bool hold(ShardContext& context, Session& session, Slice data) {
  pause_receiving(context, session);
  const bool small = data.size() < data.buffer()->capacity / 4;
  const bool scarce = context.assembly.pool_low;
  if ((small || scarce) && !context.heap.take_over(data, CopyReason::unpin) && scarce) return false;
  session.held.push_back(std::move(data));
  return true;
}

}  // namespace ringwire::node
