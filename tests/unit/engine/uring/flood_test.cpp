#include <map>
#include <thread>

#include "tests/unit/engine/uring/world.hpp"

namespace ringwire::uring {
namespace {

using driver::ConnectionId;
using driver::Event;
using driver::EventKind;

class Flood : public World, public testing::WithParamInterface<Mode> {};

// The queues of the ring are far too small for what happens: nothing is lost, every stream keeps its order.
TEST_P(Flood, TinyQueuesLoseNothingAndKeepTheOrder) {
  start(small_pool(64, 512), {.sq_entries = 4, .cq_entries = 8, .best_mode = GetParam()});
  constexpr std::size_t kPeers = 32;
  constexpr int kLines = 400;
  std::vector<Peer> peers;
  std::vector<ConnectionId> ids;
  for (std::size_t i = 0; i < kPeers; ++i) {
    auto [id, peer] = connected();
    driver_->start_receive(id);
    ids.push_back(id);
    peers.push_back(std::move(peer));
  }
  std::vector<std::string> sent(kPeers);
  std::map<ConnectionId, std::string> got;
  std::size_t ended = 0;
  const auto take = [&](Event& event) {
    if (event.kind == EventKind::received) got[event.connection].append(as_text(event.data.view()));
    if (event.kind == EventKind::ended) ++ended;
  };
  for (int line = 0; line < kLines; ++line) {
    for (std::size_t i = 0; i < kPeers; ++i) {
      const std::string text = std::to_string(i) + ":" + std::to_string(line) + "\n";
      peers[i].write(text);
      sent[i] += text;
    }
    if (line % 20 == 0) turn(take, {});
  }
  for (Peer& peer : peers) ::shutdown(peer.descriptor(), SHUT_WR);
  ASSERT_TRUE(until([&] { return ended == kPeers; }, take));
  for (std::size_t i = 0; i < kPeers; ++i) EXPECT_EQ(got[ids[i]], sent[i]);
  EXPECT_GT(driver_->counters().completion_overflows.value(), 0U);
  EXPECT_GT(driver_->counters().submission_full.value(), 0U);
  EXPECT_EQ(driver_->counters().stale_completions.value(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Modes, Flood, testing::Values(Mode::defer, Mode::coop, Mode::plain), label);

using Wakes = World;

TEST_F(Wakes, NoRingIsLostHoweverManyThreadsRing) {
  start();
  constexpr int kThreads = 3;
  constexpr int kRings = 3000;
  std::atomic<int> rung{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kRings; ++n) {
        rung.fetch_add(1, std::memory_order_relaxed);
        driver_->waker().ring();
        if (n % 64 == 0) std::this_thread::yield();
      }
    });
  }
  int seen = 0;
  int woken = 0;
  while (seen < kThreads * kRings) {
    const int before = woken;
    // Far longer than the test may take: a lost ring shows as a hang.
    turn([&](Event& event) { woken += event.kind == EventKind::woken ? 1 : 0; }, {.timeout = 1000s});
    ASSERT_GT(woken, before);
    seen = rung.load(std::memory_order_relaxed);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(woken, kThreads * kRings);
}

TEST_F(Wakes, RingingManyTimesIsOneEvent) {
  start();
  for (int i = 0; i < 100; ++i) driver_->waker().ring();
  int woken = 0;
  const auto count = [&](Event& event) { woken += event.kind == EventKind::woken ? 1 : 0; };
  turn(count);
  turn(count);
  EXPECT_EQ(woken, 1);
  driver_->waker().ring();
  turn(count);
  EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace ringwire::uring
