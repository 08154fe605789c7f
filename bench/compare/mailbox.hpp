// The queue between two shards against boost::lockfree::spsc_queue: 16-byte items, one by one and in batches
// of 32, on two cores in this process. Batches are measured against boost one by one, which is what they
// replace; what boost makes of the same batches stands beneath.
#pragma once

#include <vector>

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

std::vector<Comparison> mailbox_rows();

}  // namespace ringwire::compare
