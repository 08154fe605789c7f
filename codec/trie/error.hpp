// Why bytes were refused. One list for the folder, so that each reason has one name and one counter.
//
// What the caller does is the same for all of them: it drops the answer and penalises who sent it. An honest
// sender produces none, but for `root_mismatch` and `wrong_hash` where the caller asked about a root that the
// sender never had: a caller that is not sure asks somebody else before it bans.
#pragma once

#include <cstdint>

namespace ringwire::trie {

enum class TrieError : std::uint8_t {
  // A path inside a node (codec/trie/hex_prefix.hpp).
  path_empty,        // no byte at all
  path_bad_flag,     // the first nibble is above 3
  path_bad_padding,  // the nibble that fills up an even path is not 0
  // A node (codec/trie/node.hpp).
  bad_rlp,          // not one canonical list of nothing but what a node holds
  bad_item_count,   // neither 2 nor 17 items
  bad_reference,    // a child that is neither nothing, nor 32 bytes, nor a list below 32
  empty_extension,  // an extension that leads nowhere
  empty_value,      // means "absent", and absent things are not stored
  // The way to a key (codec/trie/walk.hpp).
  bad_key_size,    // a node makes keys of a size that the trie's keys do not have
  not_a_branch,    // below an extension stands something else
  missing_node,    // the way goes on and the proof ends
  wrong_hash,      // the next node of the proof is not the one that its parent names
  unused_node,     // a node that is not on the way
  short_node,      // stands on its own though it fits into its parent
  too_many_nodes,  // more than any way to such a key has
  // Keys and values, in answers and in what a root is built from.
  key_too_long,    // above kKeyBytesMax
  not_ascending,   // a key is not above the one before it
  before_range,    // a key is below the first that was asked for
  wrong_key_size,  // not of the size of the first that was asked for
  // The whole (codec/trie/range_proof.hpp).
  not_empty,      // "nothing is there", but something is
  broken_shape,   // the edges belong to a trie that no set of keys makes
  root_mismatch,  // what was sent is not what the root stands for
  count_,
};
const char* name(TrieError error);

// What was wrong, and with which node of the proof or which pair of the answer (0 where it is the whole).
struct TrieFailure {
  TrieError reason;
  std::size_t index = 0;
};

}  // namespace ringwire::trie
