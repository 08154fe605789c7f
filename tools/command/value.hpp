// How one setting is read from text and written back: the same words in the file, the environment and a flag.
//
// A Value binds a place inside Config to its text form. Texts are what stands after a flag, between the
// commas of a variable, or in the TOML value; a list has any number of them, everything else exactly one.
// literal() writes TOML that assign() reads back; it is empty where a setting without a default is not set.
#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "engine/api/config.hpp"

namespace ringwire::command {

using Texts = std::vector<std::string>;

enum class Shape : std::uint8_t { toggle, number, text, list };

struct Value {
  Shape shape = Shape::text;
  std::string accepted;                               // "a number from 0 to 64"
  std::function<bool(Config&, const Texts&)> assign;  // false, and Config unchanged, for what is not accepted
  std::function<std::string(const Config&)> literal;
};

// "text" with TOML's quotes and escapes.
std::string toml_quoted(std::string_view text);
std::string toml_list(const Texts& texts);

// `place` maps a Config& to a reference into it, for const and mutable ones alike.
template <class Place>
Value toggle(Place place) {
  return {Shape::toggle, "true or false",
          [place](Config& config, const Texts& texts) {
            if (texts.size() != 1 || (texts[0] != "true" && texts[0] != "false")) return false;
            place(config) = texts[0] == "true";
            return true;
          },
          [place](const Config& config) { return std::string(place(config) ? "true" : "false"); }};
}

std::optional<std::uint64_t> parse_number(const Texts& texts, std::uint64_t low, std::uint64_t high);

template <class Place>
Value number(Place place, std::uint64_t low, std::uint64_t high) {
  using Number = std::remove_cvref_t<decltype(place(std::declval<Config&>()))>;
  return {Shape::number, "a number from " + std::to_string(low) + " to " + std::to_string(high),
          [=](Config& config, const Texts& texts) {
            const std::optional<std::uint64_t> parsed = parse_number(texts, low, high);
            if (parsed) place(config) = static_cast<Number>(*parsed);
            return parsed.has_value();
          },
          [place](const Config& config) { return std::to_string(place(config)); }};
}

template <class Place>
Value power_of_two(Place place, std::uint64_t low, std::uint64_t high) {
  Value value = number(place, low, high);
  value.accepted = "a power of two from " + std::to_string(low) + " to " + std::to_string(high);
  value.assign = [assign = value.assign](Config& config, const Texts& texts) {
    const auto parsed = parse_number(texts, 1, UINT64_MAX);
    return parsed && (*parsed & (*parsed - 1)) == 0 && assign(config, texts);
  };
  return value;
}

// One of a few words. `words` lists the enum's values from 0 on.
template <class Place>
Value choice(Place place, const std::vector<std::string>& words) {
  using Enum = std::remove_cvref_t<decltype(place(std::declval<Config&>()))>;
  std::string accepted = "one of";
  for (const std::string& word : words) accepted += " " + word;
  return {Shape::text, std::move(accepted),
          [=](Config& config, const Texts& texts) {
            for (std::size_t i = 0; texts.size() == 1 && i < words.size(); ++i) {
              if (texts[0] != words[i]) continue;
              place(config) = static_cast<Enum>(i);
              return true;
            }
            return false;
          },
          [=](const Config& config) { return toml_quoted(words[static_cast<std::size_t>(place(config))]); }};
}

// Text that `valid` accepts; empty text is always accepted and means "not set".
template <class Place>
Value text(Place place, std::string accepted, bool (*valid)(std::string_view)) {
  return {Shape::text, std::move(accepted),
          [=](Config& config, const Texts& texts) {
            if (texts.size() != 1 || !(texts[0].empty() || valid(texts[0]))) return false;
            place(config) = texts[0];
            return true;
          },
          [place](const Config& config) { return toml_quoted(place(config)); }};
}

template <class Place>
Value text_list(Place place, std::string accepted, bool (*valid)(std::string_view)) {
  return {Shape::list, std::move(accepted),
          [=](Config& config, const Texts& texts) {
            for (const std::string& each : texts) {
              if (!valid(each)) return false;
            }
            place(config) = texts;
            return true;
          },
          [place](const Config& config) { return toml_list(place(config)); }};
}

Value endpoint_list(std::vector<Endpoint> Config::*place);
Value maybe_endpoint(std::optional<Endpoint> Config::*place);
Value maybe_address(std::optional<IpAddress> Config::*place);

}  // namespace ringwire::command
