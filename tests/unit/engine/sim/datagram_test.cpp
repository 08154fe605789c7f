// What the simulated network does to datagrams.
#include "engine/sim/datagrams.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/engine/sim/host.hpp"

namespace ringwire::sim {
namespace {

using driver::DatagramSocketId;
using driver::Event;
using driver::EventKind;

constexpr int kMany = 10'000;

// Two hosts with a socket each; what the second one heard, in order.
class World {
 public:
  explicit World(const SimLink& link, std::uint64_t seed = 1) : network_(seed, link) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      drivers_.push_back(make_driver(network_, i + 1));
      sockets_.push_back(*drivers_[i]->open_datagrams({host(i + 1), 30303}, {}));
    }
  }

  SimNetwork& network() { return network_; }
  SimDriver& near() { return *drivers_[0]; }
  SimDriver& far() { return *drivers_[1]; }
  DatagramSocketId near_socket() { return sockets_[0]; }
  DatagramSocketId far_socket() { return sockets_[1]; }

  void say(const std::string& bytes) { near().send_datagram(sockets_[0], {host(2), 30303}, as_bytes(bytes)); }
  // One each `interval`, each with its number.
  void say_many(int count, Duration interval) {
    for (int i = 0; i < count; ++i) {
      say(numbered(i));
      run_for(interval);
    }
    run_for(10s);
  }
  static std::string numbered(int i) { return std::to_string(i) + std::string(100, '.'); }

  void run_for(Duration time) {
    const Instant limit = network_.now().monotonic + time;
    do {
      while (SimDriver* ready = network_.take_ready()) {
        ready->wait({.timeout = 1h});
        Event event;
        while (ready->next(event)) {
          if (event.kind != EventKind::datagram) continue;
          EXPECT_EQ(event.socket, ready == &far() ? sockets_[1] : sockets_[0]);
          heard.emplace_back(as_text(event.data.view()));
          heard_at.push_back(network_.now().monotonic);
          event.data.reset();
        }
      }
    } while (network_.next_at() <= limit && network_.step());
    if (network_.now().monotonic < limit) network_.pass(limit);
  }

  std::vector<std::string> heard;
  std::vector<Instant> heard_at;

 private:
  SimNetwork network_;
  std::vector<std::unique_ptr<SimDriver>> drivers_;
  std::vector<DatagramSocketId> sockets_;
};

// Of so many tries with this chance: within five standard deviations.
void expect_rate(std::size_t seen, std::size_t tries, std::uint32_t per_million) {
  const double chance = per_million / 1e6;
  const double expected = static_cast<double>(tries) * chance;
  EXPECT_NEAR(static_cast<double>(seen), expected, 5 * std::sqrt(expected * (1 - chance)));
}

TEST(SimDatagrams, AFaultlessLinkDeliversAllInOrderAfterItsLatency) {
  SimLink link;
  link.latency = 40ms;
  World world(link);
  const Instant before = world.network().now().monotonic;
  for (int i = 0; i < 100; ++i) world.say(World::numbered(i));
  world.run_for(1s);
  ASSERT_EQ(world.heard.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(world.heard[static_cast<std::size_t>(i)], World::numbered(i));
  EXPECT_EQ(world.heard_at.front() - before, Duration(40ms));
}

TEST(SimDatagrams, LosesAsManyAsItIsToldTo) {
  SimLink link;
  link.datagrams.lost_per_million = 100'000;
  World world(link);
  world.say_many(kMany, 1ms);
  expect_rate(kMany - world.heard.size(), kMany, 100'000);
}

TEST(SimDatagrams, DoublesAsManyAsItIsToldTo) {
  SimLink link;
  link.datagrams.doubled_per_million = 50'000;
  World world(link);
  world.say_many(kMany, 1ms);
  expect_rate(world.heard.size() - kMany, kMany, 50'000);
  std::map<std::string, int> times;
  for (const std::string& one : world.heard) ++times[one];
  EXPECT_EQ(times.size(), static_cast<std::size_t>(kMany));
  for (const auto& [one, count] : times) EXPECT_LE(count, 2);
}

TEST(SimDatagrams, CorruptsAsManyAsItIsToldToAndOnlyBits) {
  SimLink link;
  link.datagrams.corrupted_per_million = 80'000;
  World world(link);
  world.say_many(kMany, 1ms);
  ASSERT_EQ(world.heard.size(), static_cast<std::size_t>(kMany));
  std::size_t corrupted = 0;
  for (int i = 0; i < kMany; ++i) {
    const std::string said = World::numbered(i);
    const std::string& heard = world.heard[static_cast<std::size_t>(i)];
    ASSERT_EQ(heard.size(), said.size());
    int bits = 0;
    for (std::size_t at = 0; at < said.size(); ++at)
      bits += __builtin_popcount(static_cast<std::uint8_t>(heard[at] ^ said[at]));
    EXPECT_LE(bits, static_cast<int>(Datagrams::kFlippedMax));
    if (bits > 0) ++corrupted;
  }
  expect_rate(corrupted, kMany, 80'000);
}

TEST(SimDatagrams, DelaysAsManyAsItIsToldToBehindTheirSuccessors) {
  SimLink link;
  link.datagrams.delayed_per_million = 100'000;
  link.datagrams.delayed_by_max = 20ms;
  World world(link);
  world.say_many(kMany, 1ms);
  ASSERT_EQ(world.heard.size(), static_cast<std::size_t>(kMany));
  std::size_t overtaken = 0;
  int latest = -1;
  for (const std::string& one : world.heard) {
    const int number = std::atoi(one.c_str());
    if (number < latest) ++overtaken;
    EXPECT_GE(number, latest - 20);
    latest = std::max(latest, number);
  }
  // But for the one in twenty whose delay is less than a millisecond.
  expect_rate(overtaken, kMany, 95'000);
}

TEST(SimDatagrams, JitterAloneReordersThem) {
  SimLink link;
  link.jitter = 5ms;
  World world(link);
  world.say_many(200, 1ms);
  EXPECT_EQ(world.heard.size(), 200U);
  EXPECT_FALSE(
      std::ranges::is_sorted(world.heard, {}, [](const std::string& one) { return std::stoi(one); }));
}

TEST(SimDatagrams, ABandwidthSpreadsThemAndLosesWhatWouldWaitTooLong) {
  SimLink link;
  link.bytes_per_second = 100'000;
  World world(link);
  const Instant before = world.network().now().monotonic;
  for (int i = 0; i < 50; ++i) world.say(std::string(1'000, 'x'));
  world.run_for(10s);
  // 100 ms of queue are ten of them, and one may begin within it.
  ASSERT_EQ(world.heard.size(), 11U);
  EXPECT_EQ(world.heard_at.back() - before, 110ms + link.latency);
  world.say("later");
  world.run_for(1s);
  EXPECT_EQ(world.heard.back(), "later");
}

TEST(SimDatagrams, ACutAndASilentHostLoseThemForGood) {
  World world({});
  world.network().cut(host(1), host(2));
  world.say("into the cut");
  world.far().send_datagram(world.far_socket(), {host(1), 30303}, as_bytes("the other way"));
  world.run_for(1s);
  EXPECT_EQ(world.heard, std::vector<std::string>{"the other way"});
  world.network().heal(host(1), host(2));
  world.run_for(1h);
  world.say("healed");
  world.run_for(1s);
  EXPECT_EQ(world.heard.back(), "healed");
  EXPECT_EQ(world.heard.size(), 2U);
  world.network().silence(host(2));
  world.say("to the silent");
  world.far().send_datagram(world.far_socket(), {host(1), 30303}, as_bytes("from the silent"));
  world.run_for(1h);
  EXPECT_EQ(world.heard.size(), 2U);
  world.network().wake(host(2));
  world.say("woken");
  world.run_for(1s);
  EXPECT_EQ(world.heard.back(), "woken");
}

TEST(SimDatagrams, AnInventedSourceIsHeardAsIfItWereTrue) {
  SimNetwork network(1);
  const auto far = make_driver(network, 2);
  const DatagramSocketId socket = *far->open_datagrams({host(2), 30303}, {});
  const Endpoint nobody{IpAddress::v4(203, 0, 113, 7), 7};
  network.send_datagram(nobody, far->local(socket), as_bytes("spoofed"));
  while (network.step()) {
  }
  far->wait({});
  Event event;
  ASSERT_TRUE(far->next(event));
  EXPECT_EQ(event.from, nobody);
  EXPECT_EQ(as_text(event.data.view()), "spoofed");
}

SimLink bad_link() {
  SimLink link;
  link.jitter = 1ms;
  link.datagrams = {.lost_per_million = 100'000,
                    .doubled_per_million = 100'000,
                    .delayed_per_million = 100'000,
                    .corrupted_per_million = 100'000};
  return link;
}

TEST(SimDatagrams, EqualSeedsGiveEqualTracesAndOthersDoNot) {
  const auto run = [](std::uint64_t seed) {
    World world(bad_link(), seed);
    world.say_many(500, 1ms);
    return std::pair(world.network().trace_hash(), world.heard);
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1).first, run(2).first);
  EXPECT_NE(run(1).second, run(2).second);
}

// Whoever is in a datagram is in the trace: two that differ in nothing but their source give two traces.
TEST(SimDatagrams, TheTraceKnowsBothEndpoints) {
  const auto run = [](std::uint16_t from, std::uint16_t to) {
    SimNetwork network(1);
    network.send_datagram({host(1), from}, {host(2), to}, as_bytes("x"));
    EXPECT_TRUE(network.step());
    return network.trace_hash();
  };
  EXPECT_EQ(run(1, 2), run(1, 2));
  EXPECT_NE(run(1, 2), run(3, 2));
  EXPECT_NE(run(1, 2), run(1, 3));
}

// When each byte of a stream arrives.
std::vector<std::pair<std::int64_t, std::size_t>> arrivals_of_a_stream(bool datagrams_beside) {
  SimLink link = bad_link();
  link.split = true;
  link.lost_per_million = 50'000;
  SimNetwork network(7, link);
  const auto near = make_driver(network, 1);
  const auto far = make_driver(network, 2);
  EXPECT_TRUE(far->listen({host(2), 80}, {}).ok());
  const auto stream = *near->connect({host(2), 80}, {});
  std::vector<std::pair<std::int64_t, std::size_t>> arrivals;
  const std::string text(3'000, 'x');
  for (int turns = 0; turns < 20'000; ++turns) {
    while (SimDriver* ready = network.take_ready()) {
      ready->wait({.timeout = 1h});
      Event event;
      while (ready->next(event)) {
        if (event.kind == EventKind::accepted) ready->start_receive(event.connection);
        if (event.kind == EventKind::connected) {
          const ByteView piece = as_bytes(text);
          for (int i = 0; i < 20; ++i) near->send(stream, {&piece, 1});
        }
        if (event.kind == EventKind::received)
          arrivals.emplace_back(network.now().monotonic.ns, event.data.size());
        event.data.reset();
      }
    }
    if (datagrams_beside) network.send_datagram({host(1), 1}, {host(2), 1}, as_bytes("beside"));
    if (!network.step()) break;
  }
  return arrivals;
}

TEST(SimDatagrams, DrawNothingFromWhatStreamsDraw) {
  const auto alone = arrivals_of_a_stream(false);
  EXPECT_GT(alone.size(), 20U);
  EXPECT_EQ(alone, arrivals_of_a_stream(true));
}

}  // namespace
}  // namespace ringwire::sim
