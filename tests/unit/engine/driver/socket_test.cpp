#include "engine/driver/socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <set>

namespace ringwire::driver {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number_); }
  operator int() const { return number_; }

 private:
  int number_;
};

int option(int descriptor, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_EQ(getsockopt(descriptor, level, name, &value, &length), 0);
  return value;
}

SocketOptions unusual() {
  SocketOptions options;
  options.keepalive_idle_s = 31;
  options.keepalive_interval_s = 7;
  options.keepalive_probes = 5;
  options.user_timeout_ms = 12'345;
  options.not_sent_low_water = 20'000;
  options.send_buffer_bytes = 100'000;
  options.receive_buffer_bytes = 50'000;
  return options;
}

void expect_applied(int descriptor, const SocketOptions& options) {
  EXPECT_NE(option(descriptor, IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_NE(option(descriptor, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE), static_cast<int>(options.keepalive_idle_s));
  EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL), static_cast<int>(options.keepalive_interval_s));
  EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_KEEPCNT), static_cast<int>(options.keepalive_probes));
  EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT), static_cast<int>(options.user_timeout_ms));
  EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT), static_cast<int>(options.not_sent_low_water));
  // Linux keeps twice what was asked for: the other half is its bookkeeping.
  EXPECT_EQ(option(descriptor, SOL_SOCKET, SO_SNDBUF), static_cast<int>(2 * options.send_buffer_bytes));
  EXPECT_EQ(option(descriptor, SOL_SOCKET, SO_RCVBUF), static_cast<int>(2 * options.receive_buffer_bytes));
}

const Endpoint kAnyPort{IpAddress::v4(127, 0, 0, 1), 0};

TEST(SocketAddress, RoundTripsEveryFamily) {
  for (const char* text : {"127.0.0.1:80", "255.255.255.255:65535", "[::1]:1", "[2001:db8::42]:30303"}) {
    const Endpoint endpoint = *Endpoint::parse(text);
    EXPECT_EQ(to_endpoint(to_socket_address(endpoint).storage), endpoint) << text;
  }
}

TEST(SocketAddress, OtherFamiliesAreTheUnspecifiedEndpoint) {
  sockaddr_storage storage{};
  storage.ss_family = AF_UNIX;
  EXPECT_EQ(to_endpoint(storage), Endpoint{});
}

TEST(SocketAddress, AMappedAddressIsTheV4AddressItMaps) {
  SocketAddress address;
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(5);
  inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr);
  EXPECT_EQ(to_endpoint(address.storage), *Endpoint::parse("192.0.2.7:5"));
}

TEST(Stream, HasTheOptionsThatWereAsked) {
  const auto opened = open_stream(kAnyPort, unusual(), false);
  ASSERT_TRUE(opened.ok());
  const Descriptor stream(*opened);
  expect_applied(stream, unusual());
  EXPECT_NE(fcntl(stream, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(stream, F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Stream, LeavesTheKernelsDefaultsWhereNothingWasAsked) {
  SocketOptions none;
  none.nodelay = false;
  none.keepalive_idle_s = 0;
  none.user_timeout_ms = 0;
  none.not_sent_low_water = 0;
  const Descriptor plain(::socket(AF_INET, SOCK_STREAM, 0));
  const auto opened = open_stream(kAnyPort, none, true);
  ASSERT_TRUE(opened.ok());
  const Descriptor stream(*opened);
  EXPECT_EQ(fcntl(stream, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_NODELAY), option(plain, IPPROTO_TCP, TCP_NODELAY));
  EXPECT_EQ(option(stream, SOL_SOCKET, SO_KEEPALIVE), option(plain, SOL_SOCKET, SO_KEEPALIVE));
  EXPECT_EQ(option(stream, SOL_SOCKET, SO_SNDBUF), option(plain, SOL_SOCKET, SO_SNDBUF));
  EXPECT_EQ(option(stream, SOL_SOCKET, SO_RCVBUF), option(plain, SOL_SOCKET, SO_RCVBUF));
}

TEST(Apply, CountsWhatTheKernelRefuses) {
  const Descriptor datagram(::socket(AF_INET, SOCK_DGRAM, 0));
  EXPECT_GE(apply(datagram, {}), 5U);
  const Descriptor stream(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(apply(stream, unusual()), 0U);
}

TEST(Listener, HandsItsOptionsToWhatItAccepts) {
  ListenOptions options;
  options.socket = unusual();
  const auto opened = open_listener(kAnyPort, options, true);
  ASSERT_TRUE(opened.ok());
  const Descriptor listener(*opened);
  EXPECT_NE(option(listener, SOL_SOCKET, SO_ACCEPTCONN), 0);
  const Endpoint endpoint = local_endpoint(listener);
  const auto dialled = open_stream(endpoint, {}, true);
  ASSERT_TRUE(dialled.ok());
  const Descriptor near(*dialled);
  const SocketAddress address = to_socket_address(endpoint);
  ASSERT_EQ(::connect(near, address.get(), address.length), 0);
  const Descriptor far(::accept(listener, nullptr, nullptr));
  expect_applied(far, options.socket);
  EXPECT_EQ(remote_endpoint(near), endpoint);
  EXPECT_EQ(remote_endpoint(far), local_endpoint(near));
}

TEST(Listener, SharesItsPortOnlyWhereAsked) {
  for (const bool shared : {true, false}) {
    ListenOptions options;
    options.reuse_port = shared;
    const auto first = open_listener(kAnyPort, options, false);
    ASSERT_TRUE(first.ok());
    const Descriptor one(*first);
    const auto second = open_listener(local_endpoint(one), options, false);
    EXPECT_EQ(second.ok(), shared);
    if (second.ok()) {
      ::close(*second);
    } else {
      EXPECT_EQ(second.error().operation, "bind");
      EXPECT_EQ(second.error().error, EADDRINUSE);
    }
  }
}

TEST(Listener, V6CanKeepV4Out) {
  const Endpoint any{IpAddress::v6({}), 0};
  ListenOptions options;
  const auto opened = open_listener(any, options, false);
  ASSERT_TRUE(opened.ok());
  const Descriptor listener(*opened);
  EXPECT_EQ(option(listener, IPPROTO_IPV6, IPV6_V6ONLY), 1);
}

TEST(DatagramSocket, IsBoundAndCountsWhatItHasNoRoomFor) {
  DatagramOptions options;
  options.receive_buffer_bytes = 50'000;
  const auto opened = open_datagram_socket(kAnyPort, options, false);
  ASSERT_TRUE(opened.ok());
  const Descriptor socket(*opened);
  EXPECT_NE(local_endpoint(socket).port, 0);
  EXPECT_EQ(option(socket, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  EXPECT_EQ(option(socket, SOL_SOCKET, SO_RXQ_OVFL), 1);
  EXPECT_EQ(option(socket, SOL_SOCKET, SO_REUSEPORT), 1);
  EXPECT_EQ(option(socket, SOL_SOCKET, SO_RCVBUF), 100'000);
  EXPECT_NE(fcntl(socket, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(socket, F_GETFD) & FD_CLOEXEC, 0);
  const auto v6 = open_datagram_socket({IpAddress::v6({}), 0}, {}, true);
  ASSERT_TRUE(v6.ok());
  const Descriptor any(*v6);
  EXPECT_EQ(option(any, IPPROTO_IPV6, IPV6_V6ONLY), 1);
  EXPECT_EQ(fcntl(any, F_GETFL) & O_NONBLOCK, 0);
}

// Linux picks a port that datagram sockets of the same user share already as gladly as a free one: of 700
// picked from some 28,000, without care, hardly ever all differ.
TEST(DatagramSocket, OnAPickedPortIsTheOnlyOneThere) {
  std::deque<Descriptor> sockets;
  std::set<std::uint16_t> ports;
  while (sockets.size() < 700) {
    const auto opened = open_datagram_socket(kAnyPort, {}, false);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    sockets.emplace_back(*opened);
    EXPECT_TRUE(ports.insert(local_endpoint(sockets.back()).port).second);
  }
}

TEST(Endpoints, OfAnUnconnectedSocketAreUnspecified) {
  const Descriptor stream(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(remote_endpoint(stream), std::nullopt);
  EXPECT_EQ(local_endpoint(-1), Endpoint{});
}

}  // namespace
}  // namespace ringwire::driver
