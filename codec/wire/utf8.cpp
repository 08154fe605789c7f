#include "codec/wire/utf8.hpp"

#include <cstdint>

namespace ringwire::wire {
namespace {

struct Lead {
  std::size_t followers;
  std::uint8_t second_min;  // what the second byte may be: here overlong forms and surrogates end
  std::uint8_t second_max;
};

// followers 0: no lead byte. Source: Unicode 15, table 3-7.
constexpr Lead lead_of(std::uint8_t byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (at(i) < 0x80) continue;
    const Lead lead = lead_of(at(i));
    if (lead.followers == 0 || text.size() - i <= lead.followers) return false;
    if (at(i + 1) < lead.second_min || at(i + 1) > lead.second_max) return false;
    for (std::size_t k = 2; k <= lead.followers; ++k) {
      if ((at(i + k) & 0xC0) != 0x80) return false;
    }
    i += lead.followers;
  }
  return true;
}

}  // namespace ringwire::wire
