// The control lane between two shards never drops: what the ring does not take waits in the sender's list.
#include <gtest/gtest.h>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

class Bell final : public driver::Waker {
 public:
  void ring() override { ++rung; }
  int rung = 0;
};

// The links of two shards and nothing else.
class TwoLinks {
 public:
  TwoLinks() {
    for (int i = 0; i < 2; ++i) sleepers_.push_back(std::make_unique<shard::Sleeper>(bell_));
  }
  Links& from() { return from_; }
  Links& to() { return to_; }

  void send(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) from_.send(1, {.kind = ControlKind::adopt, .value = sent_++});
  }
  // What arrives is what was sent, in order.
  void receive() {
    to_.receive_control([&](const ControlMessage& message) { EXPECT_EQ(message.value, received_++); });
  }
  [[nodiscard]] std::int64_t sent() const { return sent_; }
  [[nodiscard]] std::int64_t received() const { return received_; }

 private:
  Bell bell_;
  std::vector<std::unique_ptr<shard::Sleeper>> sleepers_;
  Mesh mesh_{2};
  Links from_{mesh_, 0, sleepers_};
  Links to_{mesh_, 1, sleepers_};
  std::int64_t sent_ = 0;
  std::int64_t received_ = 0;
};

TEST(ControlOverflow, WhatTheRingDoesNotTakeWaitsAndIsCounted) {
  TwoLinks links;
  links.send(kControlDepth);
  EXPECT_FALSE(links.from().control_waits());
  links.send(10);
  EXPECT_TRUE(links.from().control_waits());
  EXPECT_EQ(links.from().counters().control_waited.value(), 10U);
  links.from().flush();
  links.receive();
  EXPECT_EQ(links.received(), static_cast<std::int64_t>(kControlDepth));
  EXPECT_TRUE(links.from().control_waits());
  links.from().flush();
  EXPECT_FALSE(links.from().control_waits());
  links.receive();
  EXPECT_EQ(links.received(), links.sent());
}

TEST(ControlOverflow, NothingIsLostOrOvertakenHoweverTheTwoTakeTurns) {
  TwoLinks links;
  Prng prng(7);
  for (int turn = 0; turn < 500; ++turn) {
    if (prng.below(3) > 0) links.send(static_cast<std::uint32_t>(prng.below(600)));
    if (prng.below(3) > 0) links.from().flush();
    if (prng.below(3) == 0) links.receive();
    if (HasFailure()) return;
  }
  EXPECT_GT(links.from().counters().control_waited.value(), 10'000U);
  while (links.received() < links.sent()) {
    const std::int64_t before = links.received();
    links.from().flush();
    links.receive();
    ASSERT_GT(links.received(), before);
  }
  EXPECT_EQ(links.from().counters().control_sent.value(), static_cast<std::uint64_t>(links.sent()));
}

TEST(ControlOverflow, WhoEndsFirstLeavesNothingInItsList) {
  TwoLinks links;
  links.send(kControlDepth + 10);
  links.from().flush();
  std::int64_t drained = 0;
  links.from().drain_control([&](const ControlMessage& message) {
    EXPECT_EQ(message.value, static_cast<std::int64_t>(kControlDepth) + drained++);
  });
  EXPECT_EQ(drained, 10);
  EXPECT_FALSE(links.from().control_waits());
}

// A shard in a long turn, a storm of connections for it, and behind them what a session of another waits for.
TEST(ControlOverflow, AClaimBehindAStormOfHandedOnConnectionsIsGranted) {
  constexpr std::uint32_t kStorm = kControlDepth + 500;
  World world(3);
  SimNode::Options options;
  options.listeners = 1;
  options.config = small_config(2);
  options.config.limits.connections_max = 4 * kStorm;  // slots for all of them
  options.config.limits.inbound_max = 2;
  SimNode node(world, options);
  SimNode::Options honest;
  honest.address = 2;
  honest.key = key_owned_by(1);
  SimNode peer(world, honest);

  Stranger first(world, 8, 4);
  const auto dialled = first.dial(node);
  world.run_for(100ms);
  node.hold(1);
  Stranger storm(world, 9, kStorm);
  for (std::uint32_t i = 0; i < kStorm; ++i) storm.dial(node);
  world.run_for(100ms);
  ASSERT_EQ(node.counters(0).handed_on.value(), kStorm);
  first.close(dialled, driver::CloseMode::reset);
  world.run_for(100ms);
  peer.dial(0, node);
  world.run_for(1s);
  EXPECT_TRUE(node.shard(0).links().control_waits());
  EXPECT_EQ(node.established(), 0U);
  EXPECT_EQ(node.counters(1).adopted.value(), 0U);

  node.let_go();
  world.run_for(100ms);  // what waits is tried again long before the shard would look up by itself
  EXPECT_FALSE(node.shard(0).links().control_waits());
  EXPECT_EQ(node.shard(0).links().counters().control_waited.value(), kStorm + 1 - kControlDepth);
  EXPECT_EQ(node.counters(1).adopted.value(), kStorm);
  EXPECT_EQ(node.counters(1).adopt_failed.value(), 0U);
  EXPECT_EQ(node.counters(0).established.value(), 1U);
  EXPECT_EQ(peer.established(), 1U);
  EXPECT_EQ(storm.ended, kStorm - 1);
}

}  // namespace
}  // namespace ringwire::node
