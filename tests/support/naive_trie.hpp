// The model of a Merkle Patricia trie that codec/trie is compared with: a recursive tree on the heap, built,
// proven and verified by the book, slow and plain. It shares nothing with codec/trie but Keccak-256.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"

namespace ringwire::test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes bytes_of(ByteView view) {
  return {view.begin(), view.end()};
}

// RLP of a string, and of a list of items that are RLP already.
Bytes naive_rlp_string(ByteView bytes);
Bytes naive_rlp_list(const std::vector<Bytes>& items);

class NaiveTrie {
 public:
  // As the default order, in which gcc 12 warns of a comparison that is not there.
  struct InOrder {
    bool operator()(const Bytes& a, const Bytes& b) const { return as_text(a) < as_text(b); }
  };
  using Pairs = std::map<Bytes, Bytes, InOrder>;

  // Pairs with an empty value are not there.
  explicit NaiveTrie(Pairs pairs);

  [[nodiscard]] const Pairs& pairs() const { return pairs_; }
  [[nodiscard]] Hash32 root() const;
  // The nodes on the way to `key` that stand on their own, from the root; none of an empty trie.
  [[nodiscard]] std::vector<Bytes> prove(ByteView key) const;
  // The nodes on the way to both keys, each once.
  [[nodiscard]] std::vector<Bytes> prove_range(ByteView first, ByteView last) const;
  [[nodiscard]] std::vector<Bytes> all_nodes() const;

 private:
  struct Node {
    std::string path;  // digits of an extension or leaf
    std::array<std::unique_ptr<Node>, 16> children;
    std::unique_ptr<Node> extended;
    Bytes value;
    Bytes encoded;
  };
  using Sorted = std::vector<std::pair<std::string, Bytes>>;  // digits of the key, value

  static std::unique_ptr<Node> make(std::span<const Sorted::value_type> pairs, std::size_t depth);
  static void collect(const Node& node, bool is_root, std::vector<Bytes>& nodes);

  Pairs pairs_;
  std::shared_ptr<const Node> top_;
};

// What `nodes` say about `key`, given the root: nothing at all where they are not the proof of anything.
struct NaiveVerdict {
  bool valid = false;
  std::optional<Bytes> value;  // absent from the trie where there is none
};
// `one_size`: all keys of the trie are as long as this one; otherwise they have up to 32 bytes.
NaiveVerdict naive_verify(const Hash32& root, ByteView key, bool one_size, std::span<const Bytes> nodes);

}  // namespace ringwire::test
