// Answers about a range of a trie: honest ones, damaged ones, and which of them the model holds for true.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "tests/support/naive_trie.hpp"

namespace ringwire::test {

// "From `first` to the last key there are these pairs", with the nodes that prove it.
struct RangeClaim {
  Bytes first;
  std::vector<std::pair<Bytes, Bytes>> pairs;
  std::vector<Bytes> nodes;

  bool operator==(const RangeClaim&) const = default;
};

// What a server answers: up to `count` pairs from `first` on.
RangeClaim honest_claim(const NaiveTrie& trie, const Bytes& first, std::size_t count);

// Whether the trie has exactly these pairs between `first` and the last key, and the nodes are exactly
// those of the two edges, in any order. For tries whose keys have one size.
bool is_true(const NaiveTrie& trie, const RangeClaim& claim);
bool has_more(const NaiveTrie& trie, const RangeClaim& claim);

// A number below the argument, which is not 0.
using Draw = std::function<std::uint64_t(std::uint64_t)>;

// One change to the pairs, the first key or the nodes; `spare` has a node and a pair at least. It may
// happen to change nothing, and what comes out may happen to be true.
void damage(RangeClaim& claim, const RangeClaim& spare, const Draw& below);

}  // namespace ringwire::test
