// The root over a list, by codec/trie and by the model of a trie.
#pragma once

#include <vector>

#include "codec/trie/roots.hpp"
#include "codec/wire/rlp.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/naive_trie.hpp"

namespace ringwire::fuzz {

// No element is empty.
inline void check_ordered_root(const std::vector<Input>& elements) {
  test::NaiveTrie::Pairs pairs;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    Input key(wire::rlp_size([&](auto& sink) { sink.u64(i); }));
    wire::RlpWriter(key).u64(i);
    pairs[key] = elements[i];
  }
  const std::vector<ByteView> views(elements.begin(), elements.end());
  RW_ASSERT(trie::ordered_root(views).value() == test::NaiveTrie(pairs).root());
}

}  // namespace ringwire::fuzz
