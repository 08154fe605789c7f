// The root of a trie from its pairs in key order, in one pass and without the tree.
//
// Problem: a tree of nodes on the heap for 10,000 pairs is 15,000 allocations and several times the size of
// the pairs, only to hash each node once. In key order a node is complete when a key comes that lies outside
// of it, so the builder keeps the branches above the last key, and of everything that is finished only its
// encoding, until the branch around it closes and hashes its children together.
//
//   TrieBuilder builder;
//   for (...) builder.add(key, value);   // strictly ascending
//   const auto root = builder.root();    // or the first thing that was wrong
//
// Rules: keys ascend strictly as bytes do (a key comes before those it is a prefix of) and have at most
// kKeyBytesMax bytes; values are not empty. The first error sticks, later pairs are ignored, root() reports
// it; what was added before does not escape. A value stays valid until the next call returns; a key need not.
//
// Memory: a level for each branch above the last key, and the encodings of its finished children, up to
// kFullBranchBytes each; freed with the builder, kept for the next root. Nothing recurses.
// Complexity: each node is encoded and hashed once. Thread: any one at a time.
// Source: Ethereum Yellow Paper, appendix D.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/trie/error.hpp"
#include "codec/trie/nibbles.hpp"
#include "codec/trie/node.hpp"

namespace ringwire::trie {

// Keccak-256 of 80, the root of a trie without keys.
inline constexpr Hash32 kEmptyRoot{{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45,
                                    0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c,
                                    0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};

struct Pair {
  ByteView key;
  ByteView value;
};

class TrieBuilder {
 public:
  // key_too_long, empty_value or not_ascending may be the matter.
  void add(ByteView key, ByteView value);

  // A whole subtree that is known by its reference only, as range proofs have them: the child of a branch
  // that stands at `path` without its last nibble. `path` takes part in the order and is no prefix of any
  // other, nor any other of it. The rest of what is added must put a branch there: broken_shape.
  // `reference` as in codec/trie/node.hpp, not empty; it stays valid until the next call returns.
  void add_subtree(NibbleView path, ByteView reference);

  // Leaves the builder empty, ready for the next trie. The failure's index counts what was added.
  Result<Hash32, TrieFailure> root();

 private:
  enum class Kind : std::uint8_t { none, leaf, subtree };
  // What was added last. It has its place when it is known how much the next one has in common with it.
  struct Last {
    Kind kind = Kind::none;
    std::size_t size = 0;
    std::array<std::uint8_t, kNibblesMax> nibbles;
    ByteView bytes;  // value or reference

    [[nodiscard]] NibbleView path() const { return NibbleView(nibbles).first(size); }
  };
  // A branch above the last key.
  struct Level {
    std::size_t depth = 0;                         // nibbles above it
    std::size_t begin = 0;                         // of its children in nodes_
    std::array<std::uint16_t, kChildren> bytes{};  // of each child in nodes_; 0: none
    std::uint16_t referenced = 0;                  // bit i: child i is in nodes_ by reference
    std::vector<std::uint8_t> value;               // of the key that ends here
  };

  void accept(Kind kind, NibbleView path, ByteView bytes);
  void place_last(std::size_t shared);
  void attach_last();
  void open_level(std::size_t depth, std::size_t begin);
  void attach_child(std::size_t begin);
  void mark_referenced();
  void close_level(std::size_t from);
  template <class Body>
  void append(const Body& body);
  void fail(TrieError reason);

  Last last_;
  std::vector<Level> levels_;          // ascending depth
  std::vector<std::uint8_t> nodes_;    // children of all levels, one behind the other
  std::vector<std::uint8_t> closing_;  // the branch that closes, until its children are gone
  std::size_t added_ = 0;
  std::optional<TrieFailure> failure_;
};

}  // namespace ringwire::trie
