#include "tools/command/value.hpp"

#include <fmt/format.h>

namespace ringwire::command {
namespace {

std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
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
