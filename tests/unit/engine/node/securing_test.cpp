#include "engine/node/securing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using transport::TlsFailure;

constexpr std::uint32_t kSeed = 23;

SimNode::Options secured_node(std::uint32_t number, std::uint32_t shards = 1) {
  SimNode::Options options = peer_options(number);
  options.config = small_config(shards);
  options.config.insecure_plaintext = false;
  options.config.limits.connections_max = 512;
  options.config.limits.inbound_max = 400;
  return options;
}

// A whole ClientHello, as a string to say.
std::string client_hello() {
  const auto credentials = transport::make_certificate();
  const auto context = std::move(transport::TlsContext::make(*credentials)).value();
  transport::TlsHandshake handshake(*context);
  handshake.work();
  const auto bytes = handshake.take_output();
  return {bytes.begin(), bytes.end()};
}

class SecuringTest : public ::testing::Test {
 protected:
  [[nodiscard]] const transport::TlsContext& tls() { return *node_.shard(0).context().tls; }
  [[nodiscard]] std::uint64_t failed(TlsFailure reason) { return tls().counters().failed[reason].value(); }
  [[nodiscard]] const ShardCounters& counters() { return node_.counters(0); }

  World world_{kSeed};
  SimNode node_{world_, secured_node(1)};
};

TEST_F(SecuringTest, TwoNodesTalkUnderKeysAndEveryMessageArrives) {
  SimNode peer(world_, secured_node(2, 2));
  peer.dial(1, node_);
  ASSERT_TRUE(world_.run_until([&] { return node_.established() == 1 && peer.established() == 1; }, 1s));
  EXPECT_EQ(tls().counters().completed.value(), 1U);
  EXPECT_EQ(tls().live(), 0U);
  EXPECT_EQ(node_.shard(0).context().latencies[Delay::securing].count(), 1U);

  node_.publish(100, 1'000);
  world_.run_for(1s);
  node_.publish(20, 100'000);
  world_.run_for(1s);
  peer.publish(100, 1'000);
  world_.run_for(1s);
  EXPECT_EQ(counters().undelivered.value(), 220U);
  EXPECT_EQ(peer.sum([](const Shard& s) -> const Counter& { return s.context().counters.undelivered; }),
            220U);
  EXPECT_EQ(node_.established(), 1U);

  peer.stop();
  ASSERT_TRUE(world_.run_until([&] { return node_.established() == 0; }, 1s));
  EXPECT_EQ(counters().sessions.disconnects_received[wire::DisconnectReason::shutdown].value(), 1U);
  for (std::size_t i = 0; i < static_cast<std::size_t>(session::RecordError::count_); ++i) {
    const auto error = static_cast<session::RecordError>(i);
    EXPECT_EQ(node_.shard(0).context().records.counters.refused[error].value(), 0U) << session::name(error);
  }
}

// What was sealed is sent as it was, and what waited behind it follows.
TEST_F(SecuringTest, APeerThatDidNotReadForAWhileMissesNothing) {
  SimNode peer(world_, secured_node(2));
  peer.dial(0, node_);
  ASSERT_TRUE(world_.run_until([&] { return node_.established() == 1 && peer.established() == 1; }, 1s));
  peer.hold();
  for (int i = 0; i < 10; ++i) {
    node_.publish(4, 100'000);
    node_.publish(20, 200);
    world_.run_for(100ms);
  }
  EXPECT_GT(node_.shard(0).outbox().counters().cut_sends.value(), 0U);
  EXPECT_LT(peer.counters(0).undelivered.value(), 240U);
  peer.let_go();
  world_.run_for(5s);
  EXPECT_EQ(peer.counters(0).undelivered.value(), 240U);
  EXPECT_EQ(node_.established(), 1U);
}

TEST_F(SecuringTest, APeerThatNeverReadsIsGivenUpAndOthersAreNot) {
  SimNode slow(world_, secured_node(2)), reader(world_, secured_node(3));
  slow.dial(0, node_);
  reader.dial(0, node_);
  ASSERT_TRUE(world_.run_until([&] { return node_.established() == 2 && reader.established() == 1; }, 1s));
  slow.hold();
  std::uint32_t published = 0;
  for (; node_.established() == 2 && published < 1000; published += 4) {
    node_.publish(4, 100'000);
    world_.run_for(50ms);
  }
  EXPECT_EQ(counters().too_slow.value() + counters().shed.value(), 1U);
  world_.run_for(1s);
  EXPECT_EQ(reader.counters(0).undelivered.value(), published);
  EXPECT_EQ(reader.established(), 1U);
  slow.let_go();
  world_.run_for(5s);
  EXPECT_EQ(slow.established(), 0U);
}

TEST_F(SecuringTest, APlaintextNodeAndOneWithTlsRefuseEachOtherWhoeverDials) {
  SimNode plain(world_, peer_options(2));
  plain.dial(0, node_);
  world_.run_for(1s);
  EXPECT_EQ(failed(TlsFailure::not_tls), 1U);
  EXPECT_EQ(plain.counters(0).connections.value(), 0U);
  node_.dial(0, plain);
  world_.run_for(1s);
  EXPECT_EQ(failed(TlsFailure::not_tls), 2U);
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(wire::FrameError::count_); ++i)
    refused += plain.counters(0).sessions.frame_errors[static_cast<wire::FrameError>(i)].value();
  EXPECT_EQ(refused, 1U);
  // Our alert is shorter than the header of a frame.
  EXPECT_EQ(plain.counters(0).frames_cut.value(), 1U);
  EXPECT_EQ(node_.counters(0).connections.value() + plain.counters(0).connections.value(), 0U);
}

TEST_F(SecuringTest, WhatEndsEarlyOrNeverGoesOnIsCounted) {
  Stranger stranger(world_, 9, 8);
  const std::string hello = client_hello();
  const auto half = stranger.dial(node_), early = stranger.dial(node_), silent = stranger.dial(node_);
  ASSERT_TRUE(world_.run_until([&] { return stranger.connected == 3; }, 1s));
  stranger.say(half, std::string_view(hello).substr(0, 100));
  stranger.say(silent, hello);
  world_.run_for(100ms);
  EXPECT_EQ(tls().live(), 1U);  // half a ClientHello gets none
  stranger.close(early, driver::CloseMode::graceful);
  world_.run_for(100ms);
  EXPECT_EQ(counters().tls_ended.value(), 1U);
  world_.run_for(6s);
  EXPECT_EQ(node_.shard(0).connections().manager().counters().handshake_timeouts.value(), 2U);
  EXPECT_EQ(tls().live(), 0U);
  EXPECT_EQ(counters().connections.value(), 0U);
}

// Hosts that take all places, and the whole line behind them, and then say nothing.
TEST_F(SecuringTest, HogsOfAllPlacesKeepNobodyOut) {
  constexpr std::uint32_t kEach = 8;  // what one address may have of unproven connections
  constexpr std::uint32_t kHosts = (kTlsStrangersMax + kTlsWaitingMax) / kEach + 4;
  const std::string hello = client_hello();
  std::vector<std::unique_ptr<Stranger>> hogs;
  for (std::uint32_t i = 0; i < kHosts; ++i) {
    Stranger& hog = *hogs.emplace_back(std::make_unique<Stranger>(world_, 50 + i, kEach));
    for (std::uint32_t j = 0; j < kEach; ++j) {
      const auto id = hog.dial(node_);
      ASSERT_TRUE(world_.run_until([&] { return hog.connected == j + 1; }, 1s));
      hog.say(id, hello);
    }
  }
  world_.run_for(200ms);
  EXPECT_EQ(tls().live(), kTlsStrangersMax);
  EXPECT_GT(counters().tls_waiting.value(), 0U);
  EXPECT_LE(counters().tls_waiting.value(), kTlsWaitingMax);
  EXPECT_GT(counters().tls_pushed_out.value(), 0U);

  // One that has no place is served at once.
  SimNode peer(world_, secured_node(2));
  peer.dial(0, node_);
  ASSERT_TRUE(world_.run_until([&] { return node_.established() == 1; }, 1s));
  // Our own dials have places of their own.
  SimNode other(world_, secured_node(3));
  node_.dial(0, other);
  EXPECT_TRUE(world_.run_until([&] { return node_.established() == 2; }, 1s));
  world_.run_for(6s);
  EXPECT_EQ(tls().live() + counters().tls_waiting.value(), 0U);
  EXPECT_EQ(node_.established(), 2U);
}

// Each from an address of its own, so that nobody holds more than others.
class SilentCrowd {
 public:
  SilentCrowd(World& world, const SimNode& node, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      each_.push_back(std::make_unique<Stranger>(world, 50 + i, 1));
      ids_.push_back(each_.back()->dial(node));
    }
    EXPECT_TRUE(world.run_until(
        [&] { return std::ranges::all_of(each_, [](const auto& one) { return one->connected == 1; }); }, 1s));
    for (std::uint32_t i = 0; i < count; ++i) each_[i]->say(ids_[i], hello_);
  }

 private:
  const std::string hello_ = client_hello();
  std::vector<std::unique_ptr<Stranger>> each_;
  std::vector<driver::ConnectionId> ids_;
};

TEST_F(SecuringTest, ManyWhoHoldOnePlaceEachAndSayNothingGiveItUpInTime) {
  const SilentCrowd crowd(world_, node_, kTlsStrangersMax + kTlsWaitingMax + 30);
  world_.run_for(200ms);
  EXPECT_EQ(tls().live(), kTlsStrangersMax);
  EXPECT_EQ(counters().tls_overdue.value(), 0U);
  SimNode peer(world_, secured_node(2));
  peer.dial(0, node_);
  EXPECT_TRUE(world_.run_until([&] { return node_.established() == 1; }, 2 * kTlsPatience));
  EXPECT_GE(counters().tls_overdue.value(), kTlsStrangersMax);
  EXPECT_EQ(node_.shard(0).connections().manager().counters().handshake_timeouts.value(), 0U);
}

TEST_F(SecuringTest, WhoIsSilentKeepsHisPlaceWhileNobodyWaitsForIt) {
  const SilentCrowd crowd(world_, node_, kTlsStrangersMax);
  world_.run_for(3 * kTlsPatience);
  EXPECT_EQ(tls().live(), kTlsStrangersMax);
  EXPECT_EQ(counters().tls_overdue.value(), 0U);
  // And the slowest makes room at once for who comes now.
  SimNode peer(world_, secured_node(2));
  peer.dial(0, node_);
  EXPECT_TRUE(world_.run_until([&] { return node_.established() == 1; }, 100ms));
  EXPECT_EQ(counters().tls_overdue.value(), 1U);
}

TEST_F(SecuringTest, MoreDialsThanPlacesAreMadeOneAfterTheOther) {
  SimNode::Options options = secured_node(2);
  options.config.limits.outbound_max = 100;
  SimNode dialler(world_, options);
  std::vector<std::unique_ptr<SimNode>> targets;
  for (std::uint32_t i = 0; i < transport::kTlsHandshakesMax + 6; ++i) {
    targets.push_back(std::make_unique<SimNode>(world_, secured_node(10 + i)));
  }
  dialler.ask(0, [&](Shard& own) {
    for (const auto& each : targets) EXPECT_TRUE(own.admission().dial(each->endpoint(), each->public_key()));
  });
  EXPECT_TRUE(world_.run_until([&] { return dialler.established() == targets.size(); }, 5s));
  EXPECT_EQ(dialler.counters(0).tls_pushed_out.value(), 0U);
}

}  // namespace
}  // namespace ringwire::node
