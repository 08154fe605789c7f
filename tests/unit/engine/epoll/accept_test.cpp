#include <sys/resource.h>

#include "engine/epoll/listeners.hpp"
#include "tests/unit/engine/epoll/loopback.hpp"

namespace ringwire::epoll {
namespace {

using driver::EventKind;

using Accepting = Loopback;

driver::DriverConfig many_slots() {
  driver::DriverConfig config;
  config.connections_max = 512;
  return config;
}

TEST_F(Accepting, TakesABoundedBatchPerTurnAndLosesNobody) {
  open(many_slots());
  constexpr std::size_t kPeers = 2 * Listeners::kAcceptsPerTurn + 10;
  std::vector<std::unique_ptr<Peer>> peers;
  for (std::size_t i = 0; i < kPeers; ++i) peers.push_back(std::make_unique<Peer>(endpoint_));
  std::size_t accepted = 0;
  until([&] {
    const std::size_t batch = turn().size();
    EXPECT_LE(batch, Listeners::kAcceptsPerTurn);
    accepted += batch;
    return accepted == kPeers;
  });
}

// Lowers the limit of open files for as long as it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit lower = before_;
    lower.rlim_cur = limit;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &lower), 0);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Accepting, OutOfDescriptorsItPausesInsteadOfSpinningAndThenGoesOn) {
  open(many_slots());
  const Peer peer(endpoint_);
  const auto pauses = [&] { return driver_->counters().accept_pauses.value(); };
  const Instant start = driver::read_monotonic();
  {
    const DescriptorLimit none_left(static_cast<rlim_t>(peer.descriptor()) + 1);
    until([&] { return turn().empty() && pauses() == 1; });
    const auto failed = driver_->connect(endpoint_, {});
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().error, EMFILE);
    EXPECT_NE(failed.error().message().find("ulimit"), std::string::npos);
    for (int turns = 0; turns < 50; ++turns) EXPECT_TRUE(turn(5ms).empty());
  }
  // One attempt per pause, though somebody was waiting in every one of these turns.
  const auto whole_pauses = (driver::read_monotonic() - start) / Listeners::kAcceptPause;
  EXPECT_LE(pauses(), static_cast<std::uint64_t>(whole_pauses) + 1);
  EXPECT_GT(pauses(), 1U);
  wait_for(EventKind::accepted);
}

TEST_F(Accepting, AListenerOpenedDuringThePauseAcceptsAfterIt) {
  open(many_slots());
  const Peer peer(endpoint_);
  {
    const DescriptorLimit none_left(static_cast<rlim_t>(peer.descriptor()) + 1);
    until([&] { return turn().empty() && driver_->counters().accept_pauses.value() == 1; });
  }
  const auto second = driver_->listen({IpAddress::v4(127, 0, 0, 1), 0}, {});
  ASSERT_TRUE(second.ok());
  const Peer other(driver_->local(*second));
  std::size_t accepted = 0;
  until([&] { return (accepted += turn().size()) == 2; });
}

TEST_F(Accepting, ARefusedNewcomerIsResetAtOnce) {
  driver::DriverConfig none;
  none.connections_max = 0;
  open(none);
  const Peer peer(endpoint_);
  until([&] { return turn().empty() && driver_->counters().accept_refused.value() == 1; });
  char byte = 0;
  EXPECT_EQ(recv(peer.descriptor(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

}  // namespace
}  // namespace ringwire::epoll
