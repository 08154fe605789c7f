// CPU time that the calling thread has used, for metrics and for charging a TurnBudget. Not a source of
// "now". Cost: a system call of about 200 ns, since the kernel has to ask the scheduler.
#pragma once

#include <ctime>

#include "codec/base/check.hpp"
#include "codec/base/time.hpp"

namespace ringwire::shard {

inline Duration thread_cpu_time() {
  timespec used{};
  RW_ASSERT(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace ringwire::shard
