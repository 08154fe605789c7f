// An answer about a range is accepted exactly if it is true and its nodes are those of its edges: the
// input chooses a trie, a range of it and the damage that is done to the honest answer. The root of the
// trie is that of the model too.
#include "codec/trie/range_proof.hpp"

#include <algorithm>

#include "codec/base/prng.hpp"
#include "codec/trie/roots.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/naive_range.hpp"

namespace ringwire {
namespace {

using test::RangeClaim;

constexpr std::size_t kPairsMax = 24;
constexpr std::size_t kSeedBytes = 120;

// Choices from the input; the least of each when it is used up.
class Choices {
 public:
  explicit Choices(ByteView input) : rest_(input) {}

  [[nodiscard]] bool more() const { return !rest_.empty(); }
  std::uint64_t below(std::uint64_t bound) {
    std::uint64_t value = 0;
    for (std::uint64_t range = 1; range < bound; range <<= 8) value = value << 8 | byte();
    return value % bound;
  }
  // Few different bytes, so that keys share prefixes.
  test::Bytes key(std::size_t size) {
    constexpr std::uint8_t kBytes[] = {0x00, 0x01, 0x10, 0x11, 0x7F, 0xF0, 0xFF};
    test::Bytes key(size);
    for (std::uint8_t& one : key) one = kBytes[below(sizeof kBytes)];
    return key;
  }

 private:
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_[0];
    rest_ = rest_.subspan(1);
    return first;
  }
  ByteView rest_;
};

test::NaiveTrie choose_trie(Choices& choices, std::size_t key_bytes) {
  test::NaiveTrie::Pairs pairs;
  for (std::uint64_t left = choices.below(kPairsMax); left > 0; --left) {
    const test::Bytes key = choices.key(key_bytes);
    pairs[key] = test::Bytes(1 + choices.below(40), static_cast<std::uint8_t>(left));
  }
  return test::NaiveTrie(std::move(pairs));
}

void check(const test::NaiveTrie& trie, const Hash32& root, const RangeClaim& claim) {
  std::vector<trie::Pair> pairs;
  for (const auto& [key, value] : claim.pairs) pairs.push_back({key, value});
  const std::vector<ByteView> nodes(claim.nodes.begin(), claim.nodes.end());
  const auto range = trie::verify_range(root, claim.first, pairs, nodes);
  RW_ASSERT(range.ok() == test::is_true(trie, claim));
  RW_ASSERT(!range || range->more_to_the_right == test::has_more(trie, claim));
}

void check_root(const test::NaiveTrie& trie, const Hash32& root) {
  std::vector<trie::Pair> pairs;
  for (const auto& [key, value] : trie.pairs()) pairs.push_back({key, value});
  RW_ASSERT(*trie::trie_root(pairs) == root);
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  std::vector<Input> seeds;
  Prng prng(1);
  for (int i = 0; i < 64; ++i) {
    seeds.emplace_back(kSeedBytes);
    prng.fill(seeds.back());
  }
  return seeds;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  Choices choices({data, size});
  const std::size_t key_bytes = 1 + choices.below(4);
  const test::NaiveTrie trie = choose_trie(choices, key_bytes);
  const Hash32 root = trie.root();
  check_root(trie, root);
  RangeClaim claim = test::honest_claim(trie, choices.key(key_bytes), 1 + choices.below(kPairsMax));
  RW_ASSERT(test::is_true(trie, claim));
  check(trie, root, claim);
  if (trie.pairs().empty()) return 0;
  const RangeClaim spare{{}, {trie.pairs().begin(), trie.pairs().end()}, trie.all_nodes()};
  for (int i = 0; i < 4 && choices.more(); ++i) {
    test::damage(claim, spare, [&](std::uint64_t bound) { return choices.below(bound); });
    check(trie, root, claim);
  }
  return 0;
}
