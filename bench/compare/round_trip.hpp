// How long a small message and its answer take between two idle nodes, when they may burn a core each and
// when they sleep: the median round trip of a 256-byte ping, one at a time, each node on a core of its own.
//
// One end is a node. The other is made of a node's parts (driver, wait policy, parser), so that both wait in
// the same way: with shards.busy-poll both never sleep, without it both do what a node does by default. The
// connection is authenticated as any other.
#pragma once

#include <string>

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

// `subject` is one of the ringwire subjects; it stands in the report against itself.
Comparison round_trip_comparison(const std::string& subject);

}  // namespace ringwire::compare
