#include "tools/command/sim_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string_view>
#include <utility>

#include "tools/sim/library.hpp"
#include "tools/sim/scenario_file.hpp"

namespace ringwire::command {
namespace {

using Lines = std::vector<std::string>;

bool is_path(std::string_view text) {
  return text.ends_with(".toml") || text.find('/') != text.npos;
}

Duration length_of(double minutes) {
  return std::chrono::milliseconds(std::llround(minutes * 60'000));
}

// Letters to add, take away or replace until one is the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string nearest(std::string_view given) {
  const auto entries = sim::library();
  const auto best = std::min_element(entries.begin(), entries.end(), [given](const auto& a, const auto& b) {
    return distance(given, a.name) < distance(given, b.name);
  });
  return best == entries.end() ? "none" : best->name;
}

Result<sim::Scenario, Lines> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path))
    return Failure{Lines{path + ": cannot be read: name a TOML file that this user may read"}};
  return sim::read_scenario(std::string{std::istreambuf_iterator<char>(stream), {}}, path);
}

Chosen chosen_entry(const sim::LibraryEntry& entry, const SimChoice& choice) {
  return {choice.seed.value_or(1), [&entry, choice](std::uint64_t seed) {
            sim::Scenario scenario = sim::make_scenario(entry, seed, choice.nodes, length_of(choice.minutes));
            scenario.tls = choice.tls.value_or(scenario.tls);
            return scenario;
          }};
}

Chosen chosen_file(sim::Scenario scenario, const SimChoice& choice) {
  if (choice.nodes > 0) scenario.nodes = choice.nodes;
  if (choice.minutes > 0) scenario.length = length_of(choice.minutes);
  scenario.tls = choice.tls.value_or(scenario.tls);
  return {choice.seed.value_or(scenario.seed), [scenario](std::uint64_t seed) {
            sim::Scenario seeded = scenario;
            seeded.seed = seed;
            return seeded;
          }};
}

}  // namespace

Result<Chosen, Lines> choose(const SimChoice& choice) {
  Chosen chosen;
  if (const sim::LibraryEntry* entry = sim::find_scenario(choice.scenario)) {
    chosen = chosen_entry(*entry, choice);
  } else if (is_path(choice.scenario)) {
    auto scenario = read_file(choice.scenario);
    if (!scenario.ok()) return Failure{scenario.error()};
    chosen = chosen_file(std::move(*scenario), choice);
  } else {
    return Failure{Lines{fmt::format(
        "SCENARIO: accepted: a name that ringwire sim --list prints, or FILE.toml; given: {}; nearest: {}",
        choice.scenario, nearest(choice.scenario))}};
  }
  Lines wrong;
  for (const sim::ScenarioFinding& finding : sim::check(chosen.make(chosen.seed)))
    wrong.push_back(fmt::format("{}: {}: {}", choice.scenario, finding.key, finding.text));
  if (!wrong.empty()) return Failure{std::move(wrong)};
  return chosen;
}

std::string command_line(const SimChoice& choice, std::uint64_t seed) {
  std::string line = fmt::format("ringwire sim {} --seed {}", choice.scenario, seed);
  if (choice.nodes > 0) line += fmt::format(" --nodes {}", choice.nodes);
  if (choice.minutes > 0) line += fmt::format(" --minutes {}", choice.minutes);
  if (choice.tls) line += *choice.tls ? " --tls" : " --no-tls";
  return line;
}

}  // namespace ringwire::command
