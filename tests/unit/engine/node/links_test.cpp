#include "engine/node/links.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "codec/base/heap_buffer.hpp"

namespace ringwire::node {
namespace {

struct Bell final : driver::Waker {
  int rings = 0;
  void ring() override { ++rings; }
};

// Two shards by hand: the test is the thread of both.
struct LinksTest : testing::Test {
  HeapBuffers heap{1 << 22};
  Mesh mesh{2};
  std::array<Bell, 2> bells;
  std::vector<std::unique_ptr<shard::Sleeper>> sleepers;
  std::unique_ptr<Links> first;
  std::unique_ptr<Links> second;

  LinksTest() {
    for (Bell& bell : bells) sleepers.push_back(std::make_unique<shard::Sleeper>(bell));
    first = std::make_unique<Links>(mesh, 0, sleepers);
    second = std::make_unique<Links>(mesh, 1, sleepers);
  }

  // How many the first shard could send before it was refused, and shown to the second.
  template <class Lane, class Meta>
  std::size_t fill(Lane& lane, const Meta& meta) {
    std::size_t sent = 0;
    while (lane.send(meta, SliceChain(heap.make(100)))) ++sent;
    first->flush();
    return sent;
  }
};

const auto drop = [](const auto&, SliceChain&&) {};

TEST_F(LinksTest, RoomThatWasMadeWhileItWasAwakeKeepsARefusedForwarderFromSleeping) {
  EXPECT_EQ(fill(first->forward_to(1), ForwardMeta{}), kForwardDepth);
  EXPECT_EQ(first->forwards_refused(), 1U);
  EXPECT_EQ(first->relays_refused(), 0U);
  sleepers[0]->prepare_sleep();
  EXPECT_FALSE(first->anything_waits());
  sleepers[0]->awake();

  EXPECT_EQ(second->forward_from(0).receive(drop, 1), 1U);
  second->flush();
  EXPECT_EQ(bells[0].rings, 0);  // it was awake

  sleepers[0]->prepare_sleep();
  EXPECT_TRUE(first->anything_waits());
  EXPECT_FALSE(first->anything_waits());  // it may have nothing left to send
}

TEST_F(LinksTest, LikewiseAnOwnerWhoseRelaysWereRefused) {
  EXPECT_EQ(fill(first->relay_to(1), RelayMeta{}), kRelayDepth);
  EXPECT_FALSE(first->anything_waits());
  EXPECT_EQ(second->relay_from(0).receive(drop, 1), 1U);
  second->flush();
  EXPECT_EQ(bells[0].rings, 0);
  sleepers[0]->prepare_sleep();
  EXPECT_TRUE(first->anything_waits());
}

TEST_F(LinksTest, RoomThatIsMadeWhileItSleepsWakesIt) {
  fill(first->forward_to(1), ForwardMeta{});
  sleepers[0]->prepare_sleep();
  EXPECT_FALSE(first->anything_waits());
  EXPECT_EQ(second->forward_from(0).receive(drop, 1), 1U);
  second->flush();
  EXPECT_EQ(bells[0].rings, 1);
}

TEST_F(LinksTest, AControlMessageIsNeitherLostNorOvertakenWhereTheRingIsFull) {
  for (std::int64_t i = 0; i < 2 * static_cast<std::int64_t>(kControlDepth); ++i)
    first->send(1, {.kind = ControlKind::dial, .value = i});
  EXPECT_TRUE(first->control_waits());
  std::int64_t expected = 0;
  while (expected < 2 * static_cast<std::int64_t>(kControlDepth)) {
    first->flush();
    ASSERT_GT(second->receive_control([&](const ControlMessage& m) { EXPECT_EQ(m.value, expected++); }), 0U);
  }
  EXPECT_FALSE(first->control_waits());
  EXPECT_EQ(first->counters().control_waited.value(), kControlDepth);
}

}  // namespace
}  // namespace ringwire::node
