// References to received bytes: taken, dropped, chained; and what a heap buffer costs. The baseline of a
// reference is a std::shared_ptr to the bytes, whose count is atomic.
#include <benchmark/benchmark.h>

#include <memory>
#include <thread>
#include <vector>

#include "codec/base/heap_buffer.hpp"

namespace ringwire {
namespace {

constexpr std::uint32_t kBytes = 16 * 1024;
constexpr std::uint32_t kPeers = 50;  // each keeps a reference for a while

void slice_for_every_peer(benchmark::State& state) {
  HeapBuffers heap(1 << 20);
  const Slice message = heap.make(kBytes);
  std::vector<Slice> peers;
  peers.reserve(kPeers);
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kPeers; ++i) peers.push_back(message.sub(i, 256));
    benchmark::DoNotOptimize(peers.data());
    peers.clear();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPeers));
}
BENCHMARK(slice_for_every_peer);

void slice_for_every_peer_baseline(benchmark::State& state) {
  // shared_ptr counts without atomics while a process has had one thread only; a node has several.
  std::thread([] {}).join();
  const auto message = std::make_shared<std::vector<std::uint8_t>>(kBytes);
  std::vector<std::shared_ptr<const std::uint8_t>> peers;
  peers.reserve(kPeers);
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kPeers; ++i) peers.emplace_back(message, message->data() + i);
    benchmark::DoNotOptimize(peers.data());
    peers.clear();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPeers));
}
BENCHMARK(slice_for_every_peer_baseline);

// 2 slices live inside a chain, more go to the heap.
void slice_chain_build(benchmark::State& state) {
  HeapBuffers heap(1 << 20);
  const Slice piece = heap.make(kBytes);
  for (auto _ : state) {
    SliceChain chain;
    for (std::int64_t i = 0; i < state.range(0); ++i) chain.append(piece);
    benchmark::DoNotOptimize(chain.bytes());
  }
}
BENCHMARK(slice_chain_build)->Arg(1)->Arg(2)->Arg(8);

void heap_buffer_make(benchmark::State& state) {
  HeapBuffers heap(1 << 20);
  for (auto _ : state) benchmark::DoNotOptimize(heap.make(static_cast<std::uint32_t>(state.range(0))));
}
BENCHMARK(heap_buffer_make)->Arg(256)->Arg(4096);

void heap_buffer_make_baseline(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        std::make_unique_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(state.range(0))));
  }
}
BENCHMARK(heap_buffer_make_baseline)->Arg(256)->Arg(4096);

}  // namespace
}  // namespace ringwire

BENCHMARK_MAIN();
