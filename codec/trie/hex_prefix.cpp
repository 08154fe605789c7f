#include "codec/trie/hex_prefix.hpp"

#include <algorithm>

namespace ringwire::trie {
namespace {

constexpr std::uint8_t kOddFlag = 0x10;
constexpr std::uint8_t kLeafFlag = 0x20;
constexpr std::uint8_t kUnknownFlags = 0xC0;

}  // namespace

std::size_t CompactPath::common_prefix(NibbleView other) const {
  const std::size_t end = std::min(size(), other.size());
  std::size_t same = 0;
  while (same < end && (*this)[same] == other[same]) ++same;
  return same;
}

Result<CompactPath, TrieError> decode_hex_prefix(ByteView bytes) {
  if (bytes.empty()) return Failure{TrieError::path_empty};
  if ((bytes[0] & kUnknownFlags) != 0) return Failure{TrieError::path_bad_flag};
  if ((bytes[0] & kOddFlag) != 0) return CompactPath(bytes, 1);
  if ((bytes[0] & 15) != 0) return Failure{TrieError::path_bad_padding};
  return CompactPath(bytes, 2);
}

HexPrefix::HexPrefix(NibbleView path, bool is_leaf) : size_(1 + path.size() / 2) {
  RW_ASSERT(path.size() <= kNibblesMax);
  bytes_[0] = is_leaf ? kLeafFlag : 0;
  if (path.size() % 2 != 0) {
    bytes_[0] = static_cast<std::uint8_t>(bytes_[0] | kOddFlag | path[0]);
    path = path.subspan(1);
  }
  for (std::size_t i = 0; i < path.size(); i += 2) {
    bytes_[1 + i / 2] = static_cast<std::uint8_t>(path[i] << 4 | path[i + 1]);
  }
}

}  // namespace ringwire::trie
