// One session per node, whoever dialled and on whichever shards the connections are.
#include <gtest/gtest.h>

#include "engine/node/naming.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using wire::DisconnectReason;

const session::ClaimCounters& claims(SimNode& node, ShardId owner) {
  return node.shard(owner).claims().counters();
}

// A node of two shards and the two hosts of one key.
struct Where {
  ShardId owner;  // of the key's claims
  bool apart;     // the connections of the two are on different shards
};

class TwinTest : public ::testing::TestWithParam<Where> {
 protected:
  static SimNode::Options node_options() {
    SimNode::Options options;
    options.listeners = 1;
    options.config = small_config(2);
    if (GetParam().apart) options.config.limits.inbound_max = 2;
    return options;
  }
  static SimNode::Options twin_options(std::uint32_t address) {
    SimNode::Options options;
    options.address = address;
    options.key = key_owned_by(GetParam().owner);
    return options;
  }

  void establish_first() {
    first_.dial(0, node_);
    ASSERT_TRUE(world_.run_until([&] { return first_.established() == 1; }));
    world_.run_for(1s);
  }
  // Who has the one session there is; 0 for none, or more than one.
  [[nodiscard]] std::uint32_t holder() {
    const auto peers = node_.peers();
    if (peers.size() != 1) return 0;
    return peers[0].remote.address == host(1) ? 1 : 2;
  }
  [[nodiscard]] const session::ClaimCounters& counters() { return claims(node_, GetParam().owner); }
  [[nodiscard]] ShardId challenger() const { return GetParam().apart ? 1 : 0; }

  World world_{5};
  SimNode node_{world_, node_options()};
  SimNode first_{world_, twin_options(1)};
  SimNode second_{world_, twin_options(2)};
};

TEST_P(TwinTest, WhoAnswersTheProbeKeepsTheSession) {
  establish_first();
  second_.dial(0, node_);
  world_.run_for(1s);
  EXPECT_EQ(node_.shard(challenger()).connections().manager().counters().admitted.value(),
            GetParam().apart ? 1U : 2U);
  EXPECT_EQ(holder(), 1U);
  EXPECT_EQ(first_.established(), 1U);
  EXPECT_EQ(second_.established(), 0U);
  EXPECT_EQ(counters().probes.value(), 1U);
  EXPECT_EQ(counters().denied_duplicate.value(), 1U);
  EXPECT_EQ(second_.counters(0).sessions.disconnects_received[DisconnectReason::duplicate].value(), 1U);
  EXPECT_EQ(
      node_.sum([](const Shard& shard) -> const Counter& { return shard.context().counters.connections; }),
      1U);
}

TEST_P(TwinTest, WhoIsSilentForTwoSecondsLosesTheSession) {
  establish_first();
  first_.hold();
  second_.dial(0, node_);
  ASSERT_TRUE(world_.run_until([&] { return counters().probes.value() == 1; }, 1s));
  world_.run_for(session::PeerClaims::kProbeTime - 10ms);
  EXPECT_EQ(holder(), 1U);
  world_.run_for(20ms);
  EXPECT_EQ(holder(), 2U);
  EXPECT_EQ(second_.established(), 1U);
  EXPECT_EQ(counters().revoked_unresponsive.value(), 1U);
  EXPECT_EQ(counters().held.value(), 1U);

  first_.let_go();
  world_.run_for(1s);
  EXPECT_EQ(first_.established(), 0U);
  EXPECT_EQ(first_.counters(0).sessions.disconnects_received[DisconnectReason::duplicate].value(), 1U);
  second_.publish(10, 1'000);
  world_.run_for(1s);
  EXPECT_EQ(
      node_.sum([](const Shard& shard) -> const Counter& { return shard.context().counters.undelivered; }),
      10U);
}

TEST_P(TwinTest, AChallengerThatIsBannedMeanwhileLeavesASilentSessionAlone) {
  establish_first();
  first_.hold();
  second_.dial(0, node_);
  ASSERT_TRUE(world_.run_until([&] { return counters().probes.value() == 1; }, 1s));
  node_.ask(challenger(), [](Shard& shard) { shard.admission().ban(host(2), shard.time() + 1h); });
  world_.run_for(5s);
  EXPECT_EQ(holder(), 1U);
  EXPECT_EQ(counters().revoked_unresponsive.value(), 0U);
  first_.let_go();
  world_.run_for(1s);
  EXPECT_EQ(first_.established(), 1U);
}

// Nothing is read of a connection that waits for its claim, so that it is gone shows when it has its place.
TEST_P(TwinTest, AChallengerThatWentAwayMeanwhileLeavesNoClaimBehind) {
  establish_first();
  first_.hold();
  second_.dial(0, node_);
  ASSERT_TRUE(world_.run_until([&] { return counters().probes.value() == 1; }, 1s));
  second_.ask(0, [](Shard& shard) { shard.connections().disconnect_all(DisconnectReason::requested); });
  world_.run_for(5s);
  EXPECT_EQ(counters().revoked_unresponsive.value(), 1U);
  EXPECT_EQ(node_.established(), 0U);
  EXPECT_EQ(counters().held.value(), 0U);
  first_.let_go();
  world_.run_for(1s);
  first_.dial(0, node_);
  world_.run_for(1s);
  EXPECT_EQ(holder(), 1U);
}

TEST_P(TwinTest, ASessionThatEndsDuringItsProbeIsFollowedAtOnce) {
  establish_first();
  first_.hold();
  second_.dial(0, node_);
  ASSERT_TRUE(world_.run_until([&] { return counters().probes.value() == 1; }, 1s));
  node_.ask(0, [&](Shard& shard) {
    Session* const session = shard.sessions().find_source(source_of(first_.id()));
    ASSERT_NE(session, nullptr);
    shard.connections().disconnect(*session, DisconnectReason::requested);
  });
  world_.run_for(100ms);
  EXPECT_EQ(holder(), 2U);
  EXPECT_EQ(second_.established(), 1U);
  EXPECT_EQ(counters().revoked_unresponsive.value(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Shards, TwinTest,
                         ::testing::Values(Where{0, false}, Where{1, false}, Where{0, true}, Where{1, true}),
                         [](const auto& where) {
                           return "OwnedBy" + std::to_string(where.param.owner) +
                                  (where.param.apart ? "Apart" : "Together");
                         });

// Two nodes of two shards that dial each other.
class CrossingTest : public ::testing::Test {
 protected:
  struct Pair {
    Pair(World& world, std::uint32_t key) : one(world, options(1, key)), other(world, options(2, key + 1)) {}
    static SimNode::Options options(std::uint32_t address, std::uint32_t key) {
      SimNode::Options options;
      options.address = address;
      options.key = key;
      options.config = small_config(2);
      return options;
    }
    SimNode& smaller() { return one.id() < other.id() ? one : other; }
    SimNode& larger() { return one.id() < other.id() ? other : one; }
    std::uint64_t probes() {
      std::uint64_t sum = 0;
      for (SimNode* node : {&one, &other}) {
        for (ShardId id = 0; id < 2; ++id) sum += claims(*node, id).probes.value();
      }
      return sum;
    }

    SimNode one;
    SimNode other;
  };

  static void expect_one_session(Pair& pair, const SimNode& dialler) {
    for (SimNode* node : {&pair.one, &pair.other}) {
      const auto peers = node->peers();
      ASSERT_EQ(peers.size(), 1U);
      EXPECT_EQ(peers[0].inbound, node != &dialler);
    }
  }
  static std::uint64_t run_crossing(std::uint64_t seed) {
    sim::SimLink link;
    link.jitter = 3ms;
    link.split = true;
    World world(seed, link);
    Pair pair(world, static_cast<std::uint32_t>(100 + seed * 2));
    Prng prng(seed);
    pair.one.dial(static_cast<ShardId>(prng.below(2)), pair.other);
    world.run_for(Duration(static_cast<std::int64_t>(prng.below(4'000'000))));
    pair.other.dial(static_cast<ShardId>(prng.below(2)), pair.one);
    world.run_for(5s);
    expect_one_session(pair, pair.smaller());
    const auto settled = pair.one.peers()[0].connected_for;
    world.run_for(60s);
    expect_one_session(pair, pair.smaller());
    EXPECT_GE(pair.one.peers()[0].connected_for, settled + 59s);
    EXPECT_EQ(pair.probes(), 0U);
    return world.network().trace_hash();
  }
};

TEST_F(CrossingTest, OfSimultaneousDialsThatOfTheSmallerIdSurvives) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    run_crossing(seed);
    if (HasFailure()) return;
  }
}

TEST_F(CrossingTest, OneSeedGivesOneRun) {
  EXPECT_EQ(run_crossing(3), run_crossing(3));
  EXPECT_NE(run_crossing(3), run_crossing(4));
}

TEST_F(CrossingTest, AYoungSessionYieldsToTheDialOfTheSmallerId) {
  World world(1);
  Pair pair(world, 100);
  pair.larger().dial(0, pair.smaller());
  world.run_for(5s);
  expect_one_session(pair, pair.larger());
  pair.smaller().dial(1, pair.larger());
  world.run_for(5s);
  expect_one_session(pair, pair.smaller());
  EXPECT_EQ(pair.probes(), 0U);
}

TEST_F(CrossingTest, ASettledSessionThatIsAliveYieldsToNobody) {
  World world(1);
  Pair pair(world, 100);
  pair.larger().dial(0, pair.smaller());
  world.run_for(session::PeerClaims::kSettledAge + 1s);
  pair.smaller().dial(1, pair.larger());
  world.run_for(5s);
  expect_one_session(pair, pair.larger());
  EXPECT_EQ(pair.probes(), 2U);
}

// The peer lost its session and did not say so; now it is dialled itself.
TEST_F(CrossingTest, ASettledSessionThatIsDeadYieldsToOurOwnDial) {
  World world(1);
  Pair pair(world, 100);
  pair.larger().dial(0, pair.smaller());
  world.run_for(session::PeerClaims::kSettledAge + 1s);
  pair.larger().hold();
  SimNode::Options again = Pair::options(3, pair.larger().id() == pair.one.id() ? 100 : 101);
  SimNode restarted(world, again);
  ASSERT_EQ(restarted.id(), pair.larger().id());
  pair.smaller().dial(1, restarted);
  world.run_for(1s);
  EXPECT_TRUE(pair.smaller().peers().at(0).inbound);  // not yet
  world.run_for(2s);
  const auto peers = pair.smaller().peers();
  ASSERT_EQ(peers.size(), 1U);
  EXPECT_EQ(peers[0].remote.address, host(3));
  EXPECT_FALSE(peers[0].inbound);
}

}  // namespace
}  // namespace ringwire::node
