// What a session has drawn from its limits and not yet spent.
//
// Problem: a message passes the limits of its type, its sender, an address and the networks around it. To
// look up all of them for each message costs more than many a message. So a session draws tokens for many
// messages at once, and the message that is paid from what is here costs five comparisons.
//
// Rules
//  - What is drawn counts as spent at every level from that moment on, so all sessions together never spend
//    more than the limits say. What a session leaves behind when it ends is lost.
//  - A slice is small against every burst: what 64 sessions of one address hold idle is a quarter of it.
//  - Where there is no whole slice the session waits for one, not for a single message's worth: it is held
//    back a few times a second, not once per message.
//  - Held back without a pause for kOverMax is no burst any more: too_long().
//
// Pure. Complexity: O(resources). Thread: the session's. Timers: none; held_back_until() is for the owner's.
#pragma once

#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/base/time.hpp"
#include "engine/security/charge.hpp"

namespace ringwire::security {

class Meter {
 public:
  // Long against every burst that the limits themselves allow.
  static constexpr Duration kOverMax = 30s;
  // Without being held back: a new burst.
  static constexpr Duration kBreak = 2s;
  static constexpr Charge kSlice = [] {
    Charge slice;
    slice[Resource::messages] = 64 * kThing;
    slice[Resource::bytes] = 256 * 1024;
    slice[Resource::cost] = 2'000;
    return slice;
  }();

  enum class Kind : std::uint8_t {
    limited,
    trusted,  // holds everything; only types of messages with a rate are asked about
    exempt,   // holds everything, and is asked about nothing
  };
  explicit Meter(Kind kind) : kind_(kind) {}

  [[nodiscard]] bool exempt() const { return kind_ == Kind::exempt; }
  [[nodiscard]] bool holds(const Charge& charge) const {
    if (kind_ != Kind::limited) return true;
    for (std::size_t i = 0; i < kResources; ++i) {
      if (held_.each[i] < charge.each[i]) return false;
    }
    return true;
  }
  // Only what it holds.
  void spend(const Charge& charge) {
    if (kind_ != Kind::limited) return;
    for (std::size_t i = 0; i < kResources; ++i) {
      RW_ASSERT(held_.each[i] >= charge.each[i]);
      held_.each[i] -= charge.each[i];
    }
  }

  // What to draw for it to hold `charge`: a slice of each resource of which there is too little, or more
  // where one message needs more.
  [[nodiscard]] Charge wanted(const Charge& charge) const {
    Charge wanted;
    for (std::size_t i = 0; i < kResources; ++i) {
      if (held_.each[i] >= charge.each[i]) continue;
      wanted.each[i] = std::max(charge.each[i] - held_.each[i], kSlice.each[i]);
    }
    return wanted;
  }
  void credit(const Charge& drawn) {
    for (std::size_t i = 0; i < kResources; ++i) held_.each[i] += drawn.each[i];
  }

  // Refused until `retry_at`.
  void hold_back(Instant retry_at, Instant now) {
    if (now > held_back_until_ + kBreak) over_since_ = now;
    held_back_until_ = retry_at;
  }
  [[nodiscard]] bool holds_back(Instant now) const { return now < held_back_until_; }
  [[nodiscard]] Instant held_back_until() const { return held_back_until_; }
  // Asked when it is held back. Once true, it begins to count again.
  [[nodiscard]] bool too_long(Instant now) {
    if (now < over_since_ + kOverMax) return false;
    over_since_ = now;
    return true;
  }

 private:
  Charge held_;
  Instant held_back_until_;
  Instant over_since_;
  const Kind kind_;
};

}  // namespace ringwire::security
