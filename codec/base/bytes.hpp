// Bytes as everybody here says them: views never own, integers on the wire are big-endian.
//
// A view is valid as long as the storage behind it; a function that keeps bytes takes a Slice instead
// (codec/base/slice.hpp) or copies them through copy_counted (codec/base/copy.hpp).
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ringwire {

using ByteView = std::span<const std::uint8_t>;
using ByteSpan = std::span<std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads an unsigned integer of sizeof(T) bytes, most significant first. `from` must hold sizeof(T) bytes.
template <std::unsigned_integral T>
T load_be(const std::uint8_t* from) {
  T value{};
  __builtin_memcpy(&value, from, sizeof value);
  if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

// Writes `value` most significant byte first. `to` must have room for sizeof(T) bytes.
template <std::unsigned_integral T>
void store_be(std::uint8_t* to, T value) {
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
    if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
  }
  __builtin_memcpy(to, &value, sizeof value);
}

// An integer of at most 8 bytes, most significant first: `bytes` of them, in no more than two loads.
inline std::uint64_t load_be_short(const std::uint8_t* from, std::size_t bytes) {
  if (bytes == 8) return load_be<std::uint64_t>(from);
  if (bytes >= 4) {
    const std::uint64_t high = load_be<std::uint32_t>(from);
    return high << (8 * (bytes - 4)) | load_be<std::uint32_t>(from + bytes - 4);
  }
  if (bytes == 0) return 0;
  // Of 1 to 3 bytes: first, middle and last, some of them the same.
  const std::size_t last = bytes - 1;
  return std::uint64_t{from[0]} << (8 * last) | std::uint64_t{from[bytes / 2]} << (8 * (last - bytes / 2)) |
         from[last];
}

// The low `bytes` bytes, at most 8, in no more than three stores.
inline void store_be_short(std::uint8_t* to, std::uint64_t value, std::size_t bytes) {
  if (bytes == 8) return store_be(to, value);
  if (bytes >= 4) {
    store_be(to, static_cast<std::uint32_t>(value >> (8 * (bytes - 4))));
    store_be(to + bytes - 4, static_cast<std::uint32_t>(value));
    return;
  }
  if (bytes == 0) return;
  to[0] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1)));
  to[bytes / 2] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - bytes / 2)));
  to[bytes - 1] = static_cast<std::uint8_t>(value);
}

// Of the shortest big-endian form; 0 has none.
constexpr std::size_t significant_bytes(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8;
}

// Lower-case hexadecimal without prefix.
std::string to_hex(ByteView bytes);

// Decodes exactly 2 * out.size() hexadecimal digits of either case, an optional "0x" before them.
// False (and `out` unspecified) for any other length or character.
[[nodiscard]] bool from_hex(std::string_view text, ByteSpan out);

}  // namespace ringwire
