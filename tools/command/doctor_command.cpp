#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/uring/probe.hpp"
#include "tools/command/build_facts.hpp"
#include "tools/command/commands.hpp"
#include "tools/command/doctor.hpp"
#include "tools/command/load_config.hpp"

namespace ringwire::command {
namespace {

struct Options {
  std::string file;
  bool json = false;
};

void print_text(const std::vector<Check>& checks, const uring::Probe& probe) {
  for (const Check& check : checks) {
    fmt::print("{:<8} {:<24} {}\n", name(check.verdict), check.name, check.value);
    if (!check.change.empty()) fmt::print("{:<8} -> {}\n", "", check.change);
  }
  fmt::print("\nio_uring features\n{}", probe.table());
  fmt::print("\nlibraries\n");
  for (const Library& library : kLibraries) fmt::print("{:<24} {}\n", library.name, library.version);
}

void print_json(const std::vector<Check>& checks, const uring::Probe& probe) {
  nlohmann::ordered_json report;
  for (const Check& check : checks) {
    report["checks"].push_back({{"name", check.name},
                                {"value", check.value},
                                {"verdict", name(check.verdict)},
                                {"change", check.change}});
  }
  report["features"] = nlohmann::ordered_json::array();
  for (const uring::Feature& feature : probe.features) {
    report["features"].push_back({{"name", feature.name},
                                  {"present", feature.present},
                                  {"needed", feature.needed},
                                  {"effect", feature.effect}});
  }
  for (const Library& library : kLibraries) report["libraries"][library.name] = library.version;
  fmt::print("{}\n", report.dump(2));
}

int examine_machine(const Options& options) {
  Sources sources;
  if (!options.file.empty()) sources.file = options.file;
  sources.environment = process_environment();
  const auto loaded = load_config(sources);
  if (!loaded) {
    for (const Finding& finding : loaded.error()) fmt::print(stderr, "{}\n", finding.to_string());
    return kWrongInput;
  }
  const std::vector<Check> checks = examine(read_facts("/proc"), loaded->config);
  (options.json ? print_json : print_text)(checks, uring::probe());
  const bool blocked = std::any_of(checks.begin(), checks.end(),
                                   [](const Check& check) { return check.verdict == Verdict::blocked; });
  return blocked ? kFailed : kDone;
}

}  // namespace

void add_doctor(CLI::App& app, int& status) {
  CLI::App* doctor =
      app.add_subcommand("doctor", "Say whether this machine suits a node, and what to change");
  const auto options = std::make_shared<Options>();
  doctor->add_option("--config", options->file, "Judge for this configuration instead of the default one")
      ->type_name("FILE");
  doctor->add_flag("--json", options->json, "Print one JSON object");
  doctor->footer(
      "status: 0 a node runs here, 1 it does not, 2 the configuration is wrong\n\n"
      "examples:\n  ringwire doctor\n  ringwire doctor --config node.toml --json");
  doctor->callback([&status, options] { status = examine_machine(*options); });
}

}  // namespace ringwire::command
