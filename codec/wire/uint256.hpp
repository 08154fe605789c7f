// A 256-bit unsigned number, as fees and values are: compared and multiplied without silent overflow.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"

namespace ringwire::wire {

struct Uint256 {
  // Most significant first, so that the default order is the numeric one.
  std::array<std::uint64_t, 4> words{};

  constexpr Uint256() = default;
  constexpr Uint256(std::uint64_t small) : words{0, 0, 0, small} {}
  // At most 32 bytes (asserted), most significant first.
  static Uint256 from_be(ByteView bytes) {
    Uint256 number;
    number.assign_be(bytes);
    return number;
  }
  // The same in place: a value that is returned is copied in wider pieces than it was just written in, which
  // stalls the CPU.
  void assign_be(ByteView bytes) {
    RW_ASSERT(bytes.size() <= 32);
    const std::uint8_t* end = bytes.data() + bytes.size();
    std::size_t left = bytes.size();
    std::size_t word = words.size();
    words = {};
    for (; left >= 8; left -= 8) words[--word] = load_be<std::uint64_t>(end -= 8);
    if (left > 0) words[word - 1] = load_be_short(end - left, left);
  }

  // From 32 bytes. Compilers make a loop of a loop.
  void assign_whole_be(const std::uint8_t* from) {
    words[0] = load_be<std::uint64_t>(from);
    words[1] = load_be<std::uint64_t>(from + 8);
    words[2] = load_be<std::uint64_t>(from + 16);
    words[3] = load_be<std::uint64_t>(from + 24);
  }

  auto operator<=>(const Uint256&) const = default;

  [[nodiscard]] std::array<std::uint8_t, 32> to_be() const {
    std::array<std::uint8_t, 32> bytes;
    store_whole_be(bytes.data());
    return bytes;
  }
  void store_whole_be(std::uint8_t* to) const {
    store_be(to, words[0]);
    store_be(to + 8, words[1]);
    store_be(to + 16, words[2]);
    store_be(to + 24, words[3]);
  }
  // Without leading zero bytes; 0 has none.
  [[nodiscard]] std::size_t significant_bytes() const {
    if (words[0] != 0) return 24 + ringwire::significant_bytes(words[0]);
    if (words[1] != 0) return 16 + ringwire::significant_bytes(words[1]);
    if (words[2] != 0) return 8 + ringwire::significant_bytes(words[2]);
    return ringwire::significant_bytes(words[3]);
  }
  // The shortest form; `bytes` are significant_bytes().
  void store_shortest_be(std::uint8_t* to, std::size_t bytes) const {
    if (bytes == 32) return store_whole_be(to);
    std::size_t word = words.size() - (bytes + 7) / 8;
    if (bytes % 8 != 0) {
      store_be_short(to, words[word++], bytes % 8);
      to += bytes % 8;
    }
    for (; word < words.size(); ++word, to += 8) store_be(to, words[word]);
  }
  // Word by word, from the one that mostly decides: one read of what was just written in pieces would stall.
  [[nodiscard]] constexpr bool is_zero() const {
    return words[3] == 0 && words[2] == 0 && words[1] == 0 && words[0] == 0;
  }
  // The value, or the largest there is.
  [[nodiscard]] std::uint64_t saturated_u64() const;
};

// Nothing on overflow.
std::optional<Uint256> multiply(const Uint256& a, std::uint64_t b);

}  // namespace ringwire::wire
