#include "codec/trie/proof.hpp"

#include <algorithm>

#include "codec/crypto/keccak.hpp"
#include "codec/trie/builder.hpp"
#include "codec/trie/walk.hpp"

namespace ringwire::trie {

Result<std::optional<ByteView>, TrieFailure> verify_proof(const Hash32& root, ByteView key, KeySizes sizes,
                                                          std::span<const ByteView> nodes) {
  if (key.size() > kKeyBytesMax) return Failure{TrieFailure{TrieError::key_too_long}};
  if (nodes.size() > way_nodes_max(key.size())) return Failure{TrieFailure{TrieError::too_many_nodes}};
  if (nodes.empty() && root == kEmptyRoot) return std::optional<ByteView>{};
  std::size_t used = 0;
  const auto next = [&](ByteView hash) -> Result<Found, TrieFailure> {
    if (used == nodes.size()) return Failure{TrieFailure{TrieError::missing_node, used}};
    if (!std::ranges::equal(crypto::keccak256(nodes[used]).view(), hash)) {
      return Failure{TrieFailure{TrieError::wrong_hash, used}};
    }
    const Found found{nodes[used], used};
    ++used;
    return found;
  };
  const auto way = walk(root.view(), Nibbles(key).view(), sizes, next);
  if (!way) return Failure{way.error()};
  if (used != nodes.size()) return Failure{TrieFailure{TrieError::unused_node, used}};
  return way->value.empty() ? std::nullopt : std::optional(way->value);
}

}  // namespace ringwire::trie
