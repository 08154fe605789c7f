// A seeded generator that gives the same numbers in every build, with its own distributions (the standard
// library's differ between implementations). For schedules, jitter, salts and simulated faults; never for
// keys.
//
// Algorithm: xoshiro256** (Blackman and Vigna), state filled by splitmix64 from the seed.
#pragma once

#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/base/time.hpp"

namespace ringwire {

class Prng {
 public:
  explicit Prng(std::uint64_t seed);

  std::uint64_t next();
  // Uniform in [0, bound); 0 for bound 0. No modulo bias.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [low, high], both ends included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  // True with probability parts/million.
  bool chance_ppm(std::uint32_t parts) { return below(1'000'000) < parts; }
  // `duration` stretched or shrunk by up to `parts_ppm` millionths either way.
  Duration jitter(Duration duration, std::uint32_t parts_ppm);
  void fill(ByteSpan out);

 private:
  std::uint64_t state_[4];
};

}  // namespace ringwire
