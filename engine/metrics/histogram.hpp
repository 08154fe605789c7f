// Latencies as a histogram with a bounded relative error, so that a p99.9 is a measurement and not a guess.
//
// Log-linear: each power of two is cut into 32 equal buckets, so a reported quantile is at most 1/32 (3.2 %)
// above the true one; sum and maximum are exact. Range 0 to 2^40 ns (18 minutes); larger values count in the
// last bucket. 9.5 KiB.
// Thread: one writer; readers on other threads see a recent state. Complexity: record O(1), everything else
// O(buckets).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "codec/base/counter.hpp"
#include "codec/base/time.hpp"

namespace ringwire::metrics {

class Histogram {
 public:
  // `times`: a value that was sampled stands for the ones that were not looked at.
  void record(Duration value, std::uint64_t times = 1) {
    const std::uint64_t ns = value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count());
    counts_[bucket(ns)].add(times);
    sum_ns_.add(ns * times);
    if (ns > max_ns_.value()) max_ns_.set(ns);
  }

  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const Counter& counter : counts_) sum += counter.value();
    return sum;
  }
  [[nodiscard]] std::uint64_t sum_ns() const { return sum_ns_.value(); }
  [[nodiscard]] Duration max() const { return Duration(static_cast<std::int64_t>(max_ns_.value())); }

  // The smallest bucket bound that at least `parts_per_million` of the values do not exceed; 0 without
  // values. 500,000 = p50, 999,000 = p99.9. Never above the maximum.
  [[nodiscard]] Duration quantile_ppm(std::uint32_t parts_per_million) const {
    const std::uint64_t all = count();
    if (all == 0) return Duration{0};
    const std::uint64_t wanted = (all * parts_per_million + 999'999) / 1'000'000;
    std::uint64_t seen = 0;
    std::size_t i = 0;
    for (; i + 1 < kBuckets; ++i) {
      seen += counts_[i].value();
      if (seen >= wanted && seen > 0) break;
    }
    if (i + 1 == kBuckets) return max();
    return std::min(Duration(static_cast<std::int64_t>(upper_bound(i))), max());
  }

  // How many values are in [2^from, 2^to) nanoseconds; `from` 0 stands for no lower bound. Otherwise both are
  // between kSubBits and kMaxBits.
  [[nodiscard]] std::uint64_t count_between_powers(std::uint32_t from, std::uint32_t to) const {
    const auto first_of = [](std::uint32_t power) { return std::size_t{power - kSubBits + 1} << kSubBits; };
    std::uint64_t sum = 0;
    for (std::size_t i = from == 0 ? 0 : first_of(from); i < first_of(to); ++i) sum += counts_[i].value();
    return sum;
  }

  void merge(const Histogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i].add(other.counts_[i].value());
    sum_ns_.add(other.sum_ns());
    max_ns_.set(std::max(max_ns_.value(), other.max_ns_.value()));
  }

  static constexpr std::uint32_t kSubBits = 5;
  static constexpr std::uint32_t kMaxBits = 40;

 private:
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
  Counter sum_ns_;
  Counter max_ns_;
};

}  // namespace ringwire::metrics
