#include "tools/sim/scenario_value.hpp"

#include <toml++/toml.h>

#include <charconv>
#include <limits>
#include <sstream>

#include "tools/sim/duration_text.hpp"

namespace ringwire::sim {

bool assign(bool& value, const toml::node& node) {
  if (node.is_boolean()) value = node.as_boolean()->get();
  return node.is_boolean();
}

bool assign(std::uint32_t& value, const toml::node& node) {
  constexpr std::uint32_t kRefused = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t given = node.is_integer() ? node.as_integer()->get() : -1;
  value = given < 0 || given > kRefused ? kRefused : static_cast<std::uint32_t>(given);
  return true;
}

bool assign(std::int64_t& value, const toml::node& node) {
  value = node.is_integer() ? node.as_integer()->get() : std::numeric_limits<std::int64_t>::min();
  return true;
}

bool assign(std::uint64_t& value, const toml::node& node) {
  value = std::numeric_limits<std::uint64_t>::max();
  const std::string digits = node.is_integer()  ? std::to_string(node.as_integer()->get())
                             : node.is_string() ? node.as_string()->get()
                                                : "";
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  value = number;
  return true;
}

bool assign(std::string& value, const toml::node& node) {
  value = node.is_string() ? node.as_string()->get() : "";
  return true;
}

bool assign(Duration& value, const toml::node& node) {
  value = (node.is_string() ? parse_duration(node.as_string()->get()) : std::nullopt).value_or(Duration{-1});
  return true;
}

bool assign(FaultKind& value, const toml::node& node) {
  const std::string given = node.is_string() ? node.as_string()->get() : "";
  std::uint8_t number = 0;
  while (number < kFaultKinds && given != name(FaultKind{number})) ++number;
  value = FaultKind{number};
  return true;
}

std::string literal(bool value) {
  return value ? "true" : "false";
}
std::string literal(std::uint32_t value) {
  return std::to_string(value);
}
std::string literal(std::int64_t value) {
  return std::to_string(value);
}
std::string literal(std::uint64_t value) {
  const bool is_toml = value <= std::numeric_limits<std::int64_t>::max();
  return is_toml ? std::to_string(value) : literal(std::to_string(value));
}
std::string literal(const std::string& value) {
  const toml::value<std::string> text(value);
  std::ostringstream out;
  out << toml::toml_formatter(text, toml::format_flags::allow_unicode_strings);
  return out.str();
}
std::string literal(Duration value) {
  return literal(duration_text(value));
}
std::string literal(FaultKind value) {
  return literal(std::string(name(value)));
}

}  // namespace ringwire::sim
