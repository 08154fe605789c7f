// Two variants measured in turns, so that a slow minute of the machine hits both.
//
// A benchmark iteration is one run of each; the counters are medians over the iterations, "ratio" the median
// of the ratios within the pairs, greater than 1 where the subject is faster.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "bench/micro/beside.hpp"

namespace ringwire::bench {

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class Clock, class Subject, class Baseline>
void compare_by(Clock&& seconds, benchmark::State& state, double items, Subject&& subject,
                Baseline&& baseline) {
  std::vector<double> subject_rate;
  std::vector<double> baseline_rate;
  std::vector<double> ratio;
  for (auto _ : state) {
    const double subject_s = seconds(subject);
    const double baseline_s = seconds(baseline);
    state.SetIterationTime(subject_s);
    subject_rate.push_back(items / subject_s / 1e6);
    baseline_rate.push_back(items / baseline_s / 1e6);
    ratio.push_back(baseline_s / subject_s);
  }
  state.counters["M/s"] = median(subject_rate);
  state.counters["base M/s"] = median(baseline_rate);
  state.counters["ratio"] = median(ratio);
}

// Counts `items` per run of `subject` and `baseline`, in turns.
template <class Subject, class Baseline>
void compare(benchmark::State& state, double items, Subject&& subject, Baseline&& baseline) {
  compare_by([](auto& run) { return seconds_of(run); }, state, items, subject, baseline);
}

// The same by this thread's CPU time. Each run follows one that does not count, so that neither variant pays
// for what the other left in the caches.
template <class Subject, class Baseline>
void compare_cpu(benchmark::State& state, double items, Subject&& subject, Baseline&& baseline) {
  const auto seconds = [](auto& run) {
    run();
    return cpu_seconds_of(run);
  };
  compare_by(seconds, state, items, subject, baseline);
}

}  // namespace ringwire::bench
