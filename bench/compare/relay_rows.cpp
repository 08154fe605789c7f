#include "bench/compare/relay_rows.hpp"

#include "bench/compare/poisson_mesh.hpp"
#include "bench/compare/relay_figures.hpp"
#include "bench/compare/server_run.hpp"

namespace ringwire::compare {
namespace {

Workload mesh() {
  return {"mesh-256B-c64", Shape::mesh, 64, 256, 1, false};
}
Workload fan_out() {
  return {"fanout-256B-c50-x16", Shape::fan_out, 50, 256, 16, false};
}
Workload large_fan_out() {
  return {"fanout-128KiB-c50", Shape::fan_out, 50, 128 * 1024, 1, false};
}

Comparison poisson_mesh(std::uint32_t thousands_per_second) {
  Workload workload = mesh();
  workload.name += "-poisson" + std::to_string(thousands_per_second) + "k";
  return poisson_comparison(workload, thousands_per_second * 1000.0, "ringwire-uring", "ringwire-epoll",
                            Goal::at_least(0.95));
}

// Of a large message nothing may be copied between the decision about it and the sends. What was copied on
// its way in (tails of unfinished frames) is printed beneath, by reason.
Comparison copies() {
  const auto run = [](double seconds) {
    double copied = 0;
    const Sample sample =
        run_server(large_fan_out(), *find_subject("ringwire-uring"), seconds, [&](const RelayCount& count) {
          copied = copied_in_relay(count);
          return copy_figures(count);
        });
    return Sample{copied, sample.messages_per_second, sample.also};
  };
  return {large_fan_out().name,
          "ringwire-uring",
          "limit",
          {"relay_bytes_copied_per_byte_relayed"},
          Goal::limit(0),
          run,
          {}};
}

Comparison against(const Workload& workload, const char* baseline, double goal) {
  return server_comparison(workload, "ringwire-uring", baseline, Goal::at_least(goal));
}

}  // namespace

std::vector<Comparison> relay_rows() {
  return {
      against(mesh(), "send-per-message", 20),
      against(mesh(), "ringwire-epoll", 0.95),
      poisson_mesh(2),
      poisson_mesh(20),
      against(fan_out(), "zeromq", 1.5),
      against(fan_out(), "libuv", 0.95),
      against(fan_out(), "asio-typical", 8),
      against(fan_out(), "asio-tuned", 0.95),
      against(large_fan_out(), "ringwire-epoll", 0.95),
      copies(),
  };
}

std::vector<Comparison> quick_relay_rows() {
  return {against(mesh(), "send-per-message", 20), against(fan_out(), "zeromq", 1.5)};
}

}  // namespace ringwire::compare
