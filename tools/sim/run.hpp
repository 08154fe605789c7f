// One run of one scenario, from the first node to the last reference.
//
// A run holds no thread, no clock, no file and no socket: the same scenario gives the same report and the
// same trace, whatever else the process does, where it repeats(). A broken invariant of the engine
// (RW_ASSERT) ends the process: who tries many scenarios runs each in a process of its own (isolate.hpp).
#pragma once

#include <functional>

#include "tools/sim/run_report.hpp"

namespace ringwire::sim {

struct RunHooks {
  std::function<void(const TraceLine&)> on_line;        // as it happens
  std::function<void(Duration simulated)> on_progress;  // each simulated second
};

// Whether its trace is the seed's alone. Not so under TLS with some versions of wolfSSL
// (engine/transport/README.md): then every run is another one.
bool repeats(const Scenario& scenario);

// `scenario` must have passed check().
RunReport run(const Scenario& scenario, const RunHooks& hooks = {});

}  // namespace ringwire::sim
