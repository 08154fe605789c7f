#include "bench/compare/asio_peer.hpp"
#include "bench/compare/floor_epoll.hpp"
#include "bench/compare/floor_uring.hpp"
#include "bench/compare/libuv_peer.hpp"
#include "bench/compare/ringwire_subject.hpp"
#include "bench/compare/workload.hpp"
#include "bench/compare/zeromq_peer.hpp"

namespace ringwire::compare {
namespace {

bool is_echo(const Workload& workload) {
  return workload.shape == Shape::echo;
}
bool is_any(const Workload&) {
  return true;
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> kSubjects{
      {"ringwire-uring", "a node on io_uring: session, checksums, queues", Dialect::authenticated, is_any,
       [](const Workload& w, const Ready& ready) { serve_ringwire(w, DriverChoice::uring, ready); }, true},
      {"ringwire-epoll", "the same node on epoll", Dialect::authenticated, is_any,
       [](const Workload& w, const Ready& ready) { serve_ringwire(w, DriverChoice::epoll, ready); }, true},
      {"floor-epoll", "raw epoll loop, the same bytes, no protocol", Dialect::frames, is_any,
       serve_floor_epoll},
      {"floor-uring", "raw io_uring loop, the same bytes, no protocol", Dialect::frames, is_echo,
       serve_floor_uring},
      {"send-per-message", "raw epoll loop, a send for each message and peer", Dialect::frames,
       [](const Workload& w) { return w.shape != Shape::echo; }, serve_send_per_message},
      {"asio-typical", "Asio: read header, read body, write", Dialect::frames, is_any, serve_asio_typical},
      {"asio-tuned", "Asio: large reads, one write for all they held", Dialect::frames, is_any,
       serve_asio_tuned},
      {"libuv", "libuv: large reads, one write for all they held", Dialect::frames, is_any, serve_libuv},
      {"zeromq", "ZeroMQ: PUB over TCP, one I/O thread, no high-water mark", Dialect::zeromq,
       [](const Workload& w) { return w.shape == Shape::fan_out; }, serve_zeromq},
  };
  return kSubjects;
}

const Subject* find_subject(const std::string& name) {
  for (const Subject& subject : subjects()) {
    if (subject.name == name) return &subject;
  }
  return nullptr;
}

}  // namespace ringwire::compare
