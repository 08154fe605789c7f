// Many seeds, each run in a process of its own, several at once.
//
// Seeds begin in order, and what ends the sweep early only keeps new ones from beginning: those under way are
// run to their end. So no seed below a reported one fails unreported, however many run at once.
// Some seeds are run twice: where the traces differ, something that is not in the seed decides what happens,
// and no failure could be run again. What does not repeat (run.hpp) is run once.
//
// The caller has one thread (isolate.hpp); the hooks are called on it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/sim/isolate.hpp"
#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

inline constexpr const char* kTraceDiffers = "trace-differs";

struct FailedSeed {
  std::uint64_t seed = 0;
  Violation first;
  std::string said;  // the end of what the process wrote to standard error
};

struct SweepReport {
  std::uint64_t seeds = 0;  // run to their end
  std::uint64_t seeds_twice = 0;
  // Sums over all runs.
  std::uint64_t published = 0;
  std::uint64_t expected = 0;
  std::uint64_t delivered = 0;
  Duration simulated{0};
  std::vector<FailedSeed> failed;  // by seed

  [[nodiscard]] bool ok() const { return failed.empty(); }
};

struct SweepOptions {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 100;
  std::uint32_t jobs = 1;  // processes at once; 0 is taken as 1
  std::function<Scenario(std::uint64_t seed)> make;
  // The first seed and each so many-th after it, or the next one whose world repeats() at all; 0: none.
  std::uint64_t twice_every = 100;
  std::uint64_t stop_after_failures = 0;    // 0: never
  std::chrono::milliseconds time_limit{0};  // 0: none
  IsolateOptions isolate;
};

struct SweepHooks {
  std::function<void(const SweepReport&)> on_seed;  // after each one; `failed` in order of ending
  std::function<void(const FailedSeed&)> on_failure;
};

SweepReport sweep(const SweepOptions& options, const SweepHooks& hooks = {});

// Whether `outcome` shows the failure that is `wanted`: the same rule was violated and, where the process
// crashed, with the same words. Without it who makes a scenario smaller ends with another failure.
bool fails_alike(const Violation& wanted, const Outcome& outcome);

// As a sweep runs one seed: twice where asked for.
Outcome run_compared(const Scenario& scenario, const IsolateOptions& options, bool twice);

}  // namespace ringwire::sim
