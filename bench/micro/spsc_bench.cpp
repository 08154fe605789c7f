// The mailbox between two shards against boost::lockfree::spsc_queue: 16-byte items, two threads that never
// sleep. Goal: 1.3 times its rate one by one, 4 times in batches of 32.
#include <benchmark/benchmark.h>

#include <boost/lockfree/spsc_queue.hpp>
#include <span>

#include "bench/micro/paired.hpp"
#include "engine/shard/spsc_ring.hpp"

namespace ringwire::bench {
namespace {

constexpr std::uint64_t kItems = 8'000'000;
constexpr std::uint32_t kCapacity = 4096;
constexpr std::size_t kBatch = 32;

struct Item {
  std::uint64_t number;
  std::uint64_t payload;
};

class Ours {
 public:
  bool push(const Item& item) { return ring_.push(item); }
  bool pop(Item& item) { return ring_.pop(item); }
  std::size_t push(std::span<const Item> items) { return ring_.push(items); }
  std::size_t pop(std::span<Item> items) { return ring_.pop(items); }

 private:
  shard::SpscRing<Item> ring_{kCapacity};
};

class Boost {
 public:
  bool push(const Item& item) { return queue_.push(item); }
  bool pop(Item& item) { return queue_.pop(item); }
  std::size_t push(std::span<const Item> items) { return queue_.push(items.data(), items.size()); }
  std::size_t pop(std::span<Item> items) { return queue_.pop(items.data(), items.size()); }

 private:
  boost::lockfree::spsc_queue<Item, boost::lockfree::capacity<kCapacity>> queue_;
};

void check(std::uint64_t sum) {
  if (sum != kItems * (kItems - 1) / 2) std::abort();  // a queue that loses items is not fast
}

template <class Queue>
void one_by_one() {
  auto queue = std::make_unique<Queue>();
  run_beside(
      [&] {
        for (std::uint64_t i = 0; i < kItems; ++i) {
          while (!queue->push(Item{i, i})) {
          }
        }
      },
      [&] {
        std::uint64_t sum = 0;
        Item item{};
        for (std::uint64_t i = 0; i < kItems; ++i) {
          while (!queue->pop(item)) {
          }
          sum += item.number;
        }
        check(sum);
      });
}

template <class Queue>
void in_batches() {
  auto queue = std::make_unique<Queue>();
  run_beside(
      [&] {
        Item items[kBatch];
        for (std::uint64_t i = 0; i < kItems; i += kBatch) {
          for (std::size_t j = 0; j < kBatch; ++j) items[j] = {i + j, i};
          for (std::span<const Item> rest(items); !rest.empty();) rest = rest.subspan(queue->push(rest));
        }
      },
      [&] {
        std::uint64_t sum = 0;
        Item items[kBatch];
        for (std::uint64_t received = 0; received < kItems;) {
          const std::size_t count = queue->pop(std::span(items));
          for (std::size_t j = 0; j < count; ++j) sum += items[j].number;
          received += count;
        }
        check(sum);
      });
}

void spsc_one_by_one(benchmark::State& state) {
  compare(state, kItems, one_by_one<Ours>, one_by_one<Boost>);
}
BENCHMARK(spsc_one_by_one)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);

// Both in batches, and what batching is worth: batches of ours against items one by one through boost.
void spsc_batches_of_32(benchmark::State& state) {
  compare(state, kItems, in_batches<Ours>, in_batches<Boost>);
}
BENCHMARK(spsc_batches_of_32)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);

void spsc_batches_against_one_by_one(benchmark::State& state) {
  compare(state, kItems, in_batches<Ours>, one_by_one<Boost>);
}
BENCHMARK(spsc_batches_against_one_by_one)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringwire::bench

BENCHMARK_MAIN();
