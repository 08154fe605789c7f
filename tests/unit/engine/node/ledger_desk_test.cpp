// From an offence on one shard to what all shards do about it.
#include "engine/node/ledger_desk.hpp"

#include <gtest/gtest.h>

#include "codec/wire/enode.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using security::Reason;
using session::ConnectionState;
using wire::DisconnectReason;

// A node of two shards that takes every address for a stranger's. Connections are on shard 0.
class LedgerDeskTest : public ::testing::Test {
 protected:
  static SimNode::Options node_options() {
    SimNode::Options options;
    options.listeners = 1;
    options.config = small_config(2);
    options.config.limits.treat_loopback_as_public = true;
    return options;
  }

  void connect() {
    peer_.dial(0, node_);
    ASSERT_TRUE(world_.run_until([&] { return node_.established() == 1; }));
  }
  Session& session() {
    Session* found = nullptr;
    node_.shard(0).sessions().for_each([&](Session& each) { found = &each; });
    return *found;
  }
  void offend(Reason reason) {
    node_.ask(0, [this, reason](Shard& own) { own.connections().offence(session(), reason); });
    world_.run_for(10ms);
  }
  [[nodiscard]] std::optional<security::Explanation> why(const security::Subject& subject) {
    const ShardId owner = node_.shard(0).ledger().owner(subject);
    return node_.shard(owner).ledger().ledger().why(subject, world_.network().now().monotonic);
  }
  [[nodiscard]] bool is_banned_on(ShardId shard) { return node_.counters(shard).bans.value() > 0; }
  [[nodiscard]] std::uint64_t heard(DisconnectReason reason) {
    return peer_.counters(0).sessions.disconnects_received[reason].value();
  }

  World world_{23};
  SimNode node_{world_, node_options()};
  SimNode peer_{world_, peer_options(1)};
};

TEST_F(LedgerDeskTest, RecordsAnOffenceWithTheOwnersOfTheIdAndOfTheAddress) {
  connect();
  offend(Reason::invalid_transaction);
  const auto node = why(security::subject_of(peer_.id()));
  const auto address = why(security::subject_of(host(1)));
  ASSERT_TRUE(node && address);
  EXPECT_EQ(node->changes.at(0).points, security::rules_of(Reason::invalid_transaction).identity);
  EXPECT_EQ(address->changes.at(0).points, security::rules_of(Reason::invalid_transaction).address);
  EXPECT_EQ(node_.established(), 1U);
}

TEST_F(LedgerDeskTest, EndsTheConnectionThatWentTooFar) {
  connect();
  offend(Reason::rejected_message);
  world_.run_for(1s);
  EXPECT_EQ(node_.established(), 0U);
  EXPECT_EQ(heard(DisconnectReason::bad_protocol), 1U);
  EXPECT_EQ(node_.counters(0).punished.value(), 1U);
  EXPECT_FALSE(is_banned_on(0));
}

TEST_F(LedgerDeskTest, BansOnEveryShardWithinTenMilliseconds) {
  connect();
  offend(Reason::invalid_block);
  EXPECT_TRUE(is_banned_on(0));
  EXPECT_TRUE(is_banned_on(1));
  world_.run_for(1s);
  EXPECT_EQ(heard(DisconnectReason::banned), 1U);
  peer_.dial(0, node_);
  world_.run_for(10s);
  EXPECT_EQ(node_.established(), 0U);
  EXPECT_EQ(node_.counters(0).banned_node.value(), 1U);
  // It is let in again when the ban has run out.
  world_.run_for(security::kBanShortest);
  connect();
}

TEST_F(LedgerDeskTest, KeepsTheScoreOfWhoReconnects) {
  for (int visit = 1; visit <= 3; ++visit) {
    connect();
    offend(Reason::rejected_message);
    world_.run_for(3s);
    ASSERT_EQ(node_.established(), 0U);
    EXPECT_EQ(is_banned_on(0), visit == 3);
  }
}

TEST_F(LedgerDeskTest, ChargesAStrangerThatSaysNonsenseToItsAddressOnly) {
  Stranger stranger(world_, 9, 16);
  for (int i = 0; i < 20 && !is_banned_on(0); ++i) {
    const auto id = stranger.dial(node_);
    world_.run_for(10ms);
    stranger.say(id, std::string(200, 'x'));
    world_.run_for(1s);
  }
  EXPECT_TRUE(is_banned_on(0));
  EXPECT_TRUE(is_banned_on(1));
  const auto why_address = why(security::subject_of(host(9)));
  ASSERT_TRUE(why_address);
  EXPECT_TRUE(why_address->banned_until);
  // The id that stands in a session before its peer has proven one.
  EXPECT_FALSE(why(security::subject_of(NodeId{})));
  // Who came from elsewhere is not concerned.
  connect();
}

TEST_F(LedgerDeskTest, ChargesTheAddressOfWhoNeverFinishesItsHandshake) {
  Stranger stranger(world_, 9, 16);
  stranger.dial(node_);
  world_.run_for(6s);
  const auto why_address = why(security::subject_of(host(9)));
  ASSERT_TRUE(why_address);
  EXPECT_EQ(why_address->changes.at(0).reason, Reason::slow_handshake);
}

// Whoever told us where to dial may have told us a victim's address.
TEST_F(LedgerDeskTest, ChargesNobodyForWhatAnswersWhereWeDialled) {
  peer_.hold();
  node_.dial(0, peer_);
  world_.run_for(20s);
  EXPECT_FALSE(why(security::subject_of(host(1))));
  EXPECT_FALSE(why(security::subject_of(peer_.id())));
}

TEST(LedgerDesk, LeavesTheTrustedAndTheirAddressesAlone) {
  World world(5);
  SimNode peer(world, peer_options(1));
  SimNode::Options options;
  options.config.limits.treat_loopback_as_public = true;
  options.config.trusted_peers = {wire::Enode{peer.public_key(), peer.endpoint(), 0}.to_string()};
  SimNode node(world, options);
  peer.dial(0, node);
  ASSERT_TRUE(world.run_until([&] { return node.established() == 1; }));
  for (int i = 0; i < 50; ++i) {
    node.ask(0, [](Shard& own) {
      own.sessions().for_each([&](Session& each) { own.connections().offence(each, Reason::invalid_block); });
    });
    world.run_for(10ms);
  }
  EXPECT_EQ(node.established(), 1U);
  EXPECT_EQ(node.counters(0).bans.value(), 0U);
  EXPECT_GT(node.shard(0).ledger().ledger().counters().spared.value(), 0U);
  EXPECT_FALSE(
      node.shard(0).ledger().ledger().why(security::subject_of(host(1)), world.network().now().monotonic));
}

TEST(LedgerDesk, LetsTheOperatorBanAndPardonInTheLedgerToo) {
  World world(6);
  SimNode::Options options;
  options.config = small_config(2);
  SimNode node(world, options);
  const security::Subject subject = security::subject_of(NodeId{{7}});
  const ShardId owner = node.shard(0).ledger().owner(subject);
  const auto on_both = [&](auto&& what) {
    for (ShardId id = 0; id < 2; ++id) node.ask(id, what);
    world.run_for(10ms);
  };
  on_both([&](Shard& own) { own.ban(subject, 1h); });
  const auto why = [&] { return node.shard(owner).ledger().ledger().why(subject, node.shard(owner).time()); };
  ASSERT_TRUE(why());
  EXPECT_TRUE(why()->banned_until);
  EXPECT_FALSE(node.shard(static_cast<ShardId>(1 - owner)).ledger().ledger().why(subject, Instant{1}));
  on_both([&](Shard& own) { EXPECT_TRUE(own.unban(subject)); });
  EXPECT_FALSE(why()->banned_until);
  EXPECT_EQ(why()->changes.back().reason, Reason::operator_pardon);
}

}  // namespace
}  // namespace ringwire::node
