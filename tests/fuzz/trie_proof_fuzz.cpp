// The verifier and the model say the same about every list of nodes: nothing, a value, or that there is none.
// And a range of this key alone, or of nothing from it on, is proven by them only if the key is.
//
// Random bytes would never get past the first hash. So an input has the nodes of a chain with a mark where
// each names the next, and the hashes are put in from the last to the first: whatever mutation does to a
// node, it hangs from the root by right hashes, as an attacker who chooses the root would have it.
//
//   size of the key, key, { size of a node u16, node } from the root on
#include "codec/trie/proof.hpp"

#include <algorithm>
#include <optional>

#include "codec/base/prng.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/trie/nibbles.hpp"
#include "codec/trie/range_proof.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/naive_trie.hpp"

namespace ringwire {
namespace {

using Nodes = std::vector<test::Bytes>;

const test::Bytes kMark(32, 0xEE);  // where the hash of the next node stands

void replace_all(test::Bytes& bytes, ByteView from, ByteView to) {
  for (auto at = bytes.begin();; at += static_cast<std::ptrdiff_t>(to.size())) {
    at = std::search(at, bytes.end(), from.begin(), from.end());
    if (at == bytes.end()) return;
    std::copy(to.begin(), to.end(), at);
  }
}

ByteView take(ByteView& input, std::size_t size) {
  const ByteView taken = input.first(std::min(size, input.size()));
  input = input.subspan(taken.size());
  return taken;
}

std::size_t take_size(ByteView& input) {
  std::size_t size = 0;
  for (const std::uint8_t byte : take(input, 2)) size = size << 8 | byte;
  return size;
}

struct Proof {
  test::Bytes key;
  Nodes nodes;
  Hash32 root;
};
Proof read_proof(ByteView input) {
  Proof proof;
  const ByteView size = take(input, 1);
  if (!size.empty()) proof.key = test::bytes_of(take(input, size[0] % (trie::kKeyBytesMax + 1)));
  while (!input.empty() && proof.nodes.size() < 80) {
    const std::size_t node_size = take_size(input);
    proof.nodes.push_back(test::bytes_of(take(input, node_size)));
  }
  for (std::size_t i = proof.nodes.size(); i > 0; --i) {
    const Hash32 hash = crypto::keccak256(proof.nodes[i - 1]);
    i > 1 ? replace_all(proof.nodes[i - 2], kMark, hash.view()) : void(proof.root = hash);
  }
  return proof;
}

fuzz::Input written(const test::Bytes& key, Nodes nodes) {
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    replace_all(nodes[i - 1], crypto::keccak256(nodes[i]).view(), kMark);
  }
  fuzz::Input input(1 + key.size());
  input[0] = static_cast<std::uint8_t>(key.size());
  std::copy(key.begin(), key.end(), input.begin() + 1);
  for (const test::Bytes& node : nodes) {
    input.push_back(static_cast<std::uint8_t>(node.size() >> 8));
    input.push_back(static_cast<std::uint8_t>(node.size()));
    input.insert(input.end(), node.begin(), node.end());
  }
  return input;
}

// `value` is what the proof says of the key; nothing where it proves nothing.
void check_ranges(const Proof& proof, std::span<const ByteView> nodes,
                  const std::optional<std::optional<ByteView>>& value) {
  if (nodes.empty()) return;  // would be about the whole trie
  const auto empty = trie::verify_range(proof.root, proof.key, {}, nodes);
  RW_ASSERT(!empty || (value && !*value && !empty->more_to_the_right));
  const test::Bytes other = {1, 2, 3};
  const trie::Pair pair{proof.key, value && *value ? **value : ByteView(other)};
  const auto alone = trie::verify_range(proof.root, proof.key, {&pair, 1}, nodes);
  RW_ASSERT(!alone || (value && *value));
}

void check(const Proof& proof, trie::KeySizes sizes) {
  const bool one_size = sizes == trie::KeySizes::one;
  const std::vector<ByteView> nodes(proof.nodes.begin(), proof.nodes.end());
  const auto value = trie::verify_proof(proof.root, proof.key, sizes, nodes);
  const test::NaiveVerdict model = test::naive_verify(proof.root, proof.key, one_size, proof.nodes);
  RW_ASSERT(value.ok() == model.valid);
  if (one_size) check_ranges(proof, nodes, value ? std::optional(*value) : std::nullopt);
  if (!value) return;
  RW_ASSERT(value->has_value() == model.value.has_value());
  RW_ASSERT(!model.value || std::ranges::equal(**value, *model.value));
}

void seeds_of(const test::NaiveTrie& trie, std::vector<fuzz::Input>& seeds) {
  for (const auto& [key, value] : trie.pairs()) {
    seeds.push_back(written(key, trie.prove(key)));
    test::Bytes other = key;
    if (!other.empty()) other.back() ^= 0x11;
    seeds.push_back(written(other, trie.prove(other)));
  }
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  std::vector<Input> seeds;
  Prng prng(1);
  test::NaiveTrie::Pairs short_keys, hashed_keys;
  for (const std::size_t size : {0U, 1U, 2U, 2U, 2U, 3U, 3U, 4U}) {
    test::Bytes key(size, 0x11);
    if (!key.empty()) key.back() = static_cast<std::uint8_t>(prng.below(4) * 0x11);
    short_keys[key] = test::Bytes(prng.between(1, 40), 0x07);
    test::Bytes hashed(32);
    prng.fill(hashed);
    hashed_keys[hashed] = test::Bytes(70, 0x07);
  }
  seeds_of(test::NaiveTrie(short_keys), seeds);
  seeds_of(test::NaiveTrie(hashed_keys), seeds);
  return seeds;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const Proof proof = read_proof({data, size});
  check(proof, trie::KeySizes::any);
  check(proof, trie::KeySizes::one);
  return 0;
}
