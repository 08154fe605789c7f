// The operator's peers are kept connected: dialled where there is a place for it, and only while there is no
// session with them.
#include <gtest/gtest.h>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

class DialDeskTest : public ::testing::Test {
 protected:
  // Whoever dials it comes to shard 0, while that has a place.
  static SimNode::Options node_options(std::uint32_t outbound_max) {
    SimNode::Options options;
    options.listeners = 1;
    options.config = small_config(2);
    options.config.limits.inbound_max = 2;
    options.config.limits.outbound_max = outbound_max;
    return options;
  }
  static void keep(SimNode& node, const SimNode& peer) {
    const wire::Enode target{peer.public_key(), peer.endpoint(), SimNode::kPort};
    node.ask(0, [=](Shard& own) { EXPECT_EQ(own.dials().add(target), nullptr); });
  }
  static void give_up(SimNode& node, const SimNode& peer) {
    node.ask(0, [id = peer.id()](Shard& own) { EXPECT_TRUE(own.dials().remove(id)); });
    for (ShardId shard = 0; shard < node.shards(); ++shard) {
      node.ask(shard, [id = peer.id()](Shard& own) {
        own.connections().drop(id, wire::DisconnectReason::requested);
      });
    }
  }
  static std::uint64_t dialled(const SimNode& node) {
    return node.sum([](const Shard& shard) -> const Counter& {
      return shard.connections().manager().counters().dialled;
    });
  }
  static std::uint64_t admitted(SimNode& node, ShardId shard) {
    return node.shard(shard).connections().manager().counters().admitted.value();
  }
  void connect(SimNode& peer, SimNode& node) {
    peer.dial(0, node);
    ASSERT_TRUE(world_.run_until([&] { return peer.established() == 1; }));
  }

  World world_{11};
  SimNode one_{world_, peer_options(1)};
  SimNode other_{world_, peer_options(2)};
};

TEST_F(DialDeskTest, WhoDialledUsBeforeItBecameATargetIsNotDialled) {
  SimNode node(world_, node_options(8));
  connect(one_, node);
  connect(other_, node);
  ASSERT_EQ(admitted(node, 0), 1U);
  ASSERT_EQ(admitted(node, 1), 1U);
  keep(node, one_);
  keep(node, other_);
  world_.run_for(1min);
  EXPECT_EQ(dialled(node), 0U);
  EXPECT_EQ(node.established(), 2U);
}

TEST_F(DialDeskTest, ATargetThatDialledUsIsDialledOnceItsSessionEnded) {
  SimNode node(world_, node_options(8));
  connect(one_, node);
  keep(node, one_);
  world_.run_for(1min);
  one_.ask(0, [](Shard& own) { own.connections().disconnect_all(wire::DisconnectReason::requested); });
  ASSERT_TRUE(world_.run_until([&] { return dialled(node) == 1; }));
  world_.run_for(1min);
  EXPECT_EQ(node.established(), 1U);
  EXPECT_EQ(dialled(node), 1U);
}

TEST_F(DialDeskTest, ADialIsMadeByTheShardThatHasAPlaceForIt) {
  SimNode node(world_, node_options(1));
  connect(one_, node);
  ASSERT_EQ(admitted(node, 0), 1U);
  keep(node, other_);
  world_.run_for(1min);
  EXPECT_EQ(node.established(), 2U);
  EXPECT_EQ(dialled(node), 1U);
}

TEST_F(DialDeskTest, DialsThatAreDueTogetherFindTheirPlacesTogether) {
  SimNode node(world_, node_options(2));
  keep(node, one_);
  keep(node, other_);
  world_.run_for(100ms);
  EXPECT_EQ(node.established(), 2U);
}

TEST_F(DialDeskTest, WhereAllPlacesAreTakenATargetWaitsForOne) {
  SimNode node(world_, node_options(1));
  keep(node, one_);
  world_.run_for(1s);
  keep(node, other_);
  world_.run_for(1min);
  EXPECT_EQ(one_.established(), 1U);
  EXPECT_EQ(dialled(node), 1U);
  give_up(node, one_);
  EXPECT_TRUE(world_.run_until([&] { return other_.established() == 1; }, 10min));
  EXPECT_EQ(one_.established(), 0U);
}

}  // namespace
}  // namespace ringwire::node
