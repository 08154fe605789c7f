#include "codec/trie/node.hpp"

#include <span>

#include "codec/wire/rlp.hpp"

namespace ringwire::trie {
namespace {

using wire::RlpItem;

constexpr std::size_t kBranchItems = kChildren + 1;
constexpr std::size_t kPathItems = 2;  // an extension or a leaf

struct Items {
  std::array<RlpItem, kBranchItems> all;
  std::size_t count = 0;
};

Status<TrieError> read_items(ByteView bytes, Items& items) {
  wire::RlpReader message(bytes);
  wire::RlpReader list = message.list();
  for (; list.more(); ++items.count) {
    const RlpItem item = list.item();
    if (items.count == kBranchItems) return Failure{TrieError::bad_item_count};
    items.all[items.count] = item;
  }
  message.finish_with(list);
  if (!message.ok()) return Failure{TrieError::bad_rlp};
  return Done{};
}

Result<ByteView, TrieError> read_reference(const RlpItem& item) {
  if (item.is_list) {
    if (!is_embeddable(item.encoded)) return Failure{TrieError::bad_reference};
    return item.encoded;
  }
  if (!item.payload.empty() && !is_hash(item.payload)) return Failure{TrieError::bad_reference};
  return item.payload;
}

Result<Node, TrieError> read_branch(const Items& items) {
  Node node;
  for (std::size_t i = 0; i < kChildren; ++i) {
    const auto child = read_reference(items.all[i]);
    if (!child) return Failure{child.error()};
    node.children[i] = *child;
  }
  const RlpItem& value = items.all[kChildren];
  if (value.is_list) return Failure{TrieError::bad_rlp};
  node.value = value.payload;
  return node;
}

Result<Node, TrieError> read_extension(const RlpItem& child, Node node) {
  node.kind = NodeKind::extension;
  if (node.path.size() == 0) return Failure{TrieError::empty_extension};
  const auto reference = read_reference(child);
  if (!reference) return Failure{reference.error()};
  if (reference->empty()) return Failure{TrieError::bad_reference};
  node.children[0] = *reference;
  return node;
}

Result<Node, TrieError> read_leaf(const RlpItem& value, Node node) {
  node.kind = NodeKind::leaf;
  if (value.is_list) return Failure{TrieError::bad_rlp};
  if (value.payload.empty()) return Failure{TrieError::empty_value};
  node.value = value.payload;
  return node;
}

}  // namespace

Result<Node, TrieError> decode_node(ByteView bytes) {
  Items items;
  if (const auto read = read_items(bytes, items); !read) return Failure{read.error()};
  if (items.count == kBranchItems) return read_branch(items);
  if (items.count != kPathItems) return Failure{TrieError::bad_item_count};
  const RlpItem& path = items.all[0];
  if (path.is_list) return Failure{TrieError::bad_rlp};
  const auto read = decode_hex_prefix(path.payload);
  if (!read) return Failure{read.error()};
  const Node node{.path = *read};
  return read->is_leaf() ? read_leaf(items.all[1], node) : read_extension(items.all[1], node);
}

}  // namespace ringwire::trie
