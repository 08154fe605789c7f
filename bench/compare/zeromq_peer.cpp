#include "bench/compare/zeromq_peer.hpp"

#include <sys/socket.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>

#include "bench/compare/framing.hpp"
#include "bench/compare/raw_socket.hpp"

namespace ringwire::compare {
namespace {

constexpr std::size_t kReceiveBytes = 256 * 1024;

void check(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + zmq_strerror(zmq_errno()));
}

void set(void* socket, int option, int value) {
  check(zmq_setsockopt(socket, option, &value, sizeof value), "zmq_setsockopt");
}

// Never freed: the process is killed.
void* open_publisher() {
  void* const context = zmq_ctx_new();
  if (context == nullptr) throw std::runtime_error("zmq_ctx_new failed");
  check(zmq_ctx_set(context, ZMQ_IO_THREADS, 1), "ZMQ_IO_THREADS");
  void* const publisher = zmq_socket(context, ZMQ_PUB);
  if (publisher == nullptr) throw std::runtime_error("zmq_socket failed");
  set(publisher, ZMQ_SNDHWM, 0);
  set(publisher, ZMQ_BACKLOG, 8192);
  check(zmq_bind(publisher, ("tcp://" + std::string(kRawAddress) + ":*").c_str()), "zmq_bind");
  return publisher;
}

std::uint16_t port_of(void* socket) {
  std::array<char, 256> endpoint{};
  std::size_t size = endpoint.size();
  check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint.data(), &size), "ZMQ_LAST_ENDPOINT");
  const std::string text(endpoint.data());
  return static_cast<std::uint16_t>(std::stoul(text.substr(text.rfind(':') + 1)));
}

void publish_all(int input, void* publisher) {
  std::vector<std::uint8_t> buffer(kReceiveBytes);
  std::size_t have = 0;
  for (;;) {
    const ssize_t got = recv(input, buffer.data() + have, buffer.size() - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    have += static_cast<std::size_t>(got);
    const std::size_t used = for_each_frame({buffer.data(), have}, [&](ByteView frame) {
      check(zmq_send(publisher, frame.data(), frame.size(), 0), "zmq_send");
    });
    std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(used),
              buffer.begin() + static_cast<std::ptrdiff_t>(have), buffer.begin());
    have -= used;
  }
}

}  // namespace

void serve_zeromq(const Workload& workload, const Ready& ready) {
  RW_ASSERT(workload.shape == Shape::fan_out);
  void* const publisher = open_publisher();
  const RawListener listener =
      open_raw_listener({.blocking = true, .address = kRawInputAddress, .port = port_of(publisher)});
  ready(listener.port);
  const int input = accept(listener.descriptor, nullptr, nullptr);
  if (input < 0) throw std::runtime_error("accept failed");
  publish_all(input, publisher);
  throw std::runtime_error("the publisher left");
}

}  // namespace ringwire::compare
