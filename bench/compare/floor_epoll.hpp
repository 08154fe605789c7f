// What the kernel alone costs under epoll, and the habit that the shared outbound log replaces.
#pragma once

#include "bench/compare/workload.hpp"

namespace ringwire::compare {

// Raw epoll loops: see workload.hpp for what a floor is.
void serve_floor_epoll(const Workload& workload, const Ready& ready);
// The same, but every message is sent to every peer with a call of its own.
void serve_send_per_message(const Workload& workload, const Ready& ready);

}  // namespace ringwire::compare
