// ringwire itself as a subject: a whole node of one shard, through its public interface.
#pragma once

#include "bench/compare/workload.hpp"
#include "engine/api/config.hpp"

namespace ringwire::compare {

void serve_ringwire(const Workload& workload, DriverChoice driver, const Ready& ready);

}  // namespace ringwire::compare
