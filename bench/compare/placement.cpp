#include "bench/compare/placement.hpp"

#include <stdexcept>

#include "codec/base/check.hpp"
#include "engine/shard/pinning.hpp"

namespace ringwire::compare {
namespace {

void set_policy(int policy, const sched_param& param) {
  RW_ASSERT(sched_setscheduler(0, policy, &param) == 0);
}

}  // namespace

Placement on_one_core() {
  const auto cpus = shard::usable_cpus();
  const int cpu = static_cast<int>(cpus.at(0));
  return {cpu, cpu, true};
}

Placement on_two_cores() {
  const auto cpus = shard::usable_cpus();
  if (cpus.size() < 2) throw std::runtime_error("needs two CPUs, this process may use one");
  return {static_cast<int>(cpus[0]), static_cast<int>(cpus[1]), false};
}

void place(int cpu, bool batch) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  RW_ASSERT(sched_setaffinity(0, sizeof set, &set) == 0);
  set_policy(batch ? SCHED_BATCH : SCHED_OTHER, {});
}

Placed::Placed(int cpu, bool batch) : policy_before_(sched_getscheduler(0)) {
  RW_ASSERT(policy_before_ >= 0 && sched_getparam(0, &param_before_) == 0);
  RW_ASSERT(sched_getaffinity(0, sizeof cpus_before_, &cpus_before_) == 0);
  place(cpu, batch);
}

Placed::~Placed() {
  RW_ASSERT(sched_setaffinity(0, sizeof cpus_before_, &cpus_before_) == 0);
  set_policy(policy_before_, param_before_);
}

}  // namespace ringwire::compare
