#include "codec/wire/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace ringwire::wire {
namespace {

constexpr std::string_view kPrefix = "0x";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kQuantityDigitsMax = 64;

}  // namespace

void append_quantity(std::string& out, const Uint256& value) {
  const std::string digits = to_hex(value.to_be());
  const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  out += "\"0x";
  out += std::string_view(digits).substr(first);
  out += '"';
}

void append_data(std::string& out, ByteView bytes) {
  out += "\"0x";
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  out += '"';
}

void append_text(std::string& out, std::string_view text) {
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Malformed read_quantity(std::string_view text, Uint256& value) {
  if (!text.starts_with(kPrefix)) return Malformed::bad_text;
  const std::string_view digits = text.substr(kPrefix.size());
  if (digits.empty()) return Malformed::bad_text;
  if (digits.size() > kQuantityDigitsMax || (digits[0] == '0' && digits.size() > 1))
    return Malformed::bad_integer;
  std::string padded(kQuantityDigitsMax - digits.size(), '0');
  padded += digits;
  std::array<std::uint8_t, 32> bytes;
  if (!from_hex(padded, bytes)) return Malformed::bad_text;
  value = Uint256::from_be(bytes);
  return Malformed::none;
}

Malformed read_data(std::string_view text, ByteSpan out) {
  return text.starts_with(kPrefix) && from_hex(text, out) ? Malformed::none : Malformed::bad_text;
}

}  // namespace ringwire::wire
