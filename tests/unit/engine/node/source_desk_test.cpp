// What strangers may do before anybody knows who they are, whichever shards the kernel gives them.
#include "engine/node/source_desk.hpp"

#include <gtest/gtest.h>

#include "codec/wire/enode.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using security::Level;
using security::Scope;

// A node of two shards, both of which accept, that takes every address for a stranger's.
SimNode::Options public_node() {
  SimNode::Options options;
  options.config = small_config(2);
  options.config.limits.treat_loopback_as_public = true;
  options.config.limits.handshake_timeout_ms = 60'000;
  return options;
}

class SourceDeskTest : public ::testing::Test {
 protected:
  void start(const SimNode::Options& options) { node_ = std::make_unique<SimNode>(world_, options); }
  void dial(Stranger& stranger, int times) {
    for (int i = 0; i < times; ++i) stranger.dial(*node_);
    world_.run_for(10ms);
  }
  [[nodiscard]] std::uint64_t admitted() const {
    return node_->sum([](const Shard& shard) -> const Counter& {
      return shard.connections().manager().counters().admitted;
    });
  }
  [[nodiscard]] std::uint64_t held() const {
    return node_->sum(
        [](const Shard& shard) -> const Counter& { return shard.context().counters.connections; });
  }
  [[nodiscard]] std::uint64_t over_rate(Level level) const {
    return node_->sum(
        [=](const Shard& shard) -> const Counter& { return shard.sources().connections_refused()[level]; });
  }
  [[nodiscard]] std::uint64_t over_places(Scope scope) const {
    return node_->sum([=](const Shard& shard) -> const Counter& { return shard.sources().denied()[scope]; });
  }

  World world_{31};
  std::unique_ptr<SimNode> node_;
  Stranger stranger_{world_, 1, 4096};
};

TEST_F(SourceDeskTest, AnAddressConnectsAsOftenAsItMayAndNoMoreOverAllShardsTogether) {
  SimNode::Options options = public_node();
  options.config.limits.inbound_per_address = 1000;
  options.config.limits.connects_per_minute = 120;  // 80 at once
  start(options);
  const Instant began = world_.network().now().monotonic;
  for (int i = 0; i < 500; ++i) dial(stranger_, 1);
  const double seconds = std::chrono::duration<double>(world_.network().now().monotonic - began).count();
  const double due = 80 + 2 * seconds;
  EXPECT_LE(static_cast<double>(admitted()), due);
  EXPECT_GE(static_cast<double>(admitted()), 0.95 * due - 1);
  EXPECT_EQ(over_rate(Level::address), 500 - admitted());
  for (ShardId shard = 0; shard < 2; ++shard)
    EXPECT_GT(node_->shard(shard).connections().manager().counters().admitted.value(), 0U) << shard;
}

TEST_F(SourceDeskTest, OneFloodTakesNothingFromAnother) {
  SimNode::Options options = public_node();
  options.config.limits.connects_per_minute = 3;
  start(options);
  Stranger honest(world_, 1 << 8, 16);
  dial(stranger_, 200);
  const std::uint64_t before = admitted();
  dial(honest, 2);
  EXPECT_EQ(admitted(), before + 2);
}

TEST_F(SourceDeskTest, AnAddressHoldsAsManyConnectionsAsItMayOverAllShardsTogether) {
  SimNode::Options options = public_node();
  options.config.limits.inbound_per_address = 4;
  options.config.limits.connects_per_minute = 100'000;
  start(options);
  std::vector<driver::ConnectionId> dialled;
  for (int i = 0; i < 40; ++i) dialled.push_back(stranger_.dial(*node_));
  world_.run_for(5s);
  EXPECT_EQ(held(), 4U);
  EXPECT_EQ(over_places(Scope::address), 36U);

  for (const driver::ConnectionId id : dialled) stranger_.close(id, driver::CloseMode::reset);
  world_.run_for(5s);
  EXPECT_EQ(held(), 0U);
  dial(stranger_, 4);
  EXPECT_EQ(held(), 4U);
  EXPECT_EQ(over_places(Scope::address), 36U);
}

TEST_F(SourceDeskTest, LocalAddressesAndThoseOfTrustedPeersAreExempt) {
  SimNode::Options options = public_node();
  options.config.limits.treat_loopback_as_public = false;
  options.config.limits.connects_per_minute = 1;
  options.config.limits.inbound_per_address = 1;
  start(options);
  dial(stranger_, 8);
  EXPECT_EQ(held(), 8U);

  options = public_node();
  options.address = 2;
  options.config.limits.connects_per_minute = 1;
  options.config.limits.inbound_per_address = 1;
  const crypto::Signer signer{std::array<std::uint8_t, 32>{1}};
  options.config.trusted_peers = {wire::Enode{signer.public_key(key_of(5)), {host(1), 30303}, 0}.to_string()};
  start(options);
  dial(stranger_, 8);
  EXPECT_EQ(held(), 8U);
}

TEST_F(SourceDeskTest, WhoWaitsForAnAnswerWhenTheNodeStopsIsLetGo) {
  SimNode::Options options = public_node();
  options.listeners = 1;
  start(options);
  node_->hold(1);
  // Of as many networks, shard 1 owns some, and does not answer.
  std::vector<std::unique_ptr<Stranger>> strangers;
  for (std::uint32_t network = 1; network <= 16; ++network) {
    strangers.push_back(std::make_unique<Stranger>(world_, network << 8, 4));
    strangers.back()->dial(*node_);
  }
  world_.run_for(10ms);
  ASSERT_LT(admitted(), strangers.size());
  node_->stop();
  world_.run_for(500ms);
  for (const auto& stranger : strangers) EXPECT_EQ(stranger->ended, 1U);
  node_->let_go();
  world_.run_for(5s);
  EXPECT_TRUE(node_->ended(0));
  EXPECT_TRUE(node_->ended(1));
}

}  // namespace
}  // namespace ringwire::node
