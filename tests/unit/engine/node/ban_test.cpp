// What the operator says of a peer holds for every connection with it, however far that has come.
#include <gtest/gtest.h>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using session::ConnectionState;
using wire::DisconnectReason;

// A node of two shards. Connections are on shard 0; the claims of the peer are shard 1's to grant.
class BanTest : public ::testing::Test {
 protected:
  static SimNode::Options node_options() {
    SimNode::Options options;
    options.listeners = 1;
    options.config = small_config(2);
    return options;
  }
  static SimNode::Options peer_options() {
    SimNode::Options options;
    options.address = 1;
    options.key = key_owned_by(1);
    return options;
  }

  [[nodiscard]] std::uint32_t in_state(ConnectionState state) {
    std::uint32_t count = 0;
    node_.shard(0).sessions().for_each([&](const Session& session) { count += session.state == state; });
    return count;
  }
  void reach(ConnectionState state) {
    ASSERT_TRUE(world_.run_until([&] { return in_state(state) == 1; }, 1s)) << session::name(state);
  }
  void ban() {
    node_.ask(0, [id = peer_.id()](Shard& own) { own.admission().ban(id, own.time() + 1h); });
  }
  // Whether there was something to end.
  bool drop() {
    bool dropped = false;
    node_.ask(0, [&, id = peer_.id()](Shard& own) {
      dropped = own.connections().drop(id, DisconnectReason::requested);
    });
    world_.run_for(10ms);
    return dropped;
  }
  void expect_no_session() {
    node_.let_go();
    peer_.let_go();
    world_.run_for(5s);
    EXPECT_EQ(node_.counters(0).sessions.established.value(), 0U);
    EXPECT_EQ(node_.counters(0).connections.value(), 0U);
    EXPECT_EQ(peer_.established(), 0U);
    EXPECT_EQ(node_.shard(1).claims().counters().held.value(), 0U);
  }
  [[nodiscard]] std::uint64_t heard(DisconnectReason reason) {
    return peer_.counters(0).sessions.disconnects_received[reason].value();
  }

  World world_{17};
  SimNode node_{world_, node_options()};
  SimNode peer_{world_, peer_options()};
};

TEST_F(BanTest, EndsAConnectionThatWaitsForItsClaim) {
  node_.hold(1);
  peer_.dial(0, node_);
  reach(ConnectionState::awaiting_claim);
  ban();
  world_.run_for(100ms);
  EXPECT_EQ(heard(DisconnectReason::banned), 1U);
  expect_no_session();
}

TEST_F(BanTest, EndsADialThatWaitsForTheHandshakeOfTheBanned) {
  node_.dial(0, peer_);
  peer_.hold();
  reach(ConnectionState::awaiting_handshake);
  ban();
  world_.run_for(100ms);
  EXPECT_EQ(in_state(ConnectionState::awaiting_handshake), 0U);
  expect_no_session();
  EXPECT_EQ(heard(DisconnectReason::banned), 1U);
}

TEST_F(BanTest, EndsADialThatHasNotConnectedYet) {
  node_.dial(0, peer_);
  reach(ConnectionState::dialling);
  ban();
  expect_no_session();
  EXPECT_EQ(node_.counters(0).sessions.disconnects_sent[DisconnectReason::banned].value(), 0U);
}

TEST_F(BanTest, ThatHasRunOutCannotBeLifted) {
  const auto unban = [&](const auto& whom) {
    bool lifted = false;
    node_.ask(0, [&](Shard& own) { lifted = own.admission().unban(whom); });
    world_.run_for(10ms);
    return lifted;
  };
  for (const Duration waited : {Duration{30min}, Duration{2h}}) {
    node_.ask(0, [&](Shard& own) {
      own.admission().ban(peer_.id(), own.time() + 1h);
      own.admission().ban(host(1), own.time() + 1h);
    });
    world_.run_for(waited);
    EXPECT_EQ(unban(peer_.id()), waited < 1h);
    EXPECT_EQ(unban(host(1)), waited < 1h);
    EXPECT_FALSE(unban(peer_.id()));
    EXPECT_EQ(node_.counters(0).bans.value(), 0U);
  }
}

// An unproven identity is nobody's: the zero id that stands there until then is not one to be banned by.
TEST_F(BanTest, OfOneLeavesStrangersInTheirHandshakeAlone) {
  Stranger stranger(world_, 9, 4);
  stranger.dial(node_);
  reach(ConnectionState::awaiting_handshake);
  node_.ask(0, [](Shard& own) { own.admission().ban(NodeId{}, own.time() + 1h); });
  world_.run_for(100ms);
  EXPECT_EQ(in_state(ConnectionState::awaiting_handshake), 1U);
}

TEST_F(BanTest, ADropEndsAConnectionThatWaitsForItsClaim) {
  node_.hold(1);
  peer_.dial(0, node_);
  reach(ConnectionState::awaiting_claim);
  EXPECT_TRUE(drop());
  EXPECT_FALSE(drop());
  expect_no_session();
}

TEST_F(BanTest, ADropEndsADialOfThatNode) {
  node_.dial(0, peer_);
  peer_.hold();
  reach(ConnectionState::awaiting_handshake);
  EXPECT_TRUE(drop());
  EXPECT_FALSE(drop());
  expect_no_session();
}

TEST_F(BanTest, ADropEndsASession) {
  peer_.dial(0, node_);
  reach(ConnectionState::established);
  EXPECT_TRUE(drop());
  world_.run_for(1s);
  EXPECT_EQ(heard(DisconnectReason::requested), 1U);
  EXPECT_EQ(node_.established(), 0U);
  EXPECT_FALSE(drop());
}

}  // namespace
}  // namespace ringwire::node
