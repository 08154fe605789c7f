#include "bench/compare/echo_client.hpp"

#include <unistd.h>

#include <stdexcept>

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
    : workload_(workload), request_(encode_pings(workload)) {
  Authenticator authenticator;
  for (std::uint32_t i = 0; i < workload.connections; ++i) {
    sockets_.push_back(connect_raw(port));
    if (subject.dialect == Dialect::authenticated) authenticator.authenticate(sockets_.back());
  }
}

EchoClient::~EchoClient() {
  for (const int socket : sockets_) close(socket);
}

void EchoClient::send_all() {
  for (const int socket : sockets_) send_whole(socket, request_);
}

void EchoClient::run_round() {
  send_all();
  for (const int socket : sockets_) {
    if (!discard(socket, request_.size())) throw std::runtime_error("the server closed a connection");
  }
}

void EchoClient::check_one_round() {
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
