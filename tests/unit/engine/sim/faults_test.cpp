// What the simulated network does to streams when it is told to misbehave.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string>

#include "tests/unit/engine/sim/host.hpp"

namespace ringwire::sim {
namespace {

using driver::CloseMode;
using driver::ConnectionId;
using driver::Event;
using driver::EventKind;

// Two hosts; the second listens and reads all it gets, the first has dialled it.
class SimFaults : public testing::Test {
 protected:
  struct Host {
    std::unique_ptr<SimDriver> driver;
    ConnectionId stream;
    std::int32_t connect_error = -1;
    std::string heard;
    Instant heard_at;
    bool ended = false;
    std::int32_t error = 0;
    Instant ended_at;
  };

  void make(const SimLink& link) {
    network_ = std::make_unique<SimNetwork>(1, link);
    near_ = make_host(1);
    far_ = make_host(2);
    ASSERT_TRUE(far_.driver->listen({host(2), 80}, {}).ok());
  }
  Host make_host(std::uint8_t number) {
    Host made;
    made.driver = make_driver(*network_, number);
    return made;
  }
  void connect() { near_.stream = *near_.driver->connect({host(2), 80}, {}); }
  void make_connected(const SimLink& link = {}) {
    make(link);
    connect();
    run_for(1s);
    ASSERT_EQ(near_.connect_error, 0);
  }
  void say(Host& from, std::string_view text) {
    said_.emplace_back(text);
    const ByteView piece = as_bytes(said_.back());
    from.driver->send(from.stream, {&piece, 1});
  }

  void run_for(Duration time) { run_until(network_->now().monotonic + time); }
  void run_until(Instant limit) {
    do {
      while (SimDriver* ready = network_->take_ready()) {
        driver::WaitPlan plan;
        plan.timeout = 10s;
        ready->wait(plan);
        Event event;
        while (ready->next(event)) on_event(ready == near_.driver.get() ? near_ : far_, event);
      }
    } while (network_->next_at() <= limit && network_->step());
  }
  void on_event(Host& at, Event& event) {
    const Instant now = network_->now().monotonic;
    if (event.kind == EventKind::connected) at.connect_error = event.error;
    if (event.kind == EventKind::accepted) at.stream = event.connection;
    if (event.kind == EventKind::accepted || (event.kind == EventKind::connected && event.error == 0))
      at.driver->start_receive(event.connection);
    if (event.kind == EventKind::received) {
      at.heard += as_text(event.data.view());
      at.heard_at = now;
      event.data.reset();
    }
    if (event.kind == EventKind::ended) {
      at.ended = true;
      at.error = event.error;
      at.ended_at = now;
    }
  }

  std::deque<std::string> said_;  // a driver reads it until its next turn
  std::unique_ptr<SimNetwork> network_;
  Host near_;
  Host far_;
};

TEST_F(SimFaults, ABandwidthSpreadsWhatIsSaidAtOnce) {
  SimLink link;
  link.bytes_per_second = 100'000;
  make_connected(link);
  const Instant before = network_->now().monotonic;
  say(near_, std::string(50'000, 'x'));
  run_for(10s);
  EXPECT_EQ(far_.heard.size(), 50'000U);
  EXPECT_EQ(far_.heard_at - before, 500ms + link.latency);
}

TEST_F(SimFaults, LossDelaysAStreamAndTakesNothingOfIt) {
  SimLink link;
  link.lost_per_million = 300'000;
  link.split = true;
  make_connected(link);
  std::string all;
  Duration longest{0};
  for (int i = 0; i < 200; ++i) {
    const Instant before = network_->now().monotonic;
    all += std::to_string(i) + ' ';
    say(near_, std::to_string(i) + ' ');
    run_for(1h);
    longest = std::max(longest, far_.heard_at - before);
  }
  EXPECT_EQ(far_.heard, all);
  EXPECT_GE(longest, kRetransmit + 2 * kRetransmit);  // lost twice in a row, at 9 %, of 200
}

TEST_F(SimFaults, WhatIsSaidIntoACutWaitsAndComesInOrder) {
  make_connected();
  network_->cut(host(1), host(2));
  say(near_, "one ");
  run_for(5s);
  say(near_, "two ");
  say(far_, "still heard");
  run_for(25s);
  EXPECT_EQ(far_.heard, "");
  EXPECT_EQ(near_.heard, "still heard") << "a cut is of one way";
  network_->heal(host(1), host(2));
  run_for(31s);
  EXPECT_EQ(far_.heard, "one two ");
  say(near_, "three");
  run_for(1s);
  EXPECT_EQ(far_.heard, "one two three");
}

TEST_F(SimFaults, ADialIntoACutComesThroughWhenItIsHealedOrTimesOut) {
  make({});
  network_->cut(host(2), host(1));
  connect();
  run_for(30s);
  EXPECT_EQ(near_.connect_error, -1);
  network_->heal(host(2), host(1));
  run_for(31s);
  EXPECT_EQ(near_.connect_error, 0);

  network_->cut(host(1), host(2));
  near_.connect_error = -1;
  connect();
  run_for(SimNetwork::kDialTimeout + 10s);
  EXPECT_EQ(near_.connect_error, ETIMEDOUT);
  network_->heal(host(1), host(2));
  run_for(1h);
  EXPECT_EQ(near_.connect_error, ETIMEDOUT) << "once";
}

TEST_F(SimFaults, AResetIntoACutIsLostAndTheNextByteIsAnsweredWithOne) {
  make_connected();
  network_->cut(host(1), host(2));
  near_.driver->close(near_.stream, CloseMode::reset);
  run_for(1min);
  EXPECT_FALSE(far_.ended);
  network_->heal(host(1), host(2));
  run_for(1h);
  EXPECT_FALSE(far_.ended) << "half open: nobody says anything";
  say(far_, "are you there?");
  run_for(1s);
  EXPECT_TRUE(far_.ended);
  EXPECT_EQ(far_.error, ECONNRESET);
}

TEST_F(SimFaults, AHostWithoutPowerIsSilentAndComesBackAsAStranger) {
  make_connected();
  network_->silence(host(1));
  near_.driver.reset();
  say(far_, "are you there?");
  run_for(1h);
  EXPECT_FALSE(far_.ended);
  network_->wake(host(1));
  near_ = make_host(1);
  say(far_, "and now?");
  run_for(1s);
  EXPECT_TRUE(far_.ended);
  EXPECT_EQ(far_.error, ECONNRESET);
}

TEST_F(SimFaults, SomethingInBetweenResetsBothEnds) {
  make_connected();
  EXPECT_EQ(network_->reset_streams(host(2), host(1)), 1U);
  run_for(1s);
  EXPECT_TRUE(near_.ended && far_.ended);
  EXPECT_EQ(near_.error, ECONNRESET);
  EXPECT_EQ(far_.error, ECONNRESET);
  EXPECT_EQ(network_->reset_streams(host(1), host(2)), 0U);
}

TEST_F(SimFaults, AHostWhoseClockRunsFastWakesEarly) {
  make({});
  near_.driver->set_drift(100'000);
  far_.driver->set_drift(-100'000);
  run_for(100s);
  const Duration truth = network_->now().monotonic - Instant{};
  EXPECT_EQ(near_.driver->now().monotonic, Instant{} + truth / 10 * 11);
  EXPECT_EQ(far_.driver->now().monotonic, Instant{} + truth / 10 * 9);
  EXPECT_GT(near_.driver->counters().turns.value(), far_.driver->counters().turns.value());
}

}  // namespace
}  // namespace ringwire::sim
