// Timing, and two threads on cores of their own.
#pragma once

#include <time.h>

#include <chrono>
#include <latch>
#include <thread>
#include <vector>

#include "engine/shard/pinning.hpp"

namespace ringwire::bench {

template <class Run>
double seconds_of(Run&& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// What this thread computed meanwhile, however often others had its CPU. For what neither waits nor shares.
template <class Run>
double cpu_seconds_of(Run&& run) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double start = now();
  run();
  return now() - start;
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

}  // namespace ringwire::bench
