// All timers of a shard, so that a hundred thousand connections cost the same per turn as ten.
//
// Problem: every connection has several deadlines, nearly all of them are moved or cancelled before they are
// due, and a heap pays for each move. A wheel pays only for those that come close.
//
// Rules
//  - A tick is 1 ms. A timer never fires before its deadline, and at the latest in the first advance() that
//    is one tick or more after it. Due timers fire in the order of their ticks.
//  - A timer fires once per arm(). A periodic one arms itself again from the `now` it is given, never from
//    its old deadline: after a stop of 30 s (SIGSTOP, debugger, suspended machine) each fires once, not 30
//    times.
//  - A deadline that is already past, and one set by a timer that is firing, fires one tick later at the
//    earliest, in a later advance(): a timer that arms itself for "now" cannot hold the loop.
//  - arm(), cancel() and destruction of any timer are allowed while timers fire. advance() is not.
//  - Deadlines may be arbitrarily far; kNever means not armed.
//
// How: 8 levels of 64 slots, each level 64 times coarser. A timer hangs in the level of the highest 6-bit
// digit in which its tick differs from the present one, and moves down when the present reaches its slot: at
// most 7 times. A bit per slot says that there may be a timer in it; cancelling only unlinks, and a bit
// without a timer is cleared by whoever meets it.
//
// Thread: the shard's. Memory: 8 KiB, no allocation. Complexity: arm and cancel O(1); advance O(1) per timer
// due or moved down, nothing per tick passed; next_deadline O(levels), amortised.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/counter.hpp"
#include "codec/base/intrusive_list.hpp"
#include "codec/base/time.hpp"

namespace ringwire::shard {

class TimerWheel;

// Lives in its owner; destroying it cancels it. The owner may destroy it while it fires.
class Timer : public ListNode<Timer> {
 public:
  using Fire = void (*)(void* context, Instant now);

  Timer(Fire fire, void* context) : fire_(fire), context_(context) {}

  // A timer that calls (owner.*kMethod)(now).
  template <auto kMethod, class Owner>
  static Timer calling(Owner& owner) {
    return Timer([](void* context, Instant now) { (static_cast<Owner*>(context)->*kMethod)(now); }, &owner);
  }

  ~Timer() { cancel(); }

  [[nodiscard]] bool armed() const { return linked(); }
  // kNever where it is not armed.
  [[nodiscard]] Instant deadline() const { return armed() ? deadline_ : kNever; }
  void cancel();

 private:
  friend class TimerWheel;
  Instant deadline_{kNever};
  std::uint64_t tick_ = 0;
  TimerWheel* wheel_ = nullptr;  // whose it is while armed
  Fire fire_;
  void* context_;
};

class TimerWheel {
 public:
  static constexpr Duration kTick = 1ms;

  explicit TimerWheel(Instant start);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms `timer`, or moves it. kNever cancels it.
  void arm(Timer& timer, Instant deadline);

  // Fires what is due at `now`, which never goes backwards. Returns how many fired.
  std::size_t advance(Instant now);

  // When to call advance() again: not later than the tick of the first timer, earlier only where timers have
  // to move down a level first; at most 7 such wake-ups per timer, whatever its distance. kNever without
  // timers.
  [[nodiscard]] Instant next_deadline();

  // Timers armed now. Anyone may read it.
  [[nodiscard]] const Counter& armed() const { return armed_; }

 private:
  friend class Timer;
  using List = IntrusiveList<Timer, Timer>;
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kSlots = 1U << kDigitBits;
  static constexpr unsigned kLevels = 8;
  static_assert(static_cast<std::uint64_t>(kNever.ns) / 1'000'000 < std::uint64_t{1} << kDigitBits * kLevels);

  struct Level {
    std::uint64_t occupied = 0;  // bit i: slots[i] may hold a timer
    std::array<List, kSlots> slots;
  };
  struct Position {
    unsigned level = kLevels;  // kLevels: none
    unsigned slot = 0;
    std::uint64_t tick = UINT64_MAX;  // when the slot is reached
  };

  void place(Timer& timer);
  Position first();
  void collect_due(std::uint64_t target);
  std::size_t fire_due(Instant now);
  void count_one_less() { armed_.set(armed_.value() - 1); }

  std::uint64_t present_;  // ticks
  bool advancing_ = false;
  List due_;
  Counter armed_;
  std::array<Level, kLevels> levels_;
};

}  // namespace ringwire::shard
