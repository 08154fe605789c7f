#include <map>
#include <set>

#include "codec/base/prng.hpp"
#include "tests/unit/engine/uring/world.hpp"

namespace ringwire::uring {
namespace {

using driver::CloseMode;
using driver::ConnectionId;
using driver::Event;
using driver::EventKind;

// Descriptors and slots are used again and again while bytes of their last user are still on the way. Every
// connection says its own number over and over; a number heard on two connections, or two on one, would be
// data that reached the wrong one.
class Churn : public World {
 protected:
  static constexpr int kConnections = 20'000;
  static constexpr std::size_t kAlive = 48;
  static constexpr std::size_t kTag = 8;

  static std::string tag(int number) {
    std::string text = std::to_string(number);
    return std::string(kTag - text.size(), '0') + text;
  }

  void hear(ConnectionId id, std::string_view text) {
    std::string& heard = heard_[id];
    heard += text;
    for (std::size_t at = 0; at < heard.size(); ++at) ASSERT_EQ(heard[at], heard[at % kTag]);
    if (heard.size() >= kTag && heard.size() - text.size() < kTag) {
      ASSERT_TRUE(tags_.insert(heard.substr(0, kTag)).second) << "heard on two connections";
    }
  }

  void handle(Event& event) {
    switch (event.kind) {
      case EventKind::accepted:
        ASSERT_FALSE(heard_.contains(event.connection)) << "an identity came back";
        heard_[event.connection];
        if (prng_.below(8) == 0) return close(event.connection);
        driver_->start_receive(event.connection);
        if (prng_.below(8) == 0) close(event.connection);
        return;
      case EventKind::received:
        ASSERT_FALSE(closing_.contains(event.connection));
        hear(event.connection, as_text(event.data.view()));
        if (prng_.below(3) == 0) close(event.connection);
        return;
      case EventKind::ended:
        ASSERT_FALSE(closing_.contains(event.connection));
        return close(event.connection);
      case EventKind::closed:
        ASSERT_EQ(closing_.erase(event.connection), 1U);
        heard_.erase(event.connection);
        ++closed_;
        return;
      case EventKind::connected:
      case EventKind::rest_sent:
      case EventKind::woken:
      case EventKind::datagram:
        FAIL();
    }
  }

  void close(ConnectionId id) {
    driver_->close(id, prng_.below(8) == 0 ? CloseMode::graceful : CloseMode::reset);
    closing_.insert(id);
  }

  Prng prng_{20};
  std::map<ConnectionId, std::string> heard_;
  std::set<ConnectionId> closing_;
  std::set<std::string> tags_;
  int closed_ = 0;
};

TEST_F(Churn, NoByteOfAConnectionReachesTheNextUserOfItsDescriptor) {
  driver::DriverConfig config = small_pool(16, 256);
  config.connections_max = 2 * kAlive;
  start(config);
  std::vector<std::pair<Peer, std::string>> peers;
  for (int next = 0; next < kConnections || !peers.empty();) {
    while (next < kConnections && peers.size() < kAlive)
      peers.emplace_back(Peer::dial(endpoint_), tag(next++));
    for (auto& [peer, text] : peers) {
      if (prng_.below(2) == 0) ::send(peer.descriptor(), text.data(), kTag, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    turn([&](Event& event) { handle(event); }, {});
    if (HasFatalFailure()) return;
    std::erase_if(peers, [&](auto& one) {
      if (prng_.below(5) != 0) return false;
      one.first.reset();
      return true;
    });
  }
  ASSERT_TRUE(until([&] { return heard_.empty(); }, [&](Event& event) { handle(event); }));
  EXPECT_EQ(driver_->counters().closed.value(), driver_->counters().accepted.value());
  EXPECT_GT(driver_->counters().accepted.value(), kConnections / 2);
  EXPECT_GT(tags_.size(), kConnections / 4U);
  EXPECT_EQ(driver_->pool_state(driver::PoolClass::small).pinned, 0U);
}

}  // namespace
}  // namespace ringwire::uring
