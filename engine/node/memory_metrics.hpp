// The memory plan beside what of it is in use, as metrics: `ringwire stats memory` shows both in one table.
//
// Thread: registered before the shards run; read from any.
#pragma once

#include <memory>
#include <vector>

#include "engine/metrics/registry.hpp"
#include "engine/node/shard.hpp"

namespace ringwire::node {

// ringwire_memory_plan_bytes{part=...} for every addend of the plan; ringwire_memory_used_bytes{part=...} for
// those that grow and shrink. A part without the latter is taken whole at the start. `shards` must outlive
// the registry's readers.
void register_memory(metrics::Registry& registry, const Config& config, driver::Kind kind,
                     const std::vector<std::unique_ptr<Shard>>& shards);

}  // namespace ringwire::node
