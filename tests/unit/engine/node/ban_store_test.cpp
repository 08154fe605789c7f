// When bans are written, that they outlast what a machine goes through, and that a simulated node keeps them.
#include "engine/node/ban_store.hpp"

#include <gtest/gtest.h>

#include "engine/sim/sim_disk.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using security::Ban;
using sim::SimDisk;

constexpr std::uint32_t kAlways = 1'000'000;

class BanStoreTest : public testing::Test {
 protected:
  static storage::Clocks clocks() {
    storage::Clocks clocks;
    clocks.now = Instant{1};
    clocks.boot_id.fill(1);
    return clocks;
  }
  static std::vector<Ban> bans() { return {{security::subject_of(NodeId{{7}}), clocks().now + 1h, 1}}; }

  log::Logger logger_{"bans", LogLevel::off};
};

TEST_F(BanStoreTest, IsDueAfterAChangeAndAfterAFailure) {
  SimDisk disk(1);
  BanStore store(disk, "/data", logger_);
  EXPECT_TRUE(store.load(clocks()).empty());
  store.begin(5);
  EXPECT_FALSE(store.due(5));
  EXPECT_TRUE(store.due(6));
  EXPECT_TRUE(store.save(bans(), 6, clocks()));
  EXPECT_FALSE(store.due(6));
  EXPECT_EQ(store.pause(), BanStore::kLookEvery);
  disk.options.unsynced_per_million = kAlways;
  EXPECT_FALSE(store.save(bans(), 7, clocks()));
  EXPECT_TRUE(store.due(7));
  EXPECT_EQ(store.pause(), BanStore::kRetryEvery);
  disk.options.unsynced_per_million = 0;
  EXPECT_TRUE(store.save(bans(), 7, clocks()));
  EXPECT_FALSE(store.due(7));
  EXPECT_EQ(store.pause(), BanStore::kLookEvery);
  EXPECT_EQ(store.counters().saved.value(), 2U);
  EXPECT_EQ(store.counters().failed.value(), 1U);
}

TEST_F(BanStoreTest, StoresNothingInAFolderThatIsNotOnTheDisk) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimDisk disk(seed, {.unsynced_per_million = kAlways});
    {
      BanStore store(disk, "/var/data", logger_);
      EXPECT_FALSE(store.save(bans(), 1, clocks())) << "it cannot be made durable";
      disk.options.unsynced_per_million = 0;
      ASSERT_TRUE(store.save(bans(), 1, clocks()));
    }
    disk.lose_power();
    BanStore store(disk, "/var/data", logger_);
    ASSERT_EQ(store.load(clocks()), bans()) << seed;
  }
}

TEST_F(BanStoreTest, CountsCopiesThatAreNotGood) {
  SimDisk disk(1);
  BanStore store(disk, "/data", logger_);
  ASSERT_TRUE(store.save({}, 1, clocks()));
  ASSERT_TRUE(store.save(bans(), 1, clocks()));
  disk.rot("/data/bans.0", 1);
  EXPECT_EQ(store.load(clocks()), bans());
  EXPECT_EQ(store.counters().passed_over.value(), 1U);
  disk.rot("/data/bans.1", 1);
  EXPECT_TRUE(store.load(clocks()).empty());
  EXPECT_EQ(store.counters().passed_over.value(), 3U);
}

// --- a node over its lives

class BansOfASimNode : public testing::Test {
 protected:
  void start(std::uint8_t boot) {
    SimNode::Options options;
    options.config = small_config(2);
    options.disk = &disk_;
    options.boot_id.fill(boot);
    options.on_bans_saved = [this](std::span<const Ban> bans) { saved_ = bans.size(); };
    node_ = std::make_unique<SimNode>(world_, options);
  }
  void ban(Duration lasts) {
    for (ShardId shard = 0; shard < node_->shards(); ++shard) {
      node_->ask(shard, [id = peer_.id(), lasts](Shard& own) { own.ban(security::subject_of(id), lasts); });
    }
  }
  [[nodiscard]] std::size_t in_force() const {
    std::size_t count = 0;
    for (ShardId shard = 0; shard < node_->shards(); ++shard) {
      const Shard& own = node_->shard(shard);
      count += own.admission().bans().list(own.time()).size();
    }
    return count;
  }
  void lose_power() {
    node_.reset();
    disk_.lose_power();
  }

  World world_{5};
  SimDisk disk_{5};
  SimNode peer_{world_, peer_options(1)};
  std::unique_ptr<SimNode> node_;
  std::size_t saved_ = 0;
};

TEST_F(BansOfASimNode, AreInForceOnAllShardsAfterAPowerFailure) {
  start(1);
  ban(1h);
  world_.run_for(BanStore::kLookEvery + 10ms);
  ASSERT_EQ(saved_, 1U);
  lose_power();
  world_.run_for(1min);
  start(2);
  EXPECT_EQ(in_force(), 2U);
  peer_.dial(0, *node_);
  world_.run_for(1s);
  EXPECT_EQ(node_->established(), 0U);
}

TEST_F(BansOfASimNode, AreLostWhereTheyWereNotStoredYet) {
  start(1);
  ban(1h);
  world_.run_for(BanStore::kLookEvery - 10ms);
  ASSERT_EQ(saved_, 0U);
  lose_power();
  start(2);
  EXPECT_EQ(in_force(), 0U);
}

TEST_F(BansOfASimNode, EndAtTheirTimeWhateverCameBetween) {
  start(1);
  ban(1min);
  world_.run_for(2s);
  lose_power();
  world_.run_for(30s);
  start(2);
  EXPECT_EQ(in_force(), 2U);
  world_.run_for(29s);
  EXPECT_EQ(in_force(), 0U);
}

TEST_F(BansOfASimNode, AreStoredByAStopInOrder) {
  start(1);
  ban(1h);
  world_.run_for(10ms);
  node_->stop();
  ASSERT_TRUE(world_.run_until([&] { return node_->ended(); }));
  EXPECT_EQ(saved_, 1U);
  node_.reset();
  disk_.kill();
  start(1);
  EXPECT_EQ(in_force(), 2U);
}

TEST_F(BansOfASimNode, AreNotStoredByAHostThatGetsNoTurns) {
  start(1);
  ban(1h);
  world_.run_for(10ms);
  node_->hold();
  world_.run_for(10s);
  EXPECT_EQ(saved_, 0U);
  node_->let_go();
  world_.run_for(10ms);
  EXPECT_EQ(saved_, 1U);
}

}  // namespace
}  // namespace ringwire::node
