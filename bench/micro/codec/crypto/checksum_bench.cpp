// The frame checksum over messages of the usual sizes, and over one that lies in pieces.
#include <benchmark/benchmark.h>

#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/crypto/checksum.hpp"

namespace ringwire::crypto {
namespace {

void checksum_whole(benchmark::State& state) {
  std::vector<std::uint8_t> message(static_cast<std::size_t>(state.range(0)), 0x5a);
  for (auto _ : state) {
    benchmark::DoNotOptimize(message.data());
    benchmark::DoNotOptimize(checksum(message));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * message.size()));
}
BENCHMARK(checksum_whole)->Arg(64)->Arg(256)->Arg(1024)->Arg(16 * 1024)->Arg(128 * 1024);

// 128 KiB in receive buffers of 16 KiB.
void checksum_in_pieces(benchmark::State& state) {
  constexpr std::uint32_t kPieceBytes = 16 * 1024;
  HeapBuffers heap(1 << 20);
  SliceChain pieces;
  for (int i = 0; i < 8; ++i) {
    Slice piece = heap.make(kPieceBytes);
    for (std::uint8_t& byte : HeapBuffers::writable(piece)) byte = 0x5a;
    pieces.append(std::move(piece));
  }
  for (auto _ : state) benchmark::DoNotOptimize(checksum(pieces));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * pieces.bytes()));
}
BENCHMARK(checksum_in_pieces);

}  // namespace
}  // namespace ringwire::crypto

BENCHMARK_MAIN();
