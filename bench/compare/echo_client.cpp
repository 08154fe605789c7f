#include "bench/compare/echo_client.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "bench/compare/authenticate.hpp"
#include "bench/compare/framing.hpp"
#include "bench/compare/raw_socket.hpp"
#include "codec/wire/session_records.hpp"

namespace ringwire::compare {
namespace {

std::vector<std::uint8_t> encode_pings(const Workload& workload) {
  std::vector<std::uint8_t> payload(workload.payload_bytes);
  std::vector<std::uint8_t> request;
  for (std::uint32_t i = 0; i < workload.burst; ++i) {
    wire::encode_ping(i, payload);
    append_frame(request, wire::MessageType::ping, payload);
  }
  return request;
}

}  // namespace

EchoClient::EchoClient(const Workload& workload, const Subject& subject, std::uint16_t port)
    : workload_(workload),
      request_(encode_pings(workload)),
      poll_(epoll_create1(EPOLL_CLOEXEC)),
      asked_(workload.connections) {
  if (poll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  Authenticator authenticator;
  for (std::uint32_t i = 0; i < workload.connections; ++i) {
    sockets_.push_back(connect_raw(port));
    if (subject.dialect == Dialect::authenticated) authenticator.authenticate(sockets_.back());
    epoll_event event{EPOLLIN, {.u32 = i}};
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, sockets_.back(), &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

EchoClient::~EchoClient() {
  for (const int socket : sockets_) close(socket);
  close(poll_);
}

void EchoClient::send_all() {
  for (const int socket : sockets_) send_whole(socket, request_);
}

void EchoClient::run_round() {
  if (workload_.messages_per_second > 0) return run_paced_round();
  if (workload_.two_cores) return run_independent_round();
  send_all();
  for (const int socket : sockets_) {
    if (!discard(socket, request_.size())) throw std::runtime_error("the server closed a connection");
  }
}

// An answer is read half a round after it was asked for: by then it is there, unless the server is behind.
void EchoClient::run_paced_round() {
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    take_answer((i + sockets_.size() / 2) % sockets_.size());
    wait_for_arrival();
    ask(i);
  }
}

void EchoClient::run_independent_round() {
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    if (!asked_[i]) ask(i);
  }
  std::array<epoll_event, 64> answered;
  for (std::size_t missing = sockets_.size(); missing > 0;) {
    const int wanted = static_cast<int>(std::min(missing, answered.size()));
    const int count = epoll_wait(poll_, answered.data(), wanted, -1);
    for (int n = 0; n < count; ++n) {
      const std::size_t i = answered[static_cast<std::size_t>(n)].data.u32;
      take_answer(i);
      ask(i);
      --missing;
    }
  }
}

void EchoClient::ask(std::size_t i) {
  send_whole(sockets_[i], request_);
  asked_[i] = true;
}

void EchoClient::take_answer(std::size_t i) {
  if (!asked_[i]) return;
  if (!discard(sockets_[i], request_.size())) throw std::runtime_error("the server closed a connection");
  asked_[i] = false;
}

void EchoClient::wait_for_arrival() {
  const auto gap = std::exponential_distribution<double>(workload_.messages_per_second)(random_);
  next_arrival_ += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(gap));
  auto now = Clock::now();
  // Behind for long: the rate cannot be had, and catching up would be a burst.
  if (now - next_arrival_ > std::chrono::milliseconds(10)) next_arrival_ = now;
  while (now < next_arrival_) now = Clock::now();
}

void EchoClient::check_one_round() {
  for (std::size_t i = 0; i < sockets_.size(); ++i) take_answer(i);
  send_all();
  std::vector<std::uint8_t> reply(request_.size());
  for (const int socket : sockets_) {
    if (!receive_whole(socket, reply)) throw std::runtime_error("the server closed a connection");
    std::uint32_t frames = 0;
    const std::size_t used = for_each_frame(reply, [&](ByteView) { ++frames; });
    if (used != reply.size() || frames != workload_.burst)
      throw std::runtime_error("the server answered otherwise");
  }
}

}  // namespace ringwire::compare
