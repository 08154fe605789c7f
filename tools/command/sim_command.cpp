#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/command/commands.hpp"
#include "tools/command/progress.hpp"
#include "tools/command/sim_choice.hpp"
#include "tools/command/sim_plot.hpp"
#include "tools/command/sim_report.hpp"
#include "tools/command/sim_sweep.hpp"
#include "tools/sim/library.hpp"
#include "tools/sim/run.hpp"
#include "tools/sim/scenario_file.hpp"

namespace ringwire::command {
namespace {

struct Options {
  SimChoice choice;
  SweepRequest sweep;
  std::string plot;
  bool no_shrink = false;
  bool list = false;
  bool print_scenario = false;
  bool quiet = false;
  bool json = false;
};

int list(bool json) {
  auto entries = nlohmann::ordered_json::array();
  for (const sim::LibraryEntry& entry : sim::library()) {
    if (!json) fmt::print("{}\n", entry.name);
    entries.push_back({{"name", entry.name},
                       {"meaning", entry.meaning},
                       {"nodes", entry.nodes},
                       {"seconds", std::chrono::duration<double>(entry.length).count()}});
  }
  if (json) fmt::print("{}\n", entries.dump(2));
  return kDone;
}

sim::RunReport run_shown(const sim::Scenario& scenario, bool lines) {
  Progress progress;
  sim::RunHooks hooks;
  if (lines) {
    // Flushed, since a broken invariant ends the process, and these lines say what led to it.
    hooks.on_line = [&progress](const sim::TraceLine& line) {
      progress.clear();
      fmt::print("{}\n", format_line(line));
      std::fflush(stdout);
    };
  }
  hooks.on_progress = [&](Duration simulated) {
    progress.tell(fmt::format("{:.0f} of {:.0f} s simulated",
                              std::chrono::duration<double>(simulated).count(),
                              std::chrono::duration<double>(scenario.length).count()));
  };
  sim::RunReport report = sim::run(scenario, hooks);
  progress.clear();
  return report;
}

int run_once(const Options& options, const sim::Scenario& scenario) {
  // Opened first: what cannot be written is said before the run, not after it.
  std::ofstream plot;
  if (!options.plot.empty()) plot.open(options.plot, std::ios::binary | std::ios::trunc);
  if (!plot) {
    fmt::print(stderr, "flag --plot: cannot be written: {}\n", options.plot);
    return kWrongInput;
  }
  if (!options.json) fmt::print("{}", describe_scenario(scenario));
  std::fflush(stdout);
  const sim::RunReport report = run_shown(scenario, !options.quiet && !options.json);
  fmt::print("{}", options.json ? report_json(report) : summary(report));
  if (!options.plot.empty() && !(plot << propagation_svg(report)).flush()) {
    fmt::print(stderr, "{}: could not be written to its end\n", options.plot);
    return kFailed;
  }
  return report.ok() ? kDone : kFailed;
}

int simulate(Options options) {
  if (options.list) return list(options.json);
  const auto chosen = choose(options.choice);
  if (!chosen.ok()) {
    for (const std::string& line : chosen.error()) fmt::print(stderr, "{}\n", line);
    return kWrongInput;
  }
  if (options.sweep.seeds > 0) {
    options.sweep.shrinks = !options.no_shrink;
    options.sweep.json = options.json;
    return sweep_seeds(options.choice, *chosen, options.sweep);
  }
  const sim::Scenario scenario = chosen->make(chosen->seed);
  if (!options.print_scenario) return run_once(options, scenario);
  fmt::print("{}", sim::write_scenario(scenario));
  return kDone;
}

void add_choice(CLI::App& command, SimChoice& choice) {
  command.add_option("SCENARIO", choice.scenario, "A name that --list prints, or a TOML file: FILE.toml")
      ->capture_default_str();
  command.add_option("--seed", choice.seed, "Everything a run draws follows from it; else 1, or the file's");
  command.add_option("--nodes", choice.nodes, "How many nodes, instead of the scenario's own number")
      ->check(CLI::Range(1U, sim::kNodesMax));
  command
      .add_option("--minutes", choice.minutes,
                  "Simulated minutes of traffic and faults, instead of the scenario's own")
      ->check(CLI::Range(0.001, 1'440.0));
  command.add_flag_function(
      "--tls,!--no-tls", [&choice](std::int64_t count) { choice.tls = count > 0; },
      "Whether sessions have TLS, instead of the scenario's own");
}

void add_sweep(CLI::App& command, Options& options, CLI::Option& alone) {
  SweepRequest& sweep = options.sweep;
  sweep.jobs = std::max(1U, std::thread::hardware_concurrency());
  auto* const seeds =
      command.add_option("--seeds", sweep.seeds, "Run so many seeds, from --seed on, each in a process")
          ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
          ->excludes(&alone);
  command.add_option("--jobs", sweep.jobs, "Of --seeds: processes at once; else one per CPU")
      ->check(CLI::Range(1U, 1'024U))
      ->needs(seeds);
  command.add_option("--timeout", sweep.timeout_s, "Of --seeds: real seconds that one run may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 86'400U))
      ->capture_default_str()
      ->needs(seeds);
  command
      .add_option("--within", sweep.within_minutes, "Of --seeds: no seed begins after so many real minutes")
      ->type_name("MINUTES")
      ->check(CLI::Range(0.001, 100'000.0))
      ->needs(seeds);
  command.add_option("--stop-after", sweep.stop_after, "Of --seeds: no seed begins after so many failed")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->needs(seeds);
  command.add_flag("--no-shrink", options.no_shrink, "Of --seeds: do not make the first failure smaller")
      ->needs(seeds);
}

}  // namespace

void add_sim(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("sim", "Run many nodes in a simulated world, and check what must always hold");
  const auto options = std::make_shared<Options>();
  add_choice(*command, options->choice);
  command->add_flag("--list", options->list, "Print the names of the library, one per line, and run nothing");
  auto* const print = command->add_flag("--print-scenario", options->print_scenario,
                                        "Print the scenario as a TOML file, and run nothing");
  command->add_flag("--quiet", options->quiet, "Leave out the lines about what happens when");
  command->add_flag("--json", options->json, "Print one JSON object; of --list an array");
  auto* const plot =
      command->add_option("--plot", options->plot, "Draw how messages spread, as an SVG picture")
          ->type_name("FILE")
          ->excludes(print);
  add_sweep(*command, *options, *plot);
  command->get_option("--seeds")->excludes(print);
  command->footer(
      "The same scenario and seed give the same run: the same trace, which is the last line.\n\n"
      "status: 0 all rules held, 1 a rule was broken, 2 wrong input (nothing was run)\n\n"
      "examples:\n"
      "  ringwire sim --list\n"
      "  ringwire sim random-world --seed 17\n"
      "  ringwire sim partition-and-heal --nodes 100 --minutes 0.5 --plot spread.svg\n"
      "  ringwire sim --seeds 1000 --jobs 8\n"
      "  ringwire sim random-world --seed 17 --print-scenario > world.toml\n"
      "  ringwire sim world.toml --quiet --json");
  command->callback([&status, options] { status = simulate(*options); });
}

}  // namespace ringwire::command
