// A private network for a measurement: own loopback, fixed congestion control, and where asked for receive
// steering.
//
// Why: the system's default may be bbr, whose pacing halves bulk throughput on loopback and survives a later
// per-socket change; and steering loopback's receive softirq to the other core is how a NIC with its
// interrupt on another core looks to the server. Needs CAP_SYS_ADMIN; without it the measurement runs in the
// current namespace and says so.
#pragma once

#include <string>

#include "codec/base/result.hpp"

namespace ringwire::compare {

// Moves the calling process (single-threaded) and its later children into a new network namespace with `lo`
// up and reno. Where it fails, the process is where it was.
Status<std::string> enter_private_network();

// Steers the receive work of the private loopback to `cpu`, or back to the sender's CPU for -1.
Status<std::string> steer_receive(int cpu);

}  // namespace ringwire::compare
