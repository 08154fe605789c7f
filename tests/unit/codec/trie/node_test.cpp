#include "codec/trie/node.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "codec/wire/rlp.hpp"
#include "tests/unit/codec/trie/random_tries.hpp"

namespace ringwire::trie {
namespace {

using test::naive_rlp_list;
using test::naive_rlp_string;

const Bytes kNothing = {0x80};
const Bytes kHash = naive_rlp_string(Bytes(32, 0xAB));

TrieError error_of(const Bytes& bytes) {
  const auto node = decode_node(bytes);
  return node ? TrieError::count_ : node.error();
}

std::vector<Bytes> branch_items(Bytes child, Bytes value) {
  std::vector<Bytes> items(17, kNothing);
  items[3] = std::move(child);
  items[16] = std::move(value);
  return items;
}

Bytes path_node(const Bytes& path, const Bytes& second) {
  return naive_rlp_list({naive_rlp_string(path), second});
}

TEST(Node, ReadsEachKind) {
  const Bytes branch_bytes = naive_rlp_list(branch_items(kHash, {0x07}));
  const auto branch = decode_node(branch_bytes);
  ASSERT_TRUE(branch.ok());
  EXPECT_EQ(branch->kind, NodeKind::branch);
  EXPECT_EQ(test::bytes_of(branch->children[3]), Bytes(32, 0xAB));
  EXPECT_TRUE(is_hash(branch->children[3]));
  EXPECT_TRUE(branch->children[4].empty());
  EXPECT_EQ(test::bytes_of(branch->value), Bytes{0x07});

  const Bytes extension_bytes = path_node({0x00, 0xAB}, kHash);
  const auto extension = decode_node(extension_bytes);
  ASSERT_TRUE(extension.ok());
  EXPECT_EQ(extension->kind, NodeKind::extension);
  EXPECT_EQ(extension->path.size(), 2U);
  EXPECT_TRUE(is_hash(extension->children[0]));

  const Bytes leaf_bytes = path_node({0x3A}, naive_rlp_string(Bytes(40, 1)));
  const auto leaf = decode_node(leaf_bytes);
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf->kind, NodeKind::leaf);
  EXPECT_EQ(leaf->path.size(), 1U);
  EXPECT_EQ(leaf->path[0], 10);
  EXPECT_EQ(test::bytes_of(leaf->value), Bytes(40, 1));
}

TEST(Node, AnEmbeddedChildIsItsOwnBytes) {
  const Bytes child = path_node({0x20}, {0x07});
  const Bytes bytes = naive_rlp_list(branch_items(child, kNothing));
  const auto branch = decode_node(bytes);
  ASSERT_TRUE(branch.ok());
  EXPECT_EQ(test::bytes_of(branch->children[3]), child);
  EXPECT_FALSE(is_hash(branch->children[3]));
}

TEST(Node, AnEmbeddedChildEndsBelowTheSizeOfAHash) {
  for (const std::size_t value_bytes : {27U, 28U, 29U}) {
    const Bytes child = path_node({0x20}, naive_rlp_string(Bytes(value_bytes, 1)));
    ASSERT_EQ(child.size(), value_bytes + 3);
    EXPECT_EQ(error_of(naive_rlp_list(branch_items(child, kNothing))),
              child.size() < 32 ? TrieError::count_ : TrieError::bad_reference);
    EXPECT_EQ(error_of(path_node({0x11}, child)),
              child.size() < 32 ? TrieError::count_ : TrieError::bad_reference);
  }
}

TEST(Node, CountsItsItems) {
  for (std::size_t count = 0; count < 40; ++count) {
    std::vector<Bytes> items(count, kNothing);
    if (count == 2) items = {Bytes{0x20}, Bytes{0x01}};
    EXPECT_EQ(error_of(naive_rlp_list(items)),
              count == 2 || count == 17 ? TrieError::count_ : TrieError::bad_item_count)
        << count;
  }
}

TEST(Node, IsOneListAndNothingElse) {
  Bytes bytes = path_node({0x20}, {0x07});
  EXPECT_EQ(error_of({}), TrieError::bad_rlp);
  EXPECT_EQ(error_of(kHash), TrieError::bad_rlp);
  EXPECT_EQ(error_of(Bytes(bytes.begin(), bytes.end() - 1)), TrieError::bad_rlp);
  EXPECT_EQ(error_of({0xC3, 0x81, 0x20, 0x07}), TrieError::bad_rlp);  // 20 in two bytes
  EXPECT_EQ(error_of({0xF8, 0x02, 0x20, 0x07}), TrieError::bad_rlp);  // the size in two bytes
  bytes.push_back(0);
  EXPECT_EQ(error_of(bytes), TrieError::bad_rlp);
}

TEST(Node, ItsPathAndValueAreStrings) {
  EXPECT_EQ(error_of(naive_rlp_list({Bytes{0xC1, 0x20}, Bytes{0x07}})), TrieError::bad_rlp);
  EXPECT_EQ(error_of(path_node({0x20}, {0xC1, 0x07})), TrieError::bad_rlp);
  EXPECT_EQ(error_of(naive_rlp_list(branch_items(kHash, {0xC1, 0x07}))), TrieError::bad_rlp);
}

TEST(Node, NamesWhatIsWrongInAPath) {
  EXPECT_EQ(error_of(path_node({}, {0x07})), TrieError::path_empty);
  EXPECT_EQ(error_of(path_node({0x40}, {0x07})), TrieError::path_bad_flag);
  EXPECT_EQ(error_of(path_node({0x21}, {0x07})), TrieError::path_bad_padding);
}

TEST(Node, AnExtensionLeadsSomewhere) {
  EXPECT_EQ(error_of(path_node({0x00}, kHash)), TrieError::empty_extension);
  EXPECT_EQ(error_of(path_node({0x11}, kNothing)), TrieError::bad_reference);
}

TEST(Node, AReferenceIsAHashOrANode) {
  for (const std::size_t size : {1U, 31U, 33U}) {
    const Bytes reference = naive_rlp_string(Bytes(size, 0xAB));
    EXPECT_EQ(error_of(naive_rlp_list(branch_items(reference, kNothing))), TrieError::bad_reference) << size;
    EXPECT_EQ(error_of(path_node({0x11}, reference)), TrieError::bad_reference) << size;
  }
}

TEST(Node, ALeafHasAValue) {
  EXPECT_EQ(error_of(path_node({0x20}, kNothing)), TrieError::empty_value);
}

// Whatever a trie consists of is read, and written back byte for byte.
TEST(Node, IsWrittenAsItWasRead) {
  Prng prng(1);
  std::size_t kinds[3] = {};
  for (int i = 0; i < 50; ++i) {
    for (const Bytes& bytes : ragged_trie(prng, prng.between(1, 100)).all_nodes()) {
      const auto node = decode_node(bytes);
      ASSERT_TRUE(node.ok());
      ++kinds[static_cast<std::size_t>(node->kind)];
      Bytes path;
      for (std::size_t n = 0; n < node->path.size(); ++n) path.push_back(node->path[n]);
      const HexPrefix prefix(path, node->path.is_leaf());
      const auto body = [&](auto& sink) {
        if (node->kind == NodeKind::branch) write_branch(sink, node->children, node->value);
        if (node->kind == NodeKind::extension) write_extension(sink, prefix, node->children[0]);
        if (node->kind == NodeKind::leaf) write_leaf(sink, prefix, node->value);
      };
      Bytes written(wire::rlp_size(body));
      wire::RlpWriter writer(written);
      body(writer);
      ASSERT_EQ(written, bytes);
    }
  }
  for (const std::size_t seen : kinds) EXPECT_GT(seen, 10U);
}

TEST(Node, AFullBranchIsAsLongAsItsConstantSays) {
  std::vector<Bytes> items(17, kHash);
  items[16] = kNothing;
  EXPECT_EQ(naive_rlp_list(items).size(), kFullBranchBytes);
}

}  // namespace
}  // namespace ringwire::trie
