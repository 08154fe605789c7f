#include "codec/trie/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace ringwire::trie {
namespace {

TEST(TrieError, EachReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(TrieError::count_); ++i) {
    names.insert(name(static_cast<TrieError>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(TrieError::count_));
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_STREQ(name(TrieError::count_), "unknown");
}

}  // namespace
}  // namespace ringwire::trie
