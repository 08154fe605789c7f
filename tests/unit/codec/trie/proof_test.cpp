#include "codec/trie/proof.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/trie/builder.hpp"
#include "codec/trie/walk.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/codec/trie/random_tries.hpp"

namespace ringwire::trie {
namespace {

using Json = nlohmann::json;
using test::naive_rlp_list;
using test::naive_rlp_string;
using Nodes = std::vector<Bytes>;

struct Verdict {
  TrieError error = TrieError::count_;  // none
  std::size_t index = 0;
  std::optional<Bytes> value;

  bool operator==(const Verdict&) const = default;
};
Verdict verdict_of(const Hash32& root, const Bytes& key, const Nodes& nodes, KeySizes sizes = KeySizes::any) {
  const std::vector<ByteView> views(nodes.begin(), nodes.end());
  const auto value = verify_proof(root, key, sizes, views);
  if (!value) return {value.error().reason, value.error().index, {}};
  return {.value = *value ? std::optional(test::bytes_of(**value)) : std::nullopt};
}

Hash32 hash_of(const Json& text) {
  Hash32 hash;
  EXPECT_TRUE(from_hex(text.get<std::string>(), hash.span()));
  return hash;
}

std::optional<Bytes> value_of(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(unhex(value));
}

Nodes nodes_of(const Json& proof) {
  Nodes nodes;
  for (const auto& node : proof) nodes.push_back(unhex(node));
  return nodes;
}

TEST(Proof, EveryGoodVectorIsProven) {
  RW_REQUIRE_VECTORS(path, "mpt-proofs/proofs.json");
  const auto rows = Json::parse(test::read_file(path))["good"];
  ASSERT_EQ(rows.size(), 46U);
  for (const auto& row : rows) {
    const Verdict verdict = verdict_of(hash_of(row["root"]), unhex(row["key"]), nodes_of(row["proof"]));
    EXPECT_EQ(verdict.error, TrieError::count_) << name(verdict.error) << ' ' << row;
    EXPECT_EQ(verdict.value, value_of(row["value"])) << row;
  }
}

// How the vectors begin to say what is wrong, and what we say. A proof that is fine and proves something else
// than is claimed has no error: the claim is the caller's to compare.
constexpr std::pair<std::string_view, TrieError> kBadVectors[] = {
    {"node 0 missing", TrieError::wrong_hash},
    {"node 1 missing", TrieError::wrong_hash},
    {"node 2 missing", TrieError::missing_node},
    {"node 0 byte", TrieError::wrong_hash},
    {"node 1 byte", TrieError::wrong_hash},
    {"node 2 byte", TrieError::wrong_hash},
    {"empty proof", TrieError::missing_node},
    {"wrong root", TrieError::wrong_hash},
    {"wrong value", TrieError::count_},
    {"wrong key same proof", TrieError::wrong_hash},
    {"claims absent for a present key", TrieError::count_},
    {"root node sent as value of itself", TrieError::count_},
    {"inner node claimed as leaf value", TrieError::count_},
    {"extra unrelated node appended", TrieError::unused_node},
    {"10,000 duplicate nodes", TrieError::too_many_nodes},
    {"branch with 18 items", TrieError::bad_item_count},
    {"branch with 16 items", TrieError::bad_item_count},
    {"node is an RLP string", TrieError::bad_rlp},
    {"node with 0 items", TrieError::bad_item_count},
    {"node with 1 item", TrieError::bad_item_count},
    {"node with 3 items", TrieError::bad_item_count},
    {"leaf whose path is empty bytes", TrieError::path_empty},
    {"hex-prefix flag nibble 4", TrieError::path_bad_flag},
    {"hex-prefix flag nibble 15", TrieError::path_bad_flag},
    {"even leaf with non-zero pad", TrieError::path_bad_padding},
    {"leaf path longer than the key", TrieError::bad_key_size},
    {"leaf path shorter than the key", TrieError::bad_key_size},
    {"extension with empty path", TrieError::empty_extension},
    {"child reference of 31 bytes", TrieError::bad_reference},
    {"child reference of 33 bytes", TrieError::bad_reference},
    {"embedded node of more than 31", TrieError::bad_reference},
    {"root node with trailing byte", TrieError::bad_rlp},
    {"non-canonical RLP length", TrieError::bad_rlp},
    {"value inside a branch at an inner", TrieError::bad_key_size},
    {"empty value in a leaf", TrieError::empty_value},
    {"201-node chain", TrieError::too_many_nodes},
};

TEST(Proof, EveryBadVectorIsRefusedForItsReason) {
  RW_REQUIRE_VECTORS(path, "mpt-proofs/proofs.json");
  const auto rows = Json::parse(test::read_file(path))["bad"];
  ASSERT_EQ(rows.size(), 42U);
  for (const auto& row : rows) {
    const auto why = row["why"].get<std::string>();
    Nodes nodes = nodes_of(row["why"] == "10,000 duplicate nodes" ? Json::array() : row["proof"]);
    if (nodes.empty() && why.starts_with("10,000")) nodes.assign(10'000, Bytes(532, 0x80));
    const Verdict verdict = verdict_of(hash_of(row["root"]), unhex(row["key"]), nodes, KeySizes::one);
    const auto reason = std::find_if(std::begin(kBadVectors), std::end(kBadVectors),
                                     [&](const auto& known) { return why.starts_with(known.first); });
    ASSERT_NE(reason, std::end(kBadVectors)) << why;
    EXPECT_EQ(verdict.error, reason->second) << why << ": " << name(verdict.error);
    EXPECT_TRUE(verdict.error != TrieError::count_ || verdict.value != value_of(row["value"])) << why;
  }
}

// Keys that are there, keys beside them, and keys anywhere.
Bytes some_key(Prng& prng, const NaiveTrie& trie) {
  if (trie.pairs().empty() || prng.chance_ppm(100'000)) return crowded_key(prng, prng.below(6));
  auto pair = trie.pairs().begin();
  std::advance(pair, prng.below(trie.pairs().size()));
  Bytes key = pair->first;
  switch (prng.below(5)) {
    case 0:
      if (!key.empty()) key[prng.below(key.size())] ^= static_cast<std::uint8_t>(1U << prng.below(8));
      break;
    case 1:
      if (!key.empty()) key.pop_back();
      break;
    case 2:
      if (key.size() < kKeyBytesMax) key.push_back(static_cast<std::uint8_t>(prng.below(256)));
      break;
    default:
      break;
  }
  return key;
}

NaiveTrie some_trie(Prng& prng) {
  switch (prng.below(3)) {
    case 0:
      return ragged_trie(prng, prng.below(60));
    case 1:
      return crowded_trie(prng, prng.below(60), 4);
    default:
      return hashed_trie(prng, prng.below(60));
  }
}

bool has_only_keys_like(const NaiveTrie& trie, const Bytes& key) {
  return std::all_of(trie.pairs().begin(), trie.pairs().end(),
                     [&](const auto& pair) { return pair.first.size() == key.size(); });
}

TEST(Proof, OfEveryKeySaysWhatTheTrieSays) {
  Prng prng(1);
  std::size_t present = 0, absent = 0, of_one_size = 0;
  for (int i = 0; i < 300; ++i) {
    const NaiveTrie trie = some_trie(prng);
    for (int k = 0; k < 30; ++k) {
      const Bytes key = some_key(prng, trie);
      const auto pair = trie.pairs().find(key);
      const bool is_there = pair != trie.pairs().end();
      const Verdict expected{.value = is_there ? std::optional(pair->second) : std::nullopt};
      ASSERT_EQ(verdict_of(trie.root(), key, trie.prove(key)), expected) << to_hex(key);
      if (has_only_keys_like(trie, key)) {
        ASSERT_EQ(verdict_of(trie.root(), key, trie.prove(key), KeySizes::one), expected) << to_hex(key);
        ++of_one_size;
      }
      ++(is_there ? present : absent);
    }
  }
  EXPECT_GT(present, 2000U);
  EXPECT_GT(absent, 2000U);
  EXPECT_GT(of_one_size, 2000U);
}

// The value is a view into the proof: nothing was copied or allocated for it.
TEST(Proof, TheValueIsAViewIntoTheLastNode) {
  Prng prng(2);
  const NaiveTrie trie = hashed_trie(prng, 100);
  const Bytes& key = trie.pairs().begin()->first;
  const Nodes nodes = trie.prove(key);
  const std::vector<ByteView> views(nodes.begin(), nodes.end());
  const auto value = verify_proof(trie.root(), key, KeySizes::one, views);
  ASSERT_TRUE(value.ok() && value->has_value());
  EXPECT_GE((*value)->data(), nodes.back().data());
  EXPECT_LE((*value)->data() + (*value)->size(), nodes.back().data() + nodes.back().size());
}

// A changed proof is refused, or it is the same proof again.
void mutate(Prng& prng, const Nodes& foreign, Nodes& nodes) {
  const std::size_t at = prng.below(nodes.size());
  Bytes& node = nodes[at];
  switch (prng.below(7)) {
    case 0:
      node[prng.below(node.size())] ^= static_cast<std::uint8_t>(1U << prng.below(8));
      break;
    case 1:
      node.insert(node.begin() + static_cast<std::ptrdiff_t>(prng.below(node.size() + 1)),
                  static_cast<std::uint8_t>(prng.below(256)));
      break;
    case 2:
      node.erase(node.begin() + static_cast<std::ptrdiff_t>(prng.below(node.size())));
      break;
    case 3:
      nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 4:
      nodes.insert(nodes.begin() + static_cast<std::ptrdiff_t>(prng.below(nodes.size() + 1)),
                   foreign[prng.below(foreign.size())]);
      break;
    case 5:
      std::swap(node, nodes[prng.below(nodes.size())]);
      break;
    default:
      node = foreign[prng.below(foreign.size())];
      break;
  }
}

TEST(Proof, TenThousandMutationsAreRefused) {
  Prng prng(3);
  std::size_t refused = 0, reasons[static_cast<std::size_t>(TrieError::count_)] = {};
  while (refused < 10'000) {
    const NaiveTrie trie = some_trie(prng);
    const Bytes key = some_key(prng, trie);
    const Nodes good = trie.prove(key);
    if (good.empty()) continue;
    for (int i = 0; i < 100; ++i) {
      Nodes bad = good;
      mutate(prng, trie.all_nodes(), bad);
      if (bad == good) continue;
      const Verdict verdict = verdict_of(trie.root(), key, bad);
      ASSERT_NE(verdict.error, TrieError::count_);
      ++reasons[static_cast<std::size_t>(verdict.error)];
      ++refused;
    }
  }
  for (const TrieError reason : {TrieError::wrong_hash, TrieError::missing_node, TrieError::unused_node}) {
    EXPECT_GT(reasons[static_cast<std::size_t>(reason)], 100U) << name(reason);
  }
}

// The root is the attacker's: everything hashes as it should, and the nodes are wrong themselves.
Hash32 root_of(const Nodes& nodes) {
  return crypto::keccak256(nodes.front());
}
Bytes reference_to(const Bytes& node) {
  return node.size() < 32 ? node : naive_rlp_string(crypto::keccak256(node).view());
}
Bytes path_node(const Bytes& path, const Bytes& second) {
  return naive_rlp_list({naive_rlp_string(path), second});
}
Bytes branch_with(std::size_t place, const Bytes& child) {
  std::vector<Bytes> items(17, Bytes{0x80});
  items[place] = child;
  return naive_rlp_list(items);
}

TEST(Proof, BelowAnExtensionIsABranch) {
  const Bytes key = {0x12, 0x34};
  const Bytes leaf = path_node({0x20 | 0x10 | 4}, naive_rlp_string(Bytes(40, 7)));
  const Bytes branch = branch_with(3, reference_to(leaf));
  const Bytes extension = path_node({0x00, 0x12}, reference_to(branch));
  EXPECT_EQ(verdict_of(root_of({extension}), key, {extension, branch, leaf}), Verdict{.value = Bytes(40, 7)});

  const Bytes long_leaf = path_node({0x20, 0x34}, naive_rlp_string(Bytes(40, 7)));
  const Bytes over_leaf = path_node({0x00, 0x12}, reference_to(long_leaf));
  EXPECT_EQ(verdict_of(root_of({over_leaf}), key, {over_leaf, long_leaf}).error, TrieError::not_a_branch);

  const Bytes inner = path_node({0x12}, reference_to(branch));
  const Bytes outer = path_node({0x11}, reference_to(inner));
  EXPECT_EQ(verdict_of(root_of({outer}), key, {outer, inner, branch, leaf}).error, TrieError::not_a_branch);
}

TEST(Proof, AnEmbeddedNodeIsAsStrictAsAnyOther) {
  const Bytes key = {0x12};
  const auto error_of = [&](const Bytes& embedded) {
    const Bytes node = branch_with(1, embedded);
    return verdict_of(root_of({node}), key, {node}).error;
  };
  EXPECT_EQ(error_of(path_node({0x32}, {0x07})), TrieError::count_);
  EXPECT_EQ(error_of(path_node({0x72}, {0x07})), TrieError::path_bad_flag);
  EXPECT_EQ(error_of(path_node({0x32}, {0x80})), TrieError::empty_value);
  EXPECT_EQ(error_of({0xC4, 0x81, 0x32, 0x07, 0x07}), TrieError::bad_rlp);
  EXPECT_EQ(error_of({0xC0}), TrieError::bad_item_count);
}

TEST(Proof, AShortNodeStandsInItsParent) {
  const Bytes key = {0x12};
  const auto error_of = [&](std::size_t value_bytes) {
    const Bytes leaf = path_node({0x32}, naive_rlp_string(Bytes(value_bytes, 7)));
    EXPECT_EQ(leaf.size(), value_bytes + 3);
    const Bytes top = branch_with(1, naive_rlp_string(crypto::keccak256(leaf).view()));
    return verdict_of(root_of({top}), key, {top, leaf}).error;
  };
  EXPECT_EQ(error_of(27), TrieError::short_node);
  EXPECT_EQ(error_of(28), TrieError::short_node);
  EXPECT_EQ(error_of(29), TrieError::count_);
}

// A leaf of 12 34 seen from other keys: in a trie of many sizes they are absent, in one of theirs it is
// wrong.
TEST(Proof, KeysOfAnotherSizeAreSeen) {
  const Bytes leaf = path_node({0x20, 0x12, 0x34}, {0x07});
  const Hash32 root = root_of({leaf});
  for (const Bytes& key : {Bytes{}, Bytes{0x12}, Bytes{0x12, 0x34, 0x56}}) {
    EXPECT_EQ(verdict_of(root, key, {leaf}, KeySizes::any), Verdict{});
    EXPECT_EQ(verdict_of(root, key, {leaf}, KeySizes::one).error, TrieError::bad_key_size);
  }
  EXPECT_EQ(verdict_of(root, {0x12, 0x35}, {leaf}, KeySizes::one), Verdict{});
}

TEST(Proof, KeysAreWholeBytesAndHaveABound) {
  const Bytes key = {0x12, 0x34};
  const auto error_of = [&](const Bytes& node) { return verdict_of(root_of({node}), key, {node}).error; };
  EXPECT_EQ(error_of(path_node({0x31, 0x23}, {0x07})), TrieError::bad_key_size);
  Bytes longest(1 + kKeyBytesMax, 0x00);
  longest[0] = 0x20;
  EXPECT_EQ(error_of(path_node(longest, {0x07})), TrieError::count_);
  longest.push_back(0x00);
  EXPECT_EQ(error_of(path_node(longest, {0x07})), TrieError::bad_key_size);
  std::vector<Bytes> items(17, Bytes{0x80});
  items[16] = {0x07};
  const Bytes at_the_root = naive_rlp_list(items);
  EXPECT_EQ(error_of(at_the_root), TrieError::count_);  // the key without bytes
  EXPECT_EQ(verdict_of(root_of({at_the_root}), key, {at_the_root}, KeySizes::one).error,
            TrieError::bad_key_size);
  EXPECT_EQ(error_of(branch_with(1, at_the_root)), TrieError::bad_key_size);  // after half a byte
}

// Each level holds the next one inside of it, as deep as 31 bytes allow.
TEST(Proof, EmbeddedNodesInEmbeddedNodesAreWalked) {
  const NaiveTrie trie({{{0x11, 0x11}, {1}}, {{0x11, 0x12}, {2}}});
  EXPECT_EQ(trie.prove(Bytes{0x11, 0x11}).size(), 1U);
  EXPECT_EQ(verdict_of(trie.root(), {0x11, 0x12}, trie.prove(Bytes{0x11, 0x12})), Verdict{.value = Bytes{2}});
}

TEST(Proof, TheWalkEndsWithTheKey) {
  std::vector<Bytes> nodes = {path_node({0x20}, naive_rlp_string(Bytes(40, 7)))};
  for (std::size_t i = 0; i < 2 * kKeyBytesMax; ++i) {
    nodes.insert(nodes.begin(), branch_with(0, reference_to(nodes.front())));
  }
  ASSERT_EQ(nodes.size(), kWayNodesMax);
  EXPECT_EQ(verdict_of(root_of(nodes), Bytes(kKeyBytesMax, 0), nodes), Verdict{.value = Bytes(40, 7)});
  nodes.insert(nodes.begin(), branch_with(0, reference_to(nodes.front())));
  EXPECT_EQ(verdict_of(root_of(nodes), Bytes(kKeyBytesMax, 0), nodes).error, TrieError::too_many_nodes);
  nodes.pop_back();  // a branch where the longest keys end
  EXPECT_EQ(verdict_of(root_of(nodes), Bytes(kKeyBytesMax, 0), nodes).error, TrieError::bad_key_size);
}

TEST(Proof, TheEmptyTrieNeedsNone) {
  EXPECT_EQ(verdict_of(kEmptyRoot, {0x12}, {}), Verdict{});
  EXPECT_EQ(verdict_of(kEmptyRoot, {0x12}, {{0x80}}).error, TrieError::bad_rlp);
  EXPECT_EQ(verdict_of(Hash32{}, {0x12}, {}).error, TrieError::missing_node);
}

TEST(Proof, KeysHaveABound) {
  EXPECT_EQ(verdict_of(kEmptyRoot, Bytes(kKeyBytesMax + 1), {}).error, TrieError::key_too_long);
  EXPECT_EQ(verdict_of(kEmptyRoot, Bytes(kKeyBytesMax), {}), Verdict{});
}

TEST(Proof, SaysWhichNodeIsWrong) {
  Prng prng(4);
  const NaiveTrie trie = hashed_trie(prng, 5000);
  const Bytes& key = trie.pairs().begin()->first;
  const Nodes good = trie.prove(key);
  ASSERT_GE(good.size(), 4U);
  for (std::size_t i = 0; i < good.size(); ++i) {
    Nodes bad = good;
    bad[i].back() ^= 1;
    EXPECT_EQ(verdict_of(trie.root(), key, bad), (Verdict{TrieError::wrong_hash, i, {}}));
    bad.resize(i);
    EXPECT_EQ(verdict_of(trie.root(), key, bad), (Verdict{TrieError::missing_node, i, {}}));
  }
}

}  // namespace
}  // namespace ringwire::trie
