// The gossip mesh as a network brings it: messages at random times, whatever the server is doing, instead of
// one from every peer at once. What one send per peer and turn is worth then depends on how many arrive in a
// turn, so messages per send are printed beside the cost.
//
// Two cores: the server on one, on the other a client that never sleeps, so that no message is late.
// Arrivals are a Poisson process from a fixed seed, each on a peer drawn at random; every message is passed
// to all other peers, and a run ends when all of them arrived.
#pragma once

#include "bench/compare/comparison.hpp"
#include "bench/compare/workload.hpp"

namespace ringwire::compare {

// `workload`: Shape::mesh. Both sides must be subjects that count.
Comparison poisson_comparison(const Workload& workload, double messages_per_second,
                              const std::string& subject, const std::string& baseline, Goal goal);

}  // namespace ringwire::compare
