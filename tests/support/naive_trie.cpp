#include "tests/support/naive_trie.hpp"

#include <algorithm>

#include "codec/crypto/keccak.hpp"

namespace ringwire::test {
namespace {

Bytes joined(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const ByteView part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes rlp_with_header(std::uint8_t base, const Bytes& payload) {
  if (payload.size() < 56) return joined({Bytes{static_cast<std::uint8_t>(base + payload.size())}, payload});
  Bytes size;
  for (std::size_t rest = payload.size(); rest > 0; rest >>= 8) {
    size.insert(size.begin(), static_cast<std::uint8_t>(rest));
  }
  return joined({Bytes{static_cast<std::uint8_t>(base + 55 + size.size())}, size, payload});
}

Bytes unhex(const std::string& digits) {
  Bytes bytes(digits.size() / 2);
  if (!from_hex(digits, bytes)) std::abort();
  return bytes;
}

Bytes hex_prefix(const std::string& path, bool is_leaf) {
  const bool odd = path.size() % 2 != 0;
  return unhex(std::string(1, "0123"[2 * is_leaf + odd]) + (odd ? "" : "0") + path);
}

Bytes hash_of(ByteView bytes) {
  return bytes_of(crypto::keccak256(bytes).view());
}

Bytes reference_to(const Bytes& encoded) {
  return encoded.size() < 32 ? encoded : naive_rlp_string(hash_of(encoded));
}

std::size_t digit(char character) {
  return std::string("0123456789abcdef").find(character);
}

// One RLP item at the start of `bytes`, with its header; nothing where it is cut or not in the one form.
struct Item {
  bool is_list;
  Bytes payload;
  Bytes encoded;
};
std::optional<Item> read_item(ByteView bytes) {
  if (bytes.empty()) return std::nullopt;
  const std::uint8_t prefix = bytes[0];
  if (prefix < 0x80) return Item{false, {prefix}, {prefix}};
  const bool is_list = prefix >= 0xC0;
  std::size_t size = prefix - (is_list ? 0xC0U : 0x80U), header = 1;
  if (size > 55) {
    const std::size_t size_bytes = size - 55;
    if (size_bytes > 4 || bytes.size() < 1 + size_bytes) return std::nullopt;  // no test has 4 GiB
    header += size_bytes;
    size = 0;
    for (std::size_t i = 1; i < header; ++i) size = size * 256 + bytes[i];
  }
  if (bytes.size() - header < size) return std::nullopt;
  const Item item{is_list, bytes_of(bytes.subspan(header, size)), bytes_of(bytes.first(header + size))};
  const Bytes written = is_list ? rlp_with_header(0xC0, item.payload) : naive_rlp_string(item.payload);
  if (written != item.encoded) return std::nullopt;
  return item;
}

std::optional<std::vector<Item>> read_items(ByteView bytes) {
  std::vector<Item> items;
  while (!bytes.empty()) {
    auto item = read_item(bytes);
    if (!item) return std::nullopt;
    bytes = bytes.subspan(item->encoded.size());
    items.push_back(std::move(*item));
  }
  return items;
}

bool is_reference(const Item& item) {
  return item.is_list ? item.encoded.size() < 32 : item.payload.empty() || item.payload.size() == 32;
}

// Follows `path` from a reference; `nodes` are those not used yet.
class Verifier {
 public:
  Verifier(std::size_t key_digits, bool one_size, std::span<const Bytes> nodes)
      : key_digits_(key_digits), one_size_(one_size), nodes_(nodes) {}

  NaiveVerdict follow_hash(const Bytes& hash, const std::string& path, bool branch_only) {
    if (nodes_.empty() || hash_of(nodes_[0]) != hash) return {};
    const Bytes& node = nodes_[0];
    nodes_ = nodes_.subspan(1);
    if (!is_root_ && node.size() < 32) return {};
    is_root_ = false;
    return follow_node(node, path, branch_only);
  }

 private:
  NaiveVerdict absent() const { return {.valid = nodes_.empty(), .value = std::nullopt}; }
  NaiveVerdict present(const Bytes& value) const {
    return value.empty() ? absent() : NaiveVerdict{.valid = nodes_.empty(), .value = value};
  }

  NaiveVerdict follow_reference(const Item& item, const std::string& path, bool branch_only) {
    if (item.is_list) return follow_node(item.encoded, path, branch_only);
    if (item.payload.empty()) return absent();
    return follow_hash(item.payload, path, branch_only);
  }

  NaiveVerdict follow_node(ByteView encoded, const std::string& path, bool branch_only) {
    const auto node = read_item(encoded);
    if (!node || !node->is_list || node->encoded.size() != encoded.size()) return {};
    const auto items = read_items(node->payload);
    if (!items) return {};
    if (items->size() == 17) return follow_branch(*items, path);
    if (items->size() != 2 || branch_only || (*items)[0].is_list) return {};
    return follow_path((*items)[0].payload, (*items)[1], path);
  }

  NaiveVerdict follow_branch(const std::vector<Item>& items, const std::string& path) {
    if (!std::all_of(items.begin(), items.end() - 1, is_reference) || items[16].is_list) return {};
    const std::size_t depth = key_digits_ - path.size();
    if (!may_go_on(depth) || (!items[16].payload.empty() && !is_key_size(depth))) return {};
    if (path.empty()) return present(items[16].payload);
    return follow_reference(items[digit(path[0])], path.substr(1), false);
  }

  NaiveVerdict follow_path(const Bytes& encoded, const Item& target, const std::string& path) {
    const std::string digits = to_hex(encoded);
    if (digits.empty() || digits[0] > '3') return {};
    const bool is_leaf = digits[0] >= '2', is_odd = (digits[0] - '0') % 2 != 0;
    if (!is_odd && digits[1] != '0') return {};
    const std::string own = digits.substr(is_odd ? 1 : 2);
    const std::size_t end = key_digits_ - path.size() + own.size();
    if (is_leaf ? !is_key_size(end) : !may_go_on(end)) return {};
    if (is_leaf) {
      if (target.is_list || target.payload.empty()) return {};
      return own == path ? present(target.payload) : absent();
    }
    if (own.empty() || !is_reference(target) || target.payload.empty()) return {};
    if (!path.starts_with(own)) return absent();
    return follow_reference(target, path.substr(own.size()), true);
  }

  bool is_key_size(std::size_t digits) const {
    return one_size_ ? digits == key_digits_ : digits <= 64 && digits % 2 == 0;
  }
  bool may_go_on(std::size_t digits) const { return digits < (one_size_ ? key_digits_ : 64); }

  std::size_t key_digits_;
  bool one_size_;
  std::span<const Bytes> nodes_;
  bool is_root_ = true;
};

}  // namespace

Bytes naive_rlp_string(ByteView bytes) {
  if (bytes.size() == 1 && bytes[0] < 0x80) return bytes_of(bytes);
  return rlp_with_header(0x80, bytes_of(bytes));
}

Bytes naive_rlp_list(const std::vector<Bytes>& items) {
  Bytes payload;
  for (const Bytes& item : items) payload.insert(payload.end(), item.begin(), item.end());
  return rlp_with_header(0xC0, payload);
}

NaiveTrie::NaiveTrie(Pairs pairs) : pairs_(std::move(pairs)) {
  std::erase_if(pairs_, [](const auto& pair) { return pair.second.empty(); });
  Sorted sorted;
  for (const auto& [key, value] : pairs_) sorted.emplace_back(to_hex(key), value);
  if (!sorted.empty()) top_ = make(sorted, 0);
}

std::unique_ptr<NaiveTrie::Node> NaiveTrie::make(std::span<const Sorted::value_type> pairs,
                                                 std::size_t depth) {
  auto node = std::make_unique<Node>();
  const std::string& first = pairs.front().first;
  const std::string& last = pairs.back().first;
  if (pairs.size() == 1) {
    node->path = first.substr(depth);
    node->value = pairs[0].second;
    node->encoded =
        naive_rlp_list({naive_rlp_string(hex_prefix(node->path, true)), naive_rlp_string(node->value)});
    return node;
  }
  std::size_t end = depth;
  while (end < first.size() && first[end] == last[end]) ++end;
  if (end > depth) {
    node->path = first.substr(depth, end - depth);
    node->extended = make(pairs, end);
    node->encoded = naive_rlp_list(
        {naive_rlp_string(hex_prefix(node->path, false)), reference_to(node->extended->encoded)});
    return node;
  }
  if (first.size() == depth) {
    node->value = pairs[0].second;
    pairs = pairs.subspan(1);
  }
  std::vector<Bytes> items(16, Bytes{0x80});
  while (!pairs.empty()) {
    const std::size_t child = digit(pairs[0].first[depth]);
    std::size_t count = 1;
    while (count < pairs.size() && digit(pairs[count].first[depth]) == child) ++count;
    node->children[child] = make(pairs.first(count), depth + 1);
    items[child] = reference_to(node->children[child]->encoded);
    pairs = pairs.subspan(count);
  }
  items.push_back(naive_rlp_string(node->value));
  node->encoded = naive_rlp_list(items);
  return node;
}

Hash32 NaiveTrie::root() const {
  return crypto::keccak256(top_ ? top_->encoded : Bytes{0x80});
}

std::vector<Bytes> NaiveTrie::prove(ByteView key) const {
  std::vector<Bytes> nodes;
  std::string rest = to_hex(key);
  for (const Node* node = top_.get(); node != nullptr;) {
    if (node == top_.get() || node->encoded.size() >= 32) nodes.push_back(node->encoded);
    if (node->extended) {
      if (!rest.starts_with(node->path)) break;
      rest = rest.substr(node->path.size());
      node = node->extended.get();
    } else if (rest.empty() || !node->path.empty()) {
      break;
    } else {
      node = node->children[digit(rest[0])].get();
      rest = rest.substr(1);
    }
  }
  return nodes;
}

std::vector<Bytes> NaiveTrie::prove_range(ByteView first, ByteView last) const {
  std::vector<Bytes> nodes = prove(first);
  for (Bytes& node : prove(last)) {
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(std::move(node));
  }
  return nodes;
}

void NaiveTrie::collect(const Node& node, bool is_root, std::vector<Bytes>& nodes) {
  if (is_root || node.encoded.size() >= 32) nodes.push_back(node.encoded);
  if (node.extended) collect(*node.extended, false, nodes);
  for (const auto& child : node.children) {
    if (child) collect(*child, false, nodes);
  }
}

std::vector<Bytes> NaiveTrie::all_nodes() const {
  std::vector<Bytes> nodes;
  if (top_) collect(*top_, true, nodes);
  return nodes;
}

NaiveVerdict naive_verify(const Hash32& root, ByteView key, bool one_size, std::span<const Bytes> nodes) {
  if (nodes.empty() && root == crypto::keccak256(Bytes{0x80})) return {.valid = true, .value = std::nullopt};
  return Verifier(2 * key.size(), one_size, nodes).follow_hash(bytes_of(root.view()), to_hex(key), false);
}

}  // namespace ringwire::test
