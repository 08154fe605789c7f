// A driver under test and blocking sockets that talk to it, for what only real sockets show.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/driver/clock.hpp"
#include "engine/driver/socket.hpp"
#include "engine/epoll/epoll_driver.hpp"

namespace ringwire::epoll {

class Peer {
 public:
  explicit Peer(const Endpoint& remote) : descriptor_(*driver::open_stream(remote, {}, true)) {
    const driver::SocketAddress address = driver::to_socket_address(remote);
    EXPECT_EQ(::connect(descriptor_, address.get(), address.length), 0);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { ::close(descriptor_); }

  [[nodiscard]] int descriptor() const { return descriptor_; }
  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

 private:
  int descriptor_;
};

class Loopback : public testing::Test {
 protected:
  void open(const driver::DriverConfig& config) {
    auto made = make_epoll_driver(config);
    ASSERT_TRUE(made.ok());
    driver_ = std::move(made).value();
    const auto listener = driver_->listen({IpAddress::v4(127, 0, 0, 1), 0}, {});
    ASSERT_TRUE(listener.ok());
    endpoint_ = driver_->local(*listener);
  }

  // One turn; what it told.
  std::vector<driver::Event> turn(Duration timeout = 20ms) {
    driver::WaitPlan plan;
    plan.timeout = timeout;
    driver_->wait(plan);
    std::vector<driver::Event> events;
    driver::Event event;
    while (driver_->next(event)) events.push_back(std::move(event));
    return events;
  }

  // Repeats `step` until it is true; fails where it never is.
  template <class Step>
  void until(Step step) {
    const Instant limit = driver::read_monotonic() + 60s;
    while (!step()) ASSERT_LT(driver::read_monotonic(), limit);
  }

  // The next event of `kind`; the others that came meanwhile are kept. Fails where none comes.
  driver::Event wait_for(driver::EventKind kind) {
    const Instant limit = driver::read_monotonic() + 60s;
    do {
      const auto found = std::find_if(backlog_.begin(), backlog_.end(),
                                      [&](const driver::Event& event) { return event.kind == kind; });
      if (found != backlog_.end()) {
        driver::Event event = std::move(*found);
        backlog_.erase(found);
        return event;
      }
      for (driver::Event& event : turn()) backlog_.push_back(std::move(event));
    } while (driver::read_monotonic() < limit);
    ADD_FAILURE() << "the event did not come";
    return {};
  }

  std::unique_ptr<driver::Driver> driver_;
  Endpoint endpoint_;
  std::vector<driver::Event> backlog_;
};

}  // namespace ringwire::epoll
