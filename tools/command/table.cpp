#include "tools/command/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "codec/base/check.hpp"

namespace ringwire::command {
namespace {

// Two significant digits below ten, whole numbers above.
std::string short_number(double value) {
  return std::abs(value) < 9.95 && value != std::floor(value) ? fmt::format("{:.1f}", value)
                                                              : fmt::format("{:.0f}", value);
}

}  // namespace

void Table::add(std::vector<std::string> row) {
  RW_ASSERT(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(columns_[i].title.size());
    for (const auto& row : rows_) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  const auto line = [&](const auto& cell) {
    std::string text;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) text += "  ";
      const bool right = columns_[i].align == Align::right;
      text += right ? fmt::format("{:>{}}", cell(i), widths[i]) : fmt::format("{:<{}}", cell(i), widths[i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

std::string format_bytes(double bytes) {
  static constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  const std::string number =
      unit > 0 && bytes < 9.95 ? fmt::format("{:.1f}", bytes) : fmt::format("{:.0f}", bytes);
  return number + " " + kUnits[unit];
}

std::string format_delay(double microseconds) {
  if (microseconds < 999.5) return short_number(microseconds) + " us";
  if (microseconds < 999'500) return short_number(microseconds / 1e3) + " ms";
  return short_number(microseconds / 1e6) + " s";
}

std::string format_age(double seconds) {
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86'400) return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86'400, whole / 3600 % 24);
}

std::string format_rate(double per_second) {
  return short_number(per_second);
}

}  // namespace ringwire::command
