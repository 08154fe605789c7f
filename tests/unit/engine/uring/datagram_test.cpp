// What only io_uring does with datagrams: a kernel that has no multishot for them, and buffers given to it
// turn by turn.
#include <sys/socket.h>

#include <algorithm>
#include <deque>

#include "engine/driver/clock.hpp"
#include "tests/unit/engine/uring/world.hpp"

namespace ringwire::uring {
namespace {

using driver::DatagramSocketId;
using driver::Event;
using driver::EventKind;
using driver::kDatagramsPerTurn;

class UringDatagrams : public World, public testing::WithParamInterface<bool> {
 protected:
  void start_with(std::uint32_t buffers) {
    driver::DriverConfig config;
    config.datagram_sockets_max = 2;
    config.datagram_buffers = buffers;
    start(config, {.sq_entries = 64, .cq_entries = 256, .multishot_datagrams = GetParam()});
    socket_ = *driver_->open_datagrams({IpAddress::v4(127, 0, 0, 1), 0}, {});
    peer_ = *driver::open_datagram_socket({IpAddress::v4(127, 0, 0, 1), 0}, {}, true);
  }
  void TearDown() override {
    if (peer_ >= 0) ::close(peer_);
  }
  void say(std::string_view bytes) const {
    const driver::SocketAddress to = driver::to_socket_address(driver_->local(socket_));
    ASSERT_EQ(sendto(peer_, bytes.data(), bytes.size(), 0, to.get(), to.length),
              static_cast<ssize_t>(bytes.size()));
  }

  DatagramSocketId socket_;
  int peer_ = -1;
};

INSTANTIATE_TEST_SUITE_P(Modes, UringDatagrams, testing::Bool(),
                         [](const auto& mode) { return mode.param ? "multishot" : "single"; });

TEST_P(UringDatagrams, ArriveInOrderWithTheirSource) {
  start_with(16);
  std::vector<std::string> heard;
  for (int i = 0; i < 200; ++i) {
    const std::string bytes = i % 10 == 0 ? "" : std::string(static_cast<std::size_t>(i), 'x');
    say(bytes);
    ASSERT_TRUE(until([&] { return heard.size() == static_cast<std::size_t>(i) + 1; },
                      [&](Event& event) {
                        ASSERT_EQ(event.kind, EventKind::datagram);
                        EXPECT_EQ(event.from, driver::local_endpoint(peer_));
                        heard.emplace_back(as_text(event.data.view()));
                        event.data.reset();
                      }));
    EXPECT_EQ(heard.back(), bytes);
  }
  EXPECT_EQ(driver_->counters().datagram_pool_exhausted.value(), 0U);
  EXPECT_EQ(driver_->counters().datagram_receive_errors.value(), 0U);
}

TEST_P(UringDatagrams, ATurnHasNoMoreThanItsShareOfAFlood) {
  start_with(256);
  std::uint64_t told = 0;
  std::uint64_t most = 0;
  for (int turns = 0; turns < 200; ++turns) {
    for (int i = 0; i < 100; ++i) say("flood");
    std::uint64_t of_turn = 0;
    turn(
        [&](Event& event) {
          event.data.reset();
          ++of_turn;
        },
        {.timeout = 1ms});
    told += of_turn;
    most = std::max(most, of_turn);
  }
  EXPECT_LE(most, kDatagramsPerTurn);
  EXPECT_GE(told, 100U);
  if (GetParam()) {
    EXPECT_EQ(most, kDatagramsPerTurn);
    EXPECT_GE(told, 190 * kDatagramsPerTurn);
  }
  EXPECT_EQ(driver_->counters().datagram_pool_exhausted.value(), 0U) << "its share was over, not its buffers";
}

// Armed again before a buffer returned, it would end with ENOBUFS over and over.
TEST_P(UringDatagrams, AReceiveWithoutABufferIsNotArmedAgainUntilOneReturns) {
  start_with(8);
  std::deque<Slice> kept;
  for (int i = 0; i < 40; ++i) say("kept");
  const auto keep = [&](Event& event) { kept.push_back(std::move(event.data)); };
  ASSERT_TRUE(until([&] { return kept.size() == 8; }, keep));
  turn(keep);
  const std::uint64_t exhausted = driver_->counters().datagram_pool_exhausted.value();
  const Instant before = driver::read_monotonic();
  for (int i = 0; i < 10; ++i) turn(keep, {.timeout = 5ms});
  EXPECT_GE(driver::read_monotonic() - before, Duration(45ms)) << "a wait returned with nothing to say";
  EXPECT_EQ(kept.size(), 8U);
  EXPECT_EQ(driver_->counters().datagram_pool_exhausted.value(), exhausted);
  EXPECT_EQ(exhausted, 1U);
  std::size_t told = 8;
  kept.clear();
  ASSERT_TRUE(until([&] { return told == 40; },
                    [&](Event& event) {
                      event.data.reset();
                      ++told;
                    }));
}

TEST_P(UringDatagrams, WhatTheyHoldIsInThePlan) {
  driver::DriverConfig none;
  driver::DriverConfig two = none;
  two.datagram_sockets_max = 2;
  const auto sum = [](const Footprint& plan) {
    std::uint64_t bytes = 0;
    for (const Addend& addend : plan) bytes += addend.total();
    return bytes;
  };
  const std::uint64_t more = sum(footprint(two)) - sum(footprint(none));
  EXPECT_GE(more, 2 * 256 * driver::kDatagramRoomBytes);
  EXPECT_LE(more, 2 * 256 * (driver::kDatagramRoomBytes + 200) + 50'000);
}

}  // namespace
}  // namespace ringwire::uring
