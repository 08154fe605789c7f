// Which bans a life must have known from its beginning, and that the rule says so where it does not.
#include "tools/sim/host_disk.hpp"

#include <gtest/gtest.h>

#include "tools/sim/rules.hpp"

namespace ringwire::sim {
namespace {

using security::Ban;
using security::Subject;

Subject subject(std::uint8_t number) {
  return security::subject_of(NodeId{{number}});
}
Instant second(std::int64_t number) {
  return Instant{} + number * 1s;
}

class HostDiskTest : public testing::Test {
 protected:
  void save(std::vector<std::uint8_t> numbers, Instant until = second(100)) {
    std::vector<Ban> bans;
    for (const std::uint8_t number : numbers) bans.push_back({subject(number), until, 1});
    host_.on_saved(bans, second(10), {second(10), 0});
  }
  // Something that rots.
  void fill() {
    const auto file = host_.disk().open("/file", disk::Open::create);
    ASSERT_TRUE((*file)->write(0, std::vector<std::uint8_t>(100)).ok());
    ASSERT_TRUE((*file)->sync().ok());
  }
  [[nodiscard]] std::vector<Subject> kept(const HostDisk::Moment& moment = {second(20), 0}) {
    host_.on_start(moment);
    std::vector<Subject> subjects;
    for (const HostDisk::Kept& each : host_.kept()) subjects.push_back(each.subject);
    return subjects;
  }

  HostDisk host_{1};
};

TEST_F(HostDiskTest, AsksForTheLastListThatWasAcknowledged) {
  EXPECT_TRUE(kept().empty());
  save({1, 2});
  save({2, 3});
  EXPECT_EQ(kept(), (std::vector{subject(2), subject(3)}));
  host_.kill();
  host_.lose_power();
  EXPECT_EQ(kept(), (std::vector{subject(2), subject(3)}));
}

TEST_F(HostDiskTest, AsksAfterOneBitThatRottedForWhatBothListsHaveAndAfterMoreForNothing) {
  ASSERT_NO_FATAL_FAILURE(fill());
  save({1, 2});
  host_.rot();
  EXPECT_TRUE(kept().empty()) << "there is no other copy";
  save({1, 2});
  save({2, 3});
  host_.rot();
  EXPECT_EQ(kept(), std::vector{subject(2)});
  host_.rot();
  EXPECT_TRUE(kept().empty());
  save({4});
  EXPECT_EQ(kept(), std::vector{subject(4)}) << "a new copy is good";
}

TEST_F(HostDiskTest, LeavesOutTheEndOfABanForClocksThatRunWrong) {
  save({1}, second(110));
  host_.on_start({second(20), 0});
  EXPECT_EQ(host_.kept()[0].until, second(110) + -2'200ms);
  save({1}, kNever);
  host_.on_start({second(20), 0});
  EXPECT_EQ(host_.kept()[0].until, kNever);
}

TEST_F(HostDiskTest, EndsABanEarlyByAClockThatWasSetForwardWithoutPower) {
  const auto until = [&](std::int64_t ahead_ms) {
    host_.on_start({second(20), ahead_ms});
    return host_.kept()[0].until;
  };
  save({1});
  EXPECT_EQ(until(30'000), second(98)) << "a restart asks the clock that runs since the boot";
  const auto boot = host_.boot_id();
  host_.lose_power();
  EXPECT_NE(host_.boot_id(), boot);
  EXPECT_EQ(until(30'000), second(68));
  EXPECT_EQ(until(-30'000), second(98)) << "set back, it ends none";
}

// A life that should know a ban, and does not: somebody has removed the file.
TEST(Rules, SayWhereANodeHasForgottenABanThatWasStored) {
  Scenario scenario;
  scenario.nodes = 2;
  scenario.faults = {{FaultKind::ban, 0s, 30s, 0, 1, 0}};
  World world(1);
  Fleet fleet(
      world, scenario, [](std::uint32_t, std::uint32_t, const Delivery&) {}, [](std::uint32_t) {});
  Rules rules(world, fleet);
  FaultScript faults(world, fleet, scenario, [](const char*, const std::string&) {});
  const auto look = [&] {
    world.run_for(2s);
    rules.look(faults);
    return rules.take_violations();
  };
  fleet.start(0);
  faults.begin();
  EXPECT_TRUE(look().empty());
  fleet.crash(0);
  for (const char* copy : {"/data/bans.0", "/data/bans.1"})
    static_cast<void>(fleet.disk(0).disk().remove(copy).ok());
  fleet.start(0);
  const auto forgotten = look();
  ASSERT_EQ(forgotten.size(), scenario.shards);
  EXPECT_EQ(forgotten[0].rule, "banned");
  EXPECT_EQ(forgotten[0].text, "shard 0 of node 0 has forgotten the stored ban of node 1");
  for (ShardId shard = 0; shard < scenario.shards; ++shard) {
    fleet.node(0).ask(shard, [&](node::Shard& own) { own.ban(security::subject_of(fleet.id_of(1)), 1h); });
  }
  EXPECT_TRUE(look().empty());
  fleet.crash(0);
  EXPECT_TRUE(look().empty());
}

}  // namespace
}  // namespace ringwire::sim
