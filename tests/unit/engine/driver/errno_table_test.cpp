#include "engine/driver/errno_table.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/driver/driver.hpp"

namespace ringwire::driver {
namespace {

constexpr Operation kOperations[] = {
    Operation::accept, Operation::connect, Operation::receive,          Operation::send,
    Operation::poll,   Operation::submit,  Operation::receive_datagram, Operation::send_datagram};

constexpr std::int32_t kNamed[] = {
    EACCES,  EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN,      EALREADY,   EBADF,       EBADR,
    EBUSY,   ECANCELED,  ECONNABORTED,  ECONNREFUSED, ECONNRESET,  EFAULT,     EHOSTDOWN,   EHOSTUNREACH,
    EINTR,   EINVAL,     EINPROGRESS,   EISCONN,      EMFILE,      ENETDOWN,   ENETUNREACH, ENFILE,
    ENOBUFS, ENOENT,     ENOMEM,        ENONET,       ENOPROTOOPT, ENOSPC,     ENOSYS,      ENOTCONN,
    EPERM,   EPIPE,      EPROTO,        ETIME,        ETIMEDOUT,   EOPNOTSUPP, kNoSlot};

TEST(ErrnoTable, NamesEveryErrorItKnowsByTheNameOfTheKernel) {
  std::set<std::string> seen;
  for (const std::int32_t error : kNamed) {
    const std::string line = explain(error);
    const std::string expected = std::string(strerrorname_np(error)) + ": ";
    EXPECT_EQ(line.substr(0, expected.size()), expected);
    EXPECT_GT(line.size(), expected.size());
    EXPECT_TRUE(seen.insert(line).second) << line;
  }
}

TEST(ErrnoTable, SaysSomethingAboutEveryNumber) {
  for (std::int32_t error = -1; error < 200; ++error) {
    ASSERT_NE(explain(error), nullptr);
    EXPECT_FALSE(std::string(explain(error)).empty());
  }
  EXPECT_EQ(std::string(explain(0)), "no error");
}

TEST(ErrnoTable, AnInterruptedCallIsMadeAgainUnlessTheKernelGoesOnWithIt) {
  for (const Operation operation : kOperations) {
    const NextMove expected = operation == Operation::connect ? NextMove::retry_later : NextMove::retry_now;
    EXPECT_EQ(next_move(operation, EINTR), expected);
  }
}

TEST(ErrnoTable, AShortageStopsAcceptingForAWhile) {
  for (const std::int32_t error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    EXPECT_EQ(next_move(Operation::accept, error), NextMove::pause);
  }
}

TEST(ErrnoTable, AFailureOfTheNewcomerIsNotOneOfTheListener) {
  for (const std::int32_t error : {ECONNABORTED, EHOSTUNREACH, ENETDOWN, ENETUNREACH, EPERM, EPROTO}) {
    EXPECT_EQ(next_move(Operation::accept, error), NextMove::ignore);
  }
}

TEST(ErrnoTable, NoBufferMeansRecyclingOnlyForAReceive) {
  EXPECT_EQ(next_move(Operation::receive, ENOBUFS), NextMove::recycle_first);
  EXPECT_EQ(next_move(Operation::send, ENOBUFS), NextMove::close);
}

TEST(ErrnoTable, NothingEndsADatagramSocket) {
  for (std::int32_t error = 1; error < 200; ++error) {
    for (const Operation operation : {Operation::receive_datagram, Operation::send_datagram}) {
      const NextMove move = next_move(operation, error);
      EXPECT_NE(move, NextMove::close) << error;
      EXPECT_NE(move, NextMove::give_up) << error;
    }
  }
  EXPECT_EQ(next_move(Operation::receive_datagram, ENOBUFS), NextMove::recycle_first);
  EXPECT_EQ(next_move(Operation::receive_datagram, ECONNREFUSED), NextMove::drop);
  EXPECT_EQ(next_move(Operation::send_datagram, EAGAIN), NextMove::retry_later);
  EXPECT_EQ(next_move(Operation::send_datagram, ENOBUFS), NextMove::retry_later);
  EXPECT_EQ(next_move(Operation::send_datagram, ENETUNREACH), NextMove::drop);
}

TEST(ErrnoTable, AConnectUnderWayIsWaitedFor) {
  EXPECT_EQ(next_move(Operation::connect, EINPROGRESS), NextMove::retry_later);
  EXPECT_EQ(next_move(Operation::connect, EALREADY), NextMove::retry_later);
  EXPECT_EQ(next_move(Operation::connect, EAGAIN), NextMove::close);  // no port left
  EXPECT_EQ(next_move(Operation::connect, ECONNREFUSED), NextMove::close);
}

TEST(ErrnoTable, ABrokenConnectionIsClosedAndNothingElseIs) {
  for (const Operation operation : {Operation::receive, Operation::send, Operation::connect}) {
    for (const std::int32_t error : {ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENOTCONN}) {
      EXPECT_EQ(next_move(operation, error), NextMove::close);
    }
  }
}

TEST(ErrnoTable, CancelledMeansGone) {
  for (const Operation operation : kOperations) {
    EXPECT_EQ(next_move(operation, ECANCELED), NextMove::ignore);
  }
}

TEST(ErrnoTable, OnlyTheDriverItselfGivesUp) {
  for (const Operation operation :
       {Operation::accept, Operation::connect, Operation::receive, Operation::send}) {
    for (std::int32_t error = 1; error < 200; ++error) {
      EXPECT_NE(next_move(operation, error), NextMove::give_up) << error;
    }
  }
  EXPECT_EQ(next_move(Operation::poll, EFAULT), NextMove::give_up);
  EXPECT_EQ(next_move(Operation::submit, EFAULT), NextMove::give_up);
  EXPECT_EQ(next_move(Operation::submit, EBUSY), NextMove::retry_later);
  EXPECT_EQ(next_move(Operation::submit, EBADR), NextMove::give_up);
}

TEST(SocketErrorMessage, SaysWhatFailedWhereWhyAndWhatToChange) {
  const Endpoint endpoint = *Endpoint::parse("192.0.2.1:30303");
  const struct {
    const char* operation;
    std::int32_t error;
    const char* remedy;
  } kCases[] = {
      {"bind", EADDRINUSE, "another port"},
      {"connect", EADDRINUSE, "ip_local_port_range"},
      {"bind", EACCES, "CAP_NET_BIND_SERVICE"},
      {"connect", EACCES, "firewall"},
      {"bind", EADDRNOTAVAIL, "0.0.0.0"},
      {"connect", EADDRNOTAVAIL, "ip_local_port_range"},
      {"open a socket for", EMFILE, "ulimit -n"},
      {"open a socket for", ENFILE, "fs.file-max"},
      {"open a socket for", EAFNOSUPPORT, "IPv4"},
      {"listen on", ENOSPC, "max_user_watches"},
      {"connect", ENETUNREACH, "route"},
      {"connect", kNoSlot, "connections_max"},
      {"connect", ENOMEM, "memory"},
  };
  for (const auto& one : kCases) {
    const std::string line = SocketError{one.operation, endpoint, one.error}.message();
    EXPECT_NE(line.find(one.operation), std::string::npos) << line;
    EXPECT_NE(line.find("192.0.2.1:30303"), std::string::npos) << line;
    EXPECT_NE(line.find(explain(one.error)), std::string::npos) << line;
    EXPECT_NE(line.find(one.remedy), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

TEST(SocketErrorMessage, SaysNothingMoreWhereNothingCanBeChanged) {
  const std::string line =
      SocketError{"connect", *Endpoint::parse("[2001:db8::1]:1"), ECONNREFUSED}.message();
  EXPECT_EQ(line, "cannot connect [2001:db8::1]:1: ECONNREFUSED: nobody listens there");
}

}  // namespace
}  // namespace ringwire::driver
