#include "codec/trie/range_proof.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "codec/trie/walk.hpp"
#include "tests/support/naive_range.hpp"
#include "tests/unit/codec/trie/random_tries.hpp"

namespace ringwire::trie {
namespace {

using test::honest_claim;
using test::RangeClaim;

struct Verdict {
  TrieError error = TrieError::count_;  // none
  bool more = false;

  bool operator==(const Verdict&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  return out << name(verdict.error) << (verdict.more ? ", more" : "");
}
constexpr Verdict kTheEnd{TrieError::count_, false};
constexpr Verdict kMore{TrieError::count_, true};

Verdict verdict_of(const Hash32& root, const RangeClaim& claim) {
  std::vector<Pair> pairs;
  for (const auto& [key, value] : claim.pairs) pairs.push_back({key, value});
  const std::vector<ByteView> nodes(claim.nodes.begin(), claim.nodes.end());
  const auto range = verify_range(root, claim.first, pairs, nodes);
  return range ? Verdict{.more = range->more_to_the_right} : Verdict{range.error().reason};
}
Verdict verdict_of(const NaiveTrie& trie, const RangeClaim& claim) {
  return verdict_of(trie.root(), claim);
}
TrieError error_of(const NaiveTrie& trie, const RangeClaim& claim) {
  return verdict_of(trie, claim).error;
}

Bytes key_at(const NaiveTrie& trie, std::size_t place) {
  return std::next(trie.pairs().begin(), static_cast<std::ptrdiff_t>(place))->first;
}
// The key just below or above, of the same size.
Bytes before(Bytes key) {
  for (std::size_t i = key.size(); i-- > 0 && key[i]-- == 0;) continue;
  return key;
}
Bytes after(Bytes key) {
  for (std::size_t i = key.size(); i-- > 0 && ++key[i] == 0;) continue;
  return key;
}
const Bytes kLowest(32, 0x00);
const Bytes kHighest(32, 0xFF);

class RangeProof : public ::testing::Test {
 protected:
  Prng prng_{1};
  NaiveTrie trie_ = hashed_trie(prng_, 400);
};

TEST_F(RangeProof, OfEveryStartAndLengthIsAccepted) {
  for (int i = 0; i < 300; ++i) {
    const std::size_t start = prng_.below(400), count = prng_.between(1, 400 - start);
    const RangeClaim claim = honest_claim(trie_, key_at(trie_, start), count);
    ASSERT_EQ(claim.pairs.size(), count);
    ASSERT_EQ(verdict_of(trie_, claim), start + count < 400 ? kMore : kTheEnd);
  }
}

TEST_F(RangeProof, BeginsWhereNoKeyIs) {
  for (std::size_t start = 0; start < 400; ++start) {
    const std::size_t count = std::min<std::size_t>(1 + start % 7, 400 - start);
    const Verdict expected = start + count < 400 ? kMore : kTheEnd;
    ASSERT_EQ(verdict_of(trie_, honest_claim(trie_, before(key_at(trie_, start)), count)), expected) << start;
    Bytes far = key_at(trie_, start);
    for (std::size_t i = 1; i < far.size(); ++i) far[i] = 0;  // above some keys that share its first byte
    const RangeClaim claim = honest_claim(trie_, far, count);
    ASSERT_EQ(verdict_of(trie_, claim), has_more(trie_, claim) ? kMore : kTheEnd) << start;
  }
}

TEST_F(RangeProof, OfOneElement) {
  const Bytes key = key_at(trie_, 200);
  EXPECT_EQ(verdict_of(trie_, honest_claim(trie_, key, 1)), kMore);
  EXPECT_EQ(verdict_of(trie_, honest_claim(trie_, before(key), 1)), kMore);
  EXPECT_EQ(verdict_of(trie_, honest_claim(trie_, after(key_at(trie_, 199)), 1)), kMore);
  EXPECT_EQ(verdict_of(trie_, honest_claim(trie_, key_at(trie_, 399), 1)), kTheEnd);

  RangeClaim claim = honest_claim(trie_, key_at(trie_, 199), 2);  // 199 is there, and not in the answer
  claim.pairs.erase(claim.pairs.begin());
  EXPECT_EQ(error_of(trie_, claim), TrieError::root_mismatch);
  claim = honest_claim(trie_, key, 1);
  claim.pairs[0].second[0] ^= 1;
  EXPECT_EQ(error_of(trie_, claim), TrieError::root_mismatch);
}

TEST_F(RangeProof, OfATrieWithOneElement) {
  const Bytes key = key_at(trie_, 0);
  const NaiveTrie one(NaiveTrie::Pairs{{key, {7}}});
  EXPECT_EQ(verdict_of(one, honest_claim(one, key, 1)), kTheEnd);
  EXPECT_EQ(verdict_of(one, honest_claim(one, kLowest, 1)), kTheEnd);
  EXPECT_EQ(verdict_of(one, honest_claim(one, after(key), 1)), kTheEnd);  // nothing there
  EXPECT_EQ(verdict_of(one, {key, {{key, {7}}}, {}}), kTheEnd);
  EXPECT_EQ(error_of(one, {key, {}, one.prove(key)}), TrieError::not_empty);
  EXPECT_EQ(error_of(one, {kLowest, {}, one.prove(kLowest)}), TrieError::not_empty);
  EXPECT_EQ(error_of(one, {after(key), {{kHighest, {7}}}, one.prove(key)}), TrieError::root_mismatch);
  EXPECT_EQ(error_of(one, {kLowest, {{before(key), {7}}}, one.prove(key)}), TrieError::root_mismatch);
}

TEST_F(RangeProof, OfTheWholeTrieNeedsNoNodes) {
  RangeClaim all = honest_claim(trie_, kLowest, 400);
  EXPECT_EQ(verdict_of(trie_, all), kTheEnd);
  all.nodes.clear();
  EXPECT_EQ(verdict_of(trie_, all), kTheEnd);
  all.first = all.pairs[0].first;
  EXPECT_EQ(verdict_of(trie_, all), kTheEnd);
  all.first = after(all.first);
  EXPECT_EQ(error_of(trie_, all), TrieError::before_range);
  all.pairs.erase(all.pairs.begin());
  EXPECT_EQ(error_of(trie_, all), TrieError::root_mismatch);
}

TEST_F(RangeProof, OfTheEmptyTrie) {
  const NaiveTrie nothing(NaiveTrie::Pairs{});
  EXPECT_EQ(verdict_of(nothing, {kLowest, {}, {}}), kTheEnd);
  EXPECT_EQ(error_of(nothing, {kLowest, {{kLowest, {7}}}, {}}), TrieError::root_mismatch);
  EXPECT_EQ(error_of(trie_, {kLowest, {}, {}}), TrieError::root_mismatch);
}

TEST_F(RangeProof, ThatNothingFollows) {
  const Bytes last = key_at(trie_, 399);
  EXPECT_EQ(verdict_of(trie_, honest_claim(trie_, after(last), 1)), kTheEnd);
  EXPECT_EQ(verdict_of(trie_, honest_claim(trie_, kHighest, 1)), kTheEnd);
  // With elements at or after it, near and far.
  for (const std::size_t place : {0U, 1U, 200U, 398U, 399U}) {
    for (const Bytes& first : {key_at(trie_, place), before(key_at(trie_, place))}) {
      EXPECT_EQ(error_of(trie_, {first, {}, trie_.prove(first)}), TrieError::not_empty) << place;
    }
  }
}

TEST_F(RangeProof, WithAGapIsRefused) {
  const RangeClaim good = honest_claim(trie_, key_at(trie_, 100), 50);
  for (std::size_t gap = 0; gap + 1 < good.pairs.size(); ++gap) {
    RangeClaim bad = good;
    bad.pairs.erase(bad.pairs.begin() + static_cast<std::ptrdiff_t>(gap));
    EXPECT_EQ(error_of(trie_, bad), TrieError::root_mismatch) << gap;
  }
  RangeClaim bad = good;  // both edges stay, all between them goes
  bad.pairs.erase(bad.pairs.begin() + 1, bad.pairs.end() - 1);
  EXPECT_EQ(error_of(trie_, bad), TrieError::root_mismatch);
}

TEST_F(RangeProof, WithEmptyValuesIsRefused) {
  const RangeClaim good = honest_claim(trie_, key_at(trie_, 100), 50);
  for (std::size_t i = 0; i < good.pairs.size(); ++i) {
    RangeClaim bad = good;
    bad.pairs[i].second.clear();
    EXPECT_EQ(error_of(trie_, bad), TrieError::empty_value);
    bad = good;  // a key that is not there, as if deleted
    bad.pairs.insert(bad.pairs.begin() + static_cast<std::ptrdiff_t>(i) + 1, {after(bad.pairs[i].first), {}});
    EXPECT_EQ(error_of(trie_, bad), TrieError::empty_value);
  }
  RangeClaim all = honest_claim(trie_, kLowest, 400);
  all.nodes.clear();
  all.pairs[200].second.clear();
  EXPECT_EQ(error_of(trie_, all), TrieError::empty_value);
}

TEST_F(RangeProof, WithNodesThatNobodyNeedsIsRefused) {
  RangeClaim bad = honest_claim(trie_, key_at(trie_, 100), 50);
  const std::size_t needed = bad.nodes.size();
  for (const auto& [key, value] : bad.pairs) {
    for (const Bytes& node : trie_.prove(key)) {
      if (std::find(bad.nodes.begin(), bad.nodes.end(), node) == bad.nodes.end()) bad.nodes.push_back(node);
    }
  }
  ASSERT_GT(bad.nodes.size(), needed + 10);
  EXPECT_EQ(error_of(trie_, bad), TrieError::unused_node);
  bad.nodes.resize(needed + 1);
  EXPECT_EQ(error_of(trie_, bad), TrieError::unused_node);
  bad.nodes.back() = bad.nodes.front();  // one of them twice
  EXPECT_EQ(error_of(trie_, bad), TrieError::unused_node);
  bad.nodes.assign(10'000, bad.nodes.front());
  EXPECT_EQ(error_of(trie_, bad), TrieError::too_many_nodes);
  bad = {kHighest, {}, trie_.prove(kHighest)};
  bad.nodes.push_back(trie_.prove(kLowest).back());
  EXPECT_EQ(error_of(trie_, bad), TrieError::unused_node);
}

TEST_F(RangeProof, WithoutANodeOfAnEdgeIsRefused) {
  const RangeClaim good = honest_claim(trie_, before(key_at(trie_, 100)), 50);
  for (std::size_t i = 0; i < good.nodes.size(); ++i) {
    RangeClaim bad = good;
    bad.nodes.erase(bad.nodes.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(error_of(trie_, bad), TrieError::missing_node);
    bad = good;
    bad.nodes[i][bad.nodes[i].size() / 2] ^= 1;
    EXPECT_EQ(error_of(trie_, bad), TrieError::missing_node);
  }
  RangeClaim bad = good;
  bad.nodes.clear();
  EXPECT_EQ(error_of(trie_, bad), TrieError::root_mismatch);
}

TEST_F(RangeProof, ShortNodesAreRefusedBeforeTheyAreKept) {
  RangeClaim bad = honest_claim(trie_, key_at(trie_, 100), 50);
  bad.nodes.insert(bad.nodes.begin() + 1, Bytes(31, 0x80));
  EXPECT_EQ(error_of(trie_, bad), TrieError::short_node);
  const NaiveTrie small(NaiveTrie::Pairs{{{0x12}, {7}}, {{0x13}, {8}}});
  const RangeClaim claim = honest_claim(small, {0x12}, 1);
  ASSERT_EQ(claim.nodes.size(), 1U);
  ASSERT_LT(claim.nodes[0].size(), 32U);
  EXPECT_EQ(verdict_of(small, claim), kMore);
}

TEST_F(RangeProof, OfKeysWithoutBytes) {
  const NaiveTrie trie(NaiveTrie::Pairs{{{}, {7}}});
  EXPECT_EQ(verdict_of(trie, honest_claim(trie, {}, 1)), kTheEnd);
  EXPECT_EQ(error_of(trie, {{}, {}, trie.prove({})}), TrieError::not_empty);
}

TEST_F(RangeProof, TakesItsNodesInAnyOrder) {
  RangeClaim claim = honest_claim(trie_, key_at(trie_, 100), 50);
  std::reverse(claim.nodes.begin(), claim.nodes.end());
  EXPECT_EQ(verdict_of(trie_, claim), kMore);
}

TEST_F(RangeProof, WithPairsBeforeTheRangeIsRefused) {
  RangeClaim bad = honest_claim(trie_, key_at(trie_, 100), 50);
  bad.first = after(bad.first);
  EXPECT_EQ(error_of(trie_, bad), TrieError::before_range);
  const RangeClaim good = honest_claim(trie_, key_at(trie_, 99), 51);
  bad = honest_claim(trie_, key_at(trie_, 100), 50);
  bad.pairs = good.pairs;
  EXPECT_EQ(error_of(trie_, bad), TrieError::before_range);
}

TEST_F(RangeProof, HasKeysInOrderAndOfOneSize) {
  const RangeClaim good = honest_claim(trie_, key_at(trie_, 100), 50);
  RangeClaim bad = good;
  std::swap(bad.pairs[10], bad.pairs[11]);
  EXPECT_EQ(error_of(trie_, bad), TrieError::not_ascending);
  bad = good;
  bad.pairs[10] = bad.pairs[11];
  EXPECT_EQ(error_of(trie_, bad), TrieError::not_ascending);
  bad = good;
  bad.pairs[10].first.pop_back();
  EXPECT_EQ(error_of(trie_, bad), TrieError::wrong_key_size);
  bad = good;
  bad.first.pop_back();
  EXPECT_EQ(error_of(trie_, bad), TrieError::wrong_key_size);
  bad.first = Bytes(kKeyBytesMax + 1);
  EXPECT_EQ(error_of(trie_, bad), TrieError::key_too_long);
}

TEST_F(RangeProof, SaysWhichPairOrNodeIsWrong) {
  const RangeClaim good = honest_claim(trie_, key_at(trie_, 100), 50);
  const auto index_of = [&](const RangeClaim& claim, TrieError reason) {
    std::vector<Pair> pairs;
    for (const auto& [key, value] : claim.pairs) pairs.push_back({key, value});
    const std::vector<ByteView> nodes(claim.nodes.begin(), claim.nodes.end());
    const auto range = verify_range(trie_.root(), claim.first, pairs, nodes);
    EXPECT_TRUE(!range.ok() && range.error().reason == reason);
    return range.error().index;
  };
  RangeClaim bad = good;
  bad.pairs[17].second.clear();
  EXPECT_EQ(index_of(bad, TrieError::empty_value), 17U);
  bad = good;
  bad.pairs[18] = bad.pairs[17];
  EXPECT_EQ(index_of(bad, TrieError::not_ascending), 18U);
  bad = good;
  bad.pairs[19].first.pop_back();
  EXPECT_EQ(index_of(bad, TrieError::wrong_key_size), 19U);
  bad = good;
  bad.nodes.insert(bad.nodes.begin() + 2, trie_.prove(kLowest).back());
  EXPECT_EQ(index_of(bad, TrieError::unused_node), 2U);
}

// Both edges left of the pairs, or both right of them.
TEST_F(RangeProof, EdgesOfTheSameSideAreRefused) {
  const Bytes key = key_at(trie_, 200), below = key_at(trie_, 199), above = key_at(trie_, 201);
  const auto& value = trie_.pairs().at(key);
  EXPECT_NE(verdict_of(trie_, {before(below), {{key, value}}, trie_.prove_range(before(below), below)}),
            kMore);
  EXPECT_EQ(error_of(trie_, {above, {{key, value}}, trie_.prove_range(above, after(above))}),
            TrieError::before_range);
}

// The root is an extension, and one edge or both leave it at once.
TEST_F(RangeProof, WhoseKeysShareAPrefix) {
  Bytes low(32, 0), high(32, 0);
  low[0] = high[0] = 0xAA;
  low[1] = 0x10;
  high[1] = 0x20;
  const NaiveTrie trie({{low, Bytes(40, 1)}, {high, Bytes(40, 2)}});
  EXPECT_EQ(verdict_of(trie, honest_claim(trie, kLowest, 2)), kTheEnd);
  EXPECT_EQ(verdict_of(trie, honest_claim(trie, kLowest, 1)), kMore);
  EXPECT_EQ(verdict_of(trie, honest_claim(trie, low, 2)), kTheEnd);
  EXPECT_EQ(verdict_of(trie, honest_claim(trie, after(low), 1)), kTheEnd);
  EXPECT_EQ(verdict_of(trie, honest_claim(trie, kHighest, 1)), kTheEnd);
  EXPECT_EQ(verdict_of(trie, honest_claim(trie, after(high), 1)), kTheEnd);
  RangeClaim bad = honest_claim(trie, kLowest, 2);
  bad.pairs.pop_back();
  EXPECT_NE(verdict_of(trie, bad), kTheEnd);
  bad.pairs.clear();
  bad.nodes = trie.prove(kLowest);
  EXPECT_EQ(error_of(trie, bad), TrieError::not_empty);
  bad = {kLowest, {{before(low), {7}}}, trie.prove_range(kLowest, before(low))};
  EXPECT_EQ(error_of(trie, bad), TrieError::root_mismatch);
}

TEST_F(RangeProof, OfATrieWithOtherKeySizesIsRefused) {
  Prng prng(5);
  const Bytes low = {0x10, 0x00}, high = {0x20, 0x00};
  const auto error = [&](NaiveTrie::Pairs others) {
    others[low] = {1};
    others[high] = {2};
    const NaiveTrie trie(others);
    return error_of(trie, {low, {{low, {1}}, {high, {2}}}, trie.prove_range(low, high)});
  };
  EXPECT_EQ(error({}), TrieError::count_);
  EXPECT_EQ(error({{{}, {3}}}), TrieError::bad_key_size);
  EXPECT_EQ(error({{{0x10}, {3}}}), TrieError::bad_key_size);
  EXPECT_EQ(error({{{0x10, 0x00, 0x00}, {3}}}), TrieError::bad_key_size);
  EXPECT_EQ(error({{{0x10, 0x01, 0x00}, {3}}}), TrieError::root_mismatch);  // not on an edge
  EXPECT_EQ(error({{{0x10, 0x00, 0x00}, {3}}, {{0x10, 0x01, 0x00}, {4}}}), TrieError::bad_key_size);
  const Bytes longest(kKeyBytesMax, 0x10);
  const NaiveTrie longer({{longest, {1}}, {Bytes(kKeyBytesMax - 1, 0x10), {2}}});
  EXPECT_EQ(error_of(longer, {longest, {{longest, {1}}}, longer.prove(longest)}), TrieError::bad_key_size);
}

// Beside the range, where they would do no harm: a trie is of one kind or it is not.
TEST_F(RangeProof, NextToKeysOfOtherSizesIsRefused) {
  const auto error = [&](NaiveTrie::Pairs others) {
    const Bytes first = {0x11, 0x00}, low = {0x20, 0x00}, high = {0x30, 0x00};
    others[low] = {1};
    others[high] = {2};
    const NaiveTrie trie(others);
    return error_of(trie, {first, {{low, {1}}, {high, {2}}}, trie.prove_range(first, high)});
  };
  EXPECT_EQ(error({{{0x10, 0x00}, {3}}}), TrieError::count_);
  EXPECT_EQ(error({{{0x10}, {3}}}), TrieError::bad_key_size);
  EXPECT_EQ(error({{{0x10, 0x00, 0x00}, {3}}}), TrieError::bad_key_size);
  EXPECT_EQ(error({{{0x10, 0x00, 0x00}, {3}}, {{0x10, 0x00, 0x01}, {4}}}), TrieError::bad_key_size);
  // The way to 1000 uses up the key and ends at a branch without a value.
  const Bytes first = {0x10, 0x00}, high = {0x10, 0x01};
  const NaiveTrie below({{{0x10, 0x00, 0x00}, {1}}, {{0x10, 0x00, 0x10}, {2}}, {high, {3}}});
  EXPECT_EQ(error_of(below, {first, {{high, {3}}}, below.prove_range(first, high)}), TrieError::bad_key_size);
  EXPECT_EQ(error_of(below, {first, {}, below.prove(first)}), TrieError::bad_key_size);
}

// A branch with one child, right by its hash: no set of keys makes such a trie.
TEST_F(RangeProof, OfATrieOfBrokenShapeIsRefused) {
  const Bytes leaf = test::naive_rlp_list({Bytes{0x31}, Bytes{0x07}});  // ...1
  std::vector<Bytes> items(17, Bytes{0x80});
  items[1] = leaf;
  const Bytes branch = test::naive_rlp_list(items);
  const Hash32 root = crypto::keccak256(branch);
  EXPECT_EQ(verdict_of(root, {{0x00}, {{{0x11}, {0x07}}}, {branch}}).error, TrieError::root_mismatch);

  // The same one level down, and beside the range.
  const auto wrapped = [](std::size_t place, const Bytes& child) {
    std::vector<Bytes> all(17, Bytes{0x80});
    all[place] = child;
    return all;
  };
  auto outer = wrapped(1, test::naive_rlp_list(wrapped(2, test::naive_rlp_list({Bytes{0x20}, Bytes{0x07}}))));
  outer[5] = test::naive_rlp_list({Bytes{0x35}, Bytes{0x07}});
  const Bytes top = test::naive_rlp_list(outer);
  EXPECT_EQ(verdict_of(crypto::keccak256(top), {{0x20}, {{{0x55}, {0x07}}}, {top}}), kTheEnd);
  EXPECT_EQ(verdict_of(crypto::keccak256(top), {{0x13}, {{{0x55}, {0x07}}}, {top}}).error,
            TrieError::broken_shape);
}

// The root is the attacker's: the nodes fit together and are wrong themselves.
TEST_F(RangeProof, OverMalformedNodesIsRefused) {
  const auto error = [&](const Bytes& top, std::vector<Bytes> below) {
    below.push_back(top);
    return verdict_of(crypto::keccak256(top), {{0x12}, {{{0x12}, Bytes(40, 7)}}, below}).error;
  };
  const auto path_node = [](const Bytes& path, const Bytes& second) {
    return test::naive_rlp_list({test::naive_rlp_string(path), second});
  };
  const auto hash_of = [](const Bytes& node) {
    return test::naive_rlp_string(crypto::keccak256(node).view());
  };
  const Bytes value = test::naive_rlp_string(Bytes(40, 7));
  EXPECT_EQ(error(path_node({0x20, 0x12}, value), {}), TrieError::count_);
  EXPECT_EQ(error(path_node({0x60, 0x12}, value), {}), TrieError::path_bad_flag);
  EXPECT_EQ(error(path_node({0x20, 0x12}, {0x80}), {}), TrieError::empty_value);
  EXPECT_EQ(error(value, {}), TrieError::bad_rlp);
  const Bytes leaf = path_node({0x32}, value);
  EXPECT_EQ(error(path_node({0x11}, hash_of(leaf)), {leaf}), TrieError::not_a_branch);
  EXPECT_EQ(error(path_node({0x11}, hash_of(leaf)), {}), TrieError::missing_node);
}

NaiveTrie some_trie(Prng& prng) {
  if (prng.chance_ppm(300'000)) return hashed_trie(prng, prng.below(60));
  return crowded_trie(prng, prng.below(60), prng.between(1, 4));
}
Bytes some_first(Prng& prng, const NaiveTrie& trie) {
  if (trie.pairs().empty()) return Bytes(3, 0x10);
  const Bytes key = key_at(trie, prng.below(trie.pairs().size()));
  if (prng.chance_ppm(200'000)) return crowded_key(prng, key.size());
  return prng.chance_ppm(500'000) ? key : prng.chance_ppm(500'000) ? before(key) : after(key);
}

TEST(RangeProofProperty, WhatAServerAnswersIsAccepted) {
  Prng prng(6);
  std::size_t empty = 0, more = 0;
  for (int i = 0; i < 3000; ++i) {
    const NaiveTrie trie = some_trie(prng);
    const RangeClaim claim = honest_claim(trie, some_first(prng, trie), prng.between(1, 20));
    ASSERT_TRUE(is_true(trie, claim));
    ASSERT_EQ(verdict_of(trie, claim), has_more(trie, claim) ? kMore : kTheEnd) << i;
    empty += claim.pairs.empty();
    more += has_more(trie, claim);
  }
  EXPECT_GT(empty, 100U);
  EXPECT_GT(more, 1000U);
}

// Changed in one to three places. What happens to be true still is accepted, everything else is refused.
TEST(RangeProofProperty, TenThousandMutationsAreRefused) {
  Prng prng(7);
  const auto below = [&](std::uint64_t bound) { return prng.below(bound); };
  std::size_t refused = 0, accepted = 0, reasons[static_cast<std::size_t>(TrieError::count_)] = {};
  while (refused < 10'000) {
    const NaiveTrie trie = some_trie(prng);
    if (trie.pairs().empty()) continue;
    const RangeClaim good = honest_claim(trie, some_first(prng, trie), prng.between(1, 20));
    RangeClaim spare{{}, {trie.pairs().begin(), trie.pairs().end()}, trie.all_nodes()};
    for (int i = 0; i < 20; ++i) {
      RangeClaim bad = good;
      for (std::uint64_t n = prng.between(1, 3); n > 0; --n) damage(bad, spare, below);
      const Verdict verdict = verdict_of(trie, bad);
      if (is_true(trie, bad)) {
        ASSERT_EQ(verdict, has_more(trie, bad) ? kMore : kTheEnd);
        ++accepted;
        continue;
      }
      ASSERT_NE(verdict.error, TrieError::count_);
      ++reasons[static_cast<std::size_t>(verdict.error)];
      ++refused;
    }
  }
  EXPECT_GT(accepted, 100U);
  for (const TrieError reason :
       {TrieError::missing_node, TrieError::unused_node, TrieError::empty_value, TrieError::not_ascending,
        TrieError::before_range, TrieError::root_mismatch}) {
    EXPECT_GT(reasons[static_cast<std::size_t>(reason)], 100U) << name(reason);
  }
}

}  // namespace
}  // namespace ringwire::trie
