#include "codec/trie/builder.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "codec/trie/roots.hpp"
#include "tests/unit/codec/trie/random_tries.hpp"

namespace ringwire::trie {
namespace {

Result<Hash32, TrieFailure> built(TrieBuilder& builder, const NaiveTrie& trie) {
  for (const auto& [key, value] : trie.pairs()) builder.add(key, value);
  return builder.root();
}

TEST(TrieBuilder, NothingHasTheEmptyRoot) {
  TrieBuilder builder;
  EXPECT_EQ(*builder.root(), kEmptyRoot);
  EXPECT_EQ(kEmptyRoot, crypto::keccak256(Bytes{0x80}));
}

// One builder for all: it is as new after each root.
TEST(TrieBuilder, AgreesWithTheModelOnEveryShape) {
  Prng prng(1);
  TrieBuilder builder;
  for (int i = 0; i < 200; ++i) {
    for (const NaiveTrie& trie : {ragged_trie(prng, prng.below(60)), crowded_trie(prng, prng.below(60), 2),
                                  crowded_trie(prng, prng.below(60), 5), hashed_trie(prng, prng.below(60))}) {
      ASSERT_EQ(*built(builder, trie), trie.root()) << i;
    }
  }
}

TEST(TrieBuilder, LongValuesAndKeysFitIn) {
  Prng prng(2);
  NaiveTrie::Pairs pairs;
  for (const std::size_t bytes : {31U, 32U, 33U, 500U, 531U, 532U, 533U, 70'000U}) {
    pairs[random_bytes(prng, kKeyBytesMax)] = random_bytes(prng, bytes);
    pairs[Bytes(prng.between(1, kKeyBytesMax), 0x11)] = random_bytes(prng, bytes);
  }
  TrieBuilder builder;
  const NaiveTrie trie(pairs);
  EXPECT_EQ(*built(builder, trie), trie.root());
}

// A branch at every depth there is: 11, 1111, ... up to the longest key.
TEST(TrieBuilder, HasALevelForEachNibble) {
  NaiveTrie::Pairs pairs;
  const Bytes key(kKeyBytesMax, 0x11);
  pairs[key] = {1};
  for (std::size_t i = 0; i < 2 * key.size(); ++i) {
    Bytes other = key;
    other[i / 2] = i % 2 == 0 ? 0x21 : 0x12;
    pairs[other] = Bytes(40, static_cast<std::uint8_t>(i));
  }
  TrieBuilder builder;
  const NaiveTrie trie(pairs);
  EXPECT_EQ(*built(builder, trie), trie.root());
}

TEST(TrieBuilder, RefusesWhatIsNotAscending) {
  const Bytes low = {0x10}, high = {0x11}, longer = {0x10, 0x00}, value = {1};
  const auto error_of = [&](std::initializer_list<Bytes> keys) {
    TrieBuilder builder;
    for (const Bytes& key : keys) builder.add(key, value);
    const auto root = builder.root();
    return root ? TrieError::count_ : root.error().reason;
  };
  EXPECT_EQ(error_of({low, longer, high}), TrieError::count_);
  EXPECT_EQ(error_of({low, low}), TrieError::not_ascending);
  EXPECT_EQ(error_of({high, low}), TrieError::not_ascending);
  EXPECT_EQ(error_of({longer, low}), TrieError::not_ascending);
  EXPECT_EQ(error_of({{}, low}), TrieError::count_);
  EXPECT_EQ(error_of({{}, {}}), TrieError::not_ascending);
}

TEST(TrieBuilder, TheFirstErrorSticksUntilTheRoot) {
  const Bytes value = {1};
  TrieBuilder builder;
  builder.add(Bytes{1}, value);
  builder.add(Bytes{2}, {});
  builder.add(Bytes(kKeyBytesMax + 1, 3), value);
  auto root = builder.root();
  ASSERT_FALSE(root.ok());
  EXPECT_EQ(root.error().reason, TrieError::empty_value);
  EXPECT_EQ(root.error().index, 1U);
  builder.add(Bytes(kKeyBytesMax + 1, 3), value);
  root = builder.root();
  ASSERT_FALSE(root.ok());
  EXPECT_EQ(root.error().reason, TrieError::key_too_long);
  EXPECT_EQ(root.error().index, 0U);
  EXPECT_EQ(*builder.root(), kEmptyRoot);
}

// The children of the model's root branch, each by reference, make the same root; so do references beside
// pairs.
TEST(TrieBuilder, TakesSubtreesByReference) {
  Prng prng(3);
  for (int i = 0; i < 100; ++i) {
    const NaiveTrie trie = hashed_trie(prng, 60);
    const Bytes top = trie.all_nodes().front();
    const auto branch = decode_node(top);
    ASSERT_TRUE(branch.ok());
    TrieBuilder builder;
    for (std::uint8_t child = 0; child < kChildren; ++child) {
      if (prng.chance_ppm(500'000)) {
        const Nibbles path({}, child);
        if (!branch->children[child].empty()) builder.add_subtree(path.view(), branch->children[child]);
        continue;
      }
      for (const auto& [key, value] : trie.pairs()) {
        if (key[0] >> 4 == child) builder.add(key, value);
      }
    }
    ASSERT_EQ(*builder.root(), trie.root());
  }
}

TEST(TrieBuilder, ASubtreeHangsFromABranchThatIsThere) {
  const Bytes hash(32, 0xAB), value = {1};
  const Bytes path = {1, 2, 3};
  TrieBuilder builder;
  builder.add_subtree(path, hash);  // nothing beside it
  EXPECT_EQ(builder.root().error().reason, TrieError::broken_shape);
  builder.add_subtree(path, hash);
  builder.add(Bytes{0x20}, value);  // beside it, but higher up
  EXPECT_EQ(builder.root().error().reason, TrieError::broken_shape);
  builder.add_subtree(path, hash);
  builder.add(Bytes{0x12, 0x40}, value);
  EXPECT_TRUE(builder.root().ok());
}

TEST(TrieBuilder, NothingIsBelowASubtree) {
  const Bytes hash(32, 0xAB), value = {1};
  const Bytes path = {1, 2};
  TrieBuilder builder;
  builder.add_subtree(path, hash);
  builder.add(Bytes{0x12, 0x40}, value);
  EXPECT_EQ(builder.root().error().reason, TrieError::not_ascending);
}

}  // namespace
}  // namespace ringwire::trie
