#include "engine/node/relief.hpp"

#include <algorithm>

namespace ringwire::node {

bool Relief::low(driver::PoolClass pool) const {
  const driver::PoolState state = context_.driver.pool_state(pool);
  context_.counters.buffers_held[static_cast<std::size_t>(pool)].set(state.pinned);
  return state.buffers - std::min(state.pinned, state.buffers) < (state.buffers + 3) / 4;
}

void Relief::look() {
  const bool small_low = low(driver::PoolClass::small);
  context_.assembly.pool_low = low(driver::PoolClass::bulk) || small_low;
}

void Relief::run() {
  look();
  if (!context_.assembly.pool_low) return;
  context_.counters.pool_low_turns.add();
  const std::uint64_t enough = context_.heap.used_bytes() + kRelievedBytesPerTurn;
  const std::uint32_t slots = std::min(sessions_.slots(), kRelievedPerTurn);
  for (std::uint32_t i = 0; i < slots && context_.heap.used_bytes() < enough; ++i) {
    next_slot_ = (next_slot_ + 1) % sessions_.slots();
    Session* session = sessions_.find_slot(next_slot_);
    if (session != nullptr && !relieve(*session)) return;
  }
}

bool Relief::relieve(Session& session) {
  HeapBuffers& heap = context_.heap;
  Interrupted* const at = session.interrupted.get();
  if (session.channel != nullptr && !session.channel->unpin()) return false;
  const bool in_parser = at != nullptr && at->message.empty();
  if (!session.parser.unpin(in_parser ? &at->frame : nullptr) || !session.assembler.unpin()) return false;
  if (at != nullptr && !heap.take_over(at->message, CopyReason::relay_heap)) return false;
  return std::ranges::all_of(session.held,
                             [&](Slice& held) { return heap.take_over(held, CopyReason::relay_heap); });
}

}  // namespace ringwire::node
