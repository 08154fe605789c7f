// Roots of what we hold, to compare with the roots in a header.
//
// Attack: a body whose transactions, receipts or withdrawals are not the header's. Who holds the header
// compares; a body that does not fit says nothing about the block, whose hash may well be good.
//
// The keys of a list's trie are RLP of the position, whose order is not that of the list: position 0 is 80
// and stands between 127 (7f) and 128 (8180). ordered_root() knows; the caller gives the list as it is.
//
// Memory: the builder's (codec/trie/builder.hpp); secure_root() 48 bytes for each pair besides.
// Complexity: linear, secure_root() n log n. Thread: any.
// Source: Ethereum Yellow Paper, 4.3.2 and appendix D.
#pragma once

#include <span>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/trie/builder.hpp"
#include "codec/trie/error.hpp"

namespace ringwire::trie {

// Of transactions, receipts or withdrawals: element i is what stands under key RLP(i), a typed transaction as
// its canonical bytes and not as the string around them. empty_value where an element has no byte.
Result<Hash32, TrieFailure> ordered_root(std::span<const ByteView> elements);

// Of pairs whose keys are in the trie as they are, strictly ascending. Errors: those of TrieBuilder, with the
// index of the pair.
Result<Hash32, TrieFailure> trie_root(std::span<const Pair> ascending);

// Of pairs whose keys are in the trie as their Keccak-256, in any order; keys of any size. not_ascending
// where a key is there twice; the index of a failure counts in the order of the hashes.
Result<Hash32, TrieFailure> secure_root(std::span<const Pair> pairs);

}  // namespace ringwire::trie
