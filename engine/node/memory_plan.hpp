// Every buffer, queue and table that a configuration needs, added up by one function.
//
// The engine stays under the sum because each addend is a limit that its owner enforces: fixed tables are
// allocated at start, heaps and queues refuse at their limit, connections are refused above theirs.
#pragma once

#include <string>

#include "codec/base/footprint.hpp"
#include "engine/api/config.hpp"

namespace ringwire::node {

// The addend of everything that a shard's HeapBuffers holds.
inline constexpr const char* kHeapPart = "heap: queues of peers, messages being decided";

// `config` must be acceptable but for memory.total_mb.
Footprint memory_plan(const Config& config);
std::uint64_t total(const Footprint& plan);
// A table, one line per addend, the sum last.
std::string to_table(const Footprint& plan);

}  // namespace ringwire::node
