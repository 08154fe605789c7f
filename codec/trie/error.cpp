#include "codec/trie/error.hpp"

namespace ringwire::trie {

const char* name(TrieError error) {
  switch (error) {
    case TrieError::path_empty:
      return "path_empty";
    case TrieError::path_bad_flag:
      return "path_bad_flag";
    case TrieError::path_bad_padding:
      return "path_bad_padding";
    case TrieError::bad_rlp:
      return "bad_rlp";
    case TrieError::bad_item_count:
      return "bad_item_count";
    case TrieError::bad_reference:
      return "bad_reference";
    case TrieError::empty_extension:
      return "empty_extension";
    case TrieError::empty_value:
      return "empty_value";
    case TrieError::bad_key_size:
      return "bad_key_size";
    case TrieError::not_a_branch:
      return "not_a_branch";
    case TrieError::missing_node:
      return "missing_node";
    case TrieError::wrong_hash:
      return "wrong_hash";
    case TrieError::unused_node:
      return "unused_node";
    case TrieError::short_node:
      return "short_node";
    case TrieError::too_many_nodes:
      return "too_many_nodes";
    case TrieError::key_too_long:
      return "key_too_long";
    case TrieError::not_ascending:
      return "not_ascending";
    case TrieError::before_range:
      return "before_range";
    case TrieError::wrong_key_size:
      return "wrong_key_size";
    case TrieError::not_empty:
      return "not_empty";
    case TrieError::broken_shape:
      return "broken_shape";
    case TrieError::root_mismatch:
      return "root_mismatch";
    case TrieError::count_:
      break;
  }
  return "unknown";
}

}  // namespace ringwire::trie
