// A connection that finds its shard full goes to another before its first byte is read.
#include <gtest/gtest.h>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

constexpr std::uint32_t kSeed = 11;

// Two shards, of which only the first listens, with places for so many inbound connections together.
SimNode::Options crowded(std::uint32_t inbound_max) {
  SimNode::Options options;
  options.listeners = 1;
  options.config = small_config(2);
  options.config.limits.inbound_max = inbound_max;
  return options;
}

class HandOnTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::uint64_t handed_on(ShardId shard) const {
    return node_.counters(shard).handed_on.value();
  }
  [[nodiscard]] std::uint64_t adopted(ShardId shard) const { return node_.counters(shard).adopted.value(); }
  [[nodiscard]] std::uint64_t established(ShardId shard) const {
    return node_.counters(shard).established.value();
  }

  World world_{kSeed};
  SimNode node_{world_, crowded(2)};
  SimNode first_{world_, peer_options(1)};
  SimNode second_{world_, peer_options(2)};
  SimNode third_{world_, peer_options(3)};
};

TEST_F(HandOnTest, AConnectionThatFindsItsShardFullIsServedByTheOneWithRoom) {
  first_.dial(0, node_);
  world_.run_for(1s);
  second_.dial(0, node_);
  world_.run_for(1s);
  EXPECT_EQ(handed_on(0), 1U);
  EXPECT_EQ(adopted(1), 1U);
  EXPECT_EQ(handed_on(1) + adopted(0), 0U);
  EXPECT_EQ(established(0), 1U);
  EXPECT_EQ(established(1), 1U);
  const auto peers = node_.peers();
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(peers[0].id, first_.id());
  EXPECT_EQ(peers[1].id, second_.id());
  EXPECT_EQ(peers[1].remote.address, host(2));
  EXPECT_TRUE(peers[1].inbound);
  EXPECT_EQ(second_.established(), 1U);

  second_.publish(100, 1'000);
  world_.run_for(1s);
  EXPECT_EQ(first_.counters(0).undelivered.value(), 100U);
}

TEST_F(HandOnTest, WhatTheDiallerSaidOnTheWayIsNotLost) {
  first_.dial(0, node_);
  world_.run_for(1s);
  node_.hold(1);
  second_.dial(0, node_);
  world_.run_for(1s);
  ASSERT_EQ(handed_on(0), 1U);
  ASSERT_GT(second_.driver(0).counters().sent_bytes.value(), 0U);
  ASSERT_EQ(adopted(1), 0U);
  node_.let_go();
  world_.run_for(1s);
  EXPECT_EQ(established(1), 1U);
  EXPECT_EQ(second_.established(), 1U);
}

TEST_F(HandOnTest, ADiallerThatHungUpOnTheWayLeavesNothingBehind) {
  first_.dial(0, node_);
  world_.run_for(1s);
  for (const auto mode : {driver::CloseMode::graceful, driver::CloseMode::reset}) {
    Stranger stranger(world_, 9, 4);
    node_.hold(1);
    const auto dialled = stranger.dial(node_);
    world_.run_for(100ms);
    ASSERT_EQ(stranger.connected, 1U);
    stranger.close(dialled, mode);
    world_.run_for(100ms);
    node_.let_go();
    world_.run_for(100ms);
    EXPECT_EQ(node_.shard(1).sessions().count(), 0U);
    EXPECT_EQ(node_.shard(1).connections().manager().inbound_count(), 0U);
  }
  EXPECT_EQ(adopted(1), 2U);
  second_.dial(0, node_);
  world_.run_for(1s);
  EXPECT_EQ(established(1), 1U);
}

TEST_F(HandOnTest, WhereEveryShardIsFullTheNewcomerIsTurnedAway) {
  for (SimNode* dialler : {&first_, &second_, &third_}) {
    dialler->dial(0, node_);
    world_.run_for(1s);
  }
  EXPECT_EQ(handed_on(0), 1U);
  EXPECT_EQ(node_.shard(0).connections().manager().counters().refused_full.value(), 1U);
  EXPECT_EQ(third_.established(), 0U);
  EXPECT_EQ(first_.established() + second_.established(), 2U);
}

TEST_F(HandOnTest, APlaceKeptForADialIsNoRoom) {
  SimNode::Options options = crowded(4);
  options.address = 20;
  options.config.limits.connections_max = 6;
  options.config.limits.outbound_max = 4;
  SimNode node(world_, options);
  for (SimNode* dialler : {&first_, &second_, &third_}) {
    dialler->dial(0, node);
    world_.run_for(1s);
  }
  EXPECT_EQ(node.counters(0).handed_on.value(), 1U);
  EXPECT_EQ(node.counters(0).established.value(), 1U);
  EXPECT_EQ(node.counters(1).established.value(), 1U);
}

TEST_F(HandOnTest, AShardWithTheSmallerShareIsFullAtItsShare) {
  SimNode::Options options = crowded(3);
  options.address = 20;
  SimNode node(world_, options);
  Stranger stranger(world_, 9, 4);
  first_.dial(0, node);
  world_.run_for(1s);
  stranger.dial(node);
  world_.run_for(100ms);
  second_.dial(0, node);
  world_.run_for(100ms);
  ASSERT_EQ(node.counters(1).established.value(), 1U);
  third_.dial(0, node);  // takes the place of whom nobody knows yet
  world_.run_for(100ms);
  EXPECT_EQ(third_.established(), 1U);
  EXPECT_EQ(stranger.ended, 1U);
  EXPECT_EQ(node.counters(0).handed_on.value(), 1U);
}

TEST_F(HandOnTest, AShardWithoutASlotHangsUp) {
  constexpr std::uint32_t kStrangers = 600;
  const std::uint32_t slots = settings_of(crowded(2).config, 2, 1).driver.connections_max;
  ASSERT_LT(slots, kStrangers);
  first_.dial(0, node_);
  world_.run_for(1s);
  Stranger stranger(world_, 9, kStrangers);
  node_.hold(1);
  for (std::uint32_t dialled = 0; dialled < kStrangers; dialled += 100) {
    for (std::uint32_t i = 0; i < 100; ++i) stranger.dial(node_);
    world_.run_for(100ms);
  }
  ASSERT_EQ(handed_on(0), kStrangers);
  node_.let_go();
  world_.run_for(100ms);
  EXPECT_EQ(adopted(1), slots);
  EXPECT_EQ(node_.counters(1).adopt_failed.value(), kStrangers - slots);
  EXPECT_EQ(stranger.ended, kStrangers - 1);  // the last to be admitted has the place
  world_.run_for(10s);
  EXPECT_EQ(stranger.ended, kStrangers);
  second_.dial(0, node_);
  world_.run_for(1s);
  EXPECT_EQ(established(1), 1U);
}

TEST_F(HandOnTest, AShardThatIsStoppingTakesNobody) {
  SimNode::Options options = crowded(4);
  options.address = 20;
  SimNode node(world_, options);
  for (SimNode* dialler : {&first_, &second_, &third_}) {
    dialler->dial(0, node);
    world_.run_for(1s);
  }
  ASSERT_EQ(node.counters(1).established.value(), 1U);
  third_.hold();  // it does not take its goodbye, so that its shard stays for a while
  node.publish(500, 2'000);
  world_.run_for(100ms);
  node.ask(1, [](Shard& shard) { shard.stop(); });
  world_.run_for(10ms);
  Stranger stranger(world_, 9, 4);
  stranger.dial(node);
  world_.run_for(100ms);
  EXPECT_EQ(node.counters(0).handed_on.value(), 2U);
  EXPECT_EQ(node.counters(1).adopted.value(), 1U);
  EXPECT_EQ(node.shard(1).sessions().count(), 1U);
  EXPECT_EQ(stranger.ended, 1U);
}

TEST_F(HandOnTest, WhoIsOnTheWayToAShardThatEndedIsHungUpWithTheNode) {
  SimNode::Options options = crowded(2);
  options.address = 20;
  Stranger stranger(world_, 9, 4);
  {
    SimNode node(world_, options);
    node.ask(1, [](Shard& shard) { shard.stop(); });
    first_.dial(0, node);
    world_.run_for(1s);
    stranger.dial(node);
    world_.run_for(1s);
    ASSERT_EQ(node.counters(0).handed_on.value(), 1U);
    ASSERT_EQ(stranger.ended, 0U);
  }
  world_.run_for(1s);
  EXPECT_EQ(stranger.ended, 1U);
}

}  // namespace
}  // namespace ringwire::node
