#include "tools/command/load_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ringwire::command {
namespace {

void fill(LoadReport& report) {
  report.kind = "tx";
  report.connections = 1;
  report.published = 1000;
  report.delivered = 1000;
  report.seconds = 2;
  report.checked = true;
  report.nodes = 4;
  report.latency.record(350us, 3990);
  report.latency.record(12ms, 10);
}

TEST(LoadReport, IsATableForPeople) {
  LoadReport report;
  fill(report);
  report.copied_per_relayed = 1.314;
  EXPECT_EQ(report.to_table(),
            "transactions published          1000 over 1 connection in 2.0 s\n"
            "throughput                      500/s\n"
            "delivered exactly once on all 4 1000 of 1000\n"
            "lost, duplicated                0, 0\n"
            "publish to delivery             p50 352 us, p99 352 us, p99.9 12 ms, max 12 ms\n"
            "bytes copied per byte relayed   1.31\n");
}

TEST(LoadReport, OfRequestsTellsWhatBecameOfThem) {
  LoadReport report;
  fill(report);
  report.kind = "request";
  report.delivered = 995;
  report.lost = 2;
  report.duplicated = 1;
  report.altered = 3;
  report.late = 4;
  EXPECT_EQ(report.to_table(),
            "requests sent                   1000 over 1 connection in 2.0 s\n"
            "throughput                      500/s\n"
            "answered with the same bytes    995 of 1000\n"
            "lost, answered twice, late      2, 1, 4\n"
            "answered with other bytes       3\n"
            "request to answer               p50 352 us, p99 352 us, p99.9 12 ms, max 12 ms\n");
  const auto json = nlohmann::json::parse(report.to_json());
  EXPECT_EQ(json["late"], 4);
  EXPECT_EQ(json["altered"], 3);
  EXPECT_FALSE(json.contains("nodes"));
}

TEST(LoadReport, IsJsonForScripts) {
  LoadReport report;
  fill(report);
  auto json = nlohmann::json::parse(report.to_json());
  EXPECT_EQ(json["published"], 1000);
  EXPECT_EQ(json["lost"], 0);
  EXPECT_EQ(json["rate"], 500);
  EXPECT_EQ(json["nodes"], 4);
  EXPECT_EQ(json["latency_us"]["max"], 12000);
  EXPECT_FALSE(json.contains("copied_per_relayed"));
  EXPECT_FALSE(json.contains("failures"));
  report.copied_per_relayed = 0.5;
  report.failures["ECONNREFUSED"] = 2;
  json = nlohmann::json::parse(report.to_json());
  EXPECT_EQ(json["copied_per_relayed"], 0.5);
  EXPECT_EQ(json["failures"]["ECONNREFUSED"], 2);
}

TEST(LoadReport, IsGoodOnlyWithoutLossDuplicatesAndFailures) {
  LoadReport report;
  EXPECT_FALSE(report.good()) << "nothing was published";
  fill(report);
  EXPECT_TRUE(report.good());
  report.lost = 1;
  EXPECT_FALSE(report.good());
  report.lost = 0;
  report.duplicated = 1;
  EXPECT_FALSE(report.good());
  report.duplicated = 0;
  report.altered = 1;
  EXPECT_FALSE(report.good());
  report.altered = 0;
  report.failures["refused"] = 1;
  EXPECT_FALSE(report.good());
}

}  // namespace
}  // namespace ringwire::command
