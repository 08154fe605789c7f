// A message with bytes from one shard to another and its reference home again: what relaying a message
// through the shard that owns it costs, beside copying the bytes into a ring. Both receivers look at one byte
// only: a copy is at its cheapest here.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>

#include "bench/micro/paired.hpp"
#include "codec/base/heap_buffer.hpp"
#include "engine/shard/lane.hpp"

namespace ringwire::bench {
namespace {

constexpr std::uint64_t kMessages = 1'000'000;
constexpr std::uint32_t kDepth = 1024;
constexpr std::uint32_t kPerTurn = 32;

struct Note {
  std::uint64_t number = 0;
};
using NoteLane = shard::Lane<Note>;

void by_reference(std::uint32_t bytes) {
  HeapBuffers buffers(1 << 20);
  NoteLane lane(shard::LaneConfig{.depth = kDepth, .parcels = kDepth});
  {
    const Slice message = buffers.make(bytes);
    run_beside(
        [&] {
          for (std::uint64_t sent = 0; sent < kMessages;) {
            for (std::uint32_t i = 0; i < kPerTurn && lane.send({sent}, SliceChain(message)); ++i) ++sent;
            lane.publish();
            lane.collect_returns();
          }
          lane.close();
          while (!lane.settled()) {
          }
        },
        [&] {
          std::uint64_t sum = 0;
          const auto read = [&sum](const Note&, SliceChain&& chain) { sum += chain[0].view()[0]; };
          while (!lane.finished()) lane.receive(read, kPerTurn);
          benchmark::DoNotOptimize(sum);
        });
  }
}

template <std::uint32_t kBytes>
void by_copy() {
  using Message = std::array<std::uint8_t, kBytes>;
  shard::SpscRing<Message> ring(kDepth);
  auto message = std::make_unique<Message>();
  run_beside(
      [&] {
        for (std::uint64_t sent = 0; sent < kMessages;) {
          for (std::uint32_t i = 0; i < kPerTurn && sent < kMessages && ring.stage(*message); ++i) ++sent;
          ring.publish();
        }
      },
      [&] {
        std::uint64_t sum = 0;
        for (std::uint64_t received = 0; received < kMessages;) {
          const auto ready = ring.front();
          for (const Message& each : ready) sum += each[0];
          ring.release(ready.size());
          received += ready.size();
        }
        benchmark::DoNotOptimize(sum);
      });
}

template <std::uint32_t kBytes>
void lane_against_copy(benchmark::State& state) {
  compare(
      state, kMessages, [] { by_reference(kBytes); }, [] { by_copy<kBytes>(); });
}
BENCHMARK(lane_against_copy<256>)->UseManualTime()->Iterations(9)->Unit(benchmark::kMillisecond);
BENCHMARK(lane_against_copy<1024>)->UseManualTime()->Iterations(9)->Unit(benchmark::kMillisecond);
BENCHMARK(lane_against_copy<2048>)->UseManualTime()->Iterations(9)->Unit(benchmark::kMillisecond);
BENCHMARK(lane_against_copy<4096>)->UseManualTime()->Iterations(9)->Unit(benchmark::kMillisecond);
BENCHMARK(lane_against_copy<16384>)->UseManualTime()->Iterations(9)->Unit(benchmark::kMillisecond);

// Both sides on one thread: the instructions alone.
void lane_there_and_back(benchmark::State& state) {
  HeapBuffers buffers(1 << 20);
  NoteLane lane(shard::LaneConfig{.depth = kDepth, .parcels = kDepth});
  const Slice message = buffers.make(1024);
  const auto drop = [](const Note&, SliceChain&&) {};
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kPerTurn; ++i) {
      if (!lane.send({i}, SliceChain(message))) std::abort();
    }
    lane.publish();
    lane.receive(drop, kPerTurn);
    lane.collect_returns();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPerTurn));
}
BENCHMARK(lane_there_and_back);

}  // namespace
}  // namespace ringwire::bench

BENCHMARK_MAIN();
