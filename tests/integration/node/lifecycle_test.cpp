#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "tests/integration/node/cluster.hpp"
#include "tests/integration/node/raw_peer.hpp"

namespace ringwire::test {
namespace {

TEST(NodeStart, NamesEveryFindingOfABadConfigurationAtOnce) {
  Config config = node_config(DriverChoice::automatic, 1);
  config.tls.key = "any";
  config.memory.receive_buffers = 1000;
  config.peers = {"enode://nonsense"};
  const auto node = Node::start(config);
  ASSERT_FALSE(node.ok());
  EXPECT_TRUE(node.error().configuration);
  EXPECT_EQ(node.error().findings.size(), 3U);
}

TEST(NodeStart, APortInUseIsOneClearLine) {
  Config config = node_config(DriverChoice::automatic, 1);
  config.metrics = Endpoint::parse("127.0.0.1:0");
  const auto first = Node::start(config);
  ASSERT_TRUE(first.ok());
  config.metrics = (*first)->metrics();
  const auto second = Node::start(config);
  ASSERT_FALSE(second.ok());
  EXPECT_FALSE(second.error().configuration);
  ASSERT_EQ(second.error().findings.size(), 1U);
  EXPECT_NE(second.error().findings[0].find(config.metrics->to_string()), std::string::npos)
      << second.error().findings[0];
}

TEST(NodeStart, StopsTwiceAndWithoutEverHavingHadAPeer) {
  auto node = Node::start(node_config(DriverChoice::automatic, 2));
  ASSERT_TRUE(node.ok());
  (*node)->stop();
  (*node)->stop();
  EXPECT_EQ((*node)->open_port(), nullptr);
}

TEST(NodePeers, SimultaneousDialsLeaveOneSession) {
  auto a = Node::start(node_config(DriverChoice::automatic, 2));
  auto b = Node::start(node_config(DriverChoice::automatic, 2));
  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_TRUE((*a)->connect((*b)->enode()).ok());
  ASSERT_TRUE((*b)->connect((*a)->enode()).ok());
  // Until the claims are settled each end may hold a session of its own, or none.
  EXPECT_TRUE(eventually([&] {
    const auto of_a = (*a)->peers();
    const auto of_b = (*b)->peers();
    return of_a.size() == 1 && of_b.size() == 1 && of_a[0].inbound != of_b[0].inbound &&
           of_a[0].id == (*b)->id() && of_b[0].id == (*a)->id();
  }));
}

// Its enode names this machine then, in the family that it listens to.
TEST(NodePeers, ANodeThatListensOnEveryAddressCanBeDialledByItsEnode) {
  for (const char* any : {"0.0.0.0:0", "[::]:0"}) {
    SCOPED_TRACE(any);
    Config config = node_config(DriverChoice::automatic, 2);
    config.listen = {*Endpoint::parse(any)};
    auto a = Node::start(config);
    auto b = Node::start(node_config(DriverChoice::automatic, 1));
    ASSERT_TRUE(a.ok() && b.ok());
    ASSERT_TRUE((*b)->connect((*a)->enode()).ok()) << (*a)->enode();
    ASSERT_TRUE(eventually([&] { return (*b)->peers().size() == 1; })) << (*a)->enode();
    EXPECT_TRUE((*b)->peers()[0].remote.address.is_loopback());
    EXPECT_EQ((*b)->peers()[0].remote.address.family, config.listen[0].address.family);
  }
}

TEST(NodePeers, ANodeDoesNotTalkToItself) {
  auto node = Node::start(node_config(DriverChoice::automatic, 1));
  ASSERT_TRUE(node.ok());
  EXPECT_FALSE((*node)->connect((*node)->enode()).ok());
  EXPECT_FALSE((*node)->connect("enode://zz").ok());
}

TEST(NodePeers, AnotherNetworkIsRefused) {
  Config config = node_config(DriverChoice::automatic, 1);
  auto a = Node::start(config);
  config.network_id = 5;
  auto b = Node::start(config);
  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_TRUE((*a)->connect((*b)->enode()).ok());
  EXPECT_TRUE(eventually([&] {
    return sum_of(**a, "ringwire_handshakes_failed_total", "wrong_network") +
               sum_of(**b, "ringwire_handshakes_failed_total", "wrong_network") >
           0;
  }));
  EXPECT_TRUE((*a)->peers().empty());
}

TEST(NodePeers, NothingFollowsADisconnectInTheMiddleOfAHandshake) {
  const auto node = Node::start(node_config(DriverChoice::automatic, 1));
  ASSERT_TRUE(node.ok());
  RawPeer peer(**node, RawPeer::Unproven{});
  std::vector<std::uint8_t> said = handshake_to((*node)->id());
  said.insert(said.end(), wire::kFrameHeaderBytes, 0xff);
  peer.send(said);
  const auto next = [&]() -> std::string {
    std::vector<std::uint8_t> payload;
    try {
      return wire::rules_of(peer.receive(payload)).name;
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  std::string heard = next();
  while (heard.starts_with("handshake")) heard = next();
  EXPECT_EQ(heard, "disconnected: bad_protocol");
  EXPECT_EQ(next(), "the node closed");
}

TEST(NodePeers, ABannedNodeStaysOut) {
  auto a = Node::start(node_config(DriverChoice::automatic, 2));
  auto b = Node::start(node_config(DriverChoice::automatic, 2));
  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_TRUE((*b)->connect((*a)->enode()).ok());
  ASSERT_TRUE(eventually([&] { return (*a)->peers().size() == 1; }));
  (*a)->ban((*b)->id(), std::chrono::hours(1));
  EXPECT_TRUE(eventually([&] { return (*a)->peers().empty(); }));
  EXPECT_TRUE(eventually([&] { return sum_of(**a, "ringwire_refusals_total", "banned_node") > 0; }));
  EXPECT_TRUE((*a)->peers().empty());
}

TEST(NodePeers, AFullNodeRefusesNewcomersAndKeepsWhoIsThere) {
  Config config = node_config(DriverChoice::automatic, 1);
  config.limits.inbound_max = 1;
  auto full = Node::start(config);
  auto first = Node::start(node_config(DriverChoice::automatic, 1));
  auto second = Node::start(node_config(DriverChoice::automatic, 1));
  ASSERT_TRUE(full.ok() && first.ok() && second.ok());
  ASSERT_TRUE((*first)->connect((*full)->enode()).ok());
  ASSERT_TRUE(eventually([&] { return (*full)->peers().size() == 1; }));
  ASSERT_TRUE((*second)->connect((*full)->enode()).ok());
  EXPECT_TRUE(eventually([&] { return sum_of(**full, "ringwire_connections_refused_full_total") >= 3; }));
  ASSERT_EQ((*full)->peers().size(), 1U);
  EXPECT_EQ((*full)->peers()[0].id, (*first)->id());
  // The place is given out again.
  first->reset();
  EXPECT_TRUE(eventually([&] { return (*full)->peers().size() == 1; }));
  EXPECT_TRUE(eventually([&] { return (*second)->peers().size() == 1; }));
}

TEST(NodePeers, DisconnectingAlsoEndsTheRedialling) {
  auto a = Node::start(node_config(DriverChoice::automatic, 2));
  auto b = Node::start(node_config(DriverChoice::automatic, 2));
  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_TRUE((*a)->connect((*b)->enode()).ok());
  ASSERT_TRUE(eventually([&] { return (*a)->peers().size() == 1; }));
  EXPECT_TRUE((*a)->disconnect((*b)->id()));
  EXPECT_TRUE(eventually([&] { return (*b)->peers().empty(); }));
  EXPECT_FALSE((*a)->disconnect((*b)->id()));
}

TEST(NodePeers, ARestartedPeerIsRedialled) {
  auto a = Node::start(node_config(DriverChoice::automatic, 1));
  ASSERT_TRUE(a.ok());
  const std::string key_file = testing::TempDir() + "restarted-peer-" + std::to_string(getpid()) + ".key";
  std::remove(key_file.c_str());
  Config config = node_config(DriverChoice::automatic, 1);
  // An address that nothing dials from: on 127.0.0.1 the port could be a stranger's before b is back.
  config.listen = {*Endpoint::parse("127.0.77.1:0")};
  config.key_file = key_file;
  auto b = Node::start(config);
  ASSERT_TRUE(b.ok());
  config.listen = (*b)->listening();
  const std::string enode = (*b)->enode();
  ASSERT_TRUE((*a)->connect(enode).ok());
  ASSERT_TRUE(eventually([&] { return (*a)->peers().size() == 1; }));
  (*b).reset();
  ASSERT_TRUE(eventually([&] { return (*a)->peers().empty(); }));
  b = Node::start(config);
  ASSERT_TRUE(b.ok()) << b.error().findings.front();
  EXPECT_EQ((*b)->enode(), enode);
  EXPECT_TRUE(eventually([&] { return (*a)->peers().size() == 1; }));
  std::remove(key_file.c_str());
}

}  // namespace
}  // namespace ringwire::test
