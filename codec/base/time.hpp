// Time is an argument. Protocol objects never read a clock: the shard reads it once per turn and hands `now`
// in.
//
// Instant is monotonic (bans, timeouts, buckets: a step of the wall clock moves none of them), Duration its
// difference, UnixMillis the wall clock that frames carry and nobody trusts.
// Sums saturate: a peer that says "in 2^64-1 ms" gets `kNever`, not a time in the past.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>

namespace ringwire {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

struct Instant {
  std::int64_t ns = 0;  // since an arbitrary start, never negative
  auto operator<=>(const Instant&) const = default;
};

inline constexpr Instant kNever{std::numeric_limits<std::int64_t>::max()};

// `duration` must not be negative.
constexpr Instant operator+(Instant start, Duration duration) {
  if (duration.count() > kNever.ns - start.ns) return kNever;
  return {start.ns + duration.count()};
}
constexpr Duration operator-(Instant later, Instant earlier) {
  return Duration(later.ns - earlier.ns);
}

// `amount` milliseconds that a peer or a file named, as a Duration that cannot overflow.
constexpr Duration clamp_millis(std::uint64_t amount) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max() / 1'000'000;
  return std::chrono::milliseconds(static_cast<std::int64_t>(amount < kMax ? amount : kMax));
}

struct UnixMillis {
  std::uint64_t ms = 0;
  auto operator<=>(const UnixMillis&) const = default;
};

// What a turn of the loop knows about time: both clocks, read once.
struct Now {
  Instant monotonic;
  UnixMillis wall;
};

}  // namespace ringwire
