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

TEST(Registry, ShowsInSecondsWhatIsCountedInNanoseconds) {
  Registry registry;
  registry.add(Type::counter, "ringwire_cpu_seconds_total", "CPU time.", "",
               [] { return std::uint64_t{1'250'000'000}; });
  EXPECT_NE(registry.render().find("\nringwire_cpu_seconds_total 1.25\n"), std::string::npos);
  EXPECT_EQ(registry.values().at(0).value, 1.25);
}

TEST(Registry, WritesAHistogramAsCumulativeBucketsSumAndCount) {
  Histogram histogram;
  histogram.record(1us);
  histogram.record(3us, 2);
  histogram.record(1h);
  Registry registry;
  registry.add("ringwire_turn_seconds", "Turns.", "shard=\"0\"", histogram);
  const std::string text = registry.render();
  EXPECT_NE(text.find("# TYPE ringwire_turn_seconds histogram\n"
                      "ringwire_turn_seconds_bucket{shard=\"0\",le=\"1.024e-06\"} 1\n"
                      "ringwire_turn_seconds_bucket{shard=\"0\",le=\"4.096e-06\"} 3\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("ringwire_turn_seconds_bucket{shard=\"0\",le=\"17.179869184\"} 3\n"
                      "ringwire_turn_seconds_bucket{shard=\"0\",le=\"+Inf\"} 4\n"
                      "ringwire_turn_seconds_sum{shard=\"0\"} 3600.000007\n"
                      "ringwire_turn_seconds_count{shard=\"0\"} 4\n"),
            std::string::npos)
      << text;
  ASSERT_EQ(registry.values().size(), 2U);
  EXPECT_EQ(registry.values()[0].name, "ringwire_turn_seconds_count");
  EXPECT_EQ(registry.values()[0].value, 4);
  ASSERT_EQ(registry.histograms().size(), 1U);
  EXPECT_EQ(registry.histograms()[0].histogram->max(), 1h);
}

TEST(Labels, AreFoundByTheirWholeName) {
  const std::string_view labels = "shard=\"0\",reason=\"too_slow\"";
  EXPECT_EQ(label(labels, "shard"), "0");
  EXPECT_EQ(label(labels, "reason"), "too_slow");
  EXPECT_EQ(label(labels, "reas"), "");
  EXPECT_EQ(label(labels, "eason"), "");
  EXPECT_EQ(label("", "shard"), "");
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

TEST(Histogram, NoQuantileIsAboveTheMaximum) {
  Histogram histogram;
  histogram.record(1001ns);
  for (const std::uint32_t ppm : {1U, 500'000U, 999'000U, 1'000'000U})
    EXPECT_EQ(histogram.quantile_ppm(ppm), 1001ns);
}

TEST(Histogram, ASampledValueCountsForTheOnesThatWereNotLookedAt) {
  Histogram histogram;
  histogram.record(10ns, 16);
  histogram.record(20ns);
  EXPECT_EQ(histogram.count(), 17U);
  EXPECT_EQ(histogram.sum_ns(), 180U);
  EXPECT_EQ(histogram.quantile_ppm(900'000), 10ns);
}

TEST(Histogram, PowersOfTwoCutItWithoutRemainder) {
  Prng generator(2);
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 5'000; ++i) {
    values.push_back(generator.next() >> generator.between(24, 63));
    histogram.record(Duration(static_cast<std::int64_t>(values.back())));
  }
  const auto below = [&](std::uint32_t power) {
    return static_cast<std::uint64_t>(
        std::count_if(values.begin(), values.end(), [&](std::uint64_t v) { return v < 1ULL << power; }));
  };
  EXPECT_EQ(histogram.count_between_powers(0, 10), below(10));
  for (const std::uint32_t power : {10U, 12U, 20U, 34U})
    EXPECT_EQ(histogram.count_between_powers(power, power + 2), below(power + 2) - below(power)) << power;
}

TEST(Histogram, MergingAddsTheCounts) {
  Histogram a, b;
  a.record(10ns);
  b.record(1000ns);
  a.merge(b);
  EXPECT_EQ(a.count(), 2U);
  EXPECT_EQ(a.sum_ns(), 1010U);
  EXPECT_EQ(a.max(), 1000ns);
  EXPECT_EQ(a.quantile_ppm(500'000), 10ns);
}

}  // namespace
}  // namespace ringwire::metrics
