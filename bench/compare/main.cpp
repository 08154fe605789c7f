#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "bench/compare/catalogue.hpp"
#include "bench/compare/machine.hpp"
#include "bench/compare/network_namespace.hpp"
#include "bench/compare/plot.hpp"
#include "bench/compare/recovery.hpp"
#include "bench/compare/report.hpp"

namespace {

using namespace ringwire::compare;

constexpr int kGateRepetitions = 15;

struct Options {
  std::string workload;
  std::string json;
  std::string plot;
  RunPlan plan;
  bool quick = false;
  bool gate = false;
};

enum Status { kMeasured = 0, kNotMeasured = 1, kWrongInput = 2 };

// A row or a family of rows.
bool is_wanted(const Comparison& row, const std::string& name) {
  return name.empty() || row.workload == name || row.workload.starts_with(name + "-");
}

void show_progress(const std::string& line) {
  if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K{}", line);
}

// Without a terminal a line per row is progress enough, and those are the table's.
void show(const std::string& text) {
  show_progress("");
  fmt::print("{}", text);
  std::fflush(stdout);
}

// In the network that is measured in, so that what is said of it is true.
Facts facts() {
  const auto entered = enter_private_network();
  Facts machine = describe_machine();
  machine.emplace_back("network",
                       entered.ok() ? "private namespace" : "the system's own: " + entered.error());
  machine.emplace_back("signature recovery", describe(measure_recovery()));
  return machine;
}

// Rows that could not be measured are named and do not keep the others from it.
Status measure_all(const std::vector<Comparison>& rows, const Options& options,
                   std::vector<Measured>& results) {
  Status status = kMeasured;
  for (const Comparison& row : rows) {
    try {
      const std::string place = fmt::format("row {} of {}: ", &row - rows.data() + 1, rows.size());
      results.push_back(
          measure(row, options.plan, [&](const std::string& line) { show_progress(place + line); }));
      show(table_row(results.back()));
    } catch (const std::runtime_error& error) {
      show(fmt::format("{}: {} against {}: not measured: {}\n", row.workload, row.subject, row.baseline,
                       error.what()));
      status = kNotMeasured;
    }
  }
  for (const Measured& row : derived(results)) {
    results.push_back(row);
    show(table_row(row));
  }
  return status;
}

bool write_file(const char* flag, const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (file.flush()) return true;
  fmt::print(stderr, "flag {}: cannot write {}\n", flag, path.string());
  return false;
}

bool write_reports(const Options& options, const Facts& machine, const std::vector<Measured>& results) {
  bool written = true;
  if (!options.json.empty()) written &= write_file("--json", options.json, report_json(machine, results));
  if (!options.plot.empty()) {
    const auto path = std::filesystem::path(options.plot) / "compare.svg";
    written &= write_file("--plot", path, report_svg(machine, results));
    fmt::print("plot: {}\n", path.string());
  }
  return written;
}

// Before anything is measured: an hour's work must not end at a wrong path.
bool can_write(const Options& options) {
  std::error_code error;
  if (!options.plot.empty()) std::filesystem::create_directories(options.plot, error);
  if (error) {
    fmt::print(stderr, "flag --plot: cannot make the directory {}: {}\n", options.plot, error.message());
    return false;
  }
  return options.json.empty() || write_file("--json", options.json, "");
}

// Each once: rows against several baselines share a name.
void list_names(const std::vector<Comparison>& rows, std::FILE* to) {
  std::set<std::string> listed;
  for (const Comparison& row : rows) {
    if (listed.insert(row.workload).second) fmt::print(to, "{}\n", row.workload);
  }
}

Status compare(const Options& options) {
  const std::vector<Comparison> all = options.quick ? quick_comparisons() : all_comparisons();
  if (options.workload == "list") {
    list_names(all, stdout);
    return kMeasured;
  }
  std::vector<Comparison> rows = all;
  std::erase_if(rows, [&](const Comparison& row) { return !is_wanted(row, options.workload); });
  if (rows.empty()) {
    fmt::print(stderr, "flag --workload: no workload or family is named {}; there are:\n", options.workload);
    list_names(all, stderr);
    return kWrongInput;
  }
  if (!can_write(options)) return kWrongInput;
  const Disturbance disturbance;
  Facts machine = facts();
  for (const auto& [name, value] : machine) fmt::print("{:<20} {}\n", name, value);
  // Half a second has passed: enough to warn whoever would wait for an hour.
  if (disturbance.since().matters()) fmt::print("WARNING              {}\n", describe(disturbance.since()));
  show(table_head());
  std::vector<Measured> results;
  const Status status = measure_all(rows, options, results);
  machine.emplace_back("meanwhile", describe(disturbance.since()));
  show(fmt::format("meanwhile {}\n", machine.back().second));
  return write_reports(options, machine, results) ? status : kNotMeasured;
}

void add_options(CLI::App& command, Options& options) {
  command
      .add_option("--workload", options.workload,
                  "Only this one, or this family (\"echo\"); \"list\" prints their names")
      ->type_name("NAME");
  command.add_option("--repetitions", options.plan.repetitions, "Runs of each side")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command.add_option("--seconds", options.plan.seconds, "Length of each run")
      ->check(CLI::Range(0.05, 60.0))
      ->capture_default_str();
  command.add_option("--json", options.json, "Write the results to FILE")->type_name("FILE");
  command.add_option("--plot", options.plot, "Write the results as a picture to DIR/compare.svg")
      ->type_name("DIR");
  auto* const quick =
      command.add_flag("--quick", options.quick, "Few workloads, three short runs: a first impression");
  command.add_flag("--gate", options.gate, "15 runs of each side: what a decision may rest on")
      ->excludes(quick);
  command.footer(
      "status: 0 measured (goals met or not), 1 something could not be measured, 2 wrong input\n\n"
      "examples:\n  ringwire-bench compare --quick\n"
      "  ringwire-bench compare --gate --json out.json --plot .\n"
      "  ringwire-bench compare --workload echo-256B-c512 --repetitions 9");
}

int run(int argc, char** argv) {
  CLI::App app{"ringwire-bench: what io_uring and the design are worth, measured side by side",
               "ringwire-bench"};
  app.require_subcommand(1);
  Options options;
  CLI::App* command =
      app.add_subcommand("compare", "Alternate subject and baseline, report medians and ratios");
  add_options(*command, options);
  Status status = kMeasured;
  command->callback([&] {
    if (options.quick) {
      options.plan.repetitions = std::min(options.plan.repetitions, 3);
      options.plan.seconds = std::min(options.plan.seconds, 0.5);
    }
    if (options.gate) options.plan.repetitions = std::max(options.plan.repetitions, kGateRepetitions);
    status = compare(options);
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kMeasured : kWrongInput;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ringwire-bench: %s\n", error.what());
    return kNotMeasured;
  }
}
