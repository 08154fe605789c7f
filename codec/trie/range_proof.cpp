#include "codec/trie/range_proof.hpp"

#include <algorithm>
#include <bitset>
#include <optional>
#include <vector>

#include "codec/crypto/keccak.hpp"
#include "codec/trie/walk.hpp"

namespace ringwire::trie {
namespace {

using Outcome = std::optional<TrieFailure>;  // nothing: it is well

constexpr std::size_t kNodesMax = 2 * kWayNodesMax;  // two edges

// The nodes of a proof by their hash, and which of them were needed. At most kNodesMax.
class NodeSet {
 public:
  explicit NodeSet(std::span<const ByteView> nodes) : nodes_(nodes), hashes_(nodes.size()) {
    crypto::keccak256_each(nodes, hashes_);
  }

  Result<Found, TrieFailure> find(ByteView hash) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!std::ranges::equal(hashes_[i].view(), hash)) continue;
      used_.set(i);
      return Found{nodes_[i], i};
    }
    return Failure{TrieFailure{TrieError::missing_node}};
  }

  [[nodiscard]] Outcome check_all_used() const {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!used_.test(i)) return TrieFailure{TrieError::unused_node, i};
    }
    return {};
  }

 private:
  std::span<const ByteView> nodes_;
  std::vector<Hash32> hashes_;
  std::bitset<kNodesMax> used_;
};

// Only a root that is alone can be shorter than a hash: the hashes take no more than the nodes.
Outcome check_node_sizes(std::span<const ByteView> nodes) {
  const auto found = std::find_if(nodes.begin(), nodes.end(), is_embeddable);
  if (nodes.size() < 2 || found == nodes.end()) return {};
  return TrieFailure{TrieError::short_node, static_cast<std::size_t>(found - nodes.begin())};
}

Outcome check_pairs(ByteView first, std::span<const Pair> pairs) {
  const auto is_below = [](ByteView a, ByteView b) { return as_text(a) < as_text(b); };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].key.size() != first.size()) return TrieFailure{TrieError::wrong_key_size, i};
    if (i == 0 && is_below(pairs[i].key, first)) return TrieFailure{TrieError::before_range, i};
    if (i > 0 && !is_below(pairs[i - 1].key, pairs[i].key)) return TrieFailure{TrieError::not_ascending, i};
    if (pairs[i].value.empty()) return TrieFailure{TrieError::empty_value, i};
  }
  return {};
}

// One edge of the range: the way to its key, and what branches off from it to the left or right.
class Edge {
 public:
  enum class Side { left, right };

  static Result<Edge, TrieFailure> walk_to(const Hash32& root, ByteView key, NodeSet& nodes) {
    Edge edge;
    edge.key_ = Nibbles(key);
    const auto find = [&](ByteView hash) { return nodes.find(hash); };
    const auto way = walk(root.view(), edge.key_.view(), KeySizes::one, find);
    if (!way) return Failure{way.error()};
    edge.way_ = *way;
    return edge;
  }

  [[nodiscard]] bool has_key() const { return !way_.value.empty(); }

  // Calls visit(path, reference) for each subtree on that side of the key, in ascending order. The path
  // is empty where the whole trie is there.
  template <class Visit>
  void each_subtree(Side side, const Visit& visit) const {
    const std::span<const WayNode> way = way_.view();
    for (std::size_t i = 0; i < way.size(); ++i) {
      visit_node(side == Side::left ? way[i] : way[way.size() - 1 - i], side, visit);
    }
  }

 private:
  // Nodes of a way were decoded before.
  static Node node_of(const WayNode& way_node) { return decode_node(way_node.bytes).value(); }

  // The key has nibbles left where a node has children or a path: all keys have one size.
  template <class Visit>
  void visit_node(const WayNode& way_node, Side side, const Visit& visit) const {
    const Node node = node_of(way_node);
    const NibbleView above = key_.view().first(way_node.depth);
    const NibbleView rest = key_.view().subspan(way_node.depth);
    if (node.kind == NodeKind::branch) {
      const std::size_t begin = side == Side::left ? 0 : rest[0] + 1U;
      const std::size_t end = side == Side::left ? rest[0] : kChildren;
      for (std::size_t i = begin; i < end; ++i) {
        if (node.children[i].empty()) continue;
        visit(Nibbles(above, static_cast<std::uint8_t>(i)).view(), node.children[i]);
      }
      return;
    }
    const std::size_t same = node.path.common_prefix(rest);
    if (same == node.path.size()) return;  // the way goes through, or ends at the key
    if ((node.path[same] < rest[same]) == (side == Side::left)) visit(above, way_node.reference);
  }

  Nibbles key_;
  Way way_;
};

Result<ProvenRange, TrieFailure> compare(TrieBuilder& builder, const Hash32& root, bool more) {
  const auto built = builder.root();
  if (!built) return Failure{TrieFailure{built.error().reason}};
  if (*built != root) return Failure{TrieFailure{TrieError::root_mismatch}};
  return ProvenRange{more};
}

Result<ProvenRange, TrieFailure> verify_nothing(const Edge& first) {
  bool is_empty = !first.has_key();
  first.each_subtree(Edge::Side::right, [&](NibbleView, ByteView) { is_empty = false; });
  if (!is_empty) return Failure{TrieFailure{TrieError::not_empty}};
  return ProvenRange{};
}

Result<ProvenRange, TrieFailure> verify_between(const Hash32& root, const Edge& first,
                                                std::span<const Pair> pairs, const Edge& last) {
  TrieBuilder builder;
  bool more = false;
  // Where the root itself is beside the range, the trie has no key in it: what the pairs make is another.
  const auto add = [&](NibbleView path, ByteView reference) {
    if (!path.empty()) builder.add_subtree(path, reference);
  };
  first.each_subtree(Edge::Side::left, add);
  for (const Pair& pair : pairs) builder.add(pair.key, pair.value);
  last.each_subtree(Edge::Side::right, [&](NibbleView path, ByteView reference) {
    more = true;
    add(path, reference);
  });
  return compare(builder, root, more);
}

}  // namespace

Result<ProvenRange, TrieFailure> verify_range(const Hash32& root, ByteView first, std::span<const Pair> pairs,
                                              std::span<const ByteView> nodes) {
  if (first.size() > kKeyBytesMax) return Failure{TrieFailure{TrieError::key_too_long}};
  if (const Outcome wrong = check_pairs(first, pairs)) return Failure{*wrong};
  if (nodes.empty()) {
    TrieBuilder builder;
    for (const Pair& pair : pairs) builder.add(pair.key, pair.value);
    return compare(builder, root, false);
  }
  if (nodes.size() > 2 * way_nodes_max(first.size())) return Failure{TrieFailure{TrieError::too_many_nodes}};
  if (const Outcome wrong = check_node_sizes(nodes)) return Failure{*wrong};
  NodeSet set(nodes);
  const auto first_edge = Edge::walk_to(root, first, set);
  if (!first_edge) return Failure{first_edge.error()};
  if (pairs.empty()) {
    if (const Outcome wrong = set.check_all_used()) return Failure{*wrong};
    return verify_nothing(*first_edge);
  }
  const auto last_edge = Edge::walk_to(root, pairs.back().key, set);
  if (!last_edge) return Failure{last_edge.error()};
  if (const Outcome wrong = set.check_all_used()) return Failure{*wrong};
  return verify_between(root, *first_edge, pairs, *last_edge);
}

}  // namespace ringwire::trie
