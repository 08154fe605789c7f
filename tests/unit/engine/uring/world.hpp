// What the tests of this folder share: a driver with queues of any size, and plain blocking sockets as its
// peers.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "engine/driver/socket.hpp"
#include "engine/uring/uring_driver.hpp"

namespace ringwire::uring {

// A blocking TCP socket of the test itself.
class Peer {
 public:
  Peer() = default;
  explicit Peer(int descriptor) : descriptor_(descriptor) {}
  Peer(Peer&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Peer& operator=(Peer&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Peer() { close(); }

  static Peer dial(const Endpoint& to) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const driver::SocketAddress address = driver::to_socket_address(to);
    EXPECT_EQ(::connect(descriptor, address.get(), address.length), 0) << errno;
    const int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return Peer(descriptor);
  }

  [[nodiscard]] int descriptor() const { return descriptor_; }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      ASSERT_GT(count, 0) << errno;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  // What is there now, up to `limit`; nullopt once the other end closed or reset.
  [[nodiscard]] std::optional<std::string> read_some(std::size_t limit = 65536) const {
    std::string text(limit, '\0');
    const ssize_t count = recv(descriptor_, text.data(), limit, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) return std::nullopt;
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
  // True when the other end said FIN, false for a reset; waits up to 5 s, dropping what arrives before.
  [[nodiscard]] bool ends_with_fin() const {
    char dropped[4096];
    for (;;) {
      pollfd entry{descriptor_, POLLIN, 0};
      if (poll(&entry, 1, 5000) != 1) return false;
      const ssize_t count = recv(descriptor_, dropped, sizeof dropped, MSG_DONTWAIT);
      if (count == 0) return true;
      if (count < 0) return false;
    }
  }
  void reset() {
    const linger now{1, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_ = -1;
};

class World : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto made = make_uring_driver(driver::DriverConfig{}); !made.ok()) GTEST_SKIP() << made.error();
  }

  void start(const driver::DriverConfig& config, RingConfig ring) {
    auto made = make_uring_driver(config, ring);
    ASSERT_TRUE(made.ok()) << made.error();
    driver_ = std::move(made).value();
    const auto listening = driver_->listen({IpAddress::v4(127, 0, 0, 1), 0}, {});
    ASSERT_TRUE(listening.ok()) << listening.error().message();
    listener_ = *listening;
    endpoint_ = driver_->local(listener_);
  }
  void start(const driver::DriverConfig& config = {}) { start(config, ring_config(config)); }

  // One turn; every event goes to `handle`.
  void turn(const std::function<void(driver::Event&)>& handle, driver::WaitPlan plan = {.timeout = 20ms}) {
    driver_->wait(plan);
    driver::Event event;
    while (driver_->next(event)) handle(event);
  }
  // Turns until `done`, at most 20 s. False when it did not come to that.
  bool until(const std::function<bool()>& done, const std::function<void(driver::Event&)>& handle) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      turn(handle);
    }
    return true;
  }
  // A connected pair: the driver's end and the test's.
  std::pair<driver::ConnectionId, Peer> connected() {
    Peer peer = Peer::dial(endpoint_);
    std::optional<driver::ConnectionId> id;
    EXPECT_TRUE(until([&] { return id.has_value(); },
                      [&](driver::Event& event) {
                        if (event.kind == driver::EventKind::accepted) id = event.connection;
                      }));
    return {id.value_or(driver::ConnectionId{}), std::move(peer)};
  }

  std::unique_ptr<driver::Driver> driver_;
  driver::ListenerId listener_;
  Endpoint endpoint_;
};

// The name of a mode within the name of a test.
inline std::string label(const testing::TestParamInfo<Mode>& info) {
  return std::string(1, "DCP"[static_cast<std::size_t>(info.param)]);
}

inline driver::DriverConfig small_pool(std::uint32_t buffers, std::uint32_t bytes) {
  driver::DriverConfig config;
  config.pools = {buffers, bytes, 2, 65536};
  return config;
}

}  // namespace ringwire::uring
