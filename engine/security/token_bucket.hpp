// So many per second, and so many at once: the one arithmetic of every rate limit.
//
// Attack: limits break at the edges of their numbers. A refill of rate x time overflows after a quiet year
// and gives a flood its tokens back; a clock that repeats itself makes time negative; amounts of 2^64 wrap to
// small ones. And a refill rounded down at each look never fills while it is looked at often.
//
// Rules
//  - Never below 0 and never above the burst, for every 64-bit rate, burst, amount and time.
//  - Exact: what has been earned is floor(rate x time), however often it was looked at. The part of a token
//    is kept, in billionths.
//  - A bucket starts full. Time that goes back earns nothing and costs nothing.
//  - A rate of 0 earns nothing; more than the burst at once is never there.
//
// The rate is an argument, not a member: thousands of buckets share one, and 24 bytes each are enough.
// Numbers of 64 bits only. Complexity: O(1). Thread: its owner's. No timers: time is judged at each call.
#pragma once

#include <algorithm>
#include <cstdint>

#include "codec/base/check.hpp"
#include "codec/base/time.hpp"

namespace ringwire::security {

struct Rate {
  std::uint64_t per_second = 0;
  std::uint64_t burst = 0;

  bool operator==(const Rate&) const = default;
};

// No limit. Buckets of this rate need not be asked.
inline constexpr Rate kUnlimited{UINT64_MAX, UINT64_MAX};

constexpr std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}
constexpr std::uint64_t saturating_mul(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

class TokenBucket {
 public:
  TokenBucket() = default;
  TokenBucket(const Rate& rate, Instant now) : tokens_(rate.burst), refilled_at_(now) {}

  // All or nothing. A bucket always has 0.
  [[nodiscard]] bool take(const Rate& rate, std::uint64_t amount, Instant now) {
    if (available(rate, now) < amount) return false;
    tokens_ -= amount;
    return true;
  }

  [[nodiscard]] std::uint64_t available(const Rate& rate, Instant now) {
    refill(rate, now);
    return tokens_;
  }
  [[nodiscard]] bool full(const Rate& rate, Instant now) { return available(rate, now) >= rate.burst; }

  // Taken earlier and not used. What does not fit is lost.
  void give_back(const Rate& rate, std::uint64_t amount) {
    tokens_ = std::min(rate.burst, saturating_add(tokens_, amount));
    if (tokens_ == rate.burst) billionths_ = 0;
  }

  // The first moment at which `amount` will be there; kNever where it never will.
  [[nodiscard]] Instant ready_at(const Rate& rate, std::uint64_t amount, Instant now) {
    const std::uint64_t there = available(rate, now);
    if (there >= amount) return now;
    if (amount > rate.burst || rate.per_second == 0) return kNever;
    return refilled_at_ + time_for(rate.per_second, amount - there);
  }

 private:
  static constexpr std::uint64_t kBillion = 1'000'000'000;

  void refill(const Rate& rate, Instant now) {
    if (now <= refilled_at_) return cap(rate);
    const auto elapsed = static_cast<std::uint64_t>(now.ns - refilled_at_.ns);
    refilled_at_ = now;
    const std::uint64_t seconds = elapsed / kBillion;
    const std::uint64_t rest = elapsed % kBillion;
    // rate x rest is up to 94 bits: whole billions of the rate earn whole tokens, below 2^64 of them; what is
    // left of the rate earns billionths.
    const std::uint64_t parts = rate.per_second % kBillion * rest + billionths_;
    std::uint64_t earned = saturating_mul(rate.per_second, seconds);
    earned = saturating_add(earned, rate.per_second / kBillion * rest);
    earned = saturating_add(earned, parts / kBillion);
    tokens_ = saturating_add(tokens_, earned);
    billionths_ = static_cast<std::uint32_t>(parts % kBillion);
    cap(rate);
  }

  // A full bucket earns nothing, not even a part of a token. The burst may have become smaller.
  void cap(const Rate& rate) {
    if (tokens_ < rate.burst) return;
    tokens_ = rate.burst;
    billionths_ = 0;
  }

  // ceil((tokens x 10^9 - billionths) / rate), saturated.
  [[nodiscard]] Duration time_for(std::uint64_t per_second, std::uint64_t tokens) const {
    // Whole seconds first; what remains is below one second's worth, below 2^64 tokens of 10^9 parts.
    std::uint64_t seconds = tokens / per_second;
    std::uint64_t remaining = tokens % per_second;
    if (remaining == 0) {
      // The part that is there already shortens the last second.
      --seconds;
      remaining = per_second;
    }
    if (seconds >= static_cast<std::uint64_t>(kNever.ns) / kBillion) return Duration::max();
    const std::uint64_t ns = ceil_parts(remaining, per_second);
    return Duration(static_cast<std::int64_t>(seconds * kBillion + ns));
  }

  // ceil((remaining x 10^9 - billionths) / per_second) for 0 < remaining <= per_second, by halving: the
  // smallest number of nanoseconds that earns enough.
  [[nodiscard]] std::uint64_t ceil_parts(std::uint64_t remaining, std::uint64_t per_second) const {
    std::uint64_t low = 0;
    std::uint64_t high = kBillion;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (earned_within_second(per_second, middle) >= remaining) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
  [[nodiscard]] std::uint64_t earned_within_second(std::uint64_t per_second, std::uint64_t ns) const {
    const std::uint64_t parts = per_second % kBillion * ns + billionths_;
    return saturating_add(per_second / kBillion * ns, parts / kBillion);
  }

  std::uint64_t tokens_ = 0;
  Instant refilled_at_;
  std::uint32_t billionths_ = 0;  // of a token, beside the whole ones
};
static_assert(sizeof(TokenBucket) == 24);

}  // namespace ringwire::security
