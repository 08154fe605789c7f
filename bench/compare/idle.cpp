#include "bench/compare/idle.hpp"

#include <fstream>
#include <stdexcept>
#include <thread>

#include "bench/compare/echo_client.hpp"
#include "bench/compare/server_process.hpp"

namespace ringwire::compare {
namespace {

constexpr double kLimitBytes = 4096;
constexpr std::uint32_t kWarmRounds = 4096;  // several times the receive buffers of a node
constexpr std::chrono::milliseconds kSettle{300};

Workload holding(std::uint32_t connections) {
  return {"idle", Shape::echo, connections, 256, 1, false};
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

Held hold(const Subject& subject, std::uint32_t connections) {
  const Placement placement = on_one_core();
  const Placed here(placement.client_cpu, placement.batch);
  const Workload workload = holding(connections);
  const auto server =
      ServerProcess::start(placement, [&](const Ready& ready) { subject.serve(workload, ready); });
  if (!server.ok()) throw std::runtime_error(subject.name + ": " + server.error());
  {
    EchoClient one(holding(1), subject, server->port());
    for (std::uint32_t round = 0; round < kWarmRounds; ++round) one.run_round();
  }
  std::this_thread::sleep_for(kSettle);
  Held held{.at_start = server->own_bytes()};
  const double kernel_before = kernel_bytes();
  EchoClient idle(workload, subject, server->port());
  std::this_thread::sleep_for(kSettle);
  held.kernel = kernel_bytes() - kernel_before;
  held.afterwards = server->own_bytes();
  idle.check_one_round();  // all of them are still there
  return held;
}

Sample run(const Subject& subject) {
  const Held none = hold(subject, 0);
  const Held all = hold(subject, kIdleConnections);
  const auto each = [](double bytes) { return bytes / kIdleConnections; };
  return {.value = each(all.afterwards - none.at_start),
          .also = {{"bytes of it set aside at start", each(all.at_start - none.at_start)},
                   {"kernel bytes beside it, for both ends", each(all.kernel)}}};
}

}  // namespace

Comparison idle_comparison(const std::string& subject) {
  const Subject* const which = find_subject(subject);
  if (which == nullptr) throw std::logic_error("no such subject: " + subject);
  return {"idle-c" + std::to_string(kIdleConnections),
          subject,
          "limit",
          {"user_bytes_per_connection"},
          Goal::limit(kLimitBytes),
          [which](double) { return run(*which); },
          {}};
}

}  // namespace ringwire::compare
