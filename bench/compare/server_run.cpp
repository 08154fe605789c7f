#include "bench/compare/server_run.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>

#include "bench/compare/client.hpp"
#include "bench/compare/network_namespace.hpp"
#include "bench/compare/placement.hpp"
#include "bench/compare/server_process.hpp"

namespace ringwire::compare {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

const Subject& subject_for(const Workload& workload, const std::string& name) {
  const Subject* const subject = find_subject(name);
  if (subject == nullptr) throw std::logic_error("no such subject: " + name);
  if (!subject->can_do(workload)) throw std::logic_error(name + " cannot do " + workload.name);
  return *subject;
}

// Receive work goes to the client's core for as long as this lives.
class Steering {
 public:
  explicit Steering(int cpu) {
    if (const auto steered = steer_receive(cpu); !steered) throw std::runtime_error(steered.error());
  }
  Steering(const Steering&) = delete;
  Steering& operator=(const Steering&) = delete;
  ~Steering() { (void)steer_receive(-1); }
};

Figures figures_of_run(const Workload& workload, const Subject& subject, const RelayCount& count,
                       const FiguresOf& figures_of) {
  if (!subject.counts) return {};
  if (figures_of) return figures_of(count);
  if (workload.shape != Shape::echo) return relay_figures(count);
  return workload.two_cores ? turn_figures(count) : Figures{};
}

}  // namespace

Sample run_server(const Workload& workload, const Subject& subject, double seconds,
                  const FiguresOf& figures_of) {
  const Placement placement = workload.two_cores ? on_two_cores() : on_one_core();
  const Placed here(placement.client_cpu, placement.batch);
  std::optional<Steering> steering;
  if (workload.two_cores) steering.emplace(placement.client_cpu);
  auto server = ServerProcess::start(placement, [&](const Ready& ready) { subject.serve(workload, ready); });
  if (!server.ok()) throw std::runtime_error(subject.name + ": " + server.error());
  const auto client = make_client(workload, subject, server->port());
  client->check_one_round();
  const double warm_until = now_s() + seconds / 5;
  while (now_s() < warm_until) client->run_round();
  RelayCount count;
  if (subject.counts) count.before = server->counters();
  const std::uint64_t sleeps_before = server->sleeps();
  const double cpu_before = server->cpu_ns();
  const double start = now_s();
  std::uint64_t rounds = 0;
  while (now_s() - start < seconds) {
    client->run_round();
    ++rounds;
  }
  const double took = now_s() - start;
  const double cpu = server->cpu_ns() - cpu_before;
  const std::uint64_t sleeps = server->sleeps() - sleeps_before;
  count.deliveries = static_cast<double>(rounds * workload.deliveries_per_round());
  if (subject.counts) count.after = server->counters();
  // Whatever came in between was of the right length, if what comes now is in step.
  client->check_one_round();
  Sample sample{cpu / count.deliveries, count.deliveries / took};
  if (workload.two_cores) {
    sample.also.emplace_back("sleeps per 1000 messages",
                             static_cast<double>(sleeps) / count.deliveries * 1000);
  }
  for (const auto& figure : figures_of_run(workload, subject, count, figures_of))
    sample.also.push_back(figure);
  return sample;
}

Comparison server_comparison(const Workload& workload, const std::string& subject,
                             const std::string& baseline, Goal goal) {
  const auto run = [&](const std::string& name) {
    return [workload, &which = subject_for(workload, name)](double seconds) {
      return run_server(workload, which, seconds);
    };
  };
  return {workload.name, subject, baseline, {"server_cpu_ns_per_message"}, goal, run(subject), run(baseline)};
}

}  // namespace ringwire::compare
