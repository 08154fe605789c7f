#include "tools/command/load_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/command/table.hpp"

namespace ringwire::command {
namespace {

double micros(Duration value) {
  return static_cast<double>(value.count()) / 1000;
}

}  // namespace

std::string LoadReport::to_table() const {
  std::string table;
  const auto line = [&](const std::string& what, const std::string& value) {
    table += fmt::format("{:<31} {}\n", what, value);
  };
  const bool pings = kind == "ping";
  const bool requests = kind == "request";
  const char* what = pings ? "pings sent" : "transactions published";
  line(requests ? "requests sent" : what, fmt::format("{} over {} connection{} in {:.1f} s", published,
                                                      connections, connections == 1 ? "" : "s", seconds));
  line("throughput", fmt::format("{:.0f}/s", rate()));
  if (requests) {
    line(checked ? "answered with the same bytes" : "answered",
         fmt::format("{} of {}", delivered, published));
    line("lost, answered twice, late", fmt::format("{}, {}, {}", lost, duplicated, late));
    if (altered > 0) line("answered with other bytes", fmt::format("{}", altered));
  } else if (pings) {
    line("answered", fmt::format("{}", delivered));
  } else if (checked) {
    line(fmt::format("delivered exactly once on {}", nodes == 1 ? "the node" : fmt::format("all {}", nodes)),
         fmt::format("{} of {}", delivered, published));
  }
  if ((checked || pings) && !requests) line("lost, duplicated", fmt::format("{}, {}", lost, duplicated));
  if (latency.count() > 0) {
    const auto at = [&](std::uint32_t ppm) { return format_delay(micros(latency.quantile_ppm(ppm))); };
    const char* way = pings ? "ping to pong" : "publish to delivery";
    line(requests ? "request to answer" : way, fmt::format("p50 {}, p99 {}, p99.9 {}, max {}", at(500'000),
                                                           at(990'000), at(999'000), at(1'000'000)));
  }
  if (copied_per_relayed) line("bytes copied per byte relayed", fmt::format("{:.2f}", *copied_per_relayed));
  if (unknown > 0)
    line("not of this run", fmt::format("{} {}", unknown, requests ? "answers" : "deliveries"));
  for (const auto& [reason, times] : failures)
    line("connections that failed", fmt::format("{} x {}", times, reason));
  return table;
}

std::string LoadReport::to_json() const {
  nlohmann::ordered_json json{
      {"published", published},
      {"delivered", delivered},
      {"lost", lost},
      {"duplicated", duplicated},
      {"rate", rate()},
      {"latency_us",
       {{"p50", micros(latency.quantile_ppm(500'000))},
        {"p99", micros(latency.quantile_ppm(990'000))},
        {"p999", micros(latency.quantile_ppm(999'000))},
        {"max", micros(latency.quantile_ppm(1'000'000))}}},
  };
  if (kind == "request") {
    json["late"] = late;
    json["altered"] = altered;
    json["unknown"] = unknown;
  } else if (checked) {
    json["nodes"] = nodes;
  }
  if (!failures.empty()) json["failures"] = failures;
  if (copied_per_relayed) json["copied_per_relayed"] = *copied_per_relayed;
  return json.dump() + "\n";
}

}  // namespace ringwire::command
