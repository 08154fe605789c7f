#include "codec/trie/roots.hpp"

#include <algorithm>
#include <vector>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/rlp.hpp"

namespace ringwire::trie {
namespace {

// Positions below it have keys of one byte, and 0 is the last of them.
constexpr std::size_t kOneByteKeys = 0x80;

void add_element(TrieBuilder& builder, std::span<const ByteView> elements, std::size_t position) {
  std::array<std::uint8_t, 1 + sizeof position> key;
  wire::RlpWriter writer(key);
  writer.u64(position);
  builder.add(ByteView(key).first(writer.bytes()), elements[position]);
}

}  // namespace

Result<Hash32, TrieFailure> ordered_root(std::span<const ByteView> elements) {
  const auto empty = std::find_if(elements.begin(), elements.end(), [](ByteView e) { return e.empty(); });
  if (empty != elements.end()) {
    return Failure{TrieFailure{TrieError::empty_value, static_cast<std::size_t>(empty - elements.begin())}};
  }
  TrieBuilder builder;
  for (std::size_t i = 1; i < std::min(elements.size(), kOneByteKeys); ++i) add_element(builder, elements, i);
  if (!elements.empty()) add_element(builder, elements, 0);
  for (std::size_t i = kOneByteKeys; i < elements.size(); ++i) add_element(builder, elements, i);
  return builder.root();
}

Result<Hash32, TrieFailure> trie_root(std::span<const Pair> ascending) {
  TrieBuilder builder;
  for (const Pair& pair : ascending) builder.add(pair.key, pair.value);
  return builder.root();
}

Result<Hash32, TrieFailure> secure_root(std::span<const Pair> pairs) {
  struct Hashed {
    Hash32 key;
    ByteView value;
  };
  std::vector<Hashed> hashed;
  hashed.reserve(pairs.size());
  for (const Pair& pair : pairs) hashed.push_back({crypto::keccak256(pair.key), pair.value});
  std::sort(hashed.begin(), hashed.end(), [](const Hashed& a, const Hashed& b) { return a.key < b.key; });
  TrieBuilder builder;
  for (const Hashed& pair : hashed) builder.add(pair.key.view(), pair.value);
  return builder.root();
}

}  // namespace ringwire::trie
