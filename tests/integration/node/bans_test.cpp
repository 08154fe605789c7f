// Bans as an embedder sets them, and as a node decides them: in force on every shard.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/integration/node/cluster.hpp"
#include "tests/integration/node/raw_peer.hpp"

namespace ringwire::test {
namespace {

using Clock = std::chrono::steady_clock;

TEST(Bans, OfAnAddressEndItsConnectionsAndLastUntilLifted) {
  Pair pair;
  const IpAddress loopback = IpAddress::v4(127, 0, 0, 1);
  EXPECT_FALSE(pair.a.node->unban(loopback));
  pair.a.node->ban(loopback, std::chrono::hours(1));
  EXPECT_TRUE(eventually([&] { return pair.b.node->peers().empty(); }));
  const Node& accepting = pair.a.node->peers().empty() ? *pair.a.node : *pair.b.node;
  EXPECT_TRUE(eventually([&] {
    return sum_of(accepting, "ringwire_refusals_total", "banned_address") > 0 ||
           sum_of(*pair.b.node, "ringwire_disconnects_received_total", "banned") > 0;
  }));
  EXPECT_TRUE(pair.a.node->unban(loopback));
  EXPECT_TRUE(eventually([&] { return pair.a.node->peers().size() == 1; })) << "the dialler tries again";
}

TEST(Bans, OfANodeEndByThemselves) {
  Pair pair;
  pair.a.node->ban(pair.b.node->id(), 300ms);
  EXPECT_TRUE(
      eventually([&] { return sum_of(*pair.b.node, "ringwire_disconnects_received_total", "banned") > 0; }));
  EXPECT_TRUE(eventually([&] { return pair.a.node->peers().size() == 1; }));
}

// Sessions of one address with both shards of a node, each with somebody who waits for its end.
class Sessions {
 public:
  explicit Sessions(Node& node) {
    // The kernel chooses the shard of each.
    while (shards(node).size() < 2 || peers_.size() < kSessions) {
      if (peers_.size() == kSessionsMax) throw std::runtime_error("all sessions are on one shard");
      peers_.emplace_back(node);
    }
    for (RawPeer& peer : peers_) readers_.emplace_back([this, &peer] { wait_for_end(peer); });
  }
  ~Sessions() {
    for (std::thread& reader : readers_) reader.join();
  }
  [[nodiscard]] bool ended() const { return ended_ == peers_.size(); }
  // Of the last one; valid once ended().
  [[nodiscard]] Clock::time_point last_end() const { return last_end_.load(); }

 private:
  static constexpr std::size_t kSessions = 8;
  static constexpr std::size_t kSessionsMax = 64;

  static std::set<std::uint32_t> shards(const Node& node) {
    std::set<std::uint32_t> found;
    for (const PeerInfo& peer : node.peers()) found.insert(peer.shard);
    return found;
  }
  void wait_for_end(RawPeer& peer) {
    std::vector<std::uint8_t> payload;
    try {
      for (;;) peer.receive(payload);
    } catch (const std::runtime_error& end) {
      EXPECT_STREQ(end.what(), "disconnected: banned");
    }
    const auto now = Clock::now();
    auto last = last_end_.load();
    while (last < now && !last_end_.compare_exchange_weak(last, now)) continue;
    ++ended_;
  }

  std::deque<RawPeer> peers_;
  std::vector<std::thread> readers_;
  std::atomic<Clock::time_point> last_end_{};
  std::atomic<std::size_t> ended_{0};
};

// Somebody who proved nothing says what is no frame, and is closed.
Clock::time_point offend(const Node& node) {
  RawPeer stranger(node, RawPeer::Unproven{});
  const auto began = Clock::now();
  std::vector<std::uint8_t> payload;
  try {
    stranger.send(std::vector<std::uint8_t>(wire::kFrameHeaderBytes, 0xFF));
    for (;;) stranger.receive(payload);
  } catch (const std::runtime_error&) {
    return began;
  }
}

class DecidedBans : public testing::TestWithParam<DriverChoice> {};
INSTANTIATE_TEST_SUITE_P(Drivers, DecidedBans, testing::Values(DriverChoice::uring, DriverChoice::epoll),
                         driver_name);

// Prints how long it takes, from the offence until the last session has heard its end.
TEST_P(DecidedBans, EndTheSessionsOfAnAddressOnEveryShard) {
  constexpr int kRounds = 9;
  constexpr int kOffencesMax = 50;
  std::vector<double> took_ms;
  for (int round = 0; round < kRounds; ++round) {
    Config config = node_config(GetParam(), 2);
    config.limits.treat_loopback_as_public = true;
    config.limits.inbound_per_address = 128;  // the ban is to refuse, nothing before it
    config.limits.connects_per_minute = 10'000;
    const auto node = Node::start(config);
    ASSERT_TRUE(node.ok());
    Sessions sessions(**node);
    Clock::time_point offence;
    for (int offences = 0; offences < kOffencesMax && !sessions.ended(); ++offences) {
      offence = offend(**node);
      // Whether it was the one: what it was is banned within this time, or not at all.
      const auto until = Clock::now() + 100ms;
      while (!sessions.ended() && Clock::now() < until) std::this_thread::sleep_for(1ms);
    }
    ASSERT_TRUE(eventually([&] { return sessions.ended(); }));
    EXPECT_EQ(sum_of(**node, "ringwire_bans"), 2U) << "each shard holds it";
    took_ms.push_back(std::chrono::duration<double, std::milli>(sessions.last_end() - offence).count());
    (*node)->stop();
  }
  std::sort(took_ms.begin(), took_ms.end());
  std::cout << "sessions of both shards ended " << took_ms[kRounds / 2] << " ms after the offence, median of "
            << kRounds << "; at most " << took_ms.back() << " ms\n";
}

}  // namespace
}  // namespace ringwire::test
