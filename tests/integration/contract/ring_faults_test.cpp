// The driver over io_uring while the kernel misbehaves on purpose: streams stay exact, every connection gets
// its own bytes in order, and each end is told once. Party checks the rest of the contract at every event.
#include "engine/uring/ring_faults.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "engine/driver/clock.hpp"
#include "engine/uring/uring_driver.hpp"
#include "tests/integration/contract/party.hpp"

namespace ringwire::contract {
namespace {

using driver::CloseMode;
using driver::ConnectionId;
using uring::RingFault;
using uring::RingFaults;

constexpr std::uint64_t kForcedMin = 1'000;  // of every fault, by all tests here together
constexpr int kConnections = 24;             // at once
constexpr int kRoundsMax = 1'000;            // some 60 are enough; a fault that is never forced shows

// A stream that says in each of its blocks whose it is and how far it got.
std::string stream_of(std::uint32_t number, std::size_t bytes) {
  std::string text;
  for (std::size_t at = 0; text.size() < bytes; ++at)
    text += std::to_string(number) + ':' + std::to_string(at) + ' ';
  text.resize(bytes);
  return text;
}

class RingFaultsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto probe = uring::make_uring_driver({}); !probe.ok()) GTEST_SKIP() << probe.error();
  }
  void TearDown() override {
    for (std::size_t i = 0; i < RingFaults::kFaults; ++i) {
      const auto fault = static_cast<RingFault>(i);
      if (faults_.forced(fault) > 0)
        std::printf("forced %-22s %8llu\n", name(fault),
                    static_cast<unsigned long long>(faults_.forced(fault)));
    }
  }

  // Without faults as long as none is set: a ring that cannot do what a driver needs is not used at all.
  std::unique_ptr<Party> make_party(const driver::DriverConfig& config, const uring::RingConfig& ring) {
    RingFaults* const before = RingFaults::install(&faults_);
    auto made = uring::make_uring_driver(config, ring);
    RingFaults::install(before);
    EXPECT_TRUE(made.ok()) << made.error();
    return std::make_unique<Party>(std::move(made).value(), IpAddress::v4(127, 0, 0, 1),
                                   *IpAddress::parse("::1"));
  }
  void make_parties(const driver::DriverConfig& config, const uring::RingConfig& ring) {
    server_ = make_party(config, ring);
    client_ = make_party(config, ring);
    server_->echo = true;
    endpoint_ = server_->listen();
  }
  static driver::DriverConfig small_pools() {
    driver::DriverConfig config;
    config.connections_max = 256;
    config.pools = {.small_buffers = 16, .small_bytes = 4096, .bulk_buffers = 4, .bulk_bytes = 64 * 1024};
    config.datagram_sockets_max = 8;
    config.datagram_buffers = 16;
    return config;
  }

  bool until(const std::function<bool()>& done) {
    const Instant limit = driver::read_monotonic() + 60s;
    while (!done()) {
      if (driver::read_monotonic() > limit) return false;
      server_->turn(200us);
      client_->turn(200us);
      if (meddle) meddle();
    }
    return true;
  }
  [[nodiscard]] bool all_forced(std::initializer_list<RingFault> which) const {
    return std::ranges::all_of(which, [&](RingFault fault) { return faults_.forced(fault) >= kForcedMin; });
  }

  // Connections that say their streams, all at once, and close when their echo is back.
  void exchange(std::size_t bytes_max) {
    std::map<ConnectionId, std::string> said;
    for (int i = 0; i < kConnections; ++i) {
      const ConnectionId id = client_->connect(endpoint_);
      said[id] = stream_of(next_number_++, prng_.between(1, bytes_max));
    }
    live_.clear();
    ASSERT_TRUE(until([&] {
      return std::ranges::all_of(said, [&](const auto& one) { return client_->story(one.first).connected; });
    }));
    for (const auto& [id, text] : said) {
      ASSERT_EQ(client_->story(id).connect_error, 0);
      client_->write(id, text);
      live_.push_back(id);
    }
    const auto has_echo = [&](const auto& one) {
      return client_->story(one.first).received.size() >= one.second.size();
    };
    ASSERT_TRUE(until([&] { return std::ranges::all_of(said, has_echo); }));
    live_.clear();
    for (const auto& [id, text] : said) {
      ASSERT_EQ(client_->story(id).received, text);
      client_->close(id, prng_.below(2) == 0 ? CloseMode::graceful : CloseMode::reset);
    }
    close_ended();
  }
  // The server's ends follow.
  void close_ended() {
    ASSERT_TRUE(until([&] {
      return std::ranges::all_of(server_->accepted, [&](ConnectionId id) {
        Story& story = server_->story(id);
        const bool over = story.ended || story.send_error != 0;
        if (over && !story.closing) server_->close(id, CloseMode::reset);
        return story.closed;
      });
    }));
    server_->accepted.clear();
  }
  // Stops and goes on receiving, or changes the pool, somewhere.
  void disturb() {
    if (live_.empty()) return;
    driver::Driver& driver = client_->driver();
    const ConnectionId id = live_[prng_.below(live_.size())];
    if (client_->story(id).ended) return;
    switch (prng_.below(3)) {
      case 0:
        driver.pause_receive(id);
        return driver.resume_receive(id);
      case 1:
        return driver.use_pool(id, driver::PoolClass::bulk);
      default:
        return driver.use_pool(id, driver::PoolClass::small);
    }
  }

  // Datagrams, each with a number of its own, until all of these faults were forced: each comes once or was
  // cut, to the socket it was for and from the one that sent it.
  void exchange_datagrams(std::initializer_list<RingFault> which, bool multishot) {
    make_parties(small_pools(), {.sq_entries = 64, .cq_entries = 128, .multishot_datagrams = multishot});
    for (const RingFault fault : which) faults_.set(fault, 8);
    std::vector<driver::DatagramSocketId> sockets;
    for (int i = 0; i < 8; ++i) sockets.push_back(server_->bind());
    const driver::DatagramSocketId source = client_->bind();
    const Endpoint from = client_->driver().local(source);
    std::uint64_t sent = 0;
    for (int round = 0; !all_forced(which); ++round) {
      ASSERT_LT(round, 10 * kRoundsMax);
      std::map<std::string, driver::DatagramSocketId> said;
      for (const driver::DatagramSocketId socket : sockets) {
        const std::string number = std::to_string(++sent) + std::string(prng_.below(1'000), '.');
        said[number] = socket;
        client_->post(source, server_->driver().local(socket), number);
      }
      const auto oversize = [&] { return server_->driver().counters().datagrams_oversize.value(); };
      const std::uint64_t cut_before = oversize();
      server_->letters.clear();
      ASSERT_TRUE(until([&] { return server_->letters.size() + oversize() - cut_before == said.size(); }));
      for (const Letter& letter : server_->letters) {
        EXPECT_EQ(letter.from, from);
        ASSERT_TRUE(said.contains(letter.bytes));
        EXPECT_EQ(letter.socket, said[letter.bytes]);
        said.erase(letter.bytes);
      }
      // Ends every receive, and arms it again.
      for (const driver::DatagramSocketId socket : sockets) {
        server_->driver().pause_datagrams(socket);
        if (prng_.below(2) == 0) server_->turn(Duration::zero());
        server_->driver().resume_datagrams(socket);
      }
      if (round % 8 == 0) {
        const std::size_t victim = prng_.below(sockets.size());
        server_->driver().close_datagrams(sockets[victim]);
        ASSERT_TRUE(until([&] {
          const auto opened = server_->driver().open_datagrams({server_->v4(), 0}, {});
          if (opened.ok()) sockets[victim] = *opened;
          return opened.ok();
        }));
      }
    }
    // Whatever was said of its own, no datagram and no buffer was lost.
    const driver::DriverCounters& counters = server_->driver().counters();
    EXPECT_EQ(counters.datagrams_received.value() + counters.datagrams_oversize.value(), sent);
    // Less those of sockets that were being closed.
    EXPECT_LE(counters.datagram_receive_errors.value(), faults_.forced(RingFault::datagram_refused));
    EXPECT_GE(counters.datagram_receive_errors.value(), kForcedMin * 9 / 10);
    EXPECT_EQ(counters.datagrams_oversize.value() > 0, faults_.forced(RingFault::datagram_short) > 0);
    for (const driver::DatagramSocketId socket : sockets)
      EXPECT_EQ(server_->driver().datagram_pool(socket).pinned, 0U);
  }

  std::function<void()> meddle;
  Prng prng_{17};
  RingFaults faults_{23};
  std::unique_ptr<Party> server_;
  std::unique_ptr<Party> client_;
  Endpoint endpoint_;
  std::vector<ConnectionId> live_;
  std::uint32_t next_number_ = 0;
};

TEST_F(RingFaultsTest, WhatPassesLeavesEveryStreamWholeAndInOrder) {
  const auto passing = {RingFault::receive_no_buffer,
                        RingFault::receive_once,
                        RingFault::receive_again,
                        RingFault::receive_interrupted,
                        RingFault::receive_cancelled,
                        RingFault::send_short,
                        RingFault::send_again,
                        RingFault::rest_short,
                        RingFault::rest_again,
                        RingFault::accept_once,
                        RingFault::cancel_in_vain,
                        RingFault::cancel_answered_late,
                        RingFault::cancel_answered_first,
                        RingFault::enter_interrupted,
                        RingFault::enter_busy};
  make_parties(small_pools(), {.sq_entries = 64, .cq_entries = 128});
  for (const RingFault fault : passing) faults_.set(fault, 6);
  faults_.set(RingFault::accept_once, 1);
  meddle = [&] { disturb(); };
  for (int round = 0; !all_forced(passing); ++round) {
    ASSERT_LT(round, kRoundsMax);
    ASSERT_NO_FATAL_FAILURE(exchange(100'000));
  }
}

constexpr std::initializer_list<RingFault> kDatagramFaults = {
    RingFault::datagram_no_buffer, RingFault::datagram_again,   RingFault::datagram_interrupted,
    RingFault::datagram_cancelled, RingFault::datagram_refused, RingFault::cancel_in_vain};

TEST_F(RingFaultsTest, NoDatagramIsLostAndNoSocketEnds) {
  exchange_datagrams(kDatagramFaults, true);
}

TEST_F(RingFaultsTest, NorWhereEachIsReceivedByItself) {
  exchange_datagrams({RingFault::datagram_no_buffer, RingFault::datagram_again,
                      RingFault::datagram_interrupted, RingFault::datagram_cancelled,
                      RingFault::datagram_refused, RingFault::datagram_short, RingFault::cancel_in_vain},
                     false);
}

// What was received is a beginning of what was said, and whoever failed is told.
TEST_F(RingFaultsTest, WhatEndsAConnectionEndsItOnceAndNoOther) {
  const auto ending = {RingFault::receive_reset, RingFault::send_reset, RingFault::rest_reset};
  make_parties(small_pools(), {.sq_entries = 64, .cq_entries = 128});
  faults_.set(RingFault::receive_reset, 40);
  faults_.set(RingFault::send_reset, 20);
  faults_.set(RingFault::rest_reset, 4);
  faults_.set(RingFault::send_short, 2);
  for (int round = 0; !all_forced(ending); ++round) {
    ASSERT_LT(round, kRoundsMax);
    std::map<ConnectionId, std::string> said;
    for (int i = 0; i < kConnections; ++i)
      said[client_->connect(endpoint_)] = stream_of(next_number_++, 50'000);
    for (const auto& [id, text] : said) {
      ASSERT_TRUE(until([&] { return client_->story(id).connected; }));
      client_->write(id, text);
    }
    const auto is_over = [&](const auto& one) {
      const Story& story = client_->story(one.first);
      return story.ended || story.send_error != 0 || story.received.size() >= one.second.size();
    };
    ASSERT_TRUE(until([&] {
      for (const ConnectionId id : server_->accepted) {
        Story& story = server_->story(id);
        const bool over = story.ended || story.send_error != 0;
        if (over && !story.closing) server_->close(id, CloseMode::reset);
      }
      return std::ranges::all_of(said, is_over);
    }));
    for (const auto& [id, text] : said) {
      ASSERT_TRUE(text.starts_with(client_->story(id).received));
      client_->close(id, CloseMode::reset);
    }
    ASSERT_NO_FATAL_FAILURE(close_ended());
  }
}

// A listener out of descriptors pauses, so there are many.
TEST_F(RingFaultsTest, ListenersOutOfDescriptorsAcceptAgainWhenThereAreSome) {
  constexpr std::size_t kListeners = 256;
  make_parties(small_pools(), {.sq_entries = 64, .cq_entries = 128});
  faults_.set(RingFault::accept_no_descriptor, 1);
  std::vector<Endpoint> endpoints{endpoint_};
  while (endpoints.size() < kListeners) endpoints.push_back(server_->listen());
  ASSERT_TRUE(until([&] { return all_forced({RingFault::accept_no_descriptor}); }));
  EXPECT_TRUE(server_->accepted.empty());
  EXPECT_EQ(server_->driver().counters().accept_pauses.value(),
            faults_.forced(RingFault::accept_no_descriptor));
  faults_.set(RingFault::accept_no_descriptor, 0);
  for (std::size_t i = 0; i < 200; ++i) client_->connect(endpoints[i]);
  ASSERT_TRUE(until([&] { return server_->accepted.size() == 200; }));
}

// A thousand connections at once, with queues that hold eight and four buffers.
TEST_F(RingFaultsTest, TinyQueuesAndFewBuffersLoseNothing) {
  driver::DriverConfig config = small_pools();
  config.connections_max = 1'100;
  config.pools.small_buffers = 4;
  config.pools.small_bytes = 1024;
  make_parties(config, {.sq_entries = 8, .cq_entries = 8});
  std::uint64_t overflows = 0;
  std::uint64_t full = 0;
  for (int round = 0; overflows < kForcedMin || full < kForcedMin; ++round) {
    ASSERT_LT(round, kRoundsMax);
    std::map<ConnectionId, std::string> said;
    for (int i = 0; i < 1'000; ++i) said[client_->connect(endpoint_)] = stream_of(next_number_++, 600);
    ASSERT_TRUE(until([&] {
      return std::ranges::all_of(said, [&](const auto& one) { return client_->story(one.first).connected; });
    }));
    for (const auto& [id, text] : said) client_->write(id, text);
    ASSERT_TRUE(until([&] {
      return std::ranges::all_of(
          said, [&](const auto& one) { return client_->story(one.first).received == one.second; });
    }));
    for (const auto& [id, text] : said) client_->close(id, CloseMode::reset);
    ASSERT_NO_FATAL_FAILURE(close_ended());
    overflows = full = 0;
    for (const Party* party : {server_.get(), client_.get()}) {
      overflows += const_cast<Party*>(party)->driver().counters().completion_overflows.value();
      full += const_cast<Party*>(party)->driver().counters().submission_full.value();
    }
  }
  std::printf("forced %-22s %8llu\nforced %-22s %8llu\n", "completion_overflow",
              static_cast<unsigned long long>(overflows), "submission_full",
              static_cast<unsigned long long>(full));
}

}  // namespace
}  // namespace ringwire::contract
