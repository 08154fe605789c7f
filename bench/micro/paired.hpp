// Two variants measured in turns, so that a slow minute of the machine hits both, and two threads on cores of
// their own.
//
// A benchmark iteration is one run of each; the counters are medians over the iterations, "ratio" the median
// of the ratios within the pairs, greater than 1 where the subject is faster.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "engine/shard/pinning.hpp"

namespace ringwire::bench {

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class Run>
double seconds_of(Run&& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Runs both functions at once, each on a CPU of its own where there are two.
template <class First, class Second>
void run_beside(First&& first, Second&& second) {
  const std::vector<shard::Cpu> cpus = shard::usable_cpus();
  std::latch start(2);
  const auto on_own_cpu = [&](std::size_t i, const auto& run) {
    if (cpus.size() > 1) (void)shard::pin_this_thread(cpus[i]);
    start.arrive_and_wait();
    run();
  };
  std::thread beside([&] { on_own_cpu(1, second); });
  std::thread([&] { on_own_cpu(0, first); }).join();
  beside.join();
}

// Counts `items` per run of `subject` and `baseline`, in turns.
template <class Subject, class Baseline>
void compare(benchmark::State& state, double items, Subject&& subject, Baseline&& baseline) {
  std::vector<double> subject_rate;
  std::vector<double> baseline_rate;
  std::vector<double> ratio;
  for (auto _ : state) {
    const double subject_s = seconds_of(subject);
    const double baseline_s = seconds_of(baseline);
    state.SetIterationTime(subject_s);
    subject_rate.push_back(items / subject_s / 1e6);
    baseline_rate.push_back(items / baseline_s / 1e6);
    ratio.push_back(baseline_s / subject_s);
  }
  state.counters["M/s"] = median(subject_rate);
  state.counters["base M/s"] = median(baseline_rate);
  state.counters["ratio"] = median(ratio);
}

}  // namespace ringwire::bench
