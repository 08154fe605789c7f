// From the root towards a key, node by node, believing none of them.
//
// Attacks: a node that is not the one its parent names; a chain of nodes longer than the key; below an
// extension something else than a branch, or a hash where the node itself should stand, so that two forms
// say the same; a node that makes keys longer or shorter than the trie's can be, or of half a byte; nodes
// that were sent and are not on the way. All but the last end the walk here; that one is for whoever hands
// out the nodes.
//
// Each step uses up a nibble of the key at least, so a way has at most kWayNodesMax nodes and no walk is
// endless, whatever the nodes refer to. No allocation, no recursion.
// Complexity: O(nodes on the way), without the hashing that the finder does.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"
#include "codec/trie/error.hpp"
#include "codec/trie/nibbles.hpp"
#include "codec/trie/node.hpp"

namespace ringwire::trie {

// Nodes on the way to a key of `bytes`: one for each nibble, and the last.
constexpr std::size_t way_nodes_max(std::size_t bytes) {
  return 2 * bytes + 1;
}
inline constexpr std::size_t kWayNodesMax = way_nodes_max(kKeyBytesMax);

struct WayNode {
  std::size_t depth = 0;  // nibbles of the key above it
  ByteView reference;     // by which its parent has it; the root's hash at the top
  ByteView bytes;         // decode_node() reads them
};

struct Way {
  std::array<WayNode, kWayNodesMax> nodes;
  std::size_t count = 0;
  ByteView value;  // under the key; empty: it is absent

  [[nodiscard]] std::span<const WayNode> view() const { return std::span(nodes).first(count); }
};

// A node of a proof and its place there.
struct Found {
  ByteView bytes;
  std::size_t index = 0;
};

// Where the key leads from one node.
struct Step {
  ByteView child;           // empty: the way ends here
  std::size_t nibbles = 0;  // of the key, used up on the way to the child
  ByteView value;           // under the key, if the way ends here and the key is there
};
Step step_towards(const Node& node, NibbleView rest);

// Whether the keys that `node` makes, `depth` nibbles below the root, can be in a trie with a key of
// `key_nibbles` and keys of these sizes.
bool fits_key_sizes(const Node& node, std::size_t depth, std::size_t key_nibbles, KeySizes sizes);

// `find(hash)` gives the node of that hash, a Result<Found, TrieFailure>. `root` and `key` outlive the way.
template <class Find>
Result<Way, TrieFailure> walk(ByteView root, NibbleView key, KeySizes sizes, Find&& find) {
  Way way;
  Step step{.child = root};
  Found found;
  bool below_extension = false;
  for (std::size_t depth = 0; !step.child.empty();) {
    found.bytes = step.child;
    if (is_hash(step.child)) {
      const Result<Found, TrieFailure> next = find(step.child);
      if (!next) return Failure{next.error()};
      found = *next;
      if (is_embeddable(found.bytes) && way.count > 0) {
        return Failure{TrieFailure{TrieError::short_node, found.index}};
      }
    }
    const auto node = decode_node(found.bytes);
    if (!node) return Failure{TrieFailure{node.error(), found.index}};
    if (below_extension && node->kind != NodeKind::branch) {
      return Failure{TrieFailure{TrieError::not_a_branch, found.index}};
    }
    if (!fits_key_sizes(*node, depth, key.size(), sizes)) {
      return Failure{TrieFailure{TrieError::bad_key_size, found.index}};
    }
    way.nodes[way.count++] = {depth, step.child, found.bytes};
    below_extension = node->kind == NodeKind::extension;
    step = step_towards(*node, key.subspan(depth));
    depth += step.nibbles;
  }
  way.value = step.value;
  return way;
}

}  // namespace ringwire::trie
