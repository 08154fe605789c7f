#include "bench/compare/ping_peer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>

#include "bench/compare/authenticate.hpp"
#include "bench/compare/framing.hpp"
#include "bench/compare/raw_socket.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/node/driver_choice.hpp"

namespace ringwire::compare {
namespace {

std::unique_ptr<driver::Driver> open_driver(DriverChoice choice) {
  node::Settings settings;
  settings.driver.connections_max = 16;
  settings.driver.pools.small_buffers = 64;
  auto drivers = node::make_drivers(choice, {settings});
  if (!drivers.ok()) throw std::runtime_error(drivers.error());
  return std::move(drivers->each.front());
}

std::vector<std::uint8_t> encode_request(std::uint32_t payload_bytes) {
  std::vector<std::uint8_t> payload(payload_bytes);
  wire::encode_ping(1, payload);
  std::vector<std::uint8_t> request;
  append_frame(request, wire::MessageType::ping, payload);
  return request;
}

}  // namespace

PingPeer::PingPeer(std::uint16_t port, std::uint32_t payload_bytes, DriverChoice driver, bool busy_poll)
    : heap_(1 << 20),
      driver_(open_driver(driver)),
      wait_policy_({.busy_poll = busy_poll}, driver_->now().monotonic),
      parser_(heap_),
      request_(encode_request(payload_bytes)) {
  const int socket = connect_raw(port);
  Authenticator().authenticate(socket);
  fcntl(socket, F_SETFL, O_NONBLOCK);
  const auto adopted = driver_->adopt(socket);
  if (!adopted.ok()) {
    close(socket);
    throw std::runtime_error(adopted.error().message());
  }
  connection_ = *adopted;
  parser_.set_authenticated();
  driver_->start_receive(connection_);
}

// The driver closes what it still has.
PingPeer::~PingPeer() = default;

Duration PingPeer::round_trip() {
  answered_ = false;
  const Instant start = driver_->now().monotonic;
  const ByteView piece = request_;
  driver_->send(connection_, {&piece, 1});
  while (!answered_) turn();
  return driver_->now().monotonic - start;
}

void PingPeer::turn() {
  driver_->wait(wait_policy_.plan(driver_->now().monotonic, kNever));
  if (!driver_->unsent().empty()) throw std::runtime_error("a ping did not fit into the socket");
  std::uint32_t events = 0;
  driver::Event event;
  for (; driver_->next(event); ++events) {
    if (event.kind == driver::EventKind::ended) throw std::runtime_error("the node closed the connection");
    if (event.kind == driver::EventKind::received) on_received(std::move(event.data));
  }
  wait_policy_.on_turn(events, driver_->now().monotonic);
}

void PingPeer::on_received(Slice data) {
  parser_.input(std::move(data));
  wire::Frame frame;
  for (wire::Pull pull = parser_.next(frame); pull != wire::Pull::need_more; pull = parser_.next(frame)) {
    if (pull == wire::Pull::refused || !parser_.verify(frame) || frame.header.type != wire::MessageType::pong)
      throw std::runtime_error("the node answered otherwise");
    answered_ = true;
  }
}

}  // namespace ringwire::compare
