#include "tools/command/sim_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/command/table.hpp"
#include "tools/sim/duration_text.hpp"
#include "tools/sim/run.hpp"

namespace ringwire::command {
namespace {

using Json = nlohmann::ordered_json;
using Align = Table::Align;

double seconds(Duration value) {
  return static_cast<double>(value.count()) / 1e9;
}

double micros(Duration value) {
  return static_cast<double>(value.count()) / 1e3;
}

std::optional<double> ratio(double part, double whole) {
  return whole > 0 ? std::optional(part / whole) : std::nullopt;
}

std::optional<double> ratio(std::uint64_t part, std::uint64_t whole) {
  return ratio(static_cast<double>(part), static_cast<double>(whole));
}

std::string plural(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Down, not to the nearest: 100 % means that nothing is missing.
std::string percent_down(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  const std::uint64_t hundredths = part * 10'000 / whole;
  return fmt::format("{}.{:02} %", hundredths / 100, hundredths % 100);
}

std::uint64_t delivered_elsewhere(const sim::RunReport& report) {
  const std::uint64_t all = report.delivered + report.late;
  return all > report.published ? all - report.published : 0;
}

// What peers sent beyond the one message that led to each delivery at a node other than the publisher.
std::uint64_t duplicates(const sim::RunReport& report) {
  const std::uint64_t needed = delivered_elsewhere(report);
  return report.received > needed ? report.received - needed : 0;
}

std::string trace_text(const sim::RunReport& report) {
  return fmt::format("{:016x}", report.trace);
}

// --- the table

constexpr std::array kLatencies{"p50", "p90", "p99", "max"};

void add_messages(Table& table, const sim::RunReport& report) {
  table.add({"delivered", percent_down(report.delivered, report.expected),
             fmt::format("{} of {}, of {}", report.delivered, report.expected,
                         plural(report.published, "message"))});
  for (std::size_t i = 0; i < kLatencies.size(); ++i) {
    const bool known = delivered_elsewhere(report) > 0;
    table.add({fmt::format("latency {}", kLatencies[i]),
               known ? format_delay(micros(report.latency[i])) : "-",
               i == 0 ? "from publishing to delivery at another node" : ""});
  }
  const auto extra = ratio(duplicates(report), report.delivered + report.late);
  table.add({"duplicates", extra ? fmt::format("{:.2f}", *extra) : "-", "received per delivery"});
}

void add_datagrams(Table& table, const sim::RunReport& report) {
  const sim::DatagramFigures& own = report.datagrams;
  if (own.sent == 0) return;
  table.add({"datagrams", percent_down(own.arrived, own.sent),
             fmt::format("{} of {}; {} twice, {} out of turn, {} damaged", own.arrived, own.sent, own.doubled,
                         own.overtaken, own.damaged)});
  table.add({"answered", percent_down(own.answered, own.asked),
             fmt::format("{} of {}, asked in datagrams", own.answered, plural(own.asked, "question"))});
}

void add_costs(Table& table, const sim::RunReport& report) {
  const auto bytes = ratio(report.bytes_sent, report.scenario.nodes);
  table.add({"sent", format_bytes(bytes.value_or(0)), "per node"});
  table.add({"sessions opened", fmt::to_string(report.sessions), "by all nodes, each end counted"});
  const auto used = ratio(report.heap_peak, report.heap_plan);
  const std::string share = used ? fmt::format("{:.1f} % of ", *used * 100) : "of ";
  table.add({"peak heap", format_bytes(static_cast<double>(report.heap_peak)),
             share + format_bytes(static_cast<double>(report.heap_plan)) + " planned, the fullest node"});
  table.add({"recovered in", format_age(seconds(report.recovered)),
             "from the end of the faults until all were connected"});
}

void add_speed(Table& table, const sim::RunReport& report) {
  const auto speed = ratio(seconds(report.simulated), report.real_seconds);
  table.add({"simulated", speed ? format_rate(*speed) + " s" : "-",
             fmt::format("per real second, {} in {:.1f} s", format_age(seconds(report.simulated)),
                         report.real_seconds)});
  const auto rate = ratio(static_cast<double>(report.happenings), report.real_seconds);
  const std::string per_second = rate ? format_rate(*rate) + " per real second, " : "";
  table.add({"happenings", fmt::to_string(report.happenings),
             per_second + plural(report.turns, "turn") + " of shards"});
}

std::string list_violations(const std::vector<sim::Violation>& violations) {
  if (violations.empty()) return "no violations\n";
  std::string text = plural(violations.size(), "violation") + "\n";
  const std::size_t shown = std::min(violations.size(), kViolationsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const sim::Violation& violation = violations[i];
    text += fmt::format("{:>8.3f} s  {}: {}\n", seconds(violation.at), violation.rule, violation.text);
  }
  if (violations.size() > shown) text += fmt::format("and {} more\n", violations.size() - shown);
  return text;
}

// --- JSON

Json fault_json(const sim::Fault& fault) {
  const sim::FaultShape& shape = sim::shape_of(fault.kind);
  Json json{{"kind", sim::name(fault.kind)}, {"at_s", seconds(fault.at)}, {"node", fault.node}};
  if (shape.lasts) json["lasts_s"] = seconds(fault.lasts);
  if (shape.other) json["other"] = fault.other;
  if (shape.amount) json["amount"] = fault.amount;
  return json;
}

Json scenario_json(const sim::Scenario& scenario) {
  const sim::LinkOptions& link = scenario.link;
  const sim::TrafficOptions& traffic = scenario.traffic;
  const sim::DatagramOptions& datagrams = scenario.datagrams;
  Json json{
      {"name", scenario.name},
      {"seed", scenario.seed},
      {"nodes", scenario.nodes},
      {"shards", scenario.shards},
      {"degree", scenario.degree},
      {"tls", scenario.tls},
      {"length_s", seconds(scenario.length)},
      {"joining_s", seconds(scenario.joining)},
      {"patience_s", seconds(scenario.patience)},
      {"recovery_s", seconds(sim::Scenario::kRecovery)},
      {"heap_bytes_per_shard", std::uint64_t{scenario.heap_mb} << 20},
      {"link",
       {{"latency_min_us", micros(link.latency_min)},
        {"latency_max_us", micros(link.latency_max)},
        {"jitter_us", micros(link.jitter)},
        {"bytes_per_second", link.bytes_per_second},
        {"lost_per_million", link.lost_per_million},
        {"split", link.split}}},
      {"traffic",
       {{"per_second", traffic.per_second},
        {"bytes_min", traffic.bytes_min},
        {"bytes_max", traffic.bytes_max},
        {"topics_per_hundred", traffic.topics_per_hundred}}},
      {"datagrams",
       {{"per_second", datagrams.per_second},
        {"bytes_max", datagrams.bytes_max},
        {"lost_per_million", datagrams.lost_per_million},
        {"doubled_per_million", datagrams.doubled_per_million},
        {"delayed_per_million", datagrams.delayed_per_million},
        {"corrupted_per_million", datagrams.corrupted_per_million}}},
      {"faults", Json::array()},
  };
  for (const sim::Fault& fault : scenario.faults) json["faults"].push_back(fault_json(fault));
  return json;
}

Json latency_json(const sim::RunReport& report) {
  Json json;
  for (std::size_t i = 0; i < kLatencies.size(); ++i) json[kLatencies[i]] = micros(report.latency[i]);
  return json;
}

Json propagation_json(const sim::RunReport& report) {
  Json json = Json::array();
  for (const sim::PropagationPoint& point : report.propagation)
    json.push_back({{"after_us", micros(point.after)}, {"median", point.median}, {"worst", point.worst}});
  return json;
}

Json datagrams_json(const sim::DatagramFigures& figures) {
  return {{"sent", figures.sent},           {"arrived", figures.arrived}, {"doubled", figures.doubled},
          {"overtaken", figures.overtaken}, {"damaged", figures.damaged}, {"asked", figures.asked},
          {"answered", figures.answered}};
}

Json violations_json(const sim::RunReport& report) {
  Json json = Json::array();
  for (const sim::Violation& violation : report.violations)
    json.push_back({{"rule", violation.rule}, {"at_s", seconds(violation.at)}, {"text", violation.text}});
  return json;
}

Json or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

// --- the scenario

const char* security_text(const sim::Scenario& scenario) {
  if (!scenario.tls) return "plaintext";
  return sim::repeats(scenario) ? "TLS" : "TLS that does not repeat with this wolfSSL";
}

std::string world_line(const sim::Scenario& scenario) {
  const std::string degree =
      scenario.degree == 0 ? "connected to all others" : fmt::format("degree {}", scenario.degree);
  std::string line = fmt::format(
      "{}, seed {}: {}, each of {}, {}, {}, {} + {} of recovery", scenario.name, scenario.seed,
      plural(scenario.nodes, "node"), plural(scenario.shards, "shard"), degree, security_text(scenario),
      sim::duration_text(scenario.length), sim::duration_text(sim::Scenario::kRecovery));
  if (scenario.joining > 0s) line += ", joining within " + sim::duration_text(scenario.joining);
  return line + fmt::format(", heap {} MiB per shard\n", scenario.heap_mb);
}

std::string link_text(const sim::LinkOptions& link) {
  std::string text = "links " + sim::duration_text(link.latency_min);
  if (link.latency_max != link.latency_min) text += " to " + sim::duration_text(link.latency_max);
  if (link.jitter > 0s) text += ", jitter " + sim::duration_text(link.jitter);
  if (link.bytes_per_second > 0)
    text += fmt::format(", {}/s", format_bytes(static_cast<double>(link.bytes_per_second)));
  if (link.lost_per_million > 0) text += fmt::format(", {} % lost", link.lost_per_million / 1e4);
  return text + (link.split ? ", segments cut anywhere" : ", segments whole");
}

std::string traffic_text(const sim::TrafficOptions& traffic) {
  if (traffic.per_second == 0) return "no traffic";
  std::string text = plural(traffic.per_second, "message") + "/s of " + fmt::to_string(traffic.bytes_min);
  if (traffic.bytes_max != traffic.bytes_min) text += fmt::format(" to {}", traffic.bytes_max);
  text += " B";
  if (traffic.topics_per_hundred > 0) text += fmt::format(", {} % to topics", traffic.topics_per_hundred);
  return text;
}

std::string datagrams_text(const sim::DatagramOptions& datagrams) {
  if (datagrams.per_second == 0) return {};
  std::string text = "; " + plural(datagrams.per_second, "question") + "/s in datagrams";
  const auto add = [&text](std::uint32_t per_million, const char* what) {
    if (per_million > 0) text += fmt::format(", {} % {}", per_million / 1e4, what);
  };
  add(datagrams.lost_per_million, "lost");
  add(datagrams.doubled_per_million, "doubled");
  add(datagrams.delayed_per_million, "late");
  add(datagrams.corrupted_per_million, "damaged");
  return text;
}

}  // namespace

std::string format_line(const sim::TraceLine& line) {
  // As wide as the longest name of a fault.
  return fmt::format("{:>8.3f} s  {:<10}  {}", seconds(line.at), line.what, line.text);
}

std::string describe_scenario(const sim::Scenario& scenario) {
  const std::string faults = scenario.faults.empty() ? "no faults" : plural(scenario.faults.size(), "fault");
  return world_line(scenario) + fmt::format("{}; {}{}; {}\n", link_text(scenario.link),
                                            traffic_text(scenario.traffic),
                                            datagrams_text(scenario.datagrams), faults);
}

std::string summary(const sim::RunReport& report) {
  Table table({{"what", Align::left}, {"value"}, {"", Align::left}});
  add_messages(table, report);
  add_datagrams(table, report);
  add_costs(table, report);
  add_speed(table, report);
  return table.text() + list_violations(report.violations) + "trace " + trace_text(report) + "\n";
}

std::string report_json(const sim::RunReport& report) {
  const Json json{
      {"scenario", scenario_json(report.scenario)},
      {"trace", trace_text(report)},
      {"ok", report.ok()},
      {"simulated_s", seconds(report.simulated)},
      {"real_s", report.real_seconds},
      {"happenings", report.happenings},
      {"turns", report.turns},
      {"published", report.published},
      {"expected", report.expected},
      {"delivered", report.delivered},
      {"late", report.late},
      {"received", report.received},
      {"delivered_of_expected", or_null(ratio(report.delivered, report.expected))},
      {"duplicates_per_delivery", or_null(ratio(duplicates(report), report.delivered + report.late))},
      {"latency_us", latency_json(report)},
      {"datagrams", datagrams_json(report.datagrams)},
      {"sent_bytes", report.bytes_sent},
      {"sessions", report.sessions},
      {"heap_peak_bytes", report.heap_peak},
      {"heap_plan_bytes", report.heap_plan},
      {"recovered_s", seconds(report.recovered)},
      {"violations", violations_json(report)},
      {"propagation", propagation_json(report)},
  };
  return json.dump() + "\n";
}

}  // namespace ringwire::command
