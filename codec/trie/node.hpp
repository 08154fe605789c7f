// Nodes of a trie, read strictly and written.
//
// Attacks on a reader: a node of another kind than it is taken for (an inner node as a leaf, a leaf as an
// extension), items too many or too few, a reference of 31 or 33 bytes, a node written into its parent that
// should be a hash, an extension that leads nowhere. A hash that fits does not help: whoever chooses the root
// chooses such nodes. All are refused here; what kind of child a node may have is the walk's business.
//
//   branch     17 items: 16 references, one for each next nibble, and the value of the key that ends here
//   extension  2 items: the path, hex prefix without the leaf flag, at least one nibble; a reference
//   leaf       2 items: the rest of the key, hex prefix with the leaf flag; a value, not empty
//
// A reference is nothing, the Keccak-256 of the child's bytes, or, where these are fewer than 32, the bytes
// themselves. So its size tells which: 0, 32, or 1 to 31. The root alone is hashed whatever its size.
//
// Views point into the bytes read. No allocation. Complexity: O(1), at most 17 items.
// Source: Ethereum Yellow Paper, appendix D.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/trie/error.hpp"
#include "codec/trie/hex_prefix.hpp"

namespace ringwire::trie {

inline constexpr std::size_t kChildren = 16;
inline constexpr std::size_t kReferenceBytes = Hash32::size();  // of a child that stands elsewhere
// 16 hashes and no value. With a value, or as a leaf, a node is as long as its value makes it.
inline constexpr std::size_t kFullBranchBytes = 3 + kChildren * (1 + kReferenceBytes) + 1;

enum class NodeKind : std::uint8_t { branch, extension, leaf };

struct Node {
  NodeKind kind = NodeKind::branch;
  CompactPath path;                          // not of a branch
  std::array<ByteView, kChildren> children;  // references; an extension has one, the first
  ByteView value;                            // of a leaf, or of a branch where a key ends; else empty
};

inline bool is_hash(ByteView reference) {
  return reference.size() == kReferenceBytes;
}
// Whether a node stands in its parent, if it has one.
inline bool is_embeddable(ByteView node) {
  return node.size() < kReferenceBytes;
}

// `bytes` are one node and nothing else. Errors: the first two groups of TrieError.
Result<Node, TrieError> decode_node(ByteView bytes);

// What a node is written from, for RlpSizer and RlpWriter.
template <class Sink>
void write_reference(Sink& sink, ByteView reference) {
  reference.empty() || is_hash(reference) ? sink.string(reference) : sink.raw(reference);
}
template <class Sink>
void write_branch(Sink& sink, const std::array<ByteView, kChildren>& children, ByteView value) {
  sink.list([&](auto& items) {
    for (const ByteView child : children) write_reference(items, child);
    items.string(value);
  });
}
template <class Sink>
void write_extension(Sink& sink, const HexPrefix& path, ByteView child) {
  sink.list([&](auto& items) {
    items.string(path.view());
    write_reference(items, child);
  });
}
template <class Sink>
void write_leaf(Sink& sink, const HexPrefix& path, ByteView value) {
  sink.list([&](auto& items) {
    items.string(path.view());
    items.string(value);
  });
}

}  // namespace ringwire::trie
