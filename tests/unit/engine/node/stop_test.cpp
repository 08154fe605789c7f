// What a stopping shard does while it waits for its peers to let go.
#include <gtest/gtest.h>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

// A dial that is due is not made any more, and not waited for either: a deadline in the past would keep the
// shard turning until it ends.
TEST(Stop, AShardThatWaitsForASilentPeerSleepsThoughADialIsDue) {
  constexpr std::uint64_t kTurnsMax = 100;  // those of the events of the stop, and some
  World world(23);
  SimNode node(world, {});
  SimNode::Options options;
  options.address = 1;
  options.key = 2;
  SimNode silent(world, options);
  options.address = 2;
  options.key = 3;
  SimNode target(world, options);

  silent.dial(0, node);
  ASSERT_TRUE(world.run_until([&] { return node.established() == 1; }));
  world.run_for(1s);
  // More than a connection takes that nobody reads: our Disconnect has to wait behind it.
  silent.hold();
  node.publish(10, 100'000);
  world.run_for(100ms);
  const std::uint64_t turns_before = node.shard(0).context().turn;
  const auto turns = [&] { return node.shard(0).context().turn - turns_before; };
  const wire::Enode enode{target.public_key(), target.endpoint(), SimNode::kPort};
  const Instant asked = node.shard(0).time();
  node.ask(0, [=](Shard& own) {
    EXPECT_EQ(own.dials().add(enode), nullptr);
    own.stop();
  });
  world.run_until([&] { return turns() > kTurnsMax; }, 5s);
  EXPECT_LE(turns(), kTurnsMax);
  EXPECT_GE(node.shard(0).time() - asked, 1s);  // else nothing kept it
  EXPECT_EQ(node.counters(0).connections.value(), 0U);
  EXPECT_EQ(target.counters(0).connections.value(), 0U);
}

}  // namespace
}  // namespace ringwire::node
