// ZeroMQ as a subject of fan-out: a PUB socket, one I/O thread, no high-water mark, over TCP.
#pragma once

#include "bench/compare/workload.hpp"

namespace ringwire::compare {

// Shape::fan_out only. What it publishes comes in over a raw socket (the same port of kRawInputAddress), read
// with large blocking receives: cheaper than any ZeroMQ socket would be, and not part of what is compared.
void serve_zeromq(const Workload& workload, const Ready& ready);

}  // namespace ringwire::compare
