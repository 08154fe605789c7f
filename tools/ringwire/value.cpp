#include "tools/ringwire/value.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codec/base/ids.hpp"

namespace ringwire::command {
namespace {

std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// "4" or "0-3", appended to `cpus`.
bool parse_cpu_range(std::string_view text, std::vector<std::uint32_t>& cpus) {
  constexpr std::uint64_t kCpuMax = 1023;  // what cpu_set_t can name
  const std::size_t dash = text.find('-');
  const auto first = parse_digits(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_digits(text.substr(dash + 1));
  if (!first || !last || *first > *last || *last > kCpuMax) return false;
  for (std::uint64_t cpu = *first; cpu <= *last; ++cpu) {
    if (std::find(cpus.begin(), cpus.end(), cpu) != cpus.end()) return false;
    cpus.push_back(static_cast<std::uint32_t>(cpu));
  }
  return true;
}

}  // namespace

std::string toml_quoted(std::string_view text) {
  std::string literal = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') literal += '\\';
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) {
      literal += fmt::format("\\u{:04x}", character);
    } else {
      literal += character;
    }
  }
  return literal + '"';
}

std::string toml_list(const Texts& texts) {
  std::string literal;
  for (const std::string& text : texts) literal += (literal.empty() ? "" : ", ") + toml_quoted(text);
  return "[" + literal + "]";
}

std::optional<std::uint64_t> parse_number(const Texts& texts, std::uint64_t low, std::uint64_t high) {
  if (texts.size() != 1) return std::nullopt;
  const std::optional<std::uint64_t> number = parse_digits(texts[0]);
  if (!number || *number < low || *number > high) return std::nullopt;
  return number;
}

std::optional<std::vector<std::uint32_t>> parse_cpus(std::string_view text) {
  std::vector<std::uint32_t> cpus;
  while (true) {
    const std::size_t comma = text.find(',');
    if (!parse_cpu_range(text.substr(0, comma), cpus)) return std::nullopt;
    if (comma == std::string_view::npos) return cpus;
    text.remove_prefix(comma + 1);
  }
}

Value endpoint_list(std::vector<Endpoint> Config::*place) {
  return {Shape::list, "IP:PORT or [IP6]:PORT, repeatable",
          [place](Config& config, const Texts& texts) {
            std::vector<Endpoint> parsed;
            for (const std::string& each : texts) {
              const std::optional<Endpoint> endpoint = Endpoint::parse(each);
              if (!endpoint) return false;
              parsed.push_back(*endpoint);
            }
            config.*place = std::move(parsed);
            return true;
          },
          [place](const Config& config) {
            Texts texts;
            for (const Endpoint& each : config.*place) texts.push_back(each.to_string());
            return toml_list(texts);
          }};
}

Value maybe_endpoint(std::optional<Endpoint> Config::*place) {
  return {Shape::text, "IP:PORT or [IP6]:PORT",
          [place](Config& config, const Texts& texts) {
            const auto parsed = texts.size() == 1 ? Endpoint::parse(texts[0]) : std::nullopt;
            if (parsed) config.*place = *parsed;
            return parsed.has_value();
          },
          [place](const Config& config) {
            return config.*place ? toml_quoted((config.*place)->to_string()) : std::string();
          }};
}

Value maybe_address(std::optional<IpAddress> Config::*place) {
  return {Shape::text, "an IP address that others can dial, not 0.0.0.0 or ::",
          [place](Config& config, const Texts& texts) {
            const auto parsed = texts.size() == 1 ? IpAddress::parse(texts[0]) : std::nullopt;
            if (!parsed || parsed->is_unspecified()) return false;
            config.*place = *parsed;
            return true;
          },
          [place](const Config& config) {
            return config.*place ? toml_quoted((config.*place)->to_string()) : std::string();
          }};
}

}  // namespace ringwire::command
