#include "tools/command/load_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace ringwire::command {
namespace {

double micros(Duration value) {
  return static_cast<double>(value.count()) / 1000;
}

}  // namespace

std::string LoadReport::to_table() const {
  std::string table;
  const auto line = [&](const char* what, const std::string& value) {
    table += fmt::format("{:<28} {}\n", what, value);
  };
  line("published",
       fmt::format("{} {} over {} connections in {:.1f} s", published, kind, connections, seconds));
  line("rate", fmt::format("{:.0f}/s", rate()));
  if (kind == "ping") {
    line("answered", fmt::format("{}", delivered));
  } else if (checked) {
    line("exactly once on every node", fmt::format("{} of {}", delivered, published));
  }
  if (checked || kind == "ping") line("lost, duplicated", fmt::format("{}, {}", lost, duplicated));
  if (latency.count() > 0) {
    line(kind == "ping" ? "ping to pong, us" : "publish to delivery, us",
         fmt::format("p50 {:.0f}  p99 {:.0f}  p99.9 {:.0f}  max {:.0f}",
                     micros(latency.quantile_ppm(500'000)), micros(latency.quantile_ppm(990'000)),
                     micros(latency.quantile_ppm(999'000)), micros(latency.quantile_ppm(1'000'000))));
  }
  if (unknown > 0) line("not of this run", fmt::format("{} deliveries", unknown));
  for (const auto& [reason, times] : failures)
    line("connections that failed", fmt::format("{} x {}", times, reason));
  return table;
}

std::string LoadReport::to_json() const {
  const nlohmann::ordered_json json{
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
  return json.dump() + "\n";
}

}  // namespace ringwire::command
