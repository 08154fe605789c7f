// One key of a trie that we know by its root only: its value, or that it is not there.
//
// Attacks: a value that is not the trie's; a present key called absent; an inner node passed off as a
// value; a forged way hidden among real nodes; malformed nodes whose hash is right, because the root is
// the attacker's; ten thousand nodes that lead nowhere. So: a proof is exactly the nodes on the way from
// the root to the key, in this order, embedded ones left out, each of them strict (codec/trie/node.hpp),
// and nothing else.
//
// That a branch has other children than the one on the way is not looked into: a proof cannot show what
// they are. For what a trie is as a whole there are roots and ranges.
//
// No allocation. Complexity: one Keccak-256 of each node. Thread: any.
// Source: Ethereum Yellow Paper, appendix D; EIP-1186 for the order of the nodes.
#pragma once

#include <optional>
#include <span>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/trie/error.hpp"
#include "codec/trie/nibbles.hpp"

namespace ringwire::trie {

// The value under `key`, a view into the last of the nodes, or nothing where the trie does not have it.
// `key` is the one in the trie: hash it first where the trie's keys are hashes. The empty trie is proven
// by no node. The index of a failure is that of a node; errors: the first three groups of TrieError and
// key_too_long.
Result<std::optional<ByteView>, TrieFailure> verify_proof(const Hash32& root, ByteView key, KeySizes sizes,
                                                          std::span<const ByteView> nodes);

}  // namespace ringwire::trie
