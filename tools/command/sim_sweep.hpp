// `ringwire sim --seeds N`: many seeds of one scenario, and the first one that fails made small.
#pragma once

#include <cstdint>

#include "tools/command/sim_choice.hpp"

namespace ringwire::command {

struct SweepRequest {
  std::uint64_t seeds = 0;
  std::uint32_t jobs = 1;
  std::uint32_t timeout_s = 120;  // for one run, by the clock
  double within_minutes = 0;      // by the clock, for seeds to begin; 0: for all of them
  std::uint64_t stop_after = 0;   // failures, then no seed begins any more; 0: all begin
  bool shrinks = true;
  bool json = false;
};

// Prints what became of it; the last line is "N seeds, N failed", unless it is JSON. The exit status.
int sweep_seeds(const SimChoice& choice, const Chosen& chosen, const SweepRequest& request);

}  // namespace ringwire::command
