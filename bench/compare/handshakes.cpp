#include "bench/compare/handshakes.hpp"

#include <chrono>
#include <stdexcept>

#include "bench/compare/server_process.hpp"
#include "bench/compare/session_client.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint32_t kCrowd = 48;
// Almost all of it is arithmetic that both do: a tie is what is right.
constexpr double kGoal = 0.95;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double completed(const ServerProcess& server) {
  return sum(server.counters(), "ringwire_sessions_established_total");
}

// Comes, is answered by the node's own session once, and leaves.
void come_and_go(const Workload& workload, const ServerProcess& server) {
  SessionClient crowd(workload, server.port());
}

Sample run(const Subject& subject, bool tls, double seconds) {
  const Placement placement = on_one_core();
  const Placed here(placement.client_cpu, placement.batch);
  Workload workload{"handshakes", Shape::echo, kCrowd, 256, 1, false};
  workload.tls = tls;
  const auto server =
      ServerProcess::start(placement, [&](const Ready& ready) { subject.serve(workload, ready); });
  if (!server.ok()) throw std::runtime_error(subject.name + ": " + server.error());
  come_and_go(workload, *server);
  const double completed_before = completed(*server);
  const double cpu_before = server->cpu_ns();
  const double start = now_s();
  while (now_s() - start < seconds) come_and_go(workload, *server);
  const double took = now_s() - start;
  const double cpu_s = (server->cpu_ns() - cpu_before) / 1e9;
  const double sessions = completed(*server) - completed_before;
  return {.value = sessions / cpu_s,
          .messages_per_second = sessions / took,
          .also = {{"us of the server's CPU each", cpu_s / sessions * 1e6}}};
}

}  // namespace

std::vector<Comparison> handshake_rows() {
  std::vector<Comparison> rows;
  for (const bool tls : {false, true}) {
    const auto side = [tls](const char* subject) {
      return [=](double seconds) { return run(*find_subject(subject), tls, seconds); };
    };
    rows.push_back({tls ? "handshakes-tls" : "handshakes-plaintext",
                    "ringwire-uring",
                    "ringwire-epoll",
                    {"handshakes_per_core_second", true},
                    Goal::at_least(kGoal),
                    side("ringwire-uring"),
                    side("ringwire-epoll")});
  }
  return rows;
}

}  // namespace ringwire::compare
