#include "engine/epoll/epoll_driver.hpp"

#include <atomic>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "engine/epoll/driver.hpp"
#include "tests/unit/engine/epoll/loopback.hpp"

namespace ringwire::epoll {
namespace {

using driver::ConnectionId;
using driver::EventKind;
using driver::PoolClass;

class Receiving : public Loopback {
 protected:
  void SetUp() override { open({}); }

  ConnectionId accept_and_receive() {
    const ConnectionId id = wait_for(EventKind::accepted).connection;
    driver_->start_receive(id);
    return id;
  }

  // Bytes told by one turn, by slot; buffers go back at once.
  std::map<std::uint32_t, std::uint64_t> bytes_of_one_turn() {
    driver_->wait({});
    std::map<std::uint32_t, std::uint64_t> bytes;
    driver::Event event;
    while (driver_->next(event)) bytes[event.connection.slot] += event.data.size();
    return bytes;
  }
};

TEST_F(Receiving, OneBufferServesEverybodyWhereNobodyKeepsASlice) {
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 20; ++i) {
    peers.push_back(std::make_unique<Peer>(endpoint_));
    accept_and_receive();
  }
  for (const auto& peer : peers) peer->say("hello");
  std::set<const Buffer*> buffers;
  std::size_t received = 0;
  const Instant limit = driver::read_monotonic() + 60s;
  while (received < peers.size() && driver::read_monotonic() < limit) {
    driver_->wait({});
    driver::Event event;
    for (; driver_->next(event); ++received) buffers.insert(event.data.buffer());
  }
  EXPECT_EQ(buffers.size(), 1U);
  EXPECT_EQ(driver_->pool_state(PoolClass::small).pinned, 0U);
}

TEST_F(Receiving, AShortReadIsNotFollowedByAnother) {
  Peer peer(endpoint_);
  accept_and_receive();
  turn(1ms);
  const auto calls_but_waits = [&] {
    return driver_->counters().system_calls.value() - driver_->counters().turns.value();
  };
  for (int i = 0; i < 10; ++i) {
    const auto before = calls_but_waits();
    peer.say("hello");
    EXPECT_EQ(wait_for(EventKind::received).data.size(), 5U);
    turn(1ms);
    EXPECT_EQ(calls_but_waits() - before, 1U);
  }
}

// The writer keeps ahead while the driver sleeps, so that a turn without a bound would take all there is.
TEST_F(Receiving, NobodyGetsMoreThanItsShareOfATurn) {
  Peer loud(endpoint_);
  const ConnectionId id = accept_and_receive();
  Peer quiet(endpoint_);
  const ConnectionId other = accept_and_receive();
  // Where the writer is slow to get a CPU, its first megabytes fill no turn.
  constexpr std::uint64_t kFloodMin = 64 << 20;
  constexpr std::uint32_t kFullTurns = 5;
  std::atomic<bool> enough{false};
  std::atomic<bool> ended{false};
  std::uint64_t said = 0;
  std::thread writer([&] {
    const std::string piece(1 << 20, 'x');
    for (; !enough; said += piece.size()) loud.say(piece);
    ended = true;
  });
  std::uint64_t received = 0;
  std::uint64_t quiet_received = 0;
  std::uint64_t quiet_sent = 0;
  std::uint32_t full_turns = 0;
  const auto read_on = [&] {
    auto bytes = bytes_of_one_turn();
    EXPECT_LE(bytes[id.slot], EpollDriver::kTurnBytes);
    quiet_received += bytes[other.slot];
    full_turns += bytes[id.slot] == EpollDriver::kTurnBytes ? 1 : 0;
    received += bytes[id.slot];
  };
  const Instant limit = driver::read_monotonic() + 60s;
  while ((received < kFloodMin || full_turns < kFullTurns) && driver::read_monotonic() < limit) {
    if (full_turns < kFullTurns) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    quiet.say("now");
    quiet_sent += 3;
    read_on();
  }
  enough = true;
  while (!ended || received < said) read_on();
  writer.join();
  EXPECT_EQ(received, said);
  EXPECT_GT(quiet_received, quiet_sent / 2);
  EXPECT_GE(full_turns, kFullTurns);
}

TEST_F(Receiving, TakesTurnsBetweenReadyConnections) {
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(std::make_unique<Peer>(endpoint_));
    driver_->pause_receive(accept_and_receive());
    peers.back()->say(std::string(64 << 10, 'x'));
  }
  turn(20ms);
  for (std::uint32_t slot = 0; slot < 3; ++slot) driver_->resume_receive({slot, 1});
  driver_->wait({});
  driver::Event event;
  for (std::uint32_t i = 0; i < 9; ++i) {
    ASSERT_TRUE(driver_->next(event));
    EXPECT_EQ(event.connection.slot, i % 3);
  }
}

TEST_F(Receiving, APauseHoldsEvenWhatWasReportedAlready) {
  Peer peer(endpoint_);
  const ConnectionId id = accept_and_receive();
  peer.say("hello");
  driver::WaitPlan plan;
  plan.timeout = 60s;
  driver::Event event;
  driver_->wait(plan);
  driver_->pause_receive(id);
  EXPECT_FALSE(driver_->next(event));
  driver_->resume_receive(id);
  EXPECT_EQ(wait_for(EventKind::received).data.size(), 5U);
}

TEST_F(Receiving, TheHalfOpenEndStillSends) {
  Peer peer(endpoint_);
  const ConnectionId id = accept_and_receive();
  peer.say("question");
  shutdown(peer.descriptor(), SHUT_WR);
  EXPECT_EQ(wait_for(EventKind::received).data.size(), 8U);
  EXPECT_EQ(wait_for(EventKind::ended).error, 0);
  const ByteView answer = as_bytes("answer");
  driver_->send(id, {&answer, 1});
  turn(1ms);
  EXPECT_TRUE(driver_->unsent().empty());
  char bytes[16];
  EXPECT_EQ(recv(peer.descriptor(), bytes, sizeof bytes, 0), 6);
}

TEST_F(Receiving, AnEndThatComesWithTheLastBytesIsNotMissed) {
  for (int i = 0; i < 50; ++i) {
    auto peer = std::make_unique<Peer>(endpoint_);
    const ConnectionId id = wait_for(EventKind::accepted).connection;
    peer->say("last words");
    peer.reset();
    turn(1ms);
    driver_->start_receive(id);
    EXPECT_EQ(wait_for(EventKind::received).data.size(), 10U);
    EXPECT_EQ(wait_for(EventKind::ended).connection, id);
    driver_->close(id, driver::CloseMode::graceful);
    wait_for(EventKind::closed);
  }
}

class Starving : public Receiving {
 protected:
  void SetUp() override {
    driver::DriverConfig config;
    config.pools.small_buffers = 1;
    open(config);
  }
};

TEST_F(Starving, ABufferThatReturnsIsNewsThatNoWaitSleepsOver) {
  Peer first(endpoint_);
  Peer second(endpoint_);
  accept_and_receive();
  accept_and_receive();
  first.say("first");
  driver::Event held = wait_for(EventKind::received);
  second.say("second");
  until([&] { return turn().empty() && driver_->counters().pool_exhausted.value() > 0; });
  held.data.reset();
  const Instant before = driver::read_monotonic();
  const auto events = turn(60s);
  EXPECT_LT(driver::read_monotonic() - before, Duration(30s));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data.size(), 6U);
}

TEST(EpollFootprint, NamesEveryPartAndGrowsWithTheConfiguration) {
  driver::DriverConfig config;
  const auto total = [](const driver::DriverConfig& of) {
    const Footprint parts = footprint(of);
    return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Addend& part) { return sum + part.total(); });
  };
  for (const Addend& part : footprint(config)) {
    EXPECT_EQ(part.what.rfind("epoll: ", 0), 0U);
    EXPECT_GT(part.total(), 0U);
  }
  const std::uint64_t before = total(config);
  const std::uint64_t buffers = 1024ULL * 16 * 1024 + 8ULL * 1024 * 1024;
  EXPECT_GT(before, buffers);
  EXPECT_LT(before, buffers + config.connections_max * 5'000);
  config.pools.small_buffers *= 2;
  EXPECT_GE(total(config), before + 1024ULL * 16 * 1024);
  config.connections_max *= 2;
  EXPECT_GT(total(config), before + 1024ULL * 16 * 1024 + 1024 * 4096);
}

TEST(EpollFactory, RefusesWhatItCannotBuild) {
  driver::DriverConfig config;
  config.pools.small_buffers = 0;
  EXPECT_FALSE(make_epoll_driver(config).ok());
  config = {};
  config.connections_max = UINT32_MAX;
  EXPECT_FALSE(make_epoll_driver(config).ok());
}

}  // namespace
}  // namespace ringwire::epoll
