// Latencies as a histogram with a bounded relative error, so that a p99.9 is a measurement and not a guess.
//
// Log-linear: each power of two is cut into 32 equal buckets, so a reported value is at most 1/32 (3.2 %)
// above the true one. Range 0 to 2^40 ns (18 minutes); larger values count in the last bucket. 9.5 KiB.
// Thread: one writer; readers on other threads see a recent state. Complexity: record O(1), quantile
// O(buckets).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "codec/base/counter.hpp"
#include "codec/base/time.hpp"

namespace ringwire::metrics {

class Histogram {
 public:
  void record(Duration value) {
    counts_[bucket(value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count()))].add();
  }

  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const Counter& counter : counts_) sum += counter.value();
    return sum;
  }

  // The smallest bucket bound that at least `parts_per_million` of the values do not exceed; 0 without
  // values. 500,000 = p50, 999,000 = p99.9, 1,000,000 = maximum.
  [[nodiscard]] Duration quantile_ppm(std::uint32_t parts_per_million) const {
    const std::uint64_t all = count();
    if (all == 0) return Duration{0};
    const std::uint64_t wanted = (all * parts_per_million + 999'999) / 1'000'000;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i].value();
      if (seen >= wanted && seen > 0) return Duration(static_cast<std::int64_t>(upper_bound(i)));
    }
    return Duration(static_cast<std::int64_t>(upper_bound(kBuckets - 1)));
  }

  void merge(const Histogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i].add(other.counts_[i].value());
  }

 private:
  static constexpr std::uint32_t kSubBits = 5;
  static constexpr std::uint32_t kMaxBits = 40;
  static constexpr std::size_t kBuckets = (kMaxBits - kSubBits + 1) << kSubBits;

  static std::size_t bucket(std::uint64_t value) {
    if (value >> kMaxBits != 0) return kBuckets - 1;
    if (value < 1U << kSubBits) return value;
    const auto shift = static_cast<std::uint32_t>(std::bit_width(value)) - 1 - kSubBits;
    return ((shift + 1) << kSubBits) + (value >> shift) - (1U << kSubBits);
  }
  static std::uint64_t upper_bound(std::size_t index) {
    if (index < 1U << kSubBits) return index;
    const std::size_t shift = (index >> kSubBits) - 1;
    return (((index & ((1U << kSubBits) - 1)) + (1U << kSubBits) + 1) << shift) - 1;
  }

  std::array<Counter, kBuckets> counts_;
};

}  // namespace ringwire::metrics
