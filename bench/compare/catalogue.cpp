#include "bench/compare/catalogue.hpp"

#include "bench/compare/handshakes.hpp"
#include "bench/compare/idle.hpp"
#include "bench/compare/mailbox.hpp"
#include "bench/compare/relay_rows.hpp"
#include "bench/compare/round_trip.hpp"
#include "bench/compare/server_run.hpp"
#include "bench/compare/tls_rows.hpp"
#include "bench/compare/vote_behind_sync.hpp"

namespace ringwire::compare {
namespace {

Workload echo(std::uint32_t payload_bytes, std::uint32_t connections, std::uint32_t burst,
              bool two_cores = false) {
  std::string name = "echo-" + std::to_string(payload_bytes) + "B-c" + std::to_string(connections);
  if (burst > 1) name += "-x" + std::to_string(burst);
  if (two_cores) name += "-2cores";
  return {name, Shape::echo, connections, payload_bytes, burst, two_cores};
}

// Each of them, and their geometric mean, is judged.
std::vector<Workload> cells() {
  std::vector<Workload> all;
  for (const std::uint32_t bytes : {64U, 256U}) {
    for (const std::uint32_t connections : {64U, 512U, 4000U}) all.push_back(echo(bytes, connections, 1));
  }
  return all;
}

std::vector<Comparison> echo_rows() {
  std::vector<Comparison> rows;
  for (const Workload& cell : cells()) {
    rows.push_back(server_comparison(cell, "ringwire-uring", "ringwire-epoll", Goal::at_least(0.97)));
  }
  rows.push_back(
      server_comparison(echo(256, 512, 1, true), "ringwire-uring", "ringwire-epoll", Goal::at_least(1.3)));
  for (const auto& [thousands, goal] : {std::pair{50, 1.3}, {100, 1.15}}) {
    Workload paced = echo(256, 512, 1, true);
    paced.name += "-" + std::to_string(thousands) + "k";
    paced.messages_per_second = thousands * 1000;
    rows.push_back(server_comparison(paced, "ringwire-uring", "ringwire-epoll", Goal::at_least(goal)));
  }
  for (const std::string driver : {"uring", "epoll"}) {
    const auto floor = [&](const Workload& workload, double goal) {
      return server_comparison(workload, "ringwire-" + driver, "floor-" + driver, Goal::at_least(goal));
    };
    rows.push_back(floor(echo(256, 512, 1), 0.90));
    rows.push_back(floor(echo(256, 512, 16), 0.60));
  }
  for (const auto& [peer, goal] : {std::pair{"asio-typical", 8.0}, {"asio-tuned", 0.95}, {"libuv", 0.95}}) {
    rows.push_back(server_comparison(echo(256, 64, 16), "ringwire-uring", peer, Goal::at_least(goal)));
  }
  return rows;
}

void append(std::vector<Comparison>& all, std::vector<Comparison> rows) {
  for (Comparison& row : rows) all.push_back(std::move(row));
}

}  // namespace

std::vector<Comparison> all_comparisons() {
  std::vector<Comparison> all;
  append(all, echo_rows());
  append(all, relay_rows());
  append(all, tls_rows());
  append(all, vote_rows());
  append(all, mailbox_rows());
  append(all, {round_trip_comparison("ringwire-uring"), round_trip_comparison("ringwire-epoll")});
  append(all, idle_rows());
  append(all, handshake_rows());
  return all;
}

std::vector<Comparison> quick_comparisons() {
  std::vector<Comparison> rows{
      server_comparison(echo(256, 64, 1), "ringwire-uring", "ringwire-epoll", Goal::at_least(0.97)),
      server_comparison(echo(256, 512, 1), "ringwire-uring", "ringwire-epoll", Goal::at_least(0.97)),
      server_comparison(echo(256, 64, 16), "ringwire-uring", "asio-typical", Goal::at_least(8)),
  };
  append(rows, quick_relay_rows());
  append(rows, quick_idle_rows());
  append(rows, handshake_rows());
  return rows;
}

std::vector<Measured> derived(const std::vector<Measured>& measured) {
  std::vector<Measured> found;
  for (const Workload& cell : cells()) {
    for (const Measured& row : measured) {
      if (row.workload == cell.name && row.baseline_name == "ringwire-epoll") found.push_back(row);
    }
  }
  if (found.size() != cells().size()) return {};
  return {geometric_mean("echo-mean", found, Goal::at_least(1.03))};
}

}  // namespace ringwire::compare
