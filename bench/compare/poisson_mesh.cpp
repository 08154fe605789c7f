#include "bench/compare/poisson_mesh.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <system_error>

#include "bench/compare/placement.hpp"
#include "bench/compare/raw_socket.hpp"
#include "bench/compare/relay_client.hpp"
#include "bench/compare/relay_figures.hpp"
#include "bench/compare/server_process.hpp"
#include "codec/base/check.hpp"
#include "codec/base/prng.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr double kPatienceS = 10;  // for what was sent to arrive

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class PoissonClient {
 public:
  PoissonClient(const Workload& workload, const Subject& subject, std::uint16_t port, double rate)
      : rate_(rate),
        frames_(workload.payload_bytes),
        peers_(workload, subject, port, frames_),
        prng_(kSeed),
        poll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (poll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    for (const int socket : peers_.receivers()) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = socket;
      RW_ASSERT(epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event) == 0);
    }
  }
  PoissonClient(const PoissonClient&) = delete;
  PoissonClient& operator=(const PoissonClient&) = delete;
  ~PoissonClient() { close(poll_); }

  // Returns how many messages reached a peer: all that were sent, times all peers but one.
  double run(double seconds) {
    std::uint64_t sent = 0;
    awaited_bytes_ = 0;
    const double start = now_s();
    double arrival = start + gap();
    while (arrival < start + seconds) {
      while (now_s() < arrival) drain();
      send_one();
      ++sent;
      arrival += gap();
    }
    const double give_up = now_s() + kPatienceS;
    while (awaited_bytes_ > 0) {
      drain();
      if (now_s() > give_up) throw std::runtime_error("the server lost messages");
    }
    return static_cast<double>(sent * (peers_.receivers().size() - 1));
  }

 private:
  // Exponential; the draw lies in (0, 1].
  double gap() {
    const double uniform = static_cast<double>((prng_.next() >> 11) + 1) / 9007199254740992.0;
    return -std::log(uniform) / rate_;
  }

  void send_one() {
    out_.clear();
    frames_.append(out_, peers_.next_number());
    const int socket = peers_.senders()[prng_.below(peers_.senders().size())];
    for (ByteView left(out_); !left.empty();) {
      const ssize_t taken = send(socket, left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (taken < 0 && errno != EAGAIN && errno != EINTR) throw std::runtime_error("the server left");
      if (taken < 0) drain();
      left = left.subspan(static_cast<std::size_t>(std::max<ssize_t>(taken, 0)));
    }
    awaited_bytes_ += static_cast<std::int64_t>(frames_.wire_bytes() * (peers_.receivers().size() - 1));
  }

  void drain() {
    constexpr int kEventsMax = 64;
    epoll_event events[kEventsMax];
    const int ready = epoll_wait(poll_, events, kEventsMax, 0);
    for (int i = 0; i < ready; ++i) {
      const auto got = discard_what_is_there(events[i].data.fd);
      if (!got) throw std::runtime_error("the server closed a connection");
      awaited_bytes_ -= static_cast<std::int64_t>(*got);
    }
  }

  const double rate_;
  PublishFrames frames_;
  RelayPeers peers_;
  Prng prng_;
  int poll_;
  std::int64_t awaited_bytes_ = 0;
  std::vector<std::uint8_t> out_;
};

Sample run_poisson(const Workload& workload, const Subject& subject, double rate, double seconds) {
  const Placement placement = on_two_cores();
  const Placed here(placement.client_cpu, placement.batch);
  auto server = ServerProcess::start(placement, [&](const Ready& ready) { subject.serve(workload, ready); });
  if (!server.ok()) throw std::runtime_error(subject.name + ": " + server.error());
  PoissonClient client(workload, subject, server->port(), rate);
  client.run(seconds / 5);
  RelayCount count;
  count.before = server->counters();
  const double cpu_before = server->cpu_ns();
  const double start = now_s();
  count.deliveries = client.run(seconds);
  const double took = now_s() - start;
  const double cpu = server->cpu_ns() - cpu_before;
  count.after = server->counters();
  return {cpu / count.deliveries, count.deliveries / took, relay_figures(count)};
}

}  // namespace

Comparison poisson_comparison(const Workload& workload, double messages_per_second,
                              const std::string& subject, const std::string& baseline, Goal goal) {
  RW_ASSERT(workload.shape == Shape::mesh);
  const auto run = [&](const std::string& name) {
    const Subject* const which = find_subject(name);
    if (which == nullptr || !which->counts) throw std::logic_error(name + " does not count");
    return [workload, which, messages_per_second](double seconds) {
      return run_poisson(workload, *which, messages_per_second, seconds);
    };
  };
  return {workload.name, subject, baseline, {"server_cpu_ns_per_message"}, goal, run(subject), run(baseline)};
}

}  // namespace ringwire::compare
