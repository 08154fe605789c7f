#include "bench/compare/idle.hpp"

#include <malloc.h>

#include <fstream>
#include <stdexcept>
#include <thread>

#include "bench/compare/client.hpp"
#include "bench/compare/server_process.hpp"

namespace ringwire::compare {
namespace {

constexpr double kPlaintextLimitBytes = 4096;
constexpr double kTlsLimitBytes = 6144;
constexpr std::uint32_t kFew = 256;          // several times the places of TLS handshakes
constexpr std::uint32_t kWarmRounds = 4096;  // several times the receive buffers of a node
constexpr std::chrono::milliseconds kSettle{300};

// In TLS the client is sessions of the engine's own parts; in plaintext the cheaper raw sockets.
Workload holding(std::uint32_t connections, bool tls) {
  Workload workload{"idle", Shape::echo, connections, 256, 1, false};
  workload.tls = tls;
  workload.sessions = tls;
  return workload;
}

// Unreclaimable kernel memory: socket structures are most of what changes in it here.
double kernel_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("SUnreclaim:")) return std::stod(line.substr(11)) * 1024;
  }
  throw std::runtime_error("/proc/meminfo has no SUnreclaim");
}

struct Held {
  double at_start = 0;    // bytes of the process, warmed up, no connection
  double afterwards = 0;  // holding them
  double kernel = 0;      // bytes of the kernel that came with them
};

Held hold(const Subject& subject, std::uint32_t connections, bool tls) {
  const Placement placement = on_one_core();
  const Placed here(placement.client_cpu, placement.batch);
  const Workload workload = holding(connections, tls);
  malloc_trim(0);  // a server begins as a copy of this process, with what clients before have left here
  const auto server =
      ServerProcess::start(placement, [&](const Ready& ready) { subject.serve(workload, ready); });
  if (!server.ok()) throw std::runtime_error(subject.name + ": " + server.error());
  {
    const auto one = make_client(holding(1, tls), subject, server->port());
    for (std::uint32_t round = 0; round < kWarmRounds; ++round) one->run_round();
  }
  std::this_thread::sleep_for(kSettle);
  Held held{.at_start = server->own_bytes()};
  const double kernel_before = kernel_bytes();
  const auto idle = make_client(workload, subject, server->port());
  std::this_thread::sleep_for(kSettle);
  held.kernel = kernel_bytes() - kernel_before;
  held.afterwards = server->own_bytes();
  idle->check_one_round();  // all of them are still there
  return held;
}

Sample run(const Subject& subject, std::uint32_t connections, bool tls) {
  const Held few = hold(subject, kFew, tls);
  const Held all = hold(subject, connections, tls);
  const auto each = [&](double more) { return more / (connections - kFew); };
  return {.value = each(all.afterwards - few.afterwards),
          .also = {{"bytes of it set aside at start", each(all.at_start - few.at_start)},
                   {"kernel bytes beside it, for both ends", each(all.kernel - few.kernel)}}};
}

std::vector<Comparison> rows(std::uint32_t connections, const std::vector<const char*>& subjects) {
  std::vector<Comparison> all;
  for (const bool tls : {false, true}) {
    for (const char* const subject : subjects) {
      all.push_back({(tls ? "idle-tls-c" : "idle-c") + std::to_string(connections),
                     subject,
                     "limit",
                     {"user_bytes_per_session"},
                     Goal::limit(tls ? kTlsLimitBytes : kPlaintextLimitBytes),
                     [=](double) { return run(*find_subject(subject), connections, tls); },
                     {}});
    }
  }
  return all;
}

}  // namespace

std::vector<Comparison> idle_rows() {
  return rows(4000, {"ringwire-uring", "ringwire-epoll"});
}

std::vector<Comparison> quick_idle_rows() {
  return rows(2000, {"ringwire-uring"});
}

}  // namespace ringwire::compare
