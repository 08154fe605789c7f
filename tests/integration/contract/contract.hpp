// The fixture of the contract tests: each runs once per kind of driver, on a world of its own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "tests/integration/contract/world.hpp"

namespace ringwire::contract {

class DriverContract : public testing::TestWithParam<driver::Kind> {
 protected:
  struct Pair {
    driver::ConnectionId near;
    driver::ConnectionId far;
  };

  void SetUp() override {
    std::string why;
    world_ = make_world(GetParam(), why);
    if (world_ == nullptr) GTEST_SKIP() << name(GetParam()) << ": " << why;
  }

  static driver::DriverConfig config() {
    driver::DriverConfig config;
    config.connections_max = 64;
    config.pools.small_buffers = 64;
    config.pools.bulk_buffers = 2;
    config.datagram_sockets_max = 2;
    config.datagram_buffers = 128;
    return config;
  }

  Party& add() { return world_->add(config()); }

  // `near` connected to `far`, both receiving unless told otherwise.
  Pair join(Party& near, Party& far) {
    const Endpoint endpoint = far.listen();
    const std::size_t before = far.accepted.size();
    const driver::ConnectionId dialled = near.connect(endpoint);
    EXPECT_TRUE(until([&] { return near.story(dialled).connected && far.accepted.size() > before; }));
    EXPECT_EQ(near.story(dialled).connect_error, 0);
    return {dialled, far.accepted.back()};
  }

  bool until(const std::function<bool()>& done) { return world_->until(done); }

  static std::string random_bytes(std::size_t count, std::uint64_t seed) {
    std::string bytes(count, '\0');
    Prng(seed).fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return bytes;
  }

  std::unique_ptr<World> world_;
};

}  // namespace ringwire::contract
