#include "engine/epoll/poller.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "engine/driver/clock.hpp"

namespace ringwire::epoll {
namespace {

class EventDescriptor {
 public:
  explicit EventDescriptor(unsigned initial) : number_(eventfd(initial, EFD_NONBLOCK)) {}
  EventDescriptor(const EventDescriptor&) = delete;
  EventDescriptor& operator=(const EventDescriptor&) = delete;
  ~EventDescriptor() { ::close(number_); }
  operator int() const { return number_; }

 private:
  int number_;
};

TEST(Poller, ReportsTheNameItWasGiven) {
  Poller poller;
  ASSERT_EQ(poller.error(), 0);
  const EventDescriptor one(1);
  const EventDescriptor two(0);
  ASSERT_EQ(poller.watch(one, EPOLLIN, 0xFFFFFFFF'FFFFFFFEU), 0);
  ASSERT_EQ(poller.watch(two, EPOLLIN, 7), 0);
  const auto reports = poller.wait(0ns);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].data.u64, 0xFFFFFFFF'FFFFFFFEU);
}

TEST(Poller, AMutedOrForgottenDescriptorIsNotReported) {
  Poller poller;
  const EventDescriptor one(1);
  ASSERT_EQ(poller.watch(one, EPOLLIN, 1), 0);
  poller.change(one, 0, 1);
  EXPECT_TRUE(poller.wait(0ns).empty());
  poller.change(one, EPOLLIN, 1);
  EXPECT_EQ(poller.wait(0ns).size(), 1U);
  poller.forget(one);
  EXPECT_TRUE(poller.wait(0ns).empty());
}

TEST(Poller, TellsWhyItCannotWatch) {
  Poller poller;
  EXPECT_EQ(poller.watch(-1, EPOLLIN, 1), EBADF);
  const EventDescriptor one(1);
  EXPECT_EQ(poller.watch(one, EPOLLIN, 1), 0);
  EXPECT_EQ(poller.watch(one, EPOLLIN, 1), EEXIST);
}

TEST(Poller, NeverSleepsShorterThanAsked) {
  Poller poller;
  for (const Duration timeout : {Duration(1), Duration(50us), Duration(1'500us), Duration(10ms)}) {
    const Instant before = driver::read_monotonic();
    EXPECT_TRUE(poller.wait(timeout).empty());
    EXPECT_GE(driver::read_monotonic() - before, timeout);
  }
}

TEST(Poller, ReportsMoreThanFitsInTheNextWait) {
  Poller poller;
  std::vector<std::unique_ptr<EventDescriptor>> many;
  for (std::size_t i = 0; i < Poller::kReportsMax + 100; ++i) {
    many.push_back(std::make_unique<EventDescriptor>(1));
    ASSERT_EQ(poller.watch(*many.back(), EPOLLIN | EPOLLET, i), 0);
  }
  EXPECT_EQ(poller.wait(0ns).size(), Poller::kReportsMax);
  EXPECT_EQ(poller.wait(0ns).size(), 100U);
  EXPECT_TRUE(poller.wait(0ns).empty());
}

}  // namespace
}  // namespace ringwire::epoll
