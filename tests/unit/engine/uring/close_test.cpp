#include <sys/resource.h>

#include "codec/base/prng.hpp"
#include "tests/unit/engine/uring/world.hpp"

namespace ringwire::uring {
namespace {

using driver::CloseMode;
using driver::ConnectionId;
using driver::Event;
using driver::EventKind;

class Close : public World {
 protected:
  // Turns until the `closed` of `id`; nothing else of it may come.
  void expect_closed(ConnectionId id) {
    bool closed = false;
    ASSERT_TRUE(until([&] { return closed; },
                      [&](Event& event) {
                        if (event.connection != id) return;
                        EXPECT_EQ(event.kind, EventKind::closed);
                        closed = true;
                      }));
  }
};

TEST_F(Close, ArmedMultishotReceiveDoesNotHoldBackTheFin) {
  start();
  const auto [id, peer] = connected();
  driver_->start_receive(id);
  turn([](Event&) {}, {});
  driver_->close(id, CloseMode::graceful);
  expect_closed(id);
  EXPECT_TRUE(peer.ends_with_fin());
}

TEST_F(Close, BytesSentInTheSameTurnArriveBeforeTheFin) {
  start();
  const auto [id, peer] = connected();
  driver_->start_receive(id);
  const ByteView piece = as_bytes("goodbye");
  driver_->send(id, {&piece, 1});
  driver_->close(id, CloseMode::graceful);
  expect_closed(id);
  std::string got;
  while (const auto some = peer.read_some()) got += *some;
  EXPECT_EQ(got, "goodbye");
}

TEST_F(Close, UnreadBytesDoNotTurnTheFinIntoAReset) {
  start();
  const auto [id, peer] = connected();
  peer.write(std::string(100'000, 'u'));
  const ByteView piece = as_bytes("goodbye");
  driver_->send(id, {&piece, 1});
  driver_->close(id, CloseMode::graceful);
  expect_closed(id);
  EXPECT_TRUE(peer.ends_with_fin());
}

TEST_F(Close, ResetIsOne) {
  start();
  const auto [id, peer] = connected();
  driver_->start_receive(id);
  turn([](Event&) {}, {});
  driver_->close(id, CloseMode::reset);
  expect_closed(id);
  EXPECT_FALSE(peer.ends_with_fin());
}

TEST_F(Close, NothingButClosedFollowsEvenWithBytesOnTheWay) {
  start();
  const auto [id, peer] = connected();
  driver_->start_receive(id);
  turn([](Event&) {}, {});
  peer.write("late");
  driver_->close(id, CloseMode::graceful);
  expect_closed(id);
  EXPECT_EQ(driver_->pool_state(driver::PoolClass::small).pinned, 0U);
}

TEST_F(Close, EventsQueuedBeforeTheCloseAreDroppedAndTheirBuffersReturned) {
  start();
  const auto [first, first_peer] = connected();
  const auto [second, second_peer] = connected();
  driver_->start_receive(first);
  driver_->start_receive(second);
  first_peer.write("one");
  second_peer.write("two");
  while (driver_->counters().receives.value() < 2) driver_->wait({.timeout = 10ms});
  Event event;
  ASSERT_TRUE(driver_->next(event));
  EXPECT_EQ(event.kind, EventKind::received);
  const ConnectionId other = event.connection == first ? second : first;
  event = {};
  driver_->close(other, CloseMode::graceful);
  EXPECT_FALSE(driver_->next(event));
  EXPECT_EQ(driver_->pool_state(driver::PoolClass::small).pinned, 0U);
  expect_closed(other);
}

TEST_F(Close, EndsASendThatIsStuck) {
  start();
  const auto [id, peer] = connected();
  const std::string much(64 << 20, 'm');
  const ByteView piece = as_bytes(much);
  driver_->send_rest(id, {&piece, 1});
  turn([](Event&) { FAIL(); }, {.timeout = 5ms});
  driver_->close(id, CloseMode::reset);
  expect_closed(id);
}

TEST_F(Close, EndsADialThatIsUnderWay) {
  start();
  // A listener whose queue is full answers no further SYN.
  const auto target = driver::open_listener({IpAddress::v4(127, 0, 0, 1), 0}, {.backlog = 0}, true);
  ASSERT_TRUE(target.ok());
  const Endpoint full = driver::local_endpoint(*target);
  std::vector<ConnectionId> dialled;
  for (int i = 0; i < 8; ++i) {
    const auto id = driver_->connect(full, {});
    ASSERT_TRUE(id.ok());
    dialled.push_back(*id);
  }
  std::size_t connected_count = 0;
  for (int i = 0; i < 5; ++i) {
    turn([&](Event& event) { connected_count += event.kind == EventKind::connected ? 1 : 0; });
  }
  EXPECT_LT(connected_count, dialled.size());
  std::size_t closed = 0;
  for (const ConnectionId id : dialled) driver_->close(id, CloseMode::graceful);
  EXPECT_TRUE(until([&] { return closed == dialled.size(); },
                    [&](Event& event) {
                      EXPECT_EQ(event.kind, EventKind::closed);
                      ++closed;
                    }));
  ::close(*target);
}

// Armed and cancelled in one submission, with bytes arriving at any moment: the close always ends.
TEST_F(Close, ReceiveStartedAndClosedInOneTurnEndsWhateverArrives) {
  for (const Mode mode : {Mode::defer, Mode::coop, Mode::plain}) {
    driver::DriverConfig config;
    auto ring = ring_config(config);
    ring.best_mode = mode;
    start(config, ring);
    Prng prng(3);
    for (int i = 0; i < 1000; ++i) {
      auto [id, peer] = connected();
      if (prng.below(2) == 0) peer.write("x");
      driver_->start_receive(id);
      if (prng.below(2) == 0) peer.write("y");
      if (prng.below(4) == 0) driver_->pause_receive(id);
      driver_->close(id, CloseMode::reset);
      if (prng.below(2) == 0) peer.reset();
      expect_closed(id);
    }
    driver_.reset();
  }
}

TEST_F(Close, ASlotIsGivenOutAgainOnlyAfterItsClosedWasTaken) {
  driver::DriverConfig config;
  config.connections_max = 1;
  start(config);
  auto [id, peer] = connected();
  driver_->close(id, CloseMode::reset);
  EXPECT_EQ(driver_->connect(endpoint_, {}).ok(), false);
  driver_->wait({.timeout = 10ms});
  EXPECT_EQ(driver_->connect(endpoint_, {}).ok(), false) << "`closed` is still in the queue";
  Event event;
  ASSERT_TRUE(driver_->next(event));
  EXPECT_EQ(event.kind, EventKind::closed);
  const auto again = driver_->connect(endpoint_, {});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->slot, id.slot);
  EXPECT_NE(again->generation, id.generation);
}

TEST_F(Close, DestroyingTheDriverEndsEveryConnection) {
  start();
  std::vector<Peer> peers;
  for (int i = 0; i < 20; ++i) {
    auto [id, peer] = connected();
    driver_->start_receive(id);
    peers.push_back(std::move(peer));
  }
  turn([](Event&) {}, {});
  driver_.reset();
  for (const Peer& peer : peers) EXPECT_TRUE(peer.ends_with_fin());
}

using Accept = World;

TEST_F(Accept, PausesWhenDescriptorsRunOutAndComesBackWhenThereAreSome) {
  start();
  std::vector<Peer> peers;
  for (int i = 0; i < 8; ++i) peers.push_back(Peer::dial(endpoint_));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(peers.back().descriptor()) + 1;
  setrlimit(RLIMIT_NOFILE, &tight);
  std::size_t accepted = 0;
  const auto count = [&](Event& event) { accepted += event.kind == EventKind::accepted ? 1 : 0; };
  const bool paused = until([&] { return driver_->counters().accept_pauses.value() >= 3; }, count);
  const std::uint64_t calls = driver_->counters().system_calls.value();
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(paused);
  EXPECT_LT(accepted, peers.size());
  EXPECT_LT(calls, 200U) << "no spinning while there is no descriptor";
  EXPECT_TRUE(until([&] { return accepted == peers.size(); }, count));
}

TEST_F(Accept, StoppingFreesThePortAtOnceAndKeepsConnections) {
  start();
  const auto [id, peer] = connected();
  driver_->stop_listening(listener_);
  const int late = socket(AF_INET, SOCK_STREAM, 0);
  const driver::SocketAddress address = driver::to_socket_address(endpoint_);
  EXPECT_NE(::connect(late, address.get(), address.length), 0);
  EXPECT_EQ(errno, ECONNREFUSED);
  ::close(late);
  driver_->start_receive(id);
  peer.write("still here");
  std::string got;
  EXPECT_TRUE(until([&] { return got.size() == 10; },
                    [&](Event& event) {
                      EXPECT_EQ(event.kind, EventKind::received);
                      got.append(as_text(event.data.view()));
                    }));
}

void reset(const Peer peer) {
  const linger at_once{1, 0};
  setsockopt(peer.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

// It has no address any more: limits of addresses would take it for somebody else.
TEST_F(Accept, PassesOverWhatItsPeerHasResetMeanwhile) {
  start();
  for (int i = 0; i < 3; ++i) reset(Peer::dial(endpoint_));
  const Peer there = Peer::dial(endpoint_);
  std::size_t accepted = 0;
  EXPECT_TRUE(until([&] { return driver_->counters().accept_gone.value() == 3 && accepted == 1; },
                    [&](Event& event) {
                      EXPECT_EQ(event.kind, EventKind::accepted);
                      EXPECT_EQ(driver_->remote(event.connection).address, endpoint_.address);
                      ++accepted;
                    }));
  EXPECT_EQ(driver_->counters().accepted.value(), 1U);
}

TEST_F(Accept, AdoptsNothingThatItsPeerHasResetMeanwhile) {
  start();
  auto [id, peer] = connected();
  const int descriptor = driver_->release(id);
  reset(std::move(peer));
  const auto adopted = driver_->adopt(descriptor);
  ASSERT_FALSE(adopted.ok());
  EXPECT_EQ(adopted.error().error, ENOTCONN);
  driver_->discard(descriptor);
}

TEST_F(Accept, RefusesWhatHasNoSlotAndCountsIt) {
  driver::DriverConfig config;
  config.connections_max = 3;
  start(config);
  std::vector<Peer> peers;
  for (int i = 0; i < 10; ++i) peers.push_back(Peer::dial(endpoint_));
  EXPECT_TRUE(until([&] { return driver_->counters().accept_refused.value() == 7; }, [](Event&) {}));
  EXPECT_EQ(driver_->counters().accepted.value(), 3U);
}

}  // namespace
}  // namespace ringwire::uring
