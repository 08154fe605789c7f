// How long a vote takes while a block goes to the same peer: 1 KiB of the class consensus behind 10 MiB of
// the class sync, one after the other without a pause. The 99th percentile against that of the same
// connection with nothing else on it; at most three times.
//
// The block is summed once, before: who reads one from a disk has a thread of its own to do that.
//
// The vote is a ping, so that its way can be timed at one end: there behind the block, and its pong back. One
// end is a node, the other made of a node's parts; each on a core of its own.
#pragma once

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

// In plaintext and with TLS.
std::vector<Comparison> vote_rows();

}  // namespace ringwire::compare
