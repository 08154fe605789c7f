// What a ringwire node's own counters say about a stretch of relaying.
#pragma once

#include "bench/compare/comparison.hpp"
#include "bench/compare/server_line.hpp"
#include "codec/base/copy.hpp"

namespace ringwire::compare {

// Two readings of a node's counters, and how many messages its peers got between them.
struct RelayCount {
  Counters before;
  Counters after;
  double deliveries = 0;

  // By how much a counter rose, over all shards.
  [[nodiscard]] double rise(const std::string& name, const std::string& label = "") const {
    return sum(after, name, label) - sum(before, name, label);
  }
};

// Message bytes copied, over the payload bytes times the peers they went to.
double copied_per_relayed_byte(const RelayCount& count, CopyReason reason);
double copied_per_relayed_byte(const RelayCount& count);  // for all reasons
// For those between the decision about a message and the sends: what relaying itself copies.
double copied_in_relay(const RelayCount& count);

// What is printed under a row of relays, and all reasons one by one.
Figures relay_figures(const RelayCount& count);
// How much a shard finds when it looks.
Figures turn_figures(const RelayCount& count);
Figures copy_figures(const RelayCount& count);

}  // namespace ringwire::compare
