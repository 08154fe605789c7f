#include "tests/integration/contract/world.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

#include "engine/driver/clock.hpp"
#include "engine/driver/socket.hpp"
#include "engine/epoll/epoll_driver.hpp"
#include "engine/sim/sim_driver.hpp"
#include "engine/uring/uring_driver.hpp"

namespace ringwire::contract {
namespace {

using driver::DriverConfig;
using Made = Result<std::unique_ptr<driver::Driver>, std::string>;

IpAddress loopback_v6() {
  return *IpAddress::parse("::1");
}

class KernelWorld final : public World {
 public:
  explicit KernelWorld(std::function<Made(const DriverConfig&)> make) : make_(std::move(make)) {}

  Party& add(const DriverConfig& config) override {
    auto made = make_(config);
    EXPECT_TRUE(made.ok());
    parties_.push_back(
        std::make_unique<Party>(std::move(made).value(), IpAddress::v4(127, 0, 0, 1), loopback_v6()));
    return *parties_.back();
  }
  Party& add_beside(const Party&, const DriverConfig& config) override { return add(config); }

  Endpoint silent_port(const Party& party) override {
    const auto listener = driver::open_listener({party.v4(), 0}, {}, true);
    EXPECT_TRUE(listener.ok());
    const Endpoint endpoint = driver::local_endpoint(*listener);
    ::close(*listener);
    return endpoint;
  }

  void throw_datagram(const Endpoint& to, std::string_view bytes) override {
    const auto thrower = driver::open_datagram_socket({to.address, 0}, {}, true);
    ASSERT_TRUE(thrower.ok());
    const driver::SocketAddress address = driver::to_socket_address(to);
    EXPECT_EQ(::sendto(*thrower, bytes.data(), bytes.size(), 0, address.get(), address.length),
              static_cast<ssize_t>(bytes.size()));
    ::close(*thrower);
  }

  bool until(const std::function<bool()>& done) override {
    const Instant limit = driver::read_monotonic() + 60s;
    while (!done()) {
      if (driver::read_monotonic() > limit) return false;
      for (const auto& party : parties_) party->turn(200us);
    }
    return true;
  }

  void settle() override {
    for (int turns = 0; turns < 20; ++turns) {
      for (const auto& party : parties_) party->turn(1ms);
    }
  }

  void sleep(Party& party, const driver::WaitPlan& plan) override { party.turn(plan); }

 private:
  const std::function<Made(const DriverConfig&)> make_;
};

class SimWorld final : public World {
 public:
  explicit SimWorld(std::uint64_t seed) : network_(seed, link()) {}
  ~SimWorld() override { parties_.clear(); }  // before the network they are on

  Party& add(const DriverConfig& config) override {
    const auto host = static_cast<std::uint8_t>(parties_.size() + 1);
    std::array<std::uint8_t, 16> v6{0xFD};
    v6.back() = host;
    return join(config, IpAddress::v4(10, 0, 0, host), IpAddress::v6(v6));
  }
  Party& add_beside(const Party& party, const DriverConfig& config) override {
    return join(config, party.v4(), party.v6());
  }

  Endpoint silent_port(const Party& party) override { return {party.v4(), 9}; }

  void throw_datagram(const Endpoint& to, std::string_view bytes) override {
    network_.send_datagram({IpAddress::v4(10, 0, 9, 9), 999}, to, as_bytes(bytes));
  }

  bool until(const std::function<bool()>& done) override {
    const Instant limit = network_.now().monotonic + 200s;
    while (!done()) {
      take_turns();
      if (done()) return true;
      if (!network_.step() || network_.now().monotonic > limit) return false;
    }
    return true;
  }

  void settle() override {
    const Instant limit = network_.now().monotonic + 1s;
    until([&] { return network_.now().monotonic > limit; });
  }

  void sleep(Party& party, const driver::WaitPlan& plan) override {
    take_turns();
    party.turn(plan);
    while (network_.take_ready() != &party.driver()) {
      if (network_.next_at() == kNever) return;
      network_.step();
    }
    party.turn(plan);
  }

 private:
  static sim::SimLink link() {
    sim::SimLink link;
    link.jitter = 300us;
    link.split = true;
    return link;
  }

  Party& join(const DriverConfig& config, const IpAddress& v4, const IpAddress& v6) {
    auto made = sim::SimDriver::make(network_, config, {v4, v6});
    EXPECT_TRUE(made.ok());
    parties_.push_back(std::make_unique<Party>(std::move(made).value(), v4, v6));
    return *parties_.back();
  }

  void take_turns() {
    while (sim::SimDriver* ready = network_.take_ready()) {
      for (const auto& party : parties_) {
        if (&party->driver() == ready) party->turn(1ms);
      }
    }
  }

  sim::SimNetwork network_;
};

}  // namespace

std::unique_ptr<World> make_world(driver::Kind kind, std::string& why) {
  if (kind == driver::Kind::sim) return std::make_unique<SimWorld>(11);
  if (kind == driver::Kind::epoll) return std::make_unique<KernelWorld>(epoll::make_epoll_driver);
  const auto make_ring = [](const DriverConfig& config) { return uring::make_uring_driver(config); };
  if (const auto probe = make_ring({}); !probe.ok()) {
    why = probe.error();
    return nullptr;
  }
  return std::make_unique<KernelWorld>(make_ring);
}

}  // namespace ringwire::contract
