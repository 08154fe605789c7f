#include "codec/trie/walk.hpp"

namespace ringwire::trie {

Step step_towards(const Node& node, NibbleView rest) {
  switch (node.kind) {
    case NodeKind::branch:
      if (rest.empty()) return {.value = node.value};
      return {.child = node.children[rest[0]], .nibbles = 1};
    case NodeKind::extension:
      if (node.path.common_prefix(rest) != node.path.size()) return {};
      return {.child = node.children[0], .nibbles = node.path.size()};
    case NodeKind::leaf:
      if (rest.size() != node.path.size() || node.path.common_prefix(rest) != rest.size()) return {};
      return {.value = node.value};
  }
  return {};
}

}  // namespace ringwire::trie
