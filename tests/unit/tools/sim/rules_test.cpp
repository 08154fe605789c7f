// Rules that can be broken with an engine that is whole: by nodes that are told to, and by hosts that are no
// impostors.
#include "tools/sim/rules.hpp"

#include <gtest/gtest.h>

namespace ringwire::sim {
namespace {

class RulesTest : public ::testing::Test {
 protected:
  RulesTest() {
    fleet_.start(0);
    fleet_.start(1);
    world_.run_for(1s);
    EXPECT_TRUE(fleet_.unconnected().empty());
    EXPECT_EQ(look(), "");
  }
  static Scenario two() {
    Scenario scenario;
    scenario.nodes = 2;
    scenario.shards = 1;
    scenario.faults = {{FaultKind::impostor, 0s, 30s, 0, 1, 0}};
    return scenario;
  }
  // The rules that were broken, one after the other.
  std::string look() {
    rules_.look(faults_);
    return broken();
  }
  std::string broken() {
    std::string all;
    for (const Violation& each : rules_.take_violations()) all += (all.empty() ? "" : " ") + each.rule;
    return all;
  }
  void say_of_all_peers(wire::DisconnectReason reason) {
    fleet_.node(0).ask(0, [reason](node::Shard& own) { own.connections().disconnect_all(reason); });
    world_.run_for(10ms);
  }

  const Scenario scenario_ = two();
  World world_{1};
  Fleet fleet_{world_, scenario_, [](std::uint32_t, std::uint32_t, const Delivery&) {},
               [this](std::uint32_t number) { rules_.on_end(number); }};
  Rules rules_{world_, fleet_};
  FaultScript faults_{world_, fleet_, scenario_, [](const char*, const std::string&) {}};
};

TEST_F(RulesTest, WhoBlamesAnHonestNodeIsFoundOnce) {
  say_of_all_peers(wire::DisconnectReason::duplicate);
  EXPECT_EQ(look(), "");
  world_.run_for(2s);
  say_of_all_peers(wire::DisconnectReason::bad_protocol);
  EXPECT_EQ(look(), "blamed");
  EXPECT_EQ(look(), "");
}

TEST_F(RulesTest, WhoBlamesAnotherWithItsLastWordIsFound) {
  say_of_all_peers(wire::DisconnectReason::over_limit);
  fleet_.stop(0, [] {});
  world_.run_for(3s);
  EXPECT_FALSE(fleet_.up(0));
  EXPECT_EQ(broken(), "blamed");
  fleet_.start(0);
  say_of_all_peers(wire::DisconnectReason::over_limit);
  world_.run_for(2s);
  say_of_all_peers(wire::DisconnectReason::over_limit);
  fleet_.crash(0);
  EXPECT_EQ(broken(), "blamed");  // once in each life
}

TEST_F(RulesTest, WhoDoesNotStopInTimeIsFoundWhereItsPowerGoes) {
  for (const bool in_time : {true, false}) {
    fleet_.stop(0, [] {});
    fleet_.node(0).hold();
    world_.run_for(in_time ? Rules::kStopTime : Rules::kStopTime + 1ms);
    fleet_.crash(0);
    EXPECT_EQ(broken(), in_time ? "" : "not-stopped");
    fleet_.start(0);
  }
}

TEST_F(RulesTest, ASessionWithAHostOfAnImpostorIsFound) {
  faults_.begin();
  world_.run_for(100ms);
  ASSERT_FALSE(faults_.impostors().empty());
  SimNode::Options options = fleet_.options_of(7);
  SimNode other(world_, options);
  other.dial(0, fleet_.node(0));
  ASSERT_TRUE(world_.run_until([&] { return other.established() == 1; }, 1s));
  EXPECT_EQ(look(), "");
  options.key = 99;
  options.address = load_be<std::uint32_t>(faults_.impostors().rbegin()->bytes.data()) & 0xff'ffff;
  SimNode pretender(world_, options);
  pretender.dial(0, fleet_.node(0));
  ASSERT_TRUE(world_.run_until([&] { return pretender.established() == 1; }, 1s));
  EXPECT_EQ(look(), "impersonated");
  faults_.end();
}

}  // namespace
}  // namespace ringwire::sim
