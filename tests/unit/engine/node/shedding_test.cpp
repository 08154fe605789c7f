// What gives way when memory runs short: receive buffers are copied out of and given back, a queue that is
// too long costs its peer the place, a full heap costs the peer with the longest queue its own; everybody
// else is told everything.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using wire::DisconnectReason;

constexpr std::uint32_t kMessageBytes = 2'000;  // copied into the queue of who does not read
constexpr std::uint32_t kBatch = 100;

// A node of two shards with one peer that reads on each, and two that do not on the first.
class SheddingTest : public ::testing::Test {
 protected:
  explicit SheddingTest(std::uint64_t peer_queue_kb = 16 * 1024)
      : node_(world_, node_options(peer_queue_kb)) {
    slow_.dial(0, node_);
    slower_.dial(0, node_);
    reader_.dial(0, node_);
    world_.run_for(1s);
    far_reader_.dial(0, node_);  // finds the first shard full
    world_.run_for(1s);
    EXPECT_EQ(node_.counters(0).established.value(), 3U);
    EXPECT_EQ(node_.counters(1).established.value(), 1U);
  }
  static SimNode::Options node_options(std::uint64_t peer_queue_kb) {
    SimNode::Options options;
    options.listeners = 1;
    options.config = small_config(2);
    options.config.limits.inbound_max = 6;
    options.config.memory.peer_queue_kb = peer_queue_kb;
    return options;
  }

  void publish(std::uint32_t batches) {
    for (std::uint32_t i = 0; i < batches; ++i) {
      node_.publish(kBatch, kMessageBytes);
      world_.run_for(10ms);
      published_ += kBatch;
    }
  }
  // Those who read have had everything there was.
  void expect_readers_have_all() {
    world_.run_for(1s);
    EXPECT_EQ(reader_.counters(0).undelivered.value(), published_);
    EXPECT_EQ(far_reader_.counters(0).undelivered.value(), published_);
    EXPECT_EQ(reader_.established() + far_reader_.established(), 2U);
    EXPECT_EQ(node_.counters(0).relay_dropped.value() + node_.counters(1).relay_dropped.value(), 0U);
  }
  [[nodiscard]] bool has(const SimNode& peer) {
    for (const PeerInfo& info : node_.peers()) {
      if (info.id == peer.id()) return true;
    }
    return false;
  }
  // Peers that a ledger holds it against. Its owner hears of it by mail.
  [[nodiscard]] std::uint64_t charged() {
    world_.run_for(100ms);
    return node_.sum([](const Shard& shard) -> const Counter& {
      return shard.ledger().ledger().counters().charged[security::Reason::too_slow];
    });
  }
  [[nodiscard]] const ShardCounters& counters() const { return node_.counters(0); }
  [[nodiscard]] const HeapBuffers& heap() { return node_.shard(0).context().heap; }

  World world_{9};
  SimNode node_;
  SimNode slow_{world_, peer_options(1)};
  SimNode slower_{world_, peer_options(2)};
  SimNode reader_{world_, peer_options(3)};
  SimNode far_reader_{world_, peer_options(4)};
  std::uint64_t published_ = 0;
};

class LongestQueueTest : public SheddingTest, public ::testing::WithParamInterface<bool> {};

// Whichever of the two it is: the table of sessions is in the order of their ids.
TEST_P(LongestQueueTest, AFullHeapCostsThePeerWithTheLongestQueueItsPlaceAndNobodyElse) {
  SimNode& longest = GetParam() ? slow_ : slower_;
  SimNode& shorter = GetParam() ? slower_ : slow_;
  longest.hold();
  publish(15);
  shorter.hold();
  while (counters().shed.value() == 0 && published_ < 20'000) publish(1);
  EXPECT_EQ(counters().shed.value(), 1U);
  EXPECT_EQ(counters().sessions.disconnects_sent[DisconnectReason::too_slow].value(), 1U);
  EXPECT_EQ(counters().too_slow.value(), 0U);  // no queue was above its own limit
  EXPECT_EQ(charged(), 0U);
  EXPECT_FALSE(has(longest));
  EXPECT_TRUE(has(shorter));
  EXPECT_LE(heap().used_bytes(), heap().limit_bytes());
  EXPECT_EQ(node_.counters(1).shed.value(), 0U);
  expect_readers_have_all();

  shorter.let_go();
  world_.run_for(5s);
  EXPECT_TRUE(has(shorter));
  EXPECT_EQ(shorter.counters(0).undelivered.value(), published_);
}

INSTANTIATE_TEST_SUITE_P(Either, LongestQueueTest, ::testing::Bool());

TEST_F(SheddingTest, OneAfterTheOtherGoesWhileThereIsSomebodyToBlame) {
  slower_.hold();
  slow_.hold();
  while (counters().shed.value() < 2 && published_ < 30'000) publish(1);
  EXPECT_EQ(counters().shed.value(), 2U);
  EXPECT_EQ(counters().sessions.disconnects_sent[DisconnectReason::too_slow].value(), 2U);
  EXPECT_EQ(counters().established.value(), 1U);
  expect_readers_have_all();
  EXPECT_LT(heap().used_bytes(), heap().limit_bytes() / 8);
}

class QueueLimitTest : public SheddingTest {
 protected:
  static constexpr std::uint64_t kQueueKb = 1024;
  QueueLimitTest() : SheddingTest(kQueueKb) {}
};

TEST_F(QueueLimitTest, AQueueAboveItsLimitCostsItsOwnPeer) {
  slower_.hold();
  std::uint64_t longest = 0;
  while (has(slower_) && published_ < 5'000) {
    publish(1);
    for (const PeerInfo& info : node_.peers()) longest = std::max(longest, info.queued_bytes);
  }
  EXPECT_FALSE(has(slower_));
  EXPECT_EQ(counters().too_slow.value(), 1U);
  EXPECT_EQ(counters().shed.value(), 0U);
  EXPECT_EQ(charged(), 1U);
  EXPECT_GT(longest, kQueueKb * 1024 / 2);
  EXPECT_LE(longest, kQueueKb * 1024 + kBatch * kMessageBytes);
  EXPECT_TRUE(has(slow_));
  expect_readers_have_all();
  EXPECT_EQ(slow_.counters(0).undelivered.value(), published_);
}

// Peers that stop in the middle of a large message, each of which holds some of the few receive buffers.
TEST(Relief, BuffersOfUnfinishedMessagesAreGivenBackWhileFewAreLeft) {
  constexpr std::uint32_t kHogs = 14;
  constexpr std::uint32_t kBuffers = 16;
  sim::SimLink link;
  link.in_flight_bytes_max = 12'000;
  World world(2, link);
  SimNode::Options options;
  options.config.memory.receive_buffers = kBuffers;
  SimNode node(world, options);
  std::vector<std::unique_ptr<SimNode>> hogs;
  for (std::uint32_t i = 0; i < kHogs; ++i) {
    hogs.push_back(std::make_unique<SimNode>(world, peer_options(10 + i)));
    hogs.back()->dial(0, node);
  }
  SimNode honest(world, peer_options(1));
  honest.dial(0, node);
  world.run_for(1s);
  ASSERT_EQ(node.established(), kHogs + 1U);
  const std::uint64_t copied_before = copy_ledger()[CopyReason::relay_heap].value();
  for (auto& hog : hogs) hog->publish(1, 300'000);
  world.run_for(4ms);
  for (auto& hog : hogs) hog->hold();
  world.run_for(1s);
  const ShardCounters& counters = node.counters(0);
  EXPECT_EQ(counters.undelivered.value(), 0U);
  EXPECT_GT(counters.pool_low_turns.value(), 0U);
  EXPECT_LE(node.driver(0).pool_state(driver::PoolClass::small).pinned, kBuffers * 3 / 4);
  EXPECT_GT(copy_ledger()[CopyReason::relay_heap].value(), copied_before);

  honest.publish(50, 3'000);
  world.run_for(2s);
  EXPECT_EQ(counters.undelivered.value(), 50U);

  for (auto& hog : hogs) hog->let_go();
  world.run_for(20s);
  EXPECT_EQ(counters.undelivered.value(), 50U + kHogs);
  EXPECT_EQ(node.established(), kHogs + 1U);
  EXPECT_EQ(node.driver(0).pool_state(driver::PoolClass::small).pinned, 0U);
}

}  // namespace
}  // namespace ringwire::node
