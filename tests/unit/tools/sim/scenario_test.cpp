#include "tools/sim/scenario.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace ringwire::sim {
namespace {

using Change = std::function<void(Scenario&)>;

// A fault of each kind that an eight-node world of a minute can have.
Fault fault_of(FaultKind kind) {
  Fault fault{kind, 10s, shape_of(kind).lasts ? 5s : 0s, 3, 0, 0};
  if (shape_of(kind).other) fault.other = 1;
  if (shape_of(kind).amount) fault.amount = 5'000;
  return fault;
}

Scenario with_fault(FaultKind kind) {
  Scenario scenario;
  scenario.faults = {fault_of(kind)};
  return scenario;
}

std::vector<std::string> findings(const Scenario& scenario) {
  std::vector<std::string> lines;
  for (const ScenarioFinding& each : check(scenario)) lines.push_back(each.key + ": " + each.text);
  return lines;
}

void expect_only(const Scenario& scenario, const std::string& finding) {
  EXPECT_EQ(findings(scenario), std::vector{finding});
}

TEST(Scenario, EachKindHasItsOwnNameAndMeaning) {
  std::set<std::string> names;
  std::set<std::string> meanings;
  for (std::uint8_t number = 0; number < kFaultKinds; ++number) {
    names.insert(name(FaultKind{number}));
    meanings.insert(shape_of(FaultKind{number}).meaning);
  }
  EXPECT_EQ(names.size(), kFaultKinds);
  EXPECT_EQ(meanings.size(), kFaultKinds);
  EXPECT_EQ(names.count("none"), 0U);
  EXPECT_STREQ(name(FaultKind::partition), "partition");
  EXPECT_STREQ(name(FaultKind::one_way), "one-way");
  EXPECT_STREQ(name(FaultKind::wall_step), "wall-step");
  EXPECT_STREQ(name(FaultKind::strangers), "strangers");
  EXPECT_STREQ(name(FaultKind::impostor), "impostor");
  EXPECT_STREQ(name(FaultKind{kFaultKinds}), "none");
  EXPECT_STREQ(name(FaultKind{255}), "none");
}

TEST(Scenario, WhatHappensOnceDoesNotLast) {
  for (std::uint8_t number = 0; number < kFaultKinds; ++number) {
    const FaultKind kind{number};
    const bool once =
        kind == FaultKind::reset || kind == FaultKind::wall_step || kind == FaultKind::dial_both;
    EXPECT_EQ(shape_of(kind).lasts, !once) << name(kind);
  }
}

TEST(Scenario, TheDefaultAndEachKindCanBeRun) {
  EXPECT_EQ(findings({}), std::vector<std::string>{});
  for (std::uint8_t number = 0; number < kFaultKinds; ++number) {
    EXPECT_EQ(findings(with_fault(FaultKind{number})), std::vector<std::string>{}) << name(FaultKind{number});
  }
}

TEST(Scenario, TheLastPossibleValueIsPossible) {
  const Change changes[] = {
      [](Scenario& s) { s.nodes = 1; },
      [](Scenario& s) { s.nodes = 257; },
      [](Scenario& s) { s.nodes = 10'000, s.degree = 256; },
      [](Scenario& s) { s.shards = 1; },
      [](Scenario& s) { s.shards = 8; },
      [](Scenario& s) { s.degree = 7; },
      [](Scenario& s) { s.length = 1ns; },
      [](Scenario& s) { s.length = 24h; },
      [](Scenario& s) { s.joining = 60s; },
      [](Scenario& s) { s.patience = 1s; },
      [](Scenario& s) { s.patience = 20s; },
      [](Scenario& s) { s.heap_mb = 65'536; },
      [](Scenario& s) { s.name = std::string(100, '~'); },
      [](Scenario& s) { s.link.latency_min = 0ns; },
      [](Scenario& s) { s.link.latency_min = s.link.latency_max = 10s; },
      [](Scenario& s) { s.link.jitter = 10s; },
      [](Scenario& s) { s.link.bytes_per_second = 1'000; },
      [](Scenario& s) { s.link.bytes_per_second = 100'000'000'000; },
      [](Scenario& s) { s.link.lost_per_million = 900'000; },
      [](Scenario& s) { s.traffic.per_second = 0; },
      [](Scenario& s) { s.traffic.per_second = 100'000; },
      [](Scenario& s) { s.traffic.bytes_min = s.traffic.bytes_max = 110; },
      [](Scenario& s) { s.traffic.bytes_min = s.traffic.bytes_max = 512U << 10; },
      [](Scenario& s) {
        s.traffic = {10, 1, 1, 100};
      },
  };
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    Scenario scenario;
    changes[i](scenario);
    EXPECT_EQ(findings(scenario), std::vector<std::string>{}) << i;
  }
}

TEST(Scenario, EachImpossibleValueIsFoundOnce) {
  const std::pair<Change, const char*> cases[] = {
      {[](Scenario& s) { s.name = ""; },
       "name: accepted: a text of 1 to 100 ASCII characters that print; given: \"\""},
      {[](Scenario& s) { s.name = "a\nb\xc3"; },
       "name: accepted: a text of 1 to 100 ASCII characters that print; given: \"a?b?\""},
      {[](Scenario& s) { s.nodes = 0; }, "nodes: accepted: a number from 1 to 10000; given: 0"},
      {[](Scenario& s) { s.nodes = 10'001; }, "nodes: accepted: a number from 1 to 10000; given: 10001"},
      {[](Scenario& s) { s.shards = 0; }, "shards: accepted: a number from 1 to 8; given: 0"},
      {[](Scenario& s) { s.shards = 9; }, "shards: accepted: a number from 1 to 8; given: 9"},
      {[](Scenario& s) { s.nodes = 258; },
       "degree: accepted: of more than 257 nodes a number from 1 to 256; given: 0"},
      {[](Scenario& s) { s.nodes = 1'000, s.degree = 257; },
       "degree: accepted: of more than 257 nodes a number from 1 to 256; given: 257"},
      {[](Scenario& s) { s.degree = 8; }, "degree: accepted: a number less than nodes, 8; given: 8"},
      {[](Scenario& s) { s.length = 0s; },
       "length: accepted: a duration, as \"1.5s\", from 1ns to 86400s; given: 0s"},
      {[](Scenario& s) { s.length = -1s; },
       "length: accepted: a duration, as \"1.5s\", from 1ns to 86400s; given: -1s"},
      {[](Scenario& s) { s.length = 24h + 1ns; },
       "length: accepted: a duration, as \"1.5s\", from 1ns to 86400s; given: 86400.000000001s"},
      {[](Scenario& s) { s.joining = -1ns; },
       "joining: accepted: a duration, as \"1.5s\", from 0s to 60s; given: -1ns"},
      {[](Scenario& s) { s.joining = 61s; },
       "joining: accepted: a duration, as \"1.5s\", from 0s to 60s; given: 61s"},
      {[](Scenario& s) { s.patience = 999ms; },
       "patience: accepted: a duration, as \"1.5s\", from 1s to 20s; given: 999ms"},
      {[](Scenario& s) {
         s.patience = 5s;
         s.faults = {{FaultKind::freeze, 1s, 1s, 0, 0, 0}};
       },
       "patience: accepted: a duration, as \"1.5s\", from 1s to 4s; given: 5s"},
      {[](Scenario& s) { s.heap_mb = 15; }, "heap-mb: accepted: a number from 16 to 65536; given: 15"},
      {[](Scenario& s) { s.heap_mb = 65'537; }, "heap-mb: accepted: a number from 16 to 65536; given: 65537"},
      {[](Scenario& s) { s.link.latency_min = -1ns; },
       "link.latency-min: accepted: a duration, as \"1.5s\", from 0s to 10s; given: -1ns"},
      {[](Scenario& s) { s.link.latency_min = 81ms; },
       "link.latency-max: accepted: a duration from latency-min, 81ms, to 10s; given: 80ms"},
      {[](Scenario& s) { s.link.latency_max = 11s; },
       "link.latency-max: accepted: a duration from latency-min, 1ms, to 10s; given: 11s"},
      {[](Scenario& s) { s.link.jitter = -1ms; },
       "link.jitter: accepted: a duration, as \"1.5s\", from 0s to 10s; given: -1ms"},
      {[](Scenario& s) { s.link.jitter = 10001ms; },
       "link.jitter: accepted: a duration, as \"1.5s\", from 0s to 10s; given: 10.001s"},
      {[](Scenario& s) { s.link.bytes_per_second = 999; },
       "link.bytes-per-second: accepted: 0 for no limit, or a number from 1000 to 100000000000; given: 999"},
      {[](Scenario& s) { s.link.bytes_per_second = 100'000'000'001; },
       "link.bytes-per-second: accepted: 0 for no limit, or a number from 1000 to 100000000000; "
       "given: 100000000001"},
      {[](Scenario& s) { s.link.lost_per_million = 900'001; },
       "link.lost-per-million: accepted: a number from 0 to 900000; given: 900001"},
      {[](Scenario& s) { s.traffic.per_second = 100'001; },
       "traffic.per-second: accepted: a number from 0 to 100000; given: 100001"},
      {[](Scenario& s) { s.traffic.bytes_min = 109; },
       "traffic.bytes-min: accepted: a number from 110 to 524288; given: 109"},
      {[](Scenario& s) {
         s.traffic = {10, 109, 400, 99};
       },
       "traffic.bytes-min: accepted: a number from 110 to 524288; given: 109"},
      {[](Scenario& s) {
         s.traffic = {10, 0, 400, 100};
       },
       "traffic.bytes-min: accepted: a number from 1 to 524288; given: 0"},
      {[](Scenario& s) { s.traffic.bytes_min = 401; },
       "traffic.bytes-max: accepted: a number from bytes-min, 401, to 524288; given: 400"},
      {[](Scenario& s) { s.traffic.bytes_max = (512U << 10) + 1; },
       "traffic.bytes-max: accepted: a number from bytes-min, 110, to 524288; given: 524289"},
      {[](Scenario& s) { s.traffic.topics_per_hundred = 101; },
       "traffic.topics-per-hundred: accepted: a number from 0 to 100; given: 101"},
      {[](Scenario& s) { s.datagrams.per_second = 10'001; },
       "datagrams.per-second: accepted: a number from 0 to 10000; given: 10001"},
      {[](Scenario& s) { s.datagrams.bytes_max = 16; },
       "datagrams.bytes-max: accepted: a number from 17 to 1472; given: 16"},
      {[](Scenario& s) { s.datagrams.bytes_max = 1'473; },
       "datagrams.bytes-max: accepted: a number from 17 to 1472; given: 1473"},
      {[](Scenario& s) { s.datagrams.lost_per_million = 900'001; },
       "datagrams.lost-per-million: accepted: a number from 0 to 900000; given: 900001"},
      {[](Scenario& s) { s.datagrams.doubled_per_million = 1'000'001; },
       "datagrams.doubled-per-million: accepted: a number from 0 to 1000000; given: 1000001"},
      {[](Scenario& s) { s.datagrams.delayed_per_million = 1'000'001; },
       "datagrams.delayed-per-million: accepted: a number from 0 to 1000000; given: 1000001"},
      {[](Scenario& s) { s.datagrams.corrupted_per_million = 900'001; },
       "datagrams.corrupted-per-million: accepted: a number from 0 to 900000; given: 900001"},
      {[](Scenario& s) { s.faults.resize(100'001); },
       "fault: accepted: at most 100000 of them; given: 100001"},
  };
  for (const auto& [change, finding] : cases) {
    Scenario scenario;
    change(scenario);
    expect_only(scenario, finding);
  }
}

TEST(Scenario, EachImpossibleFaultIsFoundOnce) {
  struct Case {
    FaultKind kind;
    Change change;
    const char* finding;
  };
  const auto fault = [](auto change) { return [change](Scenario& s) { change(s.faults[0]); }; };
  const Case cases[] = {
      {FaultKind::freeze, fault([](Fault& f) { f.kind = FaultKind{kFaultKinds}; }),
       "fault[0].kind: accepted: one of partition one-way reset crash restart freeze slow-shard slow-link "
       "lossy-link wall-step drift dial-both ban twin strangers relay impostor disk; given: none"},
      {FaultKind::reset, fault([](Fault& f) { f.at = -1ns; }),
       "fault[0].at: accepted: a duration, as \"1.5s\", from 0s to 60s; given: -1ns"},
      {FaultKind::reset, fault([](Fault& f) { f.at = 61s; }),
       "fault[0].at: accepted: a duration, as \"1.5s\", from 0s to 60s; given: 61s"},
      {FaultKind::freeze, fault([](Fault& f) { f.at = Duration::max(); }),
       "fault[0].at: accepted: a duration, as \"1.5s\", from 0s to 60s; given: 9223372036.854775807s"},
      {FaultKind::freeze, fault([](Fault& f) { f.lasts = 0s; }),
       "fault[0].lasts: accepted: a duration over 0s that, from 10s on, ends within length, 60s; given: 0s"},
      {FaultKind::freeze, fault([](Fault& f) { f.lasts = -1s; }),
       "fault[0].lasts: accepted: a duration over 0s that, from 10s on, ends within length, 60s; given: -1s"},
      {FaultKind::freeze, fault([](Fault& f) { f.lasts = 50s + 1ns; }),
       "fault[0].lasts: accepted: a duration over 0s that, from 10s on, ends within length, 60s; "
       "given: 50.000000001s"},
      {FaultKind::freeze, fault([](Fault& f) { f.lasts = Duration::max(); }),
       "fault[0].lasts: accepted: a duration over 0s that, from 10s on, ends within length, 60s; "
       "given: 9223372036.854775807s"},
      {FaultKind::reset, fault([](Fault& f) { f.lasts = 4s; }),
       "fault[0].lasts: accepted: 0s: reset happens once; given: 4s"},
      {FaultKind::crash, fault([](Fault& f) { f.node = 8; }),
       "fault[0].node: accepted: a number from 0 to 7; given: 8"},
      {FaultKind::crash, fault([](Fault& f) { f.other = 1; }),
       "fault[0].other: accepted: 0: crash has no other; given: 1"},
      {FaultKind::crash, fault([](Fault& f) { f.amount = -1; }),
       "fault[0].amount: accepted: 0: crash has no amount; given: -1"},
      {FaultKind::partition, fault([](Fault& f) { f.node = 0; }),
       "fault[0].node: accepted: a number from 1 to 7; given: 0"},
      {FaultKind::partition, fault([](Fault& f) { f.node = 8; }),
       "fault[0].node: accepted: a number from 1 to 7; given: 8"},
      {FaultKind::ban, fault([](Fault& f) { f.other = 3; }),
       "fault[0].other: accepted: a number from 0 to 7, not that of node, 3; given: 3"},
      {FaultKind::ban, fault([](Fault& f) { f.other = 8; }),
       "fault[0].other: accepted: a number from 0 to 7, not that of node, 3; given: 8"},
      {FaultKind::slow_shard, fault([](Fault& f) { f.other = 2; }),
       "fault[0].other: accepted: a number from 0 to 1; given: 2"},
      {FaultKind::slow_link, fault([](Fault& f) { f.amount = 999; }),
       "fault[0].amount: accepted: bytes a second from 1000 to 100000000000; given: 999"},
      {FaultKind::slow_link, fault([](Fault& f) { f.amount = 100'000'000'001; }),
       "fault[0].amount: accepted: bytes a second from 1000 to 100000000000; given: 100000000001"},
      {FaultKind::lossy_link, fault([](Fault& f) { f.amount = -1; }),
       "fault[0].amount: accepted: segments and datagrams of a million from 0 to 900000; given: -1"},
      {FaultKind::lossy_link, fault([](Fault& f) { f.amount = 900'001; }),
       "fault[0].amount: accepted: segments and datagrams of a million from 0 to 900000; given: 900001"},
      {FaultKind::wall_step, fault([](Fault& f) { f.amount = -86'400'001; }),
       "fault[0].amount: accepted: milliseconds from -86400000 to 86400000; given: -86400001"},
      {FaultKind::wall_step, fault([](Fault& f) { f.amount = 86'400'001; }),
       "fault[0].amount: accepted: milliseconds from -86400000 to 86400000; given: 86400001"},
      {FaultKind::drift, fault([](Fault& f) { f.amount = -10'001; }),
       "fault[0].amount: accepted: millionths from -10000 to 10000; given: -10001"},
      {FaultKind::drift, fault([](Fault& f) { f.amount = 10'001; }),
       "fault[0].amount: accepted: millionths from -10000 to 10000; given: 10001"},
      {FaultKind::strangers, fault([](Fault& f) { f.amount = 0; }),
       "fault[0].amount: accepted: connections from 1 to 100000; given: 0"},
      {FaultKind::strangers, fault([](Fault& f) { f.amount = 100'001; }),
       "fault[0].amount: accepted: connections from 1 to 100000; given: 100001"},
      {FaultKind::disk, fault([](Fault& f) { f.amount = -1; }),
       "fault[0].amount: accepted: syncs and sectors of a million from 0 to 1000000; given: -1"},
      {FaultKind::disk, fault([](Fault& f) { f.amount = 1'000'001; }),
       "fault[0].amount: accepted: syncs and sectors of a million from 0 to 1000000; given: 1000001"},
      {FaultKind::ban, [](Scenario& s) { s.nodes = 1; },
       "fault[0].kind: accepted: what can befall a node that is alone; given: ban"},
      {FaultKind::partition, [](Scenario& s) { s.nodes = 1; },
       "fault[0].kind: accepted: what can befall a node that is alone; given: partition"},
  };
  for (const Case& each : cases) {
    Scenario scenario = with_fault(each.kind);
    each.change(scenario);
    expect_only(scenario, each.finding);
  }
}

TEST(Scenario, TheSlowShardOfANodeMayHaveItsNumber) {
  Scenario scenario = with_fault(FaultKind::slow_shard);
  scenario.faults[0].node = scenario.faults[0].other = 1;
  EXPECT_TRUE(check(scenario).empty());
}

TEST(Scenario, WhatNoNumberOfNodesOrShardsAllowsIsFoundAnyway) {
  Scenario scenario = with_fault(FaultKind::slow_shard);
  scenario.nodes = scenario.shards = 0;
  scenario.faults[0].node = kNodesMax;
  scenario.faults[0].other = kShardsMax;
  EXPECT_EQ(findings(scenario),
            (std::vector<std::string>{"nodes: accepted: a number from 1 to 10000; given: 0",
                                      "shards: accepted: a number from 1 to 8; given: 0",
                                      "fault[0].node: accepted: a number from 0 to 9999; given: 10000",
                                      "fault[0].other: accepted: a number from 0 to 7; given: 8"}));
}

TEST(Scenario, AFaultMayEndWithTheRun) {
  Scenario scenario = with_fault(FaultKind::freeze);
  scenario.faults[0].lasts = 50s;
  EXPECT_TRUE(check(scenario).empty());
  scenario = with_fault(FaultKind::reset);
  scenario.faults[0].at = 60s;
  EXPECT_TRUE(check(scenario).empty());
}

TEST(Scenario, EverythingIsFoundAtOnce) {
  Scenario scenario;
  scenario.shards = 0;
  scenario.link.jitter = 11s;
  scenario.traffic.per_second = 1'000'000;
  scenario.faults = {fault_of(FaultKind::freeze), fault_of(FaultKind::ban)};
  scenario.faults[1] = {FaultKind::ban, 61s, 0s, 8, 9, 1};
  std::vector<std::string> keys;
  for (const ScenarioFinding& each : check(scenario)) keys.push_back(each.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"shards", "link.jitter", "traffic.per-second", "fault[1].at",
                                            "fault[1].lasts", "fault[1].node", "fault[1].other",
                                            "fault[1].amount"}));
}

TEST(Scenario, WhatDependsOnAnImpossibleValueIsNoFinding) {
  Scenario scenario;
  scenario.degree = 5;
  scenario.joining = 30s;
  for (std::uint8_t number = 0; number < kFaultKinds; ++number) {
    scenario.faults.push_back(fault_of(FaultKind{number}));
  }
  ASSERT_TRUE(check(scenario).empty());
  const std::pair<Change, const char*> cases[] = {
      {[](Scenario& s) { s.nodes = 0; }, "nodes"},
      {[](Scenario& s) { s.shards = 0; }, "shards"},
      {[](Scenario& s) { s.length = 0s; }, "length"},
      {[](Scenario& s) { s.link.latency_min = 11s; }, "link.latency-min"},
      {[](Scenario& s) { s.traffic.bytes_min = 2U << 20; }, "traffic.bytes-min"},
      {[](Scenario& s) {
         s.traffic = {10, 50, 60, 101};
       },
       "traffic.topics-per-hundred"},
  };
  for (const auto& [change, key] : cases) {
    Scenario changed = scenario;
    change(changed);
    const std::vector<ScenarioFinding> found = check(changed);
    ASSERT_EQ(found.size(), 1U) << key;
    EXPECT_EQ(found[0].key, key);
  }
}

}  // namespace
}  // namespace ringwire::sim
