#include "bench/compare/comparison.hpp"

#include <time.h>

#include <stdexcept>

#include "bench/compare/echo_client.hpp"
#include "bench/compare/server_process.hpp"

namespace ringwire::compare {
namespace {

struct Run {
  double cpu_ns_per_message = 0;
  double messages_per_second = 0;
};

double now_s() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Run run_once(const Workload& workload, const Subject& subject, double seconds) {
  const Placement placement;  // one core, SCHED_BATCH
  place(placement.client_cpu, placement.batch);
  auto server = ServerProcess::start(placement, [&](const Ready& ready) { subject.serve(workload, ready); });
  if (!server.ok()) throw std::runtime_error(subject.name + ": " + server.error());
  EchoClient client(workload, subject, server->port());
  client.check_one_round();
  const double warm_until = now_s() + seconds / 5;
  while (now_s() < warm_until) client.run_round();
  const double cpu_before = server->cpu_ns();
  const double start = now_s();
  std::uint64_t rounds = 0;
  while (now_s() - start < seconds) {
    client.run_round();
    ++rounds;
  }
  const auto messages = static_cast<double>(rounds * workload.deliveries_per_round());
  return {(server->cpu_ns() - cpu_before) / messages, messages / (now_s() - start)};
}

Workload echo(std::uint32_t payload_bytes, std::uint32_t connections, std::uint32_t burst) {
  std::string name = "echo-" + std::to_string(payload_bytes) + "B-c" + std::to_string(connections);
  if (burst > 1) name += "-x" + std::to_string(burst);
  return {name, Shape::echo, connections, payload_bytes, burst, false};
}

}  // namespace

std::vector<Comparison> all_comparisons() {
  std::vector<Comparison> all;
  for (const std::uint32_t bytes : {64U, 256U}) {
    for (const std::uint32_t connections : {64U, 512U, 4000U}) {
      all.push_back({echo(bytes, connections, 1), "ringwire-uring", "ringwire-epoll", 0.97});
    }
  }
  all.push_back({echo(256, 512, 1), "ringwire-epoll", "floor-epoll", 0.90});
  all.push_back({echo(256, 512, 16), "ringwire-epoll", "floor-epoll", 0.60});
  all.push_back({echo(256, 64, 16), "ringwire-uring", "asio-typical", 8});
  all.push_back({echo(256, 64, 16), "ringwire-uring", "asio-tuned", 0.95});
  all.push_back({echo(256, 64, 16), "ringwire-uring", "libuv", 0.95});
  return all;
}

std::vector<Comparison> quick_comparisons() {
  return {{echo(256, 64, 1), "ringwire-uring", "ringwire-epoll", 0.97},
          {echo(256, 512, 1), "ringwire-uring", "ringwire-epoll", 0.97},
          {echo(256, 64, 16), "ringwire-uring", "asio-typical", 8}};
}

Measured measure(const Comparison& comparison, const RunPlan& plan,
                 const std::function<void(const std::string&)>& progress) {
  const Subject* const subject = find_subject(comparison.subject);
  const Subject* const baseline = find_subject(comparison.baseline);
  if (subject == nullptr || baseline == nullptr) throw std::runtime_error("no such subject");
  std::vector<double> subject_ns, baseline_ns, subject_rate, baseline_rate;
  const auto one = [&](const Subject& which, std::vector<double>& ns, std::vector<double>& rate) {
    const Run run = run_once(comparison.workload, which, plan.seconds);
    ns.push_back(run.cpu_ns_per_message);
    rate.push_back(run.messages_per_second);
  };
  for (int i = 0; i < plan.repetitions; ++i) {
    progress(comparison.workload.name + ": " + comparison.subject + " / " + comparison.baseline + ", run " +
             std::to_string(i + 1) + " of " + std::to_string(plan.repetitions));
    // A, B, B, A, ...: whoever runs second finds the caches of the other.
    if (i % 2 == 0) one(*subject, subject_ns, subject_rate);
    one(*baseline, baseline_ns, baseline_rate);
    if (i % 2 == 1) one(*subject, subject_ns, subject_rate);
  }
  return {comparison,
          summarise(subject_ns),
          summarise(baseline_ns),
          summarise(paired_ratios(subject_ns, baseline_ns, false)),
          summarise(subject_rate),
          summarise(baseline_rate),
          plan.repetitions};
}

}  // namespace ringwire::compare
