// How much of a turn may go to signatures and handshakes.
//
// Attack: a peer or a crowd sends handshakes and signed packets, each of which costs us 50 to 1000
// microseconds and it nothing; without a bound one turn of the loop lasts as long as the crowd likes and
// every vote waits.
//
// Rules: before each expensive piece ask allows(); do it; charge() what it cost. What is left over waits for
// the next turn, consensus first, and the shard does not sleep meanwhile. The last piece may overrun; the
// overrun is taken from the following turns, so the long-run share holds whatever one piece costs.
//
// The cost is the caller's measurement or, in the simulator, a fixed figure. Thread: the shard's. O(1).
#pragma once

#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/base/counter.hpp"
#include "codec/base/time.hpp"

namespace ringwire::shard {

class TurnBudget {
 public:
  // Half a millisecond: with the rest of a busy turn it keeps a vote's delay at one hop below a millisecond.
  static constexpr Duration kPerTurn = 500us;

  explicit TurnBudget(Duration per_turn = kPerTurn) : per_turn_(per_turn) { RW_ASSERT(per_turn > 0ns); }

  void begin_turn() {
    if (!allows()) exhausted_turns_.add();
    spent_ = std::max(spent_ - per_turn_, Duration::zero());
  }
  [[nodiscard]] bool allows() const { return spent_ < per_turn_; }
  // Never negative: what the turn may still spend.
  [[nodiscard]] Duration left() const { return std::max(per_turn_ - spent_, Duration::zero()); }
  void charge(Duration cost) {
    RW_ASSUME(cost >= 0ns);
    spent_ += cost;
    charged_ns_.add(static_cast<std::uint64_t>(cost.count()));
  }

  [[nodiscard]] const Counter& exhausted_turns() const { return exhausted_turns_; }
  [[nodiscard]] const Counter& charged_ns() const { return charged_ns_; }

 private:
  const Duration per_turn_;
  Duration spent_{0};
  Counter exhausted_turns_;
  Counter charged_ns_;
};

}  // namespace ringwire::shard
