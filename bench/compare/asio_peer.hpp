// Asio as a subject, in two styles: how its tutorials write it, and how an expert does.
#pragma once

#include "bench/compare/workload.hpp"

namespace ringwire::compare {

// Standalone Asio as its tutorials do it: read the header, read the body, write the reply, each an operation.
void serve_asio_typical(const Workload& workload, const Ready& ready);
// Asio as an expert does it: read_some into a large buffer, all whole frames of it answered with one write;
// relays gather.
void serve_asio_tuned(const Workload& workload, const Ready& ready);

}  // namespace ringwire::compare
