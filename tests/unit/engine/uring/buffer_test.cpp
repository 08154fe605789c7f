#include <sys/resource.h>

#include <algorithm>
#include <map>

#include "codec/base/prng.hpp"
#include "engine/uring/buffer_group.hpp"
#include "tests/unit/engine/uring/world.hpp"

namespace ringwire::uring {
namespace {

using driver::ConnectionId;
using driver::Event;
using driver::EventKind;
using driver::PoolClass;

struct BufferGroupTest : testing::Test {
  void SetUp() override {
    auto made = Ring::make({.sq_entries = 8, .cq_entries = 16}, counters);
    if (!made.ok()) GTEST_SKIP() << "io_uring_setup: errno " << made.error();
    ring = std::move(made).value();
  }
  static std::uint32_t named(std::uint32_t buffer) {
    return buffer << IORING_CQE_BUFFER_SHIFT | IORING_CQE_F_BUFFER;
  }
  driver::DriverCounters counters;
  std::unique_ptr<Ring> ring;
};

TEST_F(BufferGroupTest, RefusesACountThatIsNoPowerOfTwo) {
  for (const std::uint32_t count : {0U, 3U, 65536U}) {
    const auto made = BufferGroup::make(*ring, {.id = 0, .count = count, .bytes = 64});
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error(), EINVAL);
  }
}

TEST_F(BufferGroupTest, BufferIsTheKernelsAgainWhenItsLastSliceDiedAndTheTurnEnded) {
  auto made = BufferGroup::make(*ring, {.id = 0, .count = 4, .bytes = 64});
  ASSERT_TRUE(made.ok());
  BufferGroup& group = **made;
  EXPECT_EQ(group.available(), 4U);
  Slice first = group.take(named(2), 10);
  Slice second = first.sub(3, 2);
  first.reset();
  EXPECT_EQ(group.state().pinned, 1U);
  second.reset();
  EXPECT_EQ(group.state().pinned, 0U);
  EXPECT_EQ(group.available(), 3U) << "not before publish()";
  group.publish();
  EXPECT_EQ(group.available(), 4U);
}

#if defined(RINGWIRE_CHECKED)
TEST_F(BufferGroupTest, DeadBuffersAreOverwrittenInCheckedBuilds) {
  auto made = BufferGroup::make(*ring, {.id = 0, .count = 2, .bytes = 64});
  ASSERT_TRUE(made.ok());
  Slice slice = (*made)->take(named(1), 4);
  std::uint8_t* bytes = slice.buffer()->data;
  bytes[0] = 1;
  slice.reset();
  const Slice again = (*made)->take(named(1), 4);
  EXPECT_EQ(again.view()[0], 0xDB);
}
#endif

class Pool : public World {
 protected:
  // Accepts `count` peers and lets all of them receive.
  std::vector<Peer> receiving(std::size_t count) {
    std::vector<Peer> peers;
    for (std::size_t i = 0; i < count; ++i) {
      auto [id, peer] = connected();
      driver_->start_receive(id);
      ids_.push_back(id);
      peers.push_back(std::move(peer));
    }
    return peers;
  }
  std::vector<ConnectionId> ids_;
  std::map<ConnectionId, std::string> got_;
};

TEST_F(Pool, FourBuffersServeManyConnectionsAndEveryByteArrives) {
  start(small_pool(4, 512));
  constexpr std::size_t kPeers = 200;
  const std::vector<Peer> peers = receiving(kPeers);
  std::vector<std::string> sent(kPeers);
  std::size_t bytes = 0;
  std::size_t turns = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < kPeers; ++i) {
      const std::string text = std::string(1000, static_cast<char>('a' + round)) + std::to_string(i) + ";";
      peers[i].write(text);
      sent[i] += text;
    }
    std::size_t owed = 0;
    for (const std::string& text : sent) owed += text.size();
    ASSERT_TRUE(until([&] { return bytes == owed; },
                      [&](Event& event) {
                        if (event.kind != EventKind::received) return;
                        ++turns;
                        got_[event.connection].append(as_text(event.data.view()));
                        bytes += event.data.size();
                      }));
  }
  for (std::size_t i = 0; i < kPeers; ++i) EXPECT_EQ(got_[ids_[i]], sent[i]);
  const std::uint64_t exhausted = driver_->counters().pool_exhausted.value();
  EXPECT_GT(exhausted, 0U);
  // Each turn arms as many as there are buffers: exhaustion is proportional to what arrived, not a spin.
  EXPECT_LT(exhausted, 4 * turns + kPeers);
  EXPECT_EQ(driver_->pool_state(PoolClass::small).pinned, 0U);
}

TEST_F(Pool, NothingSpinsWhileSlicesHoldEveryBuffer) {
  start(small_pool(4, 64));
  const std::vector<Peer> peers = receiving(16);
  for (const Peer& peer : peers) peer.write("hello");
  std::vector<Slice> held;
  ASSERT_TRUE(until([&] { return driver_->counters().pool_exhausted.value() >= 12; },
                    [&](Event& event) {
                      if (event.kind == EventKind::received) held.push_back(event.data);
                    }));
  EXPECT_EQ(held.size(), 4U);
  EXPECT_EQ(driver_->pool_state(PoolClass::small).pinned, 4U);
  for (int i = 0; i < 20; ++i) turn([](Event&) { FAIL(); }, {.timeout = 1ms});
  EXPECT_EQ(driver_->counters().pool_exhausted.value(), 12U) << "armed again without a buffer";

  // Every connection is heard as buffers come back one at a time.
  std::size_t heard = held.size();
  while (heard < peers.size()) {
    ASSERT_FALSE(held.empty());
    held.erase(held.begin());
    const std::size_t before = heard;
    ASSERT_TRUE(until([&] { return heard > before; },
                      [&](Event& event) {
                        if (event.kind != EventKind::received) return;
                        held.push_back(event.data);
                        ++heard;
                      }));
  }
  held.clear();
}

TEST_F(Pool, OneByteSegmentsHoldBuffersForOneTurnOnly) {
  start(small_pool(64, 16384));
  const auto [id, peer] = connected();
  driver_->start_receive(id);
  std::string got;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 100; ++i) {
      peer.write("x");
      if (i % 25 == 0) turn([&](Event& event) { got.append(as_text(event.data.view())); }, {});
    }
  }
  ASSERT_TRUE(until([&] { return got.size() == 1000; },
                    [&](Event& event) { got.append(as_text(event.data.view())); }));
  turn([](Event&) {}, {});
  EXPECT_EQ(driver_->pool_state(PoolClass::small).pinned, 0U);
}

TEST_F(Pool, PausingWhileStarvingDropsOutAndResumingComesBack) {
  start(small_pool(2, 64));
  const std::vector<Peer> peers = receiving(8);
  for (const Peer& peer : peers) peer.write("1");
  std::vector<Slice> held;
  std::size_t heard = 0;
  const auto take = [&](Event& event) {
    if (event.kind != EventKind::received) return;
    ++heard;
    held.push_back(event.data);
  };
  ASSERT_TRUE(until([&] { return driver_->counters().pool_exhausted.value() >= 6; }, take));
  for (const ConnectionId id : ids_) driver_->pause_receive(id);
  held.clear();
  for (int i = 0; i < 5; ++i) turn([](Event&) { FAIL(); }, {.timeout = 1ms});
  for (const ConnectionId id : ids_) driver_->resume_receive(id);
  ASSERT_TRUE(until([&] { return heard == 8; },
                    [&](Event& event) {
                      take(event);
                      held.clear();
                    }));
}

TEST_F(Pool, ClosingWhileStarvingEndsIt) {
  start(small_pool(2, 64));
  const std::vector<Peer> peers = receiving(8);
  for (const Peer& peer : peers) peer.write("1");
  std::vector<Slice> held;
  ASSERT_TRUE(until([&] { return driver_->counters().pool_exhausted.value() >= 6; },
                    [&](Event& event) { held.push_back(event.data); }));
  std::size_t closed = 0;
  for (const ConnectionId id : ids_) driver_->close(id, driver::CloseMode::graceful);
  ASSERT_TRUE(until([&] { return closed == 8; },
                    [&](Event& event) {
                      EXPECT_EQ(event.kind, EventKind::closed);
                      ++closed;
                    }));
  held.clear();
  for (const Peer& peer : peers) EXPECT_TRUE(peer.ends_with_fin());
}

// Pools, pauses and resumes change at random while the peer keeps sending: the stream stays exact.
TEST_F(Pool, CancelsRaceWithDataInEitherOrderAndTheStreamStaysExact) {
  for (const Mode mode : {Mode::defer, Mode::coop, Mode::plain}) {
    auto config = small_pool(8, 256);
    auto ring = ring_config(config);
    ring.best_mode = mode;
    start(config, ring);
    Prng prng(11);
    const auto [id, peer] = connected();
    driver_->start_receive(id);
    std::string sent;
    std::string got;
    const auto take = [&](Event& event) {
      ASSERT_EQ(event.kind, EventKind::received);
      got.append(as_text(event.data.view()));
    };
    for (int step = 0; step < 5000; ++step) {
      const std::string text = std::to_string(step) + std::string(prng.below(300), '.') + "\n";
      if (sent.size() - got.size() < 50'000) {
        peer.write(text);
        sent += text;
      }
      if (prng.chance_ppm(300'000)) driver_->pause_receive(id);
      if (prng.chance_ppm(300'000))
        driver_->use_pool(id, prng.below(2) == 0 ? PoolClass::small : PoolClass::bulk);
      if (prng.chance_ppm(500'000)) driver_->resume_receive(id);
      if (prng.chance_ppm(500'000)) turn(take, {});
    }
    driver_->resume_receive(id);
    ASSERT_TRUE(until([&] { return got.size() >= sent.size(); }, take));
    EXPECT_EQ(got, sent);
    driver_.reset();
  }
}

TEST_F(Pool, BulkBuffersTakeWhatSmallOnesCut) {
  auto config = small_pool(64, 256);
  config.pools.bulk_bytes = 1 << 20;
  start(config);
  const auto [id, peer] = connected();
  driver_->start_receive(id);
  driver_->use_pool(id, PoolClass::bulk);
  turn([](Event&) {}, {.timeout = 10ms});
  const std::string text(20'000, 'b');
  peer.write(text);
  std::uint32_t largest = 0;
  std::size_t got = 0;
  ASSERT_TRUE(until([&] { return got == text.size(); },
                    [&](Event& event) {
                      got += event.data.size();
                      largest = std::max(largest, event.data.size());
                    }));
  EXPECT_GT(largest, 256U);
}

}  // namespace
}  // namespace ringwire::uring
