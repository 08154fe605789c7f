// Keeps the operator's peers connected. Lives on shard 0; the dials themselves are made by the least loaded
// of the shards that have an outbound place left. Where none has, the dial has failed: it is tried again
// after the planner's wait.
//
// Timer: the planner's next dial. Thread: shard 0's.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "discovery/dial_planner.hpp"
#include "engine/node/connections.hpp"
#include "engine/node/shard_context.hpp"

namespace ringwire::node {

class DialDesk {
 public:
  DialDesk(ShardContext& context, const Config& config, const std::vector<ShardLoad>& loads);

  // Null, or why the target is not acceptable.
  const char* add(const wire::Enode& target);
  // Whether it was a target.
  bool remove(const NodeId& node);

  void on_dial_ended(const NodeId& node);
  void on_presence(const NodeId& node, bool present);

  [[nodiscard]] Instant next_deadline() const { return planner_.next_deadline(); }
  void on_deadline();

 private:
  // Nothing: no shard has a place for another dial. `sent` were sent to each shard, which may not have made
  // them yet.
  [[nodiscard]] std::optional<ShardId> least_loaded(const std::vector<std::uint32_t>& sent) const;

  ShardContext& context_;
  const std::vector<ShardLoad>& loads_;
  discovery::DialPlanner planner_;
  std::map<NodeId, std::uint32_t> sessions_;  // with each node; two while one replaces the other
};

}  // namespace ringwire::node
