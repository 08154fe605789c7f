// All keys of a range, with their values, and whether there are more: how a state is fetched piece by piece.
//
// Attacks, each of which some verifier has let pass: a key left out in the middle (a gap); one element
// where there are others; "nothing is there" before a later element; empty values, which delete what the
// proof holds; a pair below the first key; edges that share a prefix; a proof swollen with nodes that
// nobody needs.
//
// Rules
// - The answer is about the range from `first` to the last key of `pairs`, both ends included. `first`
//   need not be in the trie. Keys have the size of `first`, ascend strictly, none is below `first`; no
//   value is empty.
// - `nodes` are those on the way to `first` and to the last key, in any order, each once, none besides.
// - No nodes: `pairs` are the whole trie, and it has nothing below `first`.
// - No pairs, but nodes: nothing is at `first` or right of it, which the way to `first` shows.
//
// Why it is sound: what lies left of `first` and right of the last key is taken from the two ways as
// references and stands there whatever it is; between them go the pairs; a trie is built from all of it
// in order. Only the trie that the root stands for has this root, so between the edges it has these pairs
// and no others. Nothing in the nodes is edited, and whether they are honest does not matter until the
// end.
//
// `more_to_the_right` comes out of the same proof. What it means for a request that had a limit is the
// caller's.
//
// Memory: a hash for each node, and the builder's levels. No recursion. Thread: any.
// Complexity: one Keccak-256 of each node received and each node of the range; O(way nodes * nodes) compares.
// Source: Ethereum snap/1, AccountRange and StorageRanges.
#pragma once

#include <span>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/trie/builder.hpp"
#include "codec/trie/error.hpp"

namespace ringwire::trie {

struct ProvenRange {
  // The trie has keys above the last of the pairs; where there are none it has nothing from `first` on.
  bool more_to_the_right = false;
};

// Nothing of the answer may be used unless this succeeds. The index of a failure is that of a pair for
// not_ascending, before_range, wrong_key_size and empty_value before the walk, else that of a node.
Result<ProvenRange, TrieFailure> verify_range(const Hash32& root, ByteView first, std::span<const Pair> pairs,
                                              std::span<const ByteView> nodes);

}  // namespace ringwire::trie
