#include "tools/command/sim_sweep.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/command/commands.hpp"
#include "tools/command/progress.hpp"
#include "tools/command/table.hpp"
#include "tools/sim/scenario_file.hpp"
#include "tools/sim/shrink.hpp"
#include "tools/sim/sweep.hpp"

namespace ringwire::command {
namespace {

using Clock = std::chrono::steady_clock;

// What is not smaller by then is small enough to be read.
constexpr std::chrono::minutes kShrinkTime{10};
constexpr std::uint32_t kShrinkTries = 1'000;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string describe(const sim::FailedSeed& failed) {
  // A process that ends does not say where it was.
  const Duration at = failed.first.at;
  const std::string when = at > Duration(0) ? fmt::format(" at {:.3f} s", seconds(at)) : std::string();
  return fmt::format("seed {}: {}{}: {}", failed.seed, failed.first.rule, when, failed.first.text);
}

sim::IsolateOptions isolation(const SweepRequest& request) {
  sim::IsolateOptions options;
  options.limit = std::chrono::seconds(request.timeout_s);
  return options;
}

sim::SweepReport run_sweep(const Chosen& chosen, const SweepRequest& request) {
  sim::SweepOptions options;
  options.first_seed = chosen.seed;
  options.seeds = request.seeds;
  options.jobs = request.jobs;
  options.make = chosen.make;
  options.time_limit = std::chrono::milliseconds(static_cast<std::int64_t>(request.within_minutes * 60'000));
  options.stop_after_failures = request.stop_after;
  options.isolate = isolation(request);
  Progress progress;
  const auto on_seed = [&](const sim::SweepReport& report) {
    progress.tell(
        fmt::format("{} of {} seeds, {} failed", report.seeds, request.seeds, report.failed.size()));
  };
  const auto on_failure = [&](const sim::FailedSeed& failed) {
    progress.clear();
    if (request.json) return;
    fmt::print("{}\n", describe(failed));
    std::fflush(stdout);
  };
  sim::SweepReport report = sweep(options, {on_seed, on_failure});
  progress.clear();
  return report;
}

// None: its failure is not one of the scenario.
std::optional<sim::Scenario> make_small(const sim::FailedSeed& failed, const Chosen& chosen,
                                        const SweepRequest& request) {
  if (failed.first.rule == sim::kNotStarted) return std::nullopt;
  const sim::IsolateOptions options = isolation(request);
  const bool twice = failed.first.rule == sim::kTraceDiffers;
  const Clock::time_point start = Clock::now();
  std::uint32_t tries = 0;
  Progress progress;
  const auto still_fails = [&](const sim::Scenario& scenario) {
    if (Clock::now() - start > kShrinkTime) return false;
    progress.tell(fmt::format("making seed {} smaller: try {}, {} nodes, {} faults", failed.seed, ++tries,
                              scenario.nodes, scenario.faults.size()));
    return fails_alike(failed.first, run_compared(scenario, options, twice));
  };
  sim::Scenario small = shrink(chosen.make(failed.seed), still_fails, {kShrinkTries});
  progress.clear();
  return small;
}

void print_text(const sim::SweepReport& report, const std::optional<sim::Scenario>& small,
                const SimChoice& choice) {
  if (!report.ok()) {
    const sim::FailedSeed& first = report.failed.front();
    if (!first.said.empty()) fmt::print(stderr, "what seed {} said last:\n{}\n", first.seed, first.said);
    if (small) {
      fmt::print("\nseed {} made smaller, still {}; as a file: ringwire sim FILE.toml\n\n{}\n", first.seed,
                 first.first.rule, sim::write_scenario(*small));
    }
    fmt::print("again: {}\n", command_line(choice, first.seed));
  }
  fmt::print("{} simulated, {} of {} deliveries, {} run twice\n", format_age(seconds(report.simulated)),
             report.delivered, report.expected, report.seeds_twice);
  fmt::print("{} seeds, {} failed\n", report.seeds, report.failed.size());
}

void print_json(const sim::SweepReport& report, const std::optional<sim::Scenario>& small,
                const SimChoice& choice) {
  nlohmann::ordered_json json{
      {"scenario", choice.scenario},       {"seeds", report.seeds},
      {"seeds_twice", report.seeds_twice}, {"simulated_seconds", seconds(report.simulated)},
      {"published", report.published},     {"expected", report.expected},
      {"delivered", report.delivered}};
  json["failed"] = nlohmann::ordered_json::array();
  for (const sim::FailedSeed& each : report.failed) {
    json["failed"].push_back({{"seed", each.seed},
                              {"rule", each.first.rule},
                              {"at_seconds", seconds(each.first.at)},
                              {"text", each.first.text},
                              {"said", each.said},
                              {"again", command_line(choice, each.seed)}});
  }
  json["smaller"] = nullptr;
  if (small) json["smaller"] = sim::write_scenario(*small);
  // What a crashed process said need not be text.
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

int sweep_seeds(const SimChoice& choice, const Chosen& chosen, const SweepRequest& request) {
  const sim::SweepReport report = run_sweep(chosen, request);
  std::optional<sim::Scenario> small;
  if (request.shrinks && !report.ok()) small = make_small(report.failed.front(), chosen, request);
  (request.json ? print_json : print_text)(report, small, choice);
  return report.ok() ? kDone : kFailed;
}

}  // namespace ringwire::command
