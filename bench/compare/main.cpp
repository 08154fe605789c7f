#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/compare/comparison.hpp"
#include "bench/compare/machine.hpp"
#include "bench/compare/network_namespace.hpp"
#include "engine/uring/probe.hpp"

namespace {

using namespace ringwire::compare;

struct Options {
  std::string workload;
  std::string json;
  int repetitions = 5;
  double seconds = 1;
  bool quick = false;
};

nlohmann::ordered_json to_json(const Facts& machine, const std::vector<Measured>& results) {
  nlohmann::ordered_json json;
  for (const auto& [name, value] : machine) json["machine"][name] = value;
  json["results"] = nlohmann::ordered_json::array();
  for (const Measured& m : results) {
    json["results"].push_back({{"workload", m.comparison.workload.name},
                               {"subject", m.comparison.subject},
                               {"baseline", m.comparison.baseline},
                               {"metric", "server_cpu_ns_per_message"},
                               {"subject_value", m.subject.median},
                               {"baseline_value", m.baseline.median},
                               {"ratio", m.ratio.median},
                               {"spread", m.ratio.spread()},
                               {"repetitions", m.repetitions},
                               {"goal", m.comparison.goal},
                               {"met", m.met()}});
  }
  return json;
}

void print(const Measured& m) {
  fmt::print("{:<18} {:<15} {:<15} {:>8.0f} {:>8.0f} {:>7.2f} {:>6.1f}% {:>6.2f} {:<4} {:>8.0f} {:>8.0f}\n",
             m.comparison.workload.name, m.comparison.subject, m.comparison.baseline, m.subject.median,
             m.baseline.median, m.ratio.median, m.ratio.spread() * 100, m.comparison.goal,
             m.met() ? "met" : "no", m.subject_rate.median / 1000, m.baseline_rate.median / 1000);
  std::fflush(stdout);
}

int compare(const Options& options) {
  const auto entered = enter_private_network();
  Facts machine = describe_machine();
  machine.emplace_back("network", entered.ok() ? "private namespace, one core, SCHED_BATCH, alternating runs"
                                               : "the system's own: " + entered.error());
  for (const auto& [name, value] : machine) fmt::print("{:<20} {}\n", name, value);
  fmt::print("{}\n", ringwire::uring::probe().table());
  if (const std::string noise = disturbance(); !noise.empty()) fmt::print("WARNING: {}\n", noise);
  fmt::print("server CPU-ns per message, medians; ratio above 1: the subject costs less\n");
  fmt::print("{:<18} {:<15} {:<15} {:>8} {:>8} {:>7} {:>7} {:>6} {:<4} {:>8} {:>8}\n", "workload", "subject",
             "baseline", "subject", "baseline", "ratio", "spread", "goal", "", "K/s", "K/s base");
  std::vector<Measured> results;
  for (const Comparison& comparison : options.quick ? quick_comparisons() : all_comparisons()) {
    if (!options.workload.empty() && comparison.workload.name != options.workload) continue;
    results.push_back(
        measure(comparison, {options.repetitions, options.seconds}, [](const std::string& line) {
          if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K{}", line);
        }));
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
    print(results.back());
  }
  if (results.empty()) {
    fmt::print(stderr, "flag --workload: no such workload: {}\n", options.workload);
    return 2;
  }
  if (options.json.empty()) return 0;
  std::ofstream file(options.json);
  file << to_json(machine, results).dump(2) << "\n";
  if (file.flush()) return 0;
  fmt::print(stderr, "flag --json: cannot write {}\n", options.json);
  return 1;
}

int run(int argc, char** argv) {
  CLI::App app{"ringwire-bench: what io_uring and the design are worth, measured side by side",
               "ringwire-bench"};
  app.require_subcommand(1);
  Options options;
  CLI::App* command =
      app.add_subcommand("compare", "Alternate subject and baseline, report medians and ratios");
  command->add_option("--workload", options.workload, "Only this one")->type_name("NAME");
  command->add_option("--repetitions", options.repetitions, "Runs of each")->check(CLI::Range(1, 100));
  command->add_option("--seconds", options.seconds, "Length of each run")->check(CLI::Range(0.05, 60.0));
  command->add_option("--json", options.json, "Write the results to FILE")->type_name("FILE");
  command->add_flag("--quick", options.quick, "Three workloads, three short runs: a first impression");
  command->footer(
      "status: 0 measured (goals met or not), 1 it could not be measured, 2 wrong input\n\n"
      "examples:\n  ringwire-bench compare --quick\n"
      "  ringwire-bench compare --workload echo-256B-c512 --repetitions 15 --json out.json");
  int status = 0;
  command->callback([&] {
    if (options.quick) {
      options.repetitions = std::min(options.repetitions, 3);
      options.seconds = std::min(options.seconds, 0.5);
    }
    status = compare(options);
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ringwire-bench: %s\n", error.what());
    return 1;
  }
}
