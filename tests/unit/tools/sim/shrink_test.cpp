#include "tools/sim/shrink.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ringwire::sim {
namespace {

// Everything in it that can be in one.
Scenario large() {
  Scenario scenario;
  scenario.name = "large";
  scenario.seed = 17;
  scenario.nodes = 24;
  scenario.shards = 4;
  scenario.degree = 6;
  scenario.tls = true;
  scenario.length = 120s;
  scenario.joining = 10s;
  scenario.link.lost_per_million = 1'000;
  scenario.link.bytes_per_second = 1'000'000;
  scenario.traffic = {.per_second = 40, .bytes_min = 200, .bytes_max = 900, .topics_per_hundred = 30};
  scenario.datagrams = {20, 1'200, 100'000, 10'000, 10'000, 10'000};
  for (std::uint32_t i = 0; i < 30; ++i) {
    const Duration at = 2s * i;
    scenario.faults.push_back({FaultKind::crash, at, 4s, i % 24, 0, 0});
    scenario.faults.push_back({FaultKind::partition, at, 6s, 1 + i % 23, 0, 0});
    scenario.faults.push_back({FaultKind::slow_shard, at, 2s, i % 24, 3, 0});
    scenario.faults.push_back({FaultKind::strangers, at, 1s, i % 24, 0, 100});
    scenario.faults.push_back({FaultKind::reset, at, 0s, i % 24, (i + 1) % 24, 0});
  }
  return scenario;
}

bool has(const Scenario& scenario, FaultKind kind) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [kind](const Fault& fault) { return fault.kind == kind; });
}

bool has_fault_of_node_2(const Scenario& scenario, FaultKind kind) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [kind](const Fault& fault) { return fault.kind == kind && fault.node == 2; });
}

std::int64_t strangers_in(const Scenario& scenario) {
  std::int64_t strangers = 0;
  for (const Fault& fault : scenario.faults) {
    if (fault.kind == FaultKind::strangers) strangers += fault.amount;
  }
  return strangers;
}

TEST(Shrink, TheScenarioOfTheseTestsCanBeRun) {
  for (const ScenarioFinding& finding : check(large())) ADD_FAILURE() << finding.key << ": " << finding.text;
}

TEST(Shrink, ACrashOfNode2AndAPartitionAreAllThatIsLeft) {
  const auto fails = [](const Scenario& scenario) {
    return has_fault_of_node_2(scenario, FaultKind::crash) && has(scenario, FaultKind::partition);
  };
  const Scenario smallest = shrink(large(), fails);
  EXPECT_TRUE(fails(smallest));
  EXPECT_TRUE(check(smallest).empty());
  EXPECT_EQ(smallest.faults.size(), 2U);
  EXPECT_EQ(smallest.nodes, 3U);
  EXPECT_EQ(smallest.shards, 1U);
  EXPECT_EQ(smallest.degree, 0U);
  EXPECT_FALSE(smallest.tls);
  EXPECT_EQ(smallest.joining, 0s);
  EXPECT_LE(smallest.length, 10s);
  EXPECT_EQ(smallest.link.lost_per_million, 0U);
  EXPECT_EQ(smallest.link.bytes_per_second, 0U);
  EXPECT_EQ(smallest.link.jitter, 0s);
  EXPECT_FALSE(smallest.link.split);
  EXPECT_EQ(smallest.link.latency_max, smallest.link.latency_min);
  EXPECT_EQ(smallest.traffic.per_second, 0U);
  EXPECT_EQ(smallest.traffic.bytes_max, kTransactionBytesMin);
  EXPECT_EQ(smallest.traffic.topics_per_hundred, 0U);
  for (const Fault& fault : smallest.faults) EXPECT_LE(fault.lasts, 2ms);
  EXPECT_EQ(smallest.datagrams, DatagramOptions{});
  EXPECT_EQ(smallest.seed, 17U);
}

TEST(Shrink, WhatTheFailureNeedsStays) {
  const auto fails = [](const Scenario& scenario) {
    return scenario.tls && scenario.nodes >= 5 && scenario.shards >= 2 && scenario.length >= 30s &&
           scenario.traffic.per_second >= 7 && scenario.link.split && strangers_in(scenario) >= 120;
  };
  const Scenario smallest = shrink(large(), fails);
  EXPECT_TRUE(fails(smallest));
  EXPECT_TRUE(smallest.tls);
  EXPECT_TRUE(smallest.link.split);
  EXPECT_EQ(smallest.nodes, 5U);
  EXPECT_LT(smallest.length, 40s);
  EXPECT_EQ(smallest.traffic.per_second, 10U);  // half of it is too little
  EXPECT_EQ(smallest.faults.size(), 2U);
  EXPECT_EQ(strangers_in(smallest), 125);  // 100 and a quarter
}

TEST(Shrink, OfDatagramsOnlyWhatTheFailureNeedsStays) {
  const Scenario smallest = shrink(large(), [](const Scenario& scenario) {
    return scenario.datagrams.per_second >= 4 && scenario.datagrams.doubled_per_million > 0;
  });
  EXPECT_EQ(smallest.datagrams, (DatagramOptions{5, kQuestionBytesMin, 0, 10'000, 0, 0}));
}

TEST(Shrink, AsksAboutNothingThatCannotBeRun) {
  std::uint32_t asked = 0;
  const Scenario smallest = shrink(large(), [&asked](const Scenario& scenario) {
    ++asked;
    EXPECT_TRUE(check(scenario).empty()) << check(scenario).front().key;
    return true;
  });
  EXPECT_GT(asked, 0U);
  EXPECT_TRUE(smallest.faults.empty());
}

TEST(Shrink, WhereNothingHelpsNothingChanges) {
  std::uint32_t asked = 0;
  EXPECT_EQ(shrink(large(), [&asked](const Scenario&) { return ++asked == 0; }), large());
}

TEST(Shrink, TriesNoMoreThanItMay) {
  for (const std::uint32_t tries : {0U, 1U, 13U}) {
    std::uint32_t asked = 0;
    Scenario last_failing = large();
    const auto fails = [&](const Scenario& scenario) {
      if (++asked % 3 != 0) return false;
      last_failing = scenario;
      return true;
    };
    EXPECT_EQ(shrink(large(), fails, {tries}), last_failing);
    EXPECT_EQ(asked, tries);
  }
}

TEST(Shrink, NodesAboveMoveDown) {
  Scenario scenario;
  scenario.nodes = 8;
  scenario.degree = 5;
  scenario.faults = {
      {FaultKind::crash, 1s, 1s, 1, 0, 0},     {FaultKind::crash, 2s, 1s, 3, 0, 0},
      {FaultKind::crash, 3s, 1s, 7, 0, 0},     {FaultKind::reset, 4s, 0s, 6, 1, 0},
      {FaultKind::reset, 5s, 0s, 1, 2, 0},     {FaultKind::slow_shard, 6s, 1s, 5, 2, 0},
      {FaultKind::partition, 7s, 1s, 3, 0, 0}, {FaultKind::partition, 8s, 1s, 6, 0, 0},
  };
  const Scenario smaller = without_nodes(scenario, 2, 3);
  EXPECT_EQ(smaller.nodes, 5U);
  EXPECT_EQ(smaller.degree, 0U);
  EXPECT_EQ(smaller.faults, (std::vector<Fault>{
                                {FaultKind::crash, 1s, 1s, 1, 0, 0},
                                {FaultKind::crash, 3s, 1s, 4, 0, 0},
                                {FaultKind::reset, 4s, 0s, 3, 1, 0},
                                {FaultKind::slow_shard, 6s, 1s, 2, 2, 0},
                                {FaultKind::partition, 7s, 1s, 2, 0, 0},
                                {FaultKind::partition, 8s, 1s, 3, 0, 0},
                            }));
}

TEST(Shrink, APartitionNeedsSomebodyOnEachSide) {
  Scenario scenario;
  scenario.nodes = 6;
  scenario.faults = {{FaultKind::partition, 1s, 1s, 2, 0, 0}};
  EXPECT_TRUE(without_nodes(scenario, 0, 2).faults.empty());
  EXPECT_TRUE(without_nodes(scenario, 2, 4).faults.empty());
  EXPECT_EQ(without_nodes(scenario, 1, 4).faults.size(), 1U);
}

TEST(Shrink, FaultsEndWhereTheRunEnds) {
  Scenario scenario;
  scenario.length = 60s;
  scenario.joining = 50s;
  scenario.faults = {{FaultKind::freeze, 10s, 5s, 0, 0, 0},
                     {FaultKind::freeze, 10s, 30s, 0, 0, 0},
                     {FaultKind::reset, 29s, 0s, 0, 1, 0},
                     {FaultKind::reset, 30s, 0s, 0, 1, 0}};
  const Scenario shorter = cut(scenario, 30s);
  EXPECT_EQ(shorter.length, 30s);
  EXPECT_EQ(shorter.joining, 30s);
  EXPECT_EQ(shorter.faults, (std::vector<Fault>{{FaultKind::freeze, 10s, 5s, 0, 0, 0},
                                                {FaultKind::freeze, 10s, 20s, 0, 0, 0},
                                                {FaultKind::reset, 29s, 0s, 0, 1, 0}}));
}

}  // namespace
}  // namespace ringwire::sim
