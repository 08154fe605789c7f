#include "engine/sim/network.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <map>
#include <string>

#include "tests/unit/engine/sim/host.hpp"

namespace ringwire::sim {
namespace {

using driver::CloseMode;
using driver::ConnectionId;
using driver::Event;
using driver::EventKind;

using Handler = std::function<void(SimDriver&, Event&)>;

// Runs the world until nothing happens but waiting, or until `limit`.
void run(SimNetwork& network, Instant limit, const Handler& on_event) {
  do {
    while (SimDriver* driver = network.take_ready()) {
      driver::WaitPlan plan;
      plan.timeout = 1h;
      driver->wait(plan);
      Event event;
      while (driver->next(event)) on_event(*driver, event);
    }
  } while (network.next_at() <= limit && network.step());
}

void ignore(SimDriver&, Event&) {}

struct Outcome {
  std::uint64_t hash = 0;
  std::uint64_t happenings = 0;
  std::uint64_t bytes = 0;
};

// A ring of hosts: each dials the next one, sends random bytes, and answers what it gets until a random end.
Outcome run_ring(std::uint64_t seed, std::uint32_t hosts) {
  SimLink link;
  link.jitter = 2ms;
  link.in_flight_bytes_max = 3'000;
  link.split = true;
  SimNetwork network(seed, link);
  Prng prng(seed + 1);
  std::vector<std::unique_ptr<SimDriver>> drivers;
  for (std::uint32_t i = 0; i < hosts; ++i) {
    drivers.push_back(make_driver(network, i));
    EXPECT_TRUE(drivers.back()->listen({host(i), 30303}, {}).ok());
  }
  for (std::uint32_t i = 0; i < hosts; ++i) {
    EXPECT_TRUE(drivers[i]->connect({host((i + 1) % hosts), 30303}, {}).ok());
  }
  Outcome outcome;
  std::string payload(5'000, 'x');
  run(network, Instant{} + 10s, [&](SimDriver& driver, Event& event) {
    const auto say = [&](ConnectionId id) {
      const ByteView piece = as_bytes({payload.data(), prng.between(1, payload.size())});
      driver.send(id, {&piece, 1});
    };
    if (event.kind == EventKind::accepted || event.kind == EventKind::connected) {
      driver.start_receive(event.connection);
      if (event.kind == EventKind::connected) say(event.connection);
    } else if (event.kind == EventKind::received) {
      outcome.bytes += event.data.size();
      if (prng.below(100) < 2) {
        driver.close(event.connection, prng.below(2) == 0 ? CloseMode::graceful : CloseMode::reset);
      } else if (prng.below(2) == 0) {
        say(event.connection);
      }
    } else if (event.kind == EventKind::ended) {
      driver.close(event.connection, CloseMode::graceful);
    }
  });
  outcome.hash = network.trace_hash();
  outcome.happenings = network.happenings();
  return outcome;
}

TEST(SimNetwork, TheSameSeedGivesTheSameTrace) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome once = run_ring(seed, 20);
    const Outcome again = run_ring(seed, 20);
    EXPECT_EQ(once.hash, again.hash);
    EXPECT_EQ(once.happenings, again.happenings);
    EXPECT_EQ(once.bytes, again.bytes);
    EXPECT_GT(once.bytes, 10'000U);
  }
}

TEST(SimNetwork, DifferentSeedsGiveDifferentTraces) {
  std::map<std::uint64_t, std::uint64_t> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) ++seen[run_ring(seed, 6).hash];
  EXPECT_EQ(seen.size(), 20U);
}

TEST(SimNetwork, ADialTakesOneRoundTripAndAByteOneWay) {
  SimLink link;
  link.latency = 40ms;
  SimNetwork network(1, link);
  const auto near = make_driver(network, 1);
  const auto far = make_driver(network, 2);
  ASSERT_TRUE(far->listen({host(2), 80}, {}).ok());
  ASSERT_TRUE(near->connect({host(2), 80}, {}).ok());
  Instant connected;
  Instant received;
  run(network, Instant{} + 1s, [&](SimDriver& driver, Event& event) {
    if (event.kind == EventKind::accepted) driver.start_receive(event.connection);
    if (event.kind == EventKind::received) received = network.now().monotonic;
    if (event.kind != EventKind::connected) return;
    connected = network.now().monotonic;
    const ByteView piece = as_bytes("x");
    driver.send(event.connection, {&piece, 1});
  });
  EXPECT_EQ(connected, Instant{} + 80ms);
  EXPECT_EQ(received, Instant{} + 120ms);
}

TEST(SimNetwork, ALinkOfItsOwnOverridesTheUsualOneBothWays) {
  SimNetwork network(1);
  SimLink slow;
  slow.latency = 1s;
  network.set_link(host(2), host(1), slow);
  const auto one = make_driver(network, 1);
  const auto two = make_driver(network, 2);
  const auto three = make_driver(network, 3);
  std::map<SimDriver*, Instant> connected;
  for (SimDriver* driver : {one.get(), two.get(), three.get()}) {
    ASSERT_TRUE(driver->listen({IpAddress::v4(0, 0, 0, 0), 80}, {}).ok());
  }
  ASSERT_TRUE(one->connect({host(2), 80}, {}).ok());
  ASSERT_TRUE(two->connect({host(1), 80}, {}).ok());
  ASSERT_TRUE(three->connect({host(1), 80}, {}).ok());
  run(network, Instant{} + 1min, [&](SimDriver& driver, Event& event) {
    if (event.kind == EventKind::connected) connected[&driver] = network.now().monotonic;
  });
  EXPECT_EQ(connected[one.get()], Instant{} + 2s);
  EXPECT_EQ(connected[two.get()], Instant{} + 2s);
  EXPECT_EQ(connected[three.get()], Instant{} + 1ms);
}

TEST(SimNetwork, AHostWithoutAListenerRefusesAndNoHostTimesOut) {
  SimNetwork network(1);
  const auto near = make_driver(network, 1);
  const auto far = make_driver(network, 2);
  std::map<std::uint32_t, std::pair<std::int32_t, Instant>> ended;
  const auto refused = near->connect({host(2), 80}, {});
  const auto silent = near->connect({host(3), 80}, {});
  ASSERT_TRUE(refused.ok() && silent.ok());
  run(network, Instant{} + 1h, [&](SimDriver&, Event& event) {
    ended[event.connection.slot] = {event.error, network.now().monotonic};
  });
  EXPECT_EQ(ended[refused->slot].first, ECONNREFUSED);
  EXPECT_EQ(ended[refused->slot].second, Instant{} + 1ms);
  EXPECT_EQ(ended[silent->slot].first, ETIMEDOUT);
  EXPECT_GE(ended[silent->slot].second, Instant{} + SimNetwork::kDialTimeout);
}

TEST(SimNetwork, BytesInFlightStayWithinTheLink) {
  SimLink link;
  link.in_flight_bytes_max = 1'000;
  SimNetwork network(1, link);
  const auto near = make_driver(network, 1);
  const auto far = make_driver(network, 2);
  ASSERT_TRUE(far->listen({host(2), 80}, {}).ok());
  const auto dialled = near->connect({host(2), 80}, {});
  ASSERT_TRUE(dialled.ok());
  run(network, Instant{} + 1s, ignore);  // accepted, never read
  const std::string bytes(10'000, 'x');
  const ByteView piece = as_bytes(bytes);
  std::vector<std::uint32_t> taken;
  for (int i = 0; i < 3; ++i) {
    near->send(*dialled, {&piece, 1});
    run(network, network.now().monotonic + 1s, ignore);
    near->wait({});
  }
  EXPECT_EQ(near->counters().sent_bytes.value(), 1'000U);
  EXPECT_EQ(near->counters().short_sends.value(), 3U);
}

TEST(SimNetwork, AWaitIsOverWhenItsTimeIsAndNotBefore) {
  SimNetwork network(1);
  const auto driver = make_driver(network, 1);
  ASSERT_EQ(network.take_ready(), driver.get());
  driver::WaitPlan plan;
  for (const Duration timeout : {Duration(5s), Duration(1ms), Duration(3h)}) {
    const Instant before = network.now().monotonic;
    plan.timeout = timeout;
    driver->wait(plan);
    EXPECT_EQ(network.take_ready(), nullptr);
    ASSERT_TRUE(network.step());
    EXPECT_EQ(network.take_ready(), driver.get());
    EXPECT_EQ(network.now().monotonic - before, timeout);
  }
}

TEST(SimNetwork, AnEarlierWaitIsForgottenWhenTheDriverWaitsAgain) {
  SimNetwork network(1);
  const auto driver = make_driver(network, 1);
  network.take_ready();
  driver::WaitPlan plan;
  plan.timeout = 1s;
  driver->wait(plan);
  plan.timeout = 10s;
  driver->wait(plan);
  ASSERT_TRUE(network.step());
  EXPECT_EQ(network.take_ready(), nullptr);
  ASSERT_TRUE(network.step());
  EXPECT_EQ(network.take_ready(), driver.get());
  EXPECT_EQ(network.now().monotonic, Instant{} + 10s);
}

TEST(SimNetwork, ABusyLoopMovesTheClock) {
  SimNetwork network(1);
  const auto driver = make_driver(network, 1);
  driver::WaitPlan plan;
  plan.spin = true;
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(network.take_ready(), driver.get());
    driver->wait(plan);
    network.step();
  }
  EXPECT_EQ(network.now().monotonic, Instant{} + 1'000 * SimDriver::kLook);
}

TEST(SimNetwork, ADriverThatGoesAwayResetsItsStreams) {
  SimNetwork network(1);
  auto near = make_driver(network, 1);
  const auto far = make_driver(network, 2);
  ASSERT_TRUE(far->listen({host(2), 80}, {}).ok());
  ASSERT_TRUE(near->connect({host(2), 80}, {}).ok());
  std::int32_t error = -1;
  const Handler handler = [&](SimDriver& driver, Event& event) {
    if (event.kind == EventKind::accepted) driver.start_receive(event.connection);
    if (event.kind == EventKind::ended) error = event.error;
  };
  run(network, Instant{} + 1s, handler);
  near.reset();
  run(network, Instant{} + 2s, handler);
  EXPECT_EQ(error, ECONNRESET);
}

TEST(SimNetwork, CarriesAThousandHosts) {
  const Outcome outcome = run_ring(1, 1'000);
  EXPECT_GT(outcome.bytes, 1'000'000U);
  EXPECT_EQ(outcome.hash, run_ring(1, 1'000).hash);
}

}  // namespace
}  // namespace ringwire::sim
