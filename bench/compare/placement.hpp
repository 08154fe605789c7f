// Which CPUs a measurement uses, and how its processes are scheduled.
//
// SCHED_BATCH on the same core ("lockstep"): a wake-up does not preempt, the client sends to all, then
// blocks, then the server sees the whole batch. Nothing can be shifted to the other side unseen, and the
// spread is 1-3 %.
#pragma once

#include <sched.h>

namespace ringwire::compare {

struct Placement {
  int server_cpu = 0;
  int client_cpu = 0;
  bool batch = true;  // SCHED_BATCH for both
};

// Out of the CPUs this process may use. The second throws std::runtime_error where there is only one.
Placement on_one_core();
Placement on_two_cores();

// Pins the calling thread and sets its scheduling class, for good: for processes that do nothing else.
void place(int cpu, bool batch);

// The same until the end of the scope.
class Placed {
 public:
  Placed(int cpu, bool batch);
  Placed(const Placed&) = delete;
  Placed& operator=(const Placed&) = delete;
  ~Placed();

 private:
  cpu_set_t cpus_before_;
  int policy_before_;
  sched_param param_before_{};
};

}  // namespace ringwire::compare
