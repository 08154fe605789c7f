// What a trie costs besides its hash: roots and a proof, each beside Keccak-256 alone over nodes of the same
// number and sizes. `each` is the time of either divided by the number of nodes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include "codec/base/prng.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/trie/proof.hpp"
#include "codec/trie/roots.hpp"
#include "codec/trie/walk.hpp"
#include "codec/wire/rlp.hpp"

namespace ringwire::trie {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kAccountBytes = 104;      // nonce, balance, two hashes
constexpr std::size_t kTransactionBytes = 180;  // a call with a little data

std::size_t list_bytes(std::size_t payload) {
  return wire::rlp_header_bytes(payload) + payload;
}

std::size_t path_bytes(std::size_t nibbles) {
  const std::size_t bytes = 1 + nibbles / 2;
  return bytes == 1 ? 1 : 1 + bytes;
}

// The sizes of all nodes over sorted keys, where every child is long enough to be hashed.
void add_node_sizes(std::span<const Nibbles> keys, std::size_t depth, std::size_t value_bytes,
                    std::vector<std::size_t>& sizes) {
  const NibbleView first = keys.front().view(), last = keys.back().view();
  if (keys.size() == 1) {
    const std::size_t value = wire::rlp_header_bytes(value_bytes) + value_bytes;
    return sizes.push_back(list_bytes(path_bytes(first.size() - depth) + value));
  }
  const std::size_t end = common_prefix(first, last);
  if (end > depth) sizes.push_back(list_bytes(path_bytes(end - depth) + 1 + kReferenceBytes));
  std::size_t children = 0;
  for (auto begin = keys.begin(); begin != keys.end(); ++children) {
    const std::uint8_t nibble = begin->view()[end];
    const auto next =
        std::find_if(begin, keys.end(), [&](const Nibbles& key) { return key.view()[end] != nibble; });
    add_node_sizes({begin, next}, end + 1, value_bytes, sizes);
    begin = next;
  }
  sizes.push_back(list_bytes(children * (1 + kReferenceBytes) + (kChildren + 1 - children)));
}

// Keys as the trie has them, ascending, and values of one size.
struct Contents {
  std::vector<Bytes> keys;
  Bytes value;

  [[nodiscard]] std::vector<Pair> pairs() const {
    std::vector<Pair> all;
    for (const Bytes& key : keys) all.push_back({key, value});
    return all;
  }
  [[nodiscard]] std::vector<std::size_t> node_sizes() const {
    std::vector<Nibbles> nibbles;
    for (const Bytes& key : keys) nibbles.emplace_back(key);
    std::vector<std::size_t> sizes;
    add_node_sizes(nibbles, 0, value.size(), sizes);
    return sizes;
  }
};

Contents accounts(std::size_t count) {
  Prng prng(1);
  Contents contents{std::vector<Bytes>(count, Bytes(Hash32::size())), Bytes(kAccountBytes, 0x5A)};
  for (Bytes& key : contents.keys) prng.fill(key);
  std::ranges::sort(contents.keys, [](const Bytes& a, const Bytes& b) { return as_text(a) < as_text(b); });
  return contents;
}

Contents transactions(std::size_t count) {
  Contents contents{{}, Bytes(kTransactionBytes, 0x5A)};
  for (std::size_t i = 0; i < count; ++i) {
    Bytes key(wire::rlp_size([&](auto& sink) { sink.u64(i); }));
    wire::RlpWriter writer(key);
    writer.u64(i);
    contents.keys.push_back(key);
  }
  std::ranges::sort(contents.keys, [](const Bytes& a, const Bytes& b) { return as_text(a) < as_text(b); });
  return contents;
}

void count_hashes(benchmark::State& state, std::size_t hashes) {
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(hashes),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["hashes"] = static_cast<double>(hashes);
}

void keccak_alone(benchmark::State& state, const std::vector<std::size_t>& sizes) {
  const Bytes message(*std::ranges::max_element(sizes), 0x5A);
  for (auto _ : state) {
    for (const std::size_t size : sizes)
      benchmark::DoNotOptimize(crypto::keccak256(ByteView(message).first(size)));
  }
  count_hashes(state, sizes.size());
}

void root_of_transactions(benchmark::State& state) {
  const Contents contents = transactions(static_cast<std::size_t>(state.range(0)));
  const std::vector<ByteView> elements(contents.keys.size(), contents.value);
  for (auto _ : state) benchmark::DoNotOptimize(ordered_root(elements));
  count_hashes(state, contents.node_sizes().size());
}
BENCHMARK(root_of_transactions)->Arg(200);
void root_of_transactions_keccak(benchmark::State& state) {
  keccak_alone(state, transactions(static_cast<std::size_t>(state.range(0))).node_sizes());
}
BENCHMARK(root_of_transactions_keccak)->Arg(200);

void root_of_accounts(benchmark::State& state) {
  const Contents contents = accounts(static_cast<std::size_t>(state.range(0)));
  const std::vector<Pair> pairs = contents.pairs();
  for (auto _ : state) benchmark::DoNotOptimize(trie_root(pairs));
  count_hashes(state, contents.node_sizes().size());
}
BENCHMARK(root_of_accounts)->Arg(200)->Arg(10'000);
void root_of_accounts_keccak(benchmark::State& state) {
  keccak_alone(state, accounts(static_cast<std::size_t>(state.range(0))).node_sizes());
}
BENCHMARK(root_of_accounts_keccak)->Arg(200)->Arg(10'000);

// An account below `branches` full branches whose other children are anything: what a large state looks like.
std::vector<Bytes> long_proof(std::size_t branches, const Bytes& key) {
  Prng prng(2);
  const Nibbles nibbles(key);
  const auto written = [](const auto& body) {
    Bytes bytes(wire::rlp_size(body));
    wire::RlpWriter writer(bytes);
    body(writer);
    return bytes;
  };
  const HexPrefix path(nibbles.view().subspan(branches), true);
  const Bytes account(kAccountBytes, 0x5A);
  std::vector<Bytes> nodes = {written([&](auto& sink) { write_leaf(sink, path, account); })};
  for (std::size_t depth = branches; depth-- > 0;) {
    std::array<Hash32, kChildren> hashes;
    std::array<ByteView, kChildren> children;
    for (std::size_t i = 0; i < kChildren; ++i) {
      prng.fill(hashes[i].span());
      if (i == nibbles.view()[depth]) hashes[i] = crypto::keccak256(nodes.front());
      children[i] = hashes[i].view();
    }
    nodes.insert(nodes.begin(), written([&](auto& sink) { write_branch(sink, children, {}); }));
  }
  return nodes;
}

void proof_of_an_account(benchmark::State& state) {
  const Bytes key(Hash32::size(), 0x5A);
  const std::vector<Bytes> nodes = long_proof(static_cast<std::size_t>(state.range(0)), key);
  const std::vector<ByteView> views(nodes.begin(), nodes.end());
  const Hash32 root = crypto::keccak256(nodes.front());
  for (auto _ : state) {
    if (!verify_proof(root, key, KeySizes::one, views)) std::abort();
  }
  count_hashes(state, nodes.size());
}
BENCHMARK(proof_of_an_account)->Arg(8);
void proof_of_an_account_keccak(benchmark::State& state) {
  const auto nodes = long_proof(static_cast<std::size_t>(state.range(0)), Bytes(Hash32::size(), 0x5A));
  std::vector<std::size_t> sizes(nodes.size());
  std::ranges::transform(nodes, sizes.begin(), [](const Bytes& node) { return node.size(); });
  keccak_alone(state, sizes);
}
BENCHMARK(proof_of_an_account_keccak)->Arg(8);

}  // namespace
}  // namespace ringwire::trie

BENCHMARK_MAIN();
