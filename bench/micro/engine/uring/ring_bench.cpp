// What the ring itself costs: operations that do nothing, one at a time and in batches, and a look that finds
// nothing. Below it lie the system call and the kernel's way through an entry.
#include <benchmark/benchmark.h>

#include <memory>

#include "engine/uring/ring.hpp"

namespace ringwire::uring {
namespace {

std::unique_ptr<Ring> open_ring(benchmark::State& state, driver::DriverCounters& counters) {
  auto ring = Ring::make({}, counters);
  if (ring.ok()) return std::move(*ring);
  state.SkipWithError("io_uring cannot be used here");
  return nullptr;
}

void queue_nop(Ring& ring, std::uint64_t number) {
  io_uring_sqe& entry = ring.entry();
  entry = {};  // opcode 0: no operation
  entry.user_data = number;
}

void report(benchmark::State& state, const driver::DriverCounters& counters, std::int64_t operations) {
  state.SetItemsProcessed(operations);
  state.counters["calls/op"] =
      static_cast<double>(counters.system_calls.value()) / static_cast<double>(operations);
}

// state.range(0) operations are queued, submitted and reaped with one wait().
void ring_nop(benchmark::State& state) {
  driver::DriverCounters counters;
  const auto ring = open_ring(state, counters);
  if (!ring) return;
  std::int64_t reaped = 0;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) queue_nop(*ring, static_cast<std::uint64_t>(i));
    std::int64_t outstanding = state.range(0);
    while (outstanding > 0) {
      ring->wait({.timeout = std::chrono::seconds(1), .wanted = static_cast<std::uint32_t>(outstanding)});
      Completion completion;
      for (; ring->pop(completion); --outstanding) benchmark::DoNotOptimize(completion.user_data);
    }
    reaped += state.range(0);
  }
  report(state, counters, reaped);
}
BENCHMARK(ring_nop)->Arg(1)->Arg(8)->Arg(64)->Arg(256);

// A busy-polling shard's turn without news: no system call.
void ring_look(benchmark::State& state) {
  driver::DriverCounters counters;
  const auto ring = open_ring(state, counters);
  if (!ring) return;
  ring->submit();
  for (auto _ : state) ring->wait({.spin = true});
  report(state, counters, static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(ring_look);

}  // namespace
}  // namespace ringwire::uring

BENCHMARK_MAIN();
