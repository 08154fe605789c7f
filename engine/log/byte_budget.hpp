// What all log lines of the process together may write: at most 1 MB in any minute, whoever causes them.
//
// The limit per call site (engine/log/site_limiter.hpp) keeps one flood from drowning the rest; this one is
// the bound that holds however many sites and shards a hostile source finds. A part is kept for errors:
// nothing a peer does is an error of ours, so a flood cannot silence those.
//
// Pure: `now` is an argument. O(1).
#pragma once

#include <algorithm>
#include <cstdint>

#include "codec/base/time.hpp"

namespace ringwire::log {

class ByteBudget {
 public:
  static constexpr std::uint64_t kBurst = 256 * 1024;
  static constexpr std::uint64_t kPerSecond = 12 * 1024;
  static constexpr std::uint64_t kForErrors = 32 * 1024;  // of the burst
  static_assert(kBurst + 60 * kPerSecond <= 1'000'000);

  explicit ByteBudget(Instant now) : refilled_(now) {}

  // Takes `bytes` where they are there.
  bool admit(std::uint64_t bytes, bool is_error, Instant now) {
    refill(now);
    if (available_ < bytes + (is_error ? 0 : kForErrors)) return false;
    available_ -= bytes;
    return true;
  }

 private:
  // Whole milliseconds only, so that nothing is lost between calls.
  void refill(Instant now) {
    const std::int64_t passed_ms = std::min<std::int64_t>((now - refilled_) / 1ms, 60'000);
    if (passed_ms == 0) return;
    available_ = std::min(kBurst, available_ + static_cast<std::uint64_t>(passed_ms) * kPerSecond / 1000);
    refilled_ = passed_ms == 60'000 ? now : refilled_ + std::chrono::milliseconds(passed_ms);
  }

  std::uint64_t available_ = kBurst;
  Instant refilled_;
};

}  // namespace ringwire::log
