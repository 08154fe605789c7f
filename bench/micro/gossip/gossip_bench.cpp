// What the owner of a message pays besides the signature (31 us): remembering its id, keeping it in the pool.
// The baseline of the seen cache is what one would write first: a hash set of ids with a queue of their ages.
#include <benchmark/benchmark.h>

#include <deque>
#include <unordered_set>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/prng.hpp"
#include "gossip/seen_cache.hpp"
#include "gossip/transaction_pool.hpp"

namespace ringwire::gossip {
namespace {

constexpr crypto::SipKey kKey{1, 2};
constexpr std::uint32_t kMessages = 1U << 20;

std::vector<Hash32> random_ids(std::size_t count) {
  Prng prng(1);
  std::vector<Hash32> ids(count);
  for (Hash32& id : ids) prng.fill(id.span());
  return ids;
}

// Twice as many ids as fit: each is new when its turn comes again.
void seen_insert(benchmark::State& state) {
  const std::vector<Hash32> ids = random_ids(2 * kMessages);
  SeenCache seen({.messages_max = kMessages, .window = 600s});
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(seen.insert(fingerprint(kKey, ids[i]), Instant{}));
    if (++i == ids.size()) i = 0;
  }
}
BENCHMARK(seen_insert);

void seen_insert_baseline(benchmark::State& state) {
  const std::vector<Hash32> ids = random_ids(2 * kMessages);
  std::unordered_set<Hash32, crypto::KeyedHash> seen(kMessages, crypto::KeyedHash{kKey});
  std::deque<std::pair<Hash32, Instant>> ages;
  std::size_t i = 0;
  for (auto _ : state) {
    if (ages.size() == kMessages) {
      seen.erase(ages.front().first);
      ages.pop_front();
    }
    benchmark::DoNotOptimize(seen.insert(ids[i]));
    ages.emplace_back(ids[i], Instant{});
    if (++i == ids.size()) i = 0;
  }
}
BENCHMARK(seen_insert_baseline);

void seen_hit(benchmark::State& state) {
  const std::vector<Hash32> ids = random_ids(kMessages);
  SeenCache seen({.messages_max = kMessages, .window = 600s});
  for (const Hash32& id : ids) seen.insert(fingerprint(kKey, id), Instant{});
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(seen.contains(fingerprint(kKey, ids[i]), Instant{}));
    i = (i + 7919) % ids.size();
  }
}
BENCHMARK(seen_hit);

// A full pool, each newcomer better than the cheapest: one insertion and one eviction.
void pool_insert_full(benchmark::State& state) {
  HeapBuffers heap(1ULL << 30);
  TransactionPool pool({}, kKey);
  const Slice bytes = heap.make(110);
  std::uint64_t number = 0;
  for (auto _ : state) {
    ++number;
    Hash32 hash;
    store_be(hash.bytes.data(), number);
    TransactionFacts facts{.nonce = 0, .fee_cap = number, .priority_fee = number};
    store_be(facts.sender.bytes.data(), number);
    benchmark::DoNotOptimize(pool.add(hash, facts, bytes, SourceId{1 + number % 50}, Instant{}));
  }
}
BENCHMARK(pool_insert_full);

}  // namespace
}  // namespace ringwire::gossip

BENCHMARK_MAIN();
