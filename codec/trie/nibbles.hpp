// Keys as a trie sees them: half bytes, the high one first, each in a byte of its own.
//
// A view's elements are below 16. Keys are compared as bytes are, which is the order of their nibbles.
// No allocation. Complexity: linear in the nibbles.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"

namespace ringwire::trie {

inline constexpr std::size_t kKeyBytesMax = 32;  // a hashed key; the keys of lists have at most 9
inline constexpr std::size_t kNibblesMax = 2 * kKeyBytesMax;

// Which sizes the keys of a trie have.
enum class KeySizes : std::uint8_t {
  one,  // that of the key in question: the state's and the storage's, which are hashes
  any,  // up to kKeyBytesMax, and some may be prefixes of others: those of lists, and plain ones
};

using NibbleView = std::span<const std::uint8_t>;

// How many nibbles two paths have in common at their start.
inline std::size_t common_prefix(NibbleView a, NibbleView b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

// The nibbles of a key, or of the way to a node.
class Nibbles {
 public:
  Nibbles() = default;
  // `key` has at most kKeyBytesMax bytes (asserted).
  explicit Nibbles(ByteView key) {
    RW_ASSERT(key.size() <= kKeyBytesMax);
    size_ = 2 * key.size();
    for (std::size_t i = 0; i < key.size(); ++i) {
      nibbles_[2 * i] = key[i] >> 4;
      nibbles_[2 * i + 1] = key[i] & 15;
    }
  }
  // The way to a child: the way to its branch, at most kNibblesMax - 1 long (asserted), and one more.
  Nibbles(NibbleView branch, std::uint8_t child) {
    RW_ASSERT(branch.size() < kNibblesMax && child < 16);
    std::copy(branch.begin(), branch.end(), nibbles_.begin());
    size_ = branch.size();
    nibbles_[size_++] = child;
  }

  [[nodiscard]] NibbleView view() const { return NibbleView(nibbles_).first(size_); }

 private:
  std::array<std::uint8_t, kNibblesMax> nibbles_{};
  std::size_t size_ = 0;
};

}  // namespace ringwire::trie
