// Percentiles of everything that is measured as a histogram, for people: the buckets of /metrics are too
// coarse for a p99.9.
#pragma once

#include <string>
#include <vector>

#include "engine/api/ringwire.hpp"
#include "engine/metrics/registry.hpp"

namespace ringwire::node {

inline constexpr const char* kLatencyMetric = "ringwire_latency_seconds";
inline constexpr const char* kLatencyHelp = "How long it takes, by subsystem; see engine/node/README.md.";

// Each subsystem of kLatencyMetric: the whole node first, then each shard or port that measured something.
// Any thread.
std::vector<LatencyInfo> latencies(const metrics::Registry& registry);
// The document GET /latency (engine/node/README.md).
std::string latency_json(const metrics::Registry& registry);

}  // namespace ringwire::node
