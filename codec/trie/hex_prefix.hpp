// Hex prefix: how leaves and extensions write their path, an odd or even number of nibbles in whole bytes.
//
// The first nibble is a flag: 2 for a leaf, 1 for an odd number of nibbles. An even path is filled up by a 0
// after the flag. A decoder that ignores the upper flag bits or that 0 reads several byte forms as one path,
// and lets one node pass as another kind: both are refused, so a path has exactly one form.
//
// No allocation. Complexity: linear. Source: Ethereum Yellow Paper, appendix C.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"
#include "codec/trie/error.hpp"
#include "codec/trie/nibbles.hpp"

namespace ringwire::trie {

// A path in a node, read in place; it lives as long as the node's bytes, and may be longer than any key.
class CompactPath {
 public:
  CompactPath() = default;

  [[nodiscard]] bool is_leaf() const { return (encoded_[0] & 0x20) != 0; }
  [[nodiscard]] std::size_t size() const { return 2 * encoded_.size() - first_; }
  // `i` below size().
  [[nodiscard]] std::uint8_t operator[](std::size_t i) const {
    const std::size_t nibble = first_ + i;
    return nibble % 2 == 0 ? encoded_[nibble / 2] >> 4 : encoded_[nibble / 2] & 15;
  }
  // How many nibbles it has in common with `other` at the start.
  [[nodiscard]] std::size_t common_prefix(NibbleView other) const;

 private:
  friend Result<CompactPath, TrieError> decode_hex_prefix(ByteView bytes);
  CompactPath(ByteView encoded, std::size_t first) : encoded_(encoded), first_(first) {}

  static constexpr std::uint8_t kEmptyExtension[1] = {0x00};
  ByteView encoded_ = kEmptyExtension;
  std::size_t first_ = 2;  // nibbles before the path: 1 or 2
};

// path_empty, path_bad_flag or path_bad_padding.
Result<CompactPath, TrieError> decode_hex_prefix(ByteView bytes);

// The bytes of a path, at most kNibblesMax long (asserted).
class HexPrefix {
 public:
  HexPrefix(NibbleView path, bool is_leaf);
  [[nodiscard]] ByteView view() const { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, 1 + kKeyBytesMax> bytes_{};
  std::size_t size_;
};

}  // namespace ringwire::trie
