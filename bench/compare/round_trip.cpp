#include "bench/compare/round_trip.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/compare/ping_peer.hpp"
#include "bench/compare/server_process.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint32_t kPayloadBytes = 256;
constexpr double kGoal = 0.5;
constexpr std::size_t kTripsMin = 100;  // below it a p99 would be the largest of few

double microseconds(const std::vector<Duration>& sorted, double quantile) {
  const auto at = static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1));
  return std::chrono::duration<double, std::micro>(sorted[at]).count();
}

Sample run(const Subject& subject, DriverChoice driver, bool busy_poll, double seconds) {
  const Placement placement = on_two_cores();
  const Placed here(placement.client_cpu, placement.batch);
  Workload workload{"round-trip", Shape::echo, 1, kPayloadBytes, 1, true};
  workload.busy_poll = busy_poll;
  const auto server =
      ServerProcess::start(placement, [&](const Ready& ready) { subject.serve(workload, ready); });
  if (!server.ok()) throw std::runtime_error(subject.name + ": " + server.error());
  PingPeer peer(server->port(), kPayloadBytes, driver, busy_poll);
  for (std::size_t i = 0; i < kTripsMin; ++i) peer.round_trip();
  std::vector<Duration> trips;
  Duration spent{0};
  while (trips.size() < kTripsMin || spent < std::chrono::duration<double>(seconds)) {
    trips.push_back(peer.round_trip());
    spent += trips.back();
  }
  std::sort(trips.begin(), trips.end());
  return {
      .value = microseconds(trips, 0.5),
      .messages_per_second = static_cast<double>(trips.size()) / std::chrono::duration<double>(spent).count(),
      .also = {{"us, p99", microseconds(trips, 0.99)}}};
}

}  // namespace

Comparison round_trip_comparison(const std::string& subject) {
  const Subject* const which = find_subject(subject);
  if (which == nullptr) throw std::logic_error("no such subject: " + subject);
  const DriverChoice driver = subject == "ringwire-epoll" ? DriverChoice::epoll : DriverChoice::uring;
  const auto waiting = [&](bool busy_poll) {
    return [which, driver, busy_poll](double seconds) { return run(*which, driver, busy_poll, seconds); };
  };
  return {"round-trip-" + std::to_string(kPayloadBytes) + "B",
          subject + "-busy",
          subject,
          {"p50_us"},
          Goal::at_most(kGoal),
          waiting(true),
          waiting(false)};
}

}  // namespace ringwire::compare
