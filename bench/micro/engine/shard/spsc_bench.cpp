// The mailbox between two shards against boost::lockfree::spsc_queue. Goal: 1.3 times its rate one by one, 4
// times in batches of 32. What runs is in mailbox_race.hpp.
#include <benchmark/benchmark.h>

#include "bench/micro/engine/shard/mailbox_race.hpp"
#include "bench/micro/paired.hpp"

namespace ringwire::bench {
namespace {

constexpr std::uint64_t kItems = 8'000'000;

void ours_one_by_one() {
  race_one_by_one<RingwireMailbox>(kItems);
}
void boost_one_by_one() {
  race_one_by_one<BoostMailbox>(kItems);
}
void ours_in_batches() {
  race_in_batches<RingwireMailbox>(kItems);
}
void boost_in_batches() {
  race_in_batches<BoostMailbox>(kItems);
}

void spsc_one_by_one(benchmark::State& state) {
  compare(state, kItems, ours_one_by_one, boost_one_by_one);
}
BENCHMARK(spsc_one_by_one)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);

void spsc_batches_of_32(benchmark::State& state) {
  compare(state, kItems, ours_in_batches, boost_in_batches);
}
BENCHMARK(spsc_batches_of_32)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);

// What batching is worth: batches of ours against items one by one through boost.
void spsc_batches_against_one_by_one(benchmark::State& state) {
  compare(state, kItems, ours_in_batches, boost_one_by_one);
}
BENCHMARK(spsc_batches_against_one_by_one)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringwire::bench

BENCHMARK_MAIN();
