#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/compare/report.hpp"

namespace ringwire::compare {
namespace {

// Four significant digits, without an exponent: values of rows lie between nanoseconds and bytes.
std::string number(double value) {
  if (value == 0) return "0";
  const int digits = static_cast<int>(std::floor(std::log10(std::fabs(value)))) + 1;
  return fmt::format("{:.{}f}", value, std::clamp(4 - digits, 0, 6));
}

std::string thousands_per_second(double rate) {
  return rate == 0 ? "" : number(rate / 1000);
}

std::string figures(const std::string& who, const Side& side) {
  std::string lines;
  for (const auto& [name, value] : side.also) {
    lines += fmt::format("    {}: {} {}\n", who, number(value), name);
  }
  return lines;
}

constexpr const char* kColumns = "{:<24} {:<19} {:<16} {:>8} {:>8} {:>8} {:>7} {:>7} {:<4} {:>8} {:>8}  {}\n";

}  // namespace

std::string table_head() {
  return "medians; ratio above 1: the subject is better, but where the goal is <=, there it is subject / "
         "baseline\n" +
         fmt::format(kColumns, "workload", "subject", "baseline", "subject", "baseline", "ratio", "spread",
                     "goal", "", "K/s", "K/s base", "metric");
}

std::string table_row(const Measured& row) {
  const bool at_least = row.goal.kind == Goal::Kind::ratio_at_least;
  return fmt::format(kColumns, row.workload, row.subject_name, row.baseline_name,
                     number(row.subject.value.median), number(row.baseline.value.median),
                     fmt::format("{:.3f}", row.ratio.median),
                     fmt::format("{:.1f}%", row.ratio.spread() * 100),
                     fmt::format("{}{:.2f}", at_least ? "" : "<=", row.ratio_goal()),
                     row.met() ? "met" : "no", thousands_per_second(row.subject.messages_per_second.median),
                     thousands_per_second(row.baseline.messages_per_second.median), row.metric.name) +
         figures(row.subject_name, row.subject) + figures(row.baseline_name, row.baseline);
}

}  // namespace ringwire::compare
