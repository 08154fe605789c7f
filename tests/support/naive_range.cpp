#include "tests/support/naive_range.hpp"

#include <algorithm>
#include <iterator>

namespace ringwire::test {
namespace {

using Pairs = std::vector<std::pair<Bytes, Bytes>>;

template <class T>
void erase_at(std::vector<T>& all, std::uint64_t at) {
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
}

template <class T>
void insert_at(std::vector<T>& all, std::uint64_t at, const T& one) {
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(at), one);
}

void flip_bit(Bytes& bytes, const Draw& below) {
  if (!bytes.empty()) bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1U << below(8));
}

void damage_pairs(Pairs& pairs, const Pairs& spare, const Draw& below) {
  const auto insert = [&](const Pairs::value_type& pair) { insert_at(pairs, below(pairs.size() + 1), pair); };
  if (pairs.empty()) return insert(spare[below(spare.size())]);
  const std::uint64_t at = below(pairs.size());
  switch (below(8)) {
    case 0:
      return erase_at(pairs, at);
    case 1:
      return insert(spare[below(spare.size())]);
    case 2:
      return insert(pairs[at]);
    case 3:
      return flip_bit(pairs[at].first, below);
    case 4:
      return flip_bit(pairs[at].second, below);
    case 5:
      return pairs[at].second.clear();
    case 6:
      return std::swap(pairs[at], pairs[below(pairs.size())]);
    default:
      return pairs[at].second.push_back(static_cast<std::uint8_t>(below(256)));
  }
}

void damage_nodes(std::vector<Bytes>& nodes, const std::vector<Bytes>& spare, const Draw& below) {
  const auto insert = [&](const Bytes& node) { insert_at(nodes, below(nodes.size() + 1), node); };
  if (nodes.empty()) return insert(spare[below(spare.size())]);
  const std::uint64_t at = below(nodes.size());
  switch (below(6)) {
    case 0:
      return erase_at(nodes, at);
    case 1:
      return insert(spare[below(spare.size())]);
    case 2:
      return insert(nodes[at]);
    case 3:
      return flip_bit(nodes[at], below);
    case 4:
      return std::swap(nodes[at], nodes[below(nodes.size())]);
    default:
      nodes[at] = spare[below(spare.size())];
      return;
  }
}

}  // namespace

RangeClaim honest_claim(const NaiveTrie& trie, const Bytes& first, std::size_t count) {
  RangeClaim claim{first, {}, {}};
  for (auto pair = trie.pairs().lower_bound(first); pair != trie.pairs().end() && count > 0;
       ++pair, --count) {
    claim.pairs.emplace_back(*pair);
  }
  claim.nodes = trie.prove_range(first, claim.pairs.empty() ? first : claim.pairs.back().first);
  return claim;
}

bool is_true(const NaiveTrie& trie, const RangeClaim& claim) {
  const NaiveTrie::Pairs& all = trie.pairs();
  const auto begin = all.lower_bound(claim.first);
  if (claim.nodes.empty()) return begin == all.begin() && claim.pairs == Pairs(all.begin(), all.end());
  const auto end = claim.pairs.empty() ? all.end() : all.upper_bound(claim.pairs.back().first);
  if (std::distance(all.begin(), begin) > std::distance(all.begin(), end)) return false;
  if (claim.pairs != Pairs(begin, end)) return false;
  const auto nodes =
      trie.prove_range(claim.first, claim.pairs.empty() ? claim.first : claim.pairs.back().first);
  return std::is_permutation(claim.nodes.begin(), claim.nodes.end(), nodes.begin(), nodes.end());
}

bool has_more(const NaiveTrie& trie, const RangeClaim& claim) {
  const Bytes& last = claim.pairs.empty() ? claim.first : claim.pairs.back().first;
  return trie.pairs().upper_bound(last) != trie.pairs().end();
}

void damage(RangeClaim& claim, const RangeClaim& spare, const Draw& below) {
  switch (below(5)) {
    case 0:
      return flip_bit(claim.first, below);
    case 1:
      return damage_nodes(claim.nodes, spare.nodes, below);
    default:
      return damage_pairs(claim.pairs, spare.pairs, below);
  }
}

}  // namespace ringwire::test
