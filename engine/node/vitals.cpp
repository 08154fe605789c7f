#include "engine/node/vitals.hpp"

#include <pthread.h>

#include "codec/base/check.hpp"
#include "engine/shard/cpu_clock.hpp"

namespace ringwire::node {

void Vitals::begin() {
  clockid_t clock = kNoClock;
  RW_ASSERT(pthread_getcpuclockid(pthread_self(), &clock) == 0);
  clock_.store(clock, std::memory_order_release);
}

void Vitals::end() {
  final_cpu_ns_.set(static_cast<std::uint64_t>(shard::thread_cpu_time().count()));
  clock_.store(kNoClock, std::memory_order_release);
}

std::uint64_t Vitals::cpu_ns() const {
  const clockid_t clock = clock_.load(std::memory_order_acquire);
  timespec used{};
  // The thread may end between the two: then the kernel knows its clock no more.
  if (clock == kNoClock || clock_gettime(clock, &used) != 0) return final_cpu_ns_.value();
  return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(used.tv_nsec);
}

void Vitals::end_turn() {
  const bool busy = policy_.events_per_second() >= kBusyEvents;
  if (busy && context_.turn % kSampledTurn != 0) return;
  const Duration took = context_.driver.now().monotonic - context_.time();
  context_.latencies[Delay::turn].record(took, busy ? kSampledTurn : 1);
}

}  // namespace ringwire::node
