// What the kernel alone costs under io_uring: the floor beneath the engine's own driver.
//
// The engine's ring, receive buffers, batch of sends and wait policy, with the sizes that a node gives them;
// no connection table, no events, no protocol. Every receive goes on until it ends itself and fills buffers
// of one group; what a connection brought in a turn is sent back from those buffers with one send.
#pragma once

#include "bench/compare/workload.hpp"

namespace ringwire::compare {

// Shape::echo only.
void serve_floor_uring(const Workload& workload, const Ready& ready);

}  // namespace ringwire::compare
