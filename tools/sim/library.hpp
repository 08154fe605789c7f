// Scenarios with names: what a network of validators lives through, each as one entry, and worlds drawn from
// nothing but a seed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

struct LibraryEntry {
  const char* name;     // "partition-and-heal"
  const char* meaning;  // one line
  std::uint32_t nodes;  // where nothing else is asked for; 0: drawn from the seed
  Duration length;      // likewise
  // Fills in the rest: scenario.name, seed, nodes and length are set.
  void (*furnish)(Scenario& scenario);
};

std::span<const LibraryEntry> library();
// Null where there is none.
const LibraryEntry* find_scenario(std::string_view name);
// `nodes` or `length` of 0: the entry's own.
Scenario make_scenario(const LibraryEntry& entry, std::uint64_t seed, std::uint32_t nodes = 0,
                       Duration length = Duration{0});

// A small world with all faults mixed: 5 to 32 nodes; everything follows from the seed. Also in the library,
// as "random-world".
Scenario random_world(std::uint64_t seed);

}  // namespace ringwire::sim
