#include "bench/compare/relay_client.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "bench/compare/authenticate.hpp"
#include "bench/compare/raw_socket.hpp"
#include "bench/compare/zmtp.hpp"

namespace ringwire::compare {
namespace {

// Generous: what a loaded machine may take to accept, or to pass on one round.
constexpr int kPatienceMs = 10'000;
// A server that did not pass on a message within this had not taken up all receivers yet.
constexpr int kTryMs = 100;

class Countdown {
 public:
  explicit Countdown(int ms) : end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(ms)) {}
  [[nodiscard]] int left_ms() const {
    const auto left = end_ - std::chrono::steady_clock::now();
    return static_cast<int>(std::max<std::int64_t>(left / std::chrono::milliseconds(1), 0));
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

}  // namespace

std::size_t relayed_bytes(const PublishFrames& frames, Dialect dialect) {
  const std::size_t frame = frames.wire_bytes();
  return dialect == Dialect::zeromq ? zmtp_head_bytes(frame) + frame : frame;
}

// --- peers

RelayPeers::RelayPeers(const Workload& workload, const Subject& subject, std::uint16_t port,
                       PublishFrames& frames)
    : frames_(frames), mesh_(workload.shape == Shape::mesh) {
  connect(workload, subject, port);
  for (const int socket : receivers_) streams_.emplace_back(socket, subject.dialect, frames_);
  wait_until_all_receive(0);
  if (mesh_) {
    wait_until_all_receive(1);  // the first one's own place among the receivers
  } else {
    for (const int socket : receivers_) acknowledge_at_once(socket);
  }
}

RelayPeers::~RelayPeers() {
  for (const int socket : sockets_) close(socket);
}

void RelayPeers::connect(const Workload& workload, const Subject& subject, std::uint16_t port) {
  Authenticator authenticator;
  const auto open = [&](const char* address) {
    sockets_.push_back(connect_raw(port, address));
    if (subject.dialect == Dialect::authenticated) authenticator.authenticate(sockets_.back());
    return sockets_.back();
  };
  for (std::uint32_t i = 0; i < workload.connections; ++i) {
    receivers_.push_back(open(kRawAddress));
    if (subject.dialect == Dialect::zeromq) subscribe_zmtp(receivers_.back());
  }
  if (mesh_) {
    senders_ = receivers_;
  } else {
    senders_.push_back(open(subject.dialect == Dialect::zeromq ? kRawInputAddress : kRawAddress));
  }
}

void RelayPeers::wait_until_all_receive(std::size_t sender) {
  for (int waited_ms = 0; waited_ms < kPatienceMs; waited_ms += kTryMs) {
    if (all_receive(sender)) return;
  }
  throw std::runtime_error("the server does not pass on what it is sent");
}

// Sends one message and reads all streams up to it. Afterwards those that got it are in step.
bool RelayPeers::all_receive(std::size_t sender) {
  const std::uint64_t number = next_number();
  std::vector<std::uint8_t> out;
  frames_.append(out, number);
  send_whole(senders_[sender], out);
  const Countdown countdown(kTryMs);
  bool all = true;
  for (std::size_t receiver = 0; receiver < receivers_.size(); ++receiver) {
    if (mesh_ && receiver == sender) continue;
    std::optional<std::uint64_t> got;
    do {
      got = streams_[receiver].next(countdown.left_ms());
    } while (got && *got != number);
    all = all && got.has_value();
  }
  return all;
}

// --- client

RelayClient::RelayClient(const Workload& workload, const Subject& subject, std::uint16_t port)
    : workload_(workload),
      frames_(workload.payload_bytes),
      peers_(workload, subject, port, frames_),
      bytes_per_receiver_(workload.deliveries_per_round() / workload.connections *
                          relayed_bytes(frames_, subject.dialect)) {}

std::vector<RelayClient::Sent> RelayClient::send_round() {
  std::vector<Sent> sent;
  const std::uint32_t burst = workload_.shape == Shape::mesh ? 1 : workload_.burst;
  for (std::size_t sender = 0; sender < peers_.senders().size(); ++sender) {
    out_.clear();
    for (std::uint32_t i = 0; i < burst; ++i) {
      sent.push_back({peers_.next_number(), sender});
      frames_.append(out_, sent.back().number);
    }
    send_whole(peers_.senders()[sender], out_);
  }
  return sent;
}

void RelayClient::run_round() {
  send_round();
  for (const int socket : peers_.receivers()) {
    if (!discard(socket, bytes_per_receiver_)) throw std::runtime_error("the server closed a connection");
  }
}

void RelayClient::check_one_round() {
  const std::vector<Sent> sent = send_round();
  for (std::size_t i = 0; i < peers_.receivers().size(); ++i) check_receiver(i, sent);
}

void RelayClient::check_receiver(std::size_t receiver, const std::vector<Sent>& sent) {
  std::vector<std::uint64_t> expected, received;
  for (const Sent& message : sent) {
    if (workload_.shape != Shape::mesh || message.sender != receiver) expected.push_back(message.number);
  }
  MessageStream& stream = peers_.streams()[receiver];
  while (received.size() < expected.size()) {
    const auto number = stream.next(kPatienceMs);
    if (!number) throw std::runtime_error("the server lost a message");
    received.push_back(*number);
  }
  std::sort(received.begin(), received.end());
  if (received != expected || !stream.empty()) {
    throw std::runtime_error("a receiver got other messages than were sent");
  }
}

}  // namespace ringwire::compare
