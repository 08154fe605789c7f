#include "tools/command/sim_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ringwire::command {
namespace {

using nlohmann::json;

sim::RunReport small_report() {
  sim::RunReport report;
  report.scenario.name = "two-halves";
  report.scenario.nodes = 4;
  report.trace = 0xABC;
  report.simulated = 70s;
  report.real_seconds = 1.25;
  report.happenings = 5000;
  report.turns = 901;
  report.published = 100;
  report.expected = 400;
  report.delivered = 399;
  report.received = 499;
  report.latency = {45ms, 90ms, 9200ms, 9800ms};
  report.propagation = {{1ms, 0.25, 0.25}, {10ms, 1, 0.75}};
  report.bytes_sent = 4 * 2048;
  report.sessions = 24;
  report.heap_peak = 3 << 20;
  report.heap_plan = 32 << 20;
  report.recovered = 2100ms;
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

// The cells of the row that begins with `what`, behind it.
std::string row(const std::string& table, const std::string& what) {
  for (const std::string& line : lines_of(table)) {
    if (line.starts_with(what)) return line.substr(line.find_first_not_of(' ', what.size()));
  }
  return "no such row";
}

TEST(SimLine, HasItsColumnsBelowEachOther) {
  EXPECT_EQ(format_line({12'345ms, "crash", "node 3 loses its power for 4 s"}),
            "  12.345 s  crash       node 3 loses its power for 4 s");
  EXPECT_EQ(format_line({1234'567ms, "slow-shard", "shard 1 of node 3"}),
            "1234.567 s  slow-shard  shard 1 of node 3");
}

TEST(SimScenario, IsDescribedInTwoLines) {
  sim::Scenario scenario;
  EXPECT_EQ(
      describe_scenario(scenario),
      "unnamed, seed 1: 8 nodes, each of 2 shards, connected to all others, plaintext, 60s + 10s of "
      "recovery, heap 16 MiB per shard\n"
      "links 1ms to 80ms, jitter 5ms, segments cut anywhere; 10 messages/s of 110 to 400 B; no faults\n");
}

TEST(SimScenario, IsDescribedWithEveryOptionThatIsNotAsUsual) {
  sim::Scenario scenario{.name = "all", .seed = 7, .nodes = 1, .shards = 1, .degree = 5, .tls = true};
  scenario.joining = 1500ms;
  scenario.link = {2ms, 2ms, 0ms, 1 << 20, 12'500, false};
  scenario.traffic = {1, 200, 200, 20};
  scenario.faults.resize(1);
  EXPECT_EQ(
      describe_scenario(scenario),
      "all, seed 7: 1 node, each of 1 shard, degree 5, TLS, 60s + 10s of recovery, joining within 1.5s, "
      "heap 16 MiB per shard\n"
      "links 2ms, 1.0 MiB/s, 1.25 % lost, segments whole; 1 message/s of 200 B, 20 % to topics; 1 "
      "fault\n");
  scenario.traffic.per_second = 0;
  scenario.datagrams = {20, 1'280, 300'000, 10'000, 0, 500};
  EXPECT_NE(describe_scenario(scenario).find(
                "; no traffic; 20 questions/s in datagrams, 30 % lost, 1 % doubled, 0.05 % damaged; 1 fault"),
            std::string::npos);
}

TEST(SimSummary, IsATableForPeople) {
  EXPECT_EQ(summary(small_report()),
            "what               value\n"
            "delivered        99.75 %  399 of 400, of 100 messages\n"
            "latency p50        45 ms  from publishing to delivery at another node\n"
            "latency p90        90 ms\n"
            "latency p99        9.2 s\n"
            "latency max        9.8 s\n"
            "duplicates          0.50  received per delivery\n"
            "sent             2.0 KiB  per node\n"
            "sessions opened       24  by all nodes, each end counted\n"
            "peak heap        3.0 MiB  9.4 % of 32 MiB planned, the fullest node\n"
            "recovered in       2.1 s  from the end of the faults until all were connected\n"
            "simulated           56 s  per real second, 1 min 10 s in 1.2 s\n"
            "happenings          5000  4000 per real second, 901 turns of shards\n"
            "no violations\n"
            "trace 0000000000000abc\n");
}

TEST(SimSummary, HasDatagramsWhereThereAreSome) {
  sim::RunReport report = small_report();
  EXPECT_EQ(row(summary(report), "datagrams"), "no such row");
  EXPECT_EQ(row(summary(report), "answered"), "no such row");
  report.datagrams = {.sent = 1000,
                      .arrived = 689,
                      .doubled = 12,
                      .overtaken = 34,
                      .damaged = 5,
                      .asked = 400,
                      .answered = 399};
  EXPECT_EQ(row(summary(report), "datagrams"), "68.90 %  689 of 1000; 12 twice, 34 out of turn, 5 damaged");
  EXPECT_EQ(row(summary(report), "answered"), "99.75 %  399 of 400 questions, asked in datagrams");
}

TEST(SimSummary, SaysAHundredPercentOnlyOfEverything) {
  sim::RunReport report = small_report();
  report.expected = 1'000'000;
  report.delivered = 999'999;
  EXPECT_EQ(row(summary(report), "delivered").substr(0, 7), "99.99 %");
  report.delivered = report.expected;
  EXPECT_EQ(row(summary(report), "delivered").substr(0, 8), "100.00 %");
}

TEST(SimSummary, CountsNoDuplicatesWhereEachDeliveryHadOneMessage) {
  sim::RunReport report = small_report();
  report.received = report.delivered - report.published;
  EXPECT_EQ(row(summary(report), "duplicates").substr(0, 4), "0.00");
  // A message that was received and not delivered when the run ended, or the other way round.
  report.received -= 1;
  EXPECT_EQ(row(summary(report), "duplicates").substr(0, 4), "0.00");
}

TEST(SimSummary, HasNoFiguresOfWhatDidNotHappen) {
  const std::string nothing = summary(sim::RunReport{});
  for (const char* const what : {"delivered", "latency p50", "latency max", "duplicates", "simulated"})
    EXPECT_EQ(row(nothing, what).substr(0, 1), "-") << what;
  EXPECT_EQ(nothing.find("nan"), std::string::npos) << nothing;
  EXPECT_EQ(nothing.find("inf"), std::string::npos) << nothing;
  EXPECT_TRUE(nothing.ends_with("\ntrace 0000000000000000\n"));
  // Only its own publisher has it: there is no way to another node.
  sim::RunReport alone;
  alone.published = alone.expected = alone.delivered = 1;
  EXPECT_EQ(row(summary(alone), "latency p50").substr(0, 1), "-");
}

TEST(SimSummary, ListsViolationsAndHowManyMore) {
  sim::RunReport report = small_report();
  report.violations = {{"delivered-twice", 12'345ms, "node 3: message 0a1b"}};
  EXPECT_TRUE(
      summary(report).ends_with("\n1 violation\n"
                                "  12.345 s  delivered-twice: node 3: message 0a1b\n"
                                "trace 0000000000000abc\n"));
  report.violations.resize(kViolationsShown, report.violations.front());
  EXPECT_EQ(summary(report).find("more"), std::string::npos);
  report.violations.resize(kViolationsShown + 3, report.violations.front());
  const std::vector<std::string> lines = lines_of(summary(report));
  EXPECT_EQ(lines.back(), "trace 0000000000000abc");
  EXPECT_EQ(lines[lines.size() - 2], "and 3 more");
  EXPECT_EQ(lines[lines.size() - 3 - kViolationsShown], "23 violations");
}

TEST(SimJson, HasTheFiguresInBaseUnits) {
  sim::RunReport report = small_report();
  report.datagrams = {70, 49, 2, 3, 4, 20, 19};
  const std::string text = report_json(report);
  EXPECT_TRUE(text.ends_with("}\n"));
  json parsed = json::parse(text);
  parsed.erase("scenario");
  const json expected{
      {"trace", "0000000000000abc"},
      {"ok", true},
      {"simulated_s", 70.0},
      {"real_s", 1.25},
      {"happenings", 5000},
      {"turns", 901},
      {"published", 100},
      {"expected", 400},
      {"delivered", 399},
      {"late", 0},
      {"received", 499},
      {"delivered_of_expected", 399.0 / 400},
      {"duplicates_per_delivery", 200.0 / 399},
      {"latency_us", {{"p50", 45e3}, {"p90", 90e3}, {"p99", 9.2e6}, {"max", 9.8e6}}},
      {"datagrams",
       {{"sent", 70},
        {"arrived", 49},
        {"doubled", 2},
        {"overtaken", 3},
        {"damaged", 4},
        {"asked", 20},
        {"answered", 19}}},
      {"sent_bytes", 8192},
      {"sessions", 24},
      {"heap_peak_bytes", 3 << 20},
      {"heap_plan_bytes", 32 << 20},
      {"recovered_s", 2.1},
      {"violations", json::array()},
      {"propagation",
       {{{"after_us", 1e3}, {"median", 0.25}, {"worst", 0.25}},
        {{"after_us", 10e3}, {"median", 1.0}, {"worst", 0.75}}}},
  };
  EXPECT_EQ(parsed, expected);
}

TEST(SimJson, HasViolationsAndNullForWhatDidNotHappen) {
  sim::RunReport report;
  report.trace = 0xFEDC'BA98'7654'3210;
  report.violations = {{"lost", 1500ms, "node 3: \"a\""}};
  const json parsed = json::parse(report_json(report));
  EXPECT_EQ(parsed["ok"], false);
  EXPECT_EQ(parsed["trace"], "fedcba9876543210");
  EXPECT_EQ(parsed["violations"],
            (json::array({{{"rule", "lost"}, {"at_s", 1.5}, {"text", "node 3: \"a\""}}})));
  EXPECT_TRUE(parsed["delivered_of_expected"].is_null());
  EXPECT_TRUE(parsed["duplicates_per_delivery"].is_null());
  EXPECT_EQ(parsed["propagation"], json::array());
}

TEST(SimJson, HasTheScenarioWithAllItsOptions) {
  sim::RunReport report;
  report.scenario = {
      .name = "all", .seed = ~0ULL, .nodes = 6, .shards = 3, .degree = 5, .tls = true, .length = 90s};
  report.scenario.joining = 1500ms;
  report.scenario.patience = 3s;
  report.scenario.heap_mb = 32;
  report.scenario.link = {2ms, 3ms, 500us, 1000, 12, false};
  report.scenario.traffic = {9, 200, 300, 20};
  report.scenario.datagrams = {7, 1000, 1, 2, 3, 4};
  report.scenario.faults = {{sim::FaultKind::partition, 1s, 2500ms, 3},
                            {sim::FaultKind::dial_both, 2s, 0s, 1, 2},
                            {sim::FaultKind::drift, 3s, 1s, 4, 0, -50}};
  const json expected{
      {"name", "all"},
      {"seed", ~0ULL},
      {"nodes", 6},
      {"shards", 3},
      {"degree", 5},
      {"tls", true},
      {"length_s", 90.0},
      {"joining_s", 1.5},
      {"patience_s", 3.0},
      {"recovery_s", 10.0},
      {"heap_bytes_per_shard", 32 << 20},
      {"link",
       {{"latency_min_us", 2e3},
        {"latency_max_us", 3e3},
        {"jitter_us", 500.0},
        {"bytes_per_second", 1000},
        {"lost_per_million", 12},
        {"split", false}}},
      {"traffic", {{"per_second", 9}, {"bytes_min", 200}, {"bytes_max", 300}, {"topics_per_hundred", 20}}},
      {"datagrams",
       {{"per_second", 7},
        {"bytes_max", 1000},
        {"lost_per_million", 1},
        {"doubled_per_million", 2},
        {"delayed_per_million", 3},
        {"corrupted_per_million", 4}}},
      {"faults",
       {{{"kind", "partition"}, {"at_s", 1.0}, {"node", 3}, {"lasts_s", 2.5}},
        {{"kind", "dial-both"}, {"at_s", 2.0}, {"node", 1}, {"other", 2}},
        {{"kind", "drift"}, {"at_s", 3.0}, {"node", 4}, {"lasts_s", 1.0}, {"amount", -50}}}},
  };
  EXPECT_EQ(json::parse(report_json(report))["scenario"], expected);
}

}  // namespace
}  // namespace ringwire::command
