// What an idle connection costs in memory: 4000 authenticated plaintext connections held by one node.
//
// A node sets some memory aside for every connection that it may have, and takes more when it has it; what it
// set aside must not hide. So two nodes are compared: one configured for these connections and holding them,
// one configured for none. Both have been warmed up, so that every buffer of the pools, which are part of the
// fixed plan, has been touched. The difference, per connection, is judged; what of it was set aside at start,
// and the kernel's memory for the sockets of both ends, stand beneath it.
//
// Memory is what the process has of its own in RAM (anonymous and shared pages), not what it reserved.
#pragma once

#include <string>

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

inline constexpr std::uint32_t kIdleConnections = 4000;

// `subject` is one of the ringwire subjects.
Comparison idle_comparison(const std::string& subject);

}  // namespace ringwire::compare
