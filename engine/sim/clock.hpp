// The clocks of one simulated host: the monotonic one runs a little too fast or too slow, the wall clock may
// be wrong and may be set.
#pragma once

#include <cstdint>

#include "codec/base/check.hpp"
#include "codec/base/time.hpp"

namespace ringwire::sim {

class HostClock {
 public:
  // In so many millionths, from `truth` on; the clock does not jump.
  void set_drift(std::int32_t per_million, Now truth) {
    RW_ASSERT(per_million > -kMillion);
    local_ = read(truth).monotonic;
    since_ = truth.monotonic;
    drift_ = per_million;
  }
  void step_wall(std::int64_t ms) { wall_ahead_ms_ += ms; }

  [[nodiscard]] Now read(Now truth) const {
    const std::int64_t passed = (truth.monotonic - since_).count();
    const std::int64_t rate = kMillion + drift_;
    const std::int64_t local = passed / kMillion * rate + passed % kMillion * rate / kMillion;
    const auto wall = static_cast<std::int64_t>(truth.wall.ms) + wall_ahead_ms_;
    return {local_ + Duration(local), {static_cast<std::uint64_t>(wall < 0 ? 0 : wall)}};
  }
  // How long `local` takes in truth, never less.
  [[nodiscard]] Duration in_truth(Duration local) const {
    if (drift_ == 0) return local;
    const std::int64_t rate = kMillion + drift_;
    const std::int64_t ns = local.count();
    return Duration(ns / rate * kMillion + ns % rate * kMillion / rate + 1);
  }

 private:
  static constexpr std::int64_t kMillion = 1'000'000;

  Instant local_;
  Instant since_;
  std::int64_t drift_ = 0;
  std::int64_t wall_ahead_ms_ = 0;
};

}  // namespace ringwire::sim
