// The one place that knows every counter of a shard and gives it its public name.
#pragma once

#include "engine/log/log.hpp"
#include "engine/metrics/registry.hpp"
#include "engine/node/ban_keeper.hpp"
#include "engine/node/shard.hpp"

namespace ringwire::node {

struct NodeFacts {
  const char* version;
  const char* driver;
  std::string id;
};

// What is true of the node as a whole. `log` must outlive the registry's readers.
void register_process(metrics::Registry& registry, const NodeFacts& facts, const log::Log& log);
// Where there is a datadir.
void register_ban_keeper(metrics::Registry& registry, const BanKeeper& keeper);
// Registers everything that `shard` and `driver` count, labelled with the shard. They must outlive the
// registry's readers.
void register_metrics(metrics::Registry& registry, const Shard& shard, const driver::Driver& driver,
                      const log::Logger& logger);

}  // namespace ringwire::node
