// From one shard to another and back: how long a message takes to a shard that is awake, to one that sleeps
// in its driver, and what ringing costs who rings. One crossing is half of a round trip.
#include <benchmark/benchmark.h>

#include <memory>

#include "bench/micro/engine/shard/mailbox_race.hpp"
#include "engine/epoll/epoll_driver.hpp"
#include "engine/shard/sleeper.hpp"
#include "engine/shard/spsc_ring.hpp"
#include "engine/uring/uring_driver.hpp"

namespace ringwire::bench {
namespace {

using Ring = shard::SpscRing<std::uint64_t>;
using Open = Result<std::unique_ptr<driver::Driver>, std::string> (*)(const driver::DriverConfig&);

constexpr driver::DriverConfig kSmall{
    .connections_max = 16, .pools = {.small_buffers = 16, .bulk_buffers = 1}, .sq_entries = 64};

class Awake {
 public:
  std::uint64_t take() {
    std::uint64_t message = 0;
    while (!inbox_.pop(message)) pause_core();
    return message;
  }
  void give(std::uint64_t message) { (void)inbox_.push(message); }

 private:
  Ring inbox_{64};
};

// As a shard that does not spin: looks, flags itself asleep, looks again, sleeps.
class Asleep {
 public:
  explicit Asleep(std::unique_ptr<driver::Driver> driver)
      : driver_(std::move(driver)), sleeper_(driver_->waker()) {}

  std::uint64_t take() {
    std::uint64_t message = 0;
    while (!inbox_.pop(message)) {
      sleeper_.prepare_sleep();
      if (inbox_.empty()) driver_->wait({.timeout = std::chrono::seconds(1)});
      sleeper_.awake();
      driver::Event event;
      while (driver_->next(event)) {
      }
    }
    return message;
  }
  void give(std::uint64_t message) {
    (void)inbox_.push(message);
    sleeper_.notify();
  }

 private:
  std::unique_ptr<driver::Driver> driver_;
  shard::Sleeper sleeper_;
  Ring inbox_{64};
};

// One run: `rounds` there and back. A driver belongs to the first thread that waits with it, so every run has
// ends of its own.
template <class End>
double round_trips(End& here, End& there, std::uint64_t rounds) {
  return seconds_of([&] {
    run_beside(
        [&] {
          for (std::uint64_t i = 0; i < rounds; ++i) {
            there.give(i);
            if (here.take() != i) std::abort();
          }
        },
        [&] {
          for (std::uint64_t i = 0; i < rounds; ++i) here.give(there.take());
        });
  });
}

void report(benchmark::State& state, std::uint64_t rounds) {
  state.counters["crossing"] = benchmark::Counter(static_cast<double>(state.iterations() * rounds * 2),
                                                  benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void crossing_awake(benchmark::State& state) {
  constexpr std::uint64_t kRounds = 200'000;
  for (auto _ : state) {
    Awake here;
    Awake there;
    state.SetIterationTime(round_trips(here, there, kRounds));
  }
  report(state, kRounds);
}
BENCHMARK(crossing_awake)->UseManualTime()->Iterations(7)->Unit(benchmark::kMillisecond);

void asleep(benchmark::State& state, Open open) {
  constexpr std::uint64_t kRounds = 5'000;
  for (auto _ : state) {
    auto first = open(kSmall);
    auto second = open(kSmall);
    if (!first.ok() || !second.ok()) {
      state.SkipWithError(first.ok() ? second.error().c_str() : first.error().c_str());
      return;
    }
    Asleep here(std::move(*first));
    Asleep there(std::move(*second));
    state.SetIterationTime(round_trips(here, there, kRounds));
  }
  report(state, kRounds);
}

void crossing_asleep_uring(benchmark::State& state) {
  asleep(state, [](const driver::DriverConfig& config) { return uring::make_uring_driver(config); });
}
BENCHMARK(crossing_asleep_uring)->UseManualTime()->Iterations(5)->Unit(benchmark::kMillisecond);

void crossing_asleep_epoll(benchmark::State& state) {
  asleep(state, [](const driver::DriverConfig& config) { return epoll::make_epoll_driver(config); });
}
BENCHMARK(crossing_asleep_epoll)->UseManualTime()->Iterations(5)->Unit(benchmark::kMillisecond);

// Once per batch, to a shard that is awake.
void notify_awake(benchmark::State& state) {
  auto driver = epoll::make_epoll_driver(kSmall);
  if (!driver.ok()) return state.SkipWithError(driver.error().c_str());
  shard::Sleeper sleeper((*driver)->waker());
  for (auto _ : state) sleeper.notify();
}
BENCHMARK(notify_awake);

}  // namespace
}  // namespace ringwire::bench

BENCHMARK_MAIN();
