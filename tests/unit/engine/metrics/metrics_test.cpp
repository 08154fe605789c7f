#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/metrics/histogram.hpp"
#include "engine/metrics/registry.hpp"

namespace ringwire::metrics {
namespace {

TEST(Registry, WritesOneHeaderPerNameAndOneLinePerSeries) {
  Counter zero, one;
  one.add(7);
  Registry registry;
  registry.add(Type::counter, "ringwire_frames_total", "Frames received.", "shard=\"0\"", zero);
  registry.add(Type::gauge, "ringwire_peers", "Established sessions.", "", [] { return std::uint64_t{3}; });
  registry.add(Type::counter, "ringwire_frames_total", "Frames received.", "shard=\"1\"", one);
  EXPECT_EQ(registry.render(),
            "# HELP ringwire_frames_total Frames received.\n"
            "# TYPE ringwire_frames_total counter\n"
            "ringwire_frames_total{shard=\"0\"} 0\n"
            "ringwire_frames_total{shard=\"1\"} 7\n"
            "# HELP ringwire_peers Established sessions.\n"
            "# TYPE ringwire_peers gauge\n"
            "ringwire_peers 3\n");
  ASSERT_EQ(registry.values().size(), 3U);
  EXPECT_EQ(registry.values()[1].value, 7U);
}

TEST(Histogram, QuantilesAreWithinOneBucketOfASortedList) {
  Prng generator(1);
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t value = generator.next() >> generator.between(24, 63);
    values.push_back(value);
    histogram.record(Duration(static_cast<std::int64_t>(value)));
  }
  std::sort(values.begin(), values.end());
  for (const std::uint32_t ppm : {1U, 500'000U, 900'000U, 990'000U, 999'000U, 1'000'000U}) {
    const std::uint64_t exact = values[(values.size() * ppm + 999'999) / 1'000'000 - 1];
    const auto reported = static_cast<std::uint64_t>(histogram.quantile_ppm(ppm).count());
    EXPECT_GE(reported, exact) << ppm;
    EXPECT_LE(reported, exact + exact / 32 + 1) << ppm;
  }
}

TEST(Histogram, EmptyIsZeroAndTooLargeCountsInTheLastBucket) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile_ppm(500'000), Duration{0});
  histogram.record(Duration::max());
  histogram.record(Duration{-5});
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.quantile_ppm(1), Duration{0});
  EXPECT_GE(histogram.quantile_ppm(1'000'000).count(), (1LL << 40) - 1);
}

TEST(Histogram, MergingAddsTheCounts) {
  Histogram a, b;
  a.record(10ns);
  b.record(1000ns);
  a.merge(b);
  EXPECT_EQ(a.count(), 2U);
  EXPECT_EQ(a.quantile_ppm(500'000), 10ns);
}

}  // namespace
}  // namespace ringwire::metrics
