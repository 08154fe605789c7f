// From a scenario that fails to a smaller one that fails too, which a person can read.
//
// What is tried, from what saves most to what saves least: leaving out faults and nodes (half of them, a
// quarter, ... one at a time), a shorter run, one shard, no TLS, a plain network, less traffic, faults that
// last shorter. What fails is kept. All of it is tried again until nothing helps any more: then leaving out
// any one fault or any one node makes the failure go away.
//
// Pure, but for what `still_fails` does. Tries: about as many as faults and nodes are left, times a small
// number, and the logarithm of what was left out.
#pragma once

#include <cstdint>
#include <functional>

#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

struct ShrinkLimits {
  std::uint32_t tries = 500;  // calls of `still_fails`
};

// `scenario` fails and passes check(); so does what is returned. `still_fails` is asked about nothing that
// check() refuses. Who runs out of patience answers false from then on.
Scenario shrink(const Scenario& scenario, const std::function<bool(const Scenario&)>& still_fails,
                const ShrinkLimits& limits = {});

// Without the nodes `first` to `first + count - 1`: those above move down; faults of theirs are left out. A
// partition is between two nodes, and stays unless all on one side of it are gone.
Scenario without_nodes(const Scenario& scenario, std::uint32_t first, std::uint32_t count);
// Cut at `length`: later faults are left out, and those under way then end then.
Scenario cut(const Scenario& scenario, Duration length);

}  // namespace ringwire::sim
