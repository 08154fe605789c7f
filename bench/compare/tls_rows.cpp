#include "bench/compare/tls_rows.hpp"

#include "bench/compare/server_run.hpp"

namespace ringwire::compare {
namespace {

// The ratio is what the rows are for. Below this bound TLS would cost more than everything else together, and
// half as much again.
constexpr double kGoal = 0.4;

Comparison with_tls_and_without(Workload workload) {
  workload.sessions = true;
  const auto run = [workload](bool tls) {
    Workload side = workload;
    side.tls = tls;
    return [side](double seconds) {
      return run_server(side, *find_subject("ringwire-uring"), seconds, relay_figures);
    };
  };
  return {workload.name,
          "ringwire-uring-tls",
          "ringwire-uring",
          {"server_cpu_ns_per_message"},
          Goal::at_least(kGoal),
          run(true),
          run(false)};
}

}  // namespace

std::vector<Comparison> tls_rows() {
  return {
      with_tls_and_without({"tls-echo-256B-c64", Shape::echo, 64, 256, 1, false}),
      with_tls_and_without({"tls-echo-256B-c64-x16", Shape::echo, 64, 256, 16, false}),
      with_tls_and_without({"tls-mesh-256B-c64", Shape::mesh, 64, 256, 1, false}),
      with_tls_and_without({"tls-mesh-4KiB-c16", Shape::mesh, 16, 4096, 1, false}),
  };
}

}  // namespace ringwire::compare
