#include "engine/driver/datagram_sender.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace {

int kernel_says = 0;  // the next sendmmsg() fails with it; 0: as it will

}  // namespace

// Instead of libc's: over loopback no send buffer is ever full.
extern "C" int sendmmsg(int descriptor, mmsghdr* messages, unsigned count, int flags) {
  if (kernel_says != 0) {
    errno = std::exchange(kernel_says, 0);
    return -1;
  }
  return static_cast<int>(syscall(SYS_sendmmsg, descriptor, messages, count, flags));
}

namespace ringwire::driver {
namespace {

class DatagramSenderTest : public testing::Test {
 protected:
  void SetUp() override {
    near_ = *open_datagram_socket({IpAddress::v4(127, 0, 0, 1), 0}, {}, false);
    far_ = *open_datagram_socket({IpAddress::v4(127, 0, 0, 1), 0}, {}, false);
  }
  void TearDown() override {
    ::close(near_);
    ::close(far_);
  }
  std::vector<std::string> heard() const {
    std::vector<std::string> all;
    char bytes[2048];
    for (ssize_t count = 0; (count = recv(far_, bytes, sizeof bytes, 0)) >= 0;)
      all.emplace_back(bytes, static_cast<std::size_t>(count));
    return all;
  }

  DriverCounters counters_;
  DatagramSender sender_{counters_};
  int near_ = -1;
  int far_ = -1;
};

TEST_F(DatagramSenderTest, SendsABatchInOneCallAndAFullOneByItself) {
  const Endpoint to = local_endpoint(far_);
  std::vector<std::string> said;
  for (std::uint32_t i = 0; i < DatagramSender::kBatchMax + 1; ++i) said.push_back(std::to_string(i));
  for (const std::string& bytes : said) sender_.add(near_, to, as_bytes(bytes));
  EXPECT_EQ(counters_.system_calls.value(), 1U);
  EXPECT_EQ(counters_.datagrams_sent.value(), DatagramSender::kBatchMax);
  sender_.flush();
  EXPECT_EQ(counters_.system_calls.value(), 2U);
  EXPECT_EQ(heard(), said);
  sender_.flush();
  EXPECT_EQ(counters_.system_calls.value(), 2U);
}

TEST_F(DatagramSenderTest, DropsOneThatTheKernelRefusesAndSendsTheOthersOfEverySocket) {
  const Endpoint to = local_endpoint(far_);
  const Endpoint nowhere{to.address, 0};
  for (const bool good : {false, true, true, false, false, true, false})
    sender_.add(near_, good ? to : nowhere, as_bytes("a"));
  sender_.add(far_, nowhere, as_bytes("b"));
  sender_.add(far_, to, as_bytes("bb"));
  sender_.add(-1, to, as_bytes("no socket"));
  sender_.add(near_, to, as_bytes("c"));
  sender_.flush();
  EXPECT_EQ(heard(), (std::vector<std::string>{"a", "a", "a", "bb", "c"}));
  EXPECT_EQ(counters_.datagrams_sent.value(), 5U);
  EXPECT_EQ(counters_.datagram_bytes_sent.value(), 6U);
  EXPECT_EQ(counters_.datagrams_unsent_refused.value(), 6U);
}

TEST_F(DatagramSenderTest, DropsTheRestOfASocketWhoseBufferIsFullAndNoOthers) {
  for (const int error : {EAGAIN, ENOBUFS}) {
    const Endpoint to = local_endpoint(far_);
    for (int i = 0; i < 10; ++i) sender_.add(near_, to, as_bytes("lost"));
    sender_.add(far_, to, as_bytes("sent"));
    kernel_says = error;
    sender_.flush();
    EXPECT_EQ(heard(), std::vector<std::string>{"sent"});
  }
  EXPECT_EQ(counters_.datagrams_unsent_full.value(), 20U);
  EXPECT_EQ(counters_.datagrams_unsent_refused.value(), 0U);
}

TEST_F(DatagramSenderTest, GoesOnAfterAnInterruption) {
  sender_.add(near_, local_endpoint(far_), as_bytes("sent"));
  kernel_says = EINTR;
  sender_.flush();
  EXPECT_EQ(heard(), std::vector<std::string>{"sent"});
}

}  // namespace
}  // namespace ringwire::driver
