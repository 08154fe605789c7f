#include "tools/sim/library.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace ringwire::sim {
namespace {

std::string findings(const Scenario& scenario) {
  std::string all;
  for (const ScenarioFinding& each : check(scenario)) all += each.key + ": " + each.text + "\n";
  return all;
}

TEST(Library, EveryEntryCanBeRunWithItsOwnNumbersAndWithOthers) {
  std::set<std::string> names;
  for (const LibraryEntry& entry : library()) {
    SCOPED_TRACE(entry.name);
    EXPECT_TRUE(names.insert(entry.name).second);
    EXPECT_EQ(find_scenario(entry.name), &entry);
    for (const std::uint32_t nodes : {0U, 2U, 5U, 33U, 300U}) {
      const Scenario scenario = make_scenario(entry, 3, nodes, nodes == 0 ? Duration{0} : Duration(20s));
      EXPECT_EQ(findings(scenario), "") << nodes;
      EXPECT_EQ(scenario.name, entry.name);
      if (nodes > 0) {
        EXPECT_EQ(scenario.nodes, nodes);
      }
    }
  }
  EXPECT_EQ(find_scenario("no such thing"), nullptr);
}

TEST(Library, RandomWorldsCanBeRunAndHaveEveryFault) {
  std::set<FaultKind> kinds;
  std::set<std::uint32_t> nodes;
  std::set<bool> tls;
  std::set<bool> datagrams;
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    const Scenario scenario = random_world(seed);
    ASSERT_EQ(findings(scenario), "") << seed;
    ASSERT_EQ(scenario, random_world(seed));
    for (const Fault& fault : scenario.faults) kinds.insert(fault.kind);
    nodes.insert(scenario.nodes);
    tls.insert(scenario.tls);
    datagrams.insert(scenario.datagrams.per_second > 0);
  }
  EXPECT_EQ(kinds.size(), kFaultKinds);
  EXPECT_EQ(tls.size(), 2U);
  EXPECT_EQ(datagrams.size(), 2U);
  EXPECT_EQ(*nodes.begin(), 5U);
  EXPECT_EQ(*nodes.rbegin(), 32U);
}

}  // namespace
}  // namespace ringwire::sim
