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

bool fits_key_sizes(const Node& node, std::size_t depth, std::size_t key_nibbles, KeySizes sizes) {
  const std::size_t end = depth + (node.kind == NodeKind::branch ? 0 : node.path.size());
  const std::size_t longest = sizes == KeySizes::one ? key_nibbles : kNibblesMax;
  const auto may_end = [&](std::size_t nibbles) {
    return sizes == KeySizes::one ? nibbles == key_nibbles : nibbles <= longest && nibbles % 2 == 0;
  };
  if (node.kind == NodeKind::leaf) return may_end(end);
  return end < longest && (node.value.empty() || may_end(end));
}

}  // namespace ringwire::trie
