#include "engine/node/dial_desk.hpp"

namespace ringwire::node {

DialDesk::DialDesk(ShardContext& context, const Config& config, const std::vector<ShardLoad>& loads)
    : context_(context),
      loads_(loads),
      planner_({std::chrono::milliseconds(config.limits.redial_min_ms),
                std::chrono::milliseconds(config.limits.redial_max_ms)},
               context.local.id, context.entropy.number()) {}

const char* DialDesk::add(const discovery::Enode& target) {
  switch (planner_.add(target, context_.time())) {
    case discovery::DialPlanner::Added::is_self:
      return "that is this node";
    case discovery::DialPlanner::Added::is_full:
      return "too many peers to keep connected";
    case discovery::DialPlanner::Added::is_there:
      return nullptr;
    case discovery::DialPlanner::Added::yes:
      break;
  }
  // The planner was not told of a session with a node that was no target then.
  const NodeId node = target.id();
  if (sessions_.contains(node)) planner_.on_session_opened(node, context_.time());
  return nullptr;
}

bool DialDesk::remove(const NodeId& node) {
  return planner_.remove(node);
}

void DialDesk::on_dial_ended(const NodeId& node) {
  planner_.on_dial_ended(node, context_.time());
}

void DialDesk::on_presence(const NodeId& node, bool present) {
  if (present) {
    if (++sessions_[node] == 1) planner_.on_session_opened(node, context_.time());
    return;
  }
  const auto found = sessions_.find(node);
  RW_ASSERT(found != sessions_.end());
  if (--found->second > 0) return;
  sessions_.erase(found);
  planner_.on_session_closed(node, context_.time());
}

ShardId DialDesk::least_loaded() const {
  ShardId best = 0;
  const auto load = [&](ShardId shard) {
    return loads_[shard].inbound.value() + loads_[shard].outbound.value();
  };
  for (ShardId shard = 1; shard < context_.links.shards(); ++shard) {
    if (load(shard) < load(best)) best = shard;
  }
  return best;
}

void DialDesk::on_deadline() {
  while (const auto target = planner_.next_dial(context_.time())) {
    ControlMessage message;
    message.kind = ControlKind::dial;
    message.endpoint = target->endpoint;
    message.key = target->public_key;
    message.node = target->id();
    context_.links.send(least_loaded(), message);
  }
}

}  // namespace ringwire::node
