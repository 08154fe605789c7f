#include "engine/shard/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace ringwire::shard {
namespace {

constexpr std::int64_t kTickNs = TimerWheel::kTick.count();

// Rounded so that no timer is early: time down, deadlines up.
std::uint64_t tick_at(Instant now) {
  return static_cast<std::uint64_t>(now.ns / kTickNs);
}
std::uint64_t tick_of(Instant deadline) {
  return static_cast<std::uint64_t>(deadline.ns / kTickNs) + (deadline.ns % kTickNs != 0 ? 1 : 0);
}

}  // namespace

void Timer::cancel() {
  if (!armed()) return;
  unlink();
  wheel_->count_one_less();
}

TimerWheel::TimerWheel(Instant start) : present_(tick_at(start)) {}

void TimerWheel::arm(Timer& timer, Instant deadline) {
  timer.cancel();
  if (deadline == kNever) return;
  timer.wheel_ = this;
  armed_.add();
  timer.deadline_ = deadline;
  timer.tick_ = std::max(tick_of(deadline), present_ + 1);
  place(timer);
}

void TimerWheel::place(Timer& timer) {
  const std::uint64_t difference = timer.tick_ ^ present_;
  const unsigned level =
      difference == 0 ? 0 : (static_cast<unsigned>(std::bit_width(difference)) - 1) / kDigitBits;
  const auto slot = static_cast<unsigned>(timer.tick_ >> level * kDigitBits) % kSlots;
  levels_[level].slots[slot].push_back(timer);
  levels_[level].occupied |= std::uint64_t{1} << slot;
}

// All timers of a level share the higher digits of the present tick, so a lower level is always sooner and,
// within a level, a lower slot.
TimerWheel::Position TimerWheel::first() {
  for (unsigned i = 0; i < kLevels; ++i) {
    Level& level = levels_[i];
    while (level.occupied != 0) {
      const auto slot = static_cast<unsigned>(std::countr_zero(level.occupied));
      if (level.slots[slot].empty()) {
        level.occupied &= level.occupied - 1;
        continue;
      }
      const std::uint64_t higher = present_ >> i * kDigitBits >> kDigitBits << kDigitBits;
      return {i, slot, (higher | slot) << i * kDigitBits};
    }
  }
  return {};
}

Instant TimerWheel::next_deadline() {
  const Position next = first();
  if (next.level == kLevels) return kNever;
  constexpr auto kTicksMax = static_cast<std::uint64_t>(kNever.ns / kTickNs);
  return next.tick > kTicksMax ? kNever : Instant{static_cast<std::int64_t>(next.tick) * kTickNs};
}

std::size_t TimerWheel::advance(Instant now) {
  RW_ASSERT(!advancing_);
  const std::uint64_t target = tick_at(now);
  RW_ASSERT(target >= present_);
  advancing_ = true;
  collect_due(target);
  const std::size_t fired = fire_due(now);
  advancing_ = false;
  return fired;
}

void TimerWheel::collect_due(std::uint64_t target) {
  for (Position next = first(); next.level < kLevels && next.tick <= target; next = first()) {
    present_ = next.tick;
    List& slot = levels_[next.level].slots[next.slot];
    levels_[next.level].occupied &= ~(std::uint64_t{1} << next.slot);
    while (Timer* timer = slot.pop_front()) {
      if (next.level == 0) {
        due_.push_back(*timer);
      } else {
        place(*timer);
      }
    }
  }
  present_ = target;
}

std::size_t TimerWheel::fire_due(Instant now) {
  std::size_t fired = 0;
  while (Timer* timer = due_.pop_front()) {
    ++fired;
    count_one_less();
    timer->fire_(timer->context_, now);
  }
  return fired;
}

}  // namespace ringwire::shard
