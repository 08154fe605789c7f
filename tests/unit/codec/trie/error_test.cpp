#include "codec/trie/error.hpp"

#include <gtest/gtest.h>

#include "tests/support/names.hpp"

namespace ringwire::trie {
namespace {

TEST(TrieError, EachReasonHasANameOfItsOwn) {
  test::expect_names_below(TrieError::count_);
}

}  // namespace
}  // namespace ringwire::trie
