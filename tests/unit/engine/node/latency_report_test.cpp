#include "engine/node/latency_report.hpp"

#include <gtest/gtest.h>

#include <set>

#include "engine/node/latencies.hpp"

namespace ringwire::node {
namespace {

struct LatencyReport : testing::Test {
  metrics::Registry registry;
  metrics::Histogram turn_0, turn_1, ping_0;

  LatencyReport() {
    add("shard=\"0\",subsystem=\"turn\"", turn_0);
    add("shard=\"0\",subsystem=\"ping\"", ping_0);
    add("shard=\"1\",subsystem=\"turn\"", turn_1);
    registry.add("ringwire_other_seconds", "Another.", "subsystem=\"turn\"", turn_0);
  }
  void add(const char* labels, const metrics::Histogram& histogram) {
    registry.add(kLatencyMetric, kLatencyHelp, labels, histogram);
  }
};

TEST_F(LatencyReport, PutsTheWholeNodeFirstAndMergesItsShards) {
  turn_0.record(10us, 3);
  turn_1.record(1000us);
  const auto infos = latencies(registry);
  ASSERT_EQ(infos.size(), 4U);
  EXPECT_EQ(infos[0].subsystem + " " + infos[0].where, "turn all");
  EXPECT_EQ(infos[0].count, 4U);
  EXPECT_EQ(infos[0].mean, Duration(257'500));
  EXPECT_LE(infos[0].p50, 11us);
  EXPECT_EQ(infos[0].max, 1000us);
  EXPECT_EQ(infos[1].where, "shard 0");
  EXPECT_EQ(infos[2].where, "shard 1");
  EXPECT_EQ(infos[2].count, 1U);
}

TEST_F(LatencyReport, NamesWhatWasNeverMeasuredOnce) {
  const auto infos = latencies(registry);
  ASSERT_EQ(infos.size(), 2U);
  EXPECT_EQ(infos[0].subsystem + " " + infos[0].where, "turn all");
  EXPECT_EQ(infos[1].subsystem + " " + infos[1].where, "ping all");
  EXPECT_EQ(infos[1].count, 0U);
  EXPECT_EQ(infos[1].max, Duration{0});
}

TEST_F(LatencyReport, IsJsonInMicroseconds) {
  ping_0.record(1500ns);
  EXPECT_EQ(latency_json(registry),
            "{\"latencies\":["
            "{\"subsystem\":\"turn\",\"where\":\"all\",\"count\":0,\"latency_us\":"
            "{\"mean\":0.000,\"p50\":0.000,\"p99\":0.000,\"p999\":0.000,\"max\":0.000}},"
            "{\"subsystem\":\"ping\",\"where\":\"all\",\"count\":1,\"latency_us\":"
            "{\"mean\":1.500,\"p50\":1.500,\"p99\":1.500,\"p999\":1.500,\"max\":1.500}},"
            "{\"subsystem\":\"ping\",\"where\":\"shard 0\",\"count\":1,\"latency_us\":"
            "{\"mean\":1.500,\"p50\":1.500,\"p99\":1.500,\"p999\":1.500,\"max\":1.500}}"
            "]}\n");
}

TEST(Delays, HaveNamesOfTheirOwn) {
  std::set<std::string> names{kDeliveryDelay, "unknown"};
  for (std::size_t i = 0; i < kDelays; ++i) names.insert(name(static_cast<Delay>(i)));
  EXPECT_EQ(names.size(), kDelays + 2);
}

}  // namespace
}  // namespace ringwire::node
