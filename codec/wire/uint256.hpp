// A 256-bit unsigned number, as fees and values are: compared and multiplied without silent overflow.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"

namespace ringwire::wire {

struct Uint256 {
  // Most significant first, so that the default order is the numeric one.
  std::array<std::uint64_t, 4> words{};

  constexpr Uint256() = default;
  constexpr Uint256(std::uint64_t small) : words{0, 0, 0, small} {}
  // At most 32 bytes, most significant first.
  static Uint256 from_be(ByteView bytes);

  auto operator<=>(const Uint256&) const = default;

  [[nodiscard]] std::array<std::uint8_t, 32> to_be() const;
  // The value, or the largest there is.
  [[nodiscard]] std::uint64_t saturated_u64() const;
};

// Nothing on overflow.
std::optional<Uint256> multiply(const Uint256& a, std::uint64_t b);

}  // namespace ringwire::wire
