// What the desks of one shard stand on, over a simulated network, for tests of one desk by itself.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "engine/log/log.hpp"
#include "engine/node/session_table.hpp"
#include "engine/node/shard_context.hpp"
#include "engine/sim/network.hpp"
#include "engine/sim/sim_driver.hpp"

namespace ringwire::node {

struct OneShard : testing::Test {
  static constexpr std::uint64_t kHeapBytes = 1 << 20;
  static constexpr std::uint32_t kInFlightBytes = 4096;

  explicit OneShard(const Settings& chosen = {}) : settings(chosen) {}

  const Settings settings;
  sim::SimNetwork network{1, {.in_flight_bytes_max = kInFlightBytes}};
  std::unique_ptr<sim::SimDriver> driver = make_driver(1);
  std::unique_ptr<sim::SimDriver> others = make_driver(2);
  crypto::Signer signer{std::array<std::uint8_t, 32>{1}};
  crypto::SecretKey key{*crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{7})};
  session::LocalNode local{signer, key, signer.public_key(key), {}, 1, {}, {}, 0, 0, {}};
  std::unique_ptr<log::Log> log = std::move(log::Log::open({.level = LogLevel::off})).value();
  std::vector<std::unique_ptr<shard::Sleeper>> sleepers;
  Mesh mesh{1};
  Links links{mesh, 0, sleepers};
  ShardContext context{0,
                       settings,
                       local,
                       *driver,
                       links,
                       log->logger("shard-0"),
                       HeapBuffers(kHeapBytes),
                       session::AssemblyShard(context.heap, kHeapBytes / 2),
                       nullptr,
                       session::RecordShard(context.heap),
                       {},
                       Prng(1),
                       {},
                       {},
                       {},
                       driver->now()};
  SessionTable sessions{driver::DriverConfig{}.connections_max};

  std::unique_ptr<sim::SimDriver> make_driver(std::uint8_t host) {
    return std::move(sim::SimDriver::make(network, {}, {IpAddress::v4(10, 0, 0, host)})).value();
  }

  // Somebody has connected, and was accepted.
  driver::ConnectionId accept() {
    const auto listener = driver->listen({IpAddress::v4(10, 0, 0, 1), 0}, {});
    EXPECT_TRUE(others->connect(driver->local(*listener), {}).ok());
    driver::Event event;
    do {
      EXPECT_TRUE(network.step());
      driver->wait({});
    } while (!driver->next(event) || event.kind != driver::EventKind::accepted);
    return event.connection;
  }

  // An established session with a peer that reads nothing.
  Session& peer(std::uint64_t source) {
    const driver::ConnectionId id = accept();
    Session& session = sessions.open(id, context.heap, context.assembly, driver->remote(id), true);
    session.source = {source};
    session.state = session::ConnectionState::established;
    sessions.add_established(session);
    return session;
  }
};

}  // namespace ringwire::node
