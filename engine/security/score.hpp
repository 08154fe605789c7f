// One score: points that fade.
//
// Exponential decay with a half-life, in integers: the same history gives the same score in every build and
// on every machine, so a simulated run decides as the real one did. Time counts in steps of a 64th of a
// half-life; the value is what was stored, faded by the steps since then, however often it is looked at. It
// fades toward 0 from both sides and reaches it: 100 points are gone after 17 half-lives.
//
// A score may begin to fade later than now: that of a banned peer does when its ban ends.
//
// Thread: its owner's. Complexity: O(1).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/base/time.hpp"
#include "engine/security/reason.hpp"

namespace ringwire::security {

class Score {
 public:
  static constexpr Duration kHalfLife = 600s;
  static constexpr Duration kStep = kHalfLife / 64;

  [[nodiscard]] Points value(Instant now) const { return to_points(faded(now)); }

  // Stays within [kWorst, kBest].
  void add(Points points, Instant now) {
    micro_ = std::clamp(faded(now) + std::int64_t{points} * kMicro, std::int64_t{kWorst} * kMicro,
                        std::int64_t{kBest} * kMicro);
    fades_from_.ns += steps(now) * kStep.count();
  }

  // From `fades_from` on; constant until then.
  void set(Points points, Instant fades_from) {
    micro_ = std::int64_t{points} * kMicro;
    fades_from_ = fades_from;
  }

 private:
  static constexpr std::int64_t kMicro = 1'000;  // finer than what is shown, so that rounding is not
  // 2^(-2^i / 64) in parts of 2^32.
  static constexpr std::array<std::uint64_t, 6> kFactors{4'248'701'965, 4'202'935'003, 4'112'874'773,
                                                         3'938'502'376, 3'611'622'603, 3'037'000'500};

  static Points to_points(std::int64_t micro) { return static_cast<Points>(micro / kMicro); }

  [[nodiscard]] std::int64_t steps(Instant now) const {
    return now <= fades_from_ ? 0 : (now.ns - fades_from_.ns) / kStep.count();
  }

  [[nodiscard]] std::int64_t faded(Instant now) const {
    const std::int64_t passed = steps(now);
    const std::int64_t halvings = passed / 64;
    if (halvings >= 32) return 0;
    auto magnitude = static_cast<std::uint64_t>(micro_ < 0 ? -micro_ : micro_) >> halvings;
    for (std::size_t i = 0; i < kFactors.size(); ++i) {
      if ((passed >> i & 1) != 0) magnitude = magnitude * kFactors[i] >> 32;
    }
    return micro_ < 0 ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  }

  std::int64_t micro_ = 0;  // millionths of a point, at fades_from_
  Instant fades_from_;
};

}  // namespace ringwire::security
