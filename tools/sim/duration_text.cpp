#include "tools/sim/duration_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace ringwire::sim {
namespace {

constexpr std::uint64_t kBillion = 1'000'000'000;
constexpr std::size_t kDecimalsMax = 9;

struct Unit {
  std::string_view name;
  std::uint64_t ns;
};
// The last four, from the largest on, are those that are written.
constexpr Unit kUnits[] = {{"h", 3600 * kBillion}, {"min", 60 * kBillion}, {"s", kBillion},
                           {"ms", 1'000'000},      {"us", 1'000},          {"ns", 1}};
constexpr std::size_t kWritten = 2;

// The digits at the front of `text`, taken from it.
std::string_view take_digits(std::string_view& text) {
  const auto* end =
      std::find_if(text.begin(), text.end(), [](char each) { return each < '0' || each > '9'; });
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

std::optional<std::uint64_t> to_number(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// So many billionths of a unit, in nanoseconds.
std::optional<std::uint64_t> part_ns(std::uint64_t billionths, std::uint64_t unit_ns) {
  if (unit_ns >= kBillion) return billionths * (unit_ns / kBillion);
  const std::uint64_t divisor = kBillion / unit_ns;
  if (billionths % divisor != 0) return std::nullopt;
  return billionths / divisor;
}

std::optional<Duration> make_duration(std::string_view whole, std::string_view decimals,
                                      std::uint64_t unit_ns) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  const std::optional<std::uint64_t> units = to_number(whole);
  std::string billionths(decimals);
  billionths.resize(kDecimalsMax, '0');
  const std::optional<std::uint64_t> part = part_ns(*to_number(billionths), unit_ns);
  if (!units || !part || *units > (kMax - *part) / unit_ns) return std::nullopt;
  return Duration(static_cast<std::int64_t>(*units * unit_ns + *part));
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const std::string_view whole = take_digits(text);
  std::string_view decimals;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    decimals = take_digits(text);
    if (decimals.empty() || decimals.size() > kDecimalsMax) return std::nullopt;
  }
  for (const Unit& unit : kUnits) {
    if (text == unit.name) return make_duration(whole, decimals, unit.ns);
  }
  return std::nullopt;
}

std::string duration_text(Duration duration) {
  const auto bits = static_cast<std::uint64_t>(duration.count());
  const std::string sign = duration.count() < 0 ? "-" : "";
  const std::uint64_t ns = sign.empty() ? bits : 0 - bits;  // the least one has no negative
  if (ns == 0) return "0s";
  const Unit* unit = kUnits + kWritten;
  while (ns < unit->ns) ++unit;
  std::string text = sign + std::to_string(ns / unit->ns);
  if (const std::uint64_t part = ns % unit->ns; part != 0) {
    std::string decimals = fmt::format("{:09}", part * (kBillion / unit->ns));
    decimals.erase(decimals.find_last_not_of('0') + 1);
    text += "." + decimals;
  }
  return text.append(unit->name);
}

}  // namespace ringwire::sim
