// libuv as a subject.
#pragma once

#include "bench/compare/workload.hpp"

namespace ringwire::compare {

// libuv, reading into one shared buffer, answering all whole frames of a read with one uv_try_write; relays
// likewise.
void serve_libuv(const Workload& workload, const Ready& ready);

}  // namespace ringwire::compare
