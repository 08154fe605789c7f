#include "engine/node/dial_desk.hpp"

namespace ringwire::node {

DialDesk::DialDesk(ShardContext& context, const Config& config, const std::vector<ShardLoad>& loads)
    : context_(context),
      loads_(loads),
      planner_({std::chrono::milliseconds(config.limits.redial_min_ms),
                std::chrono::milliseconds(config.limits.redial_max_ms)},
               context.local.id, context.entropy.number()) {}

const char* DialDesk::add(const wire::Enode& target) {
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

std::optional<ShardId> DialDesk::least_loaded(const std::vector<std::uint32_t>& sent) const {
  std::optional<ShardId> best;
  std::uint64_t best_load = 0;
  for (ShardId shard = 0; shard < context_.links.shards(); ++shard) {
    const std::uint64_t outbound = loads_[shard].outbound.value() + sent[shard];
    if (outbound >= loads_[shard].outbound_places.value()) continue;
    const std::uint64_t load = loads_[shard].inbound.value() + outbound;
    if (best && load >= best_load) continue;
    best = shard;
    best_load = load;
  }
  return best;
}

void DialDesk::on_deadline() {
  std::vector<std::uint32_t> sent(context_.links.shards());
  while (const auto target = planner_.next_dial(context_.time())) {
    const NodeId node = target->id();
    const auto shard = least_loaded(sent);
    if (!shard) {
      planner_.on_dial_ended(node, context_.time());
      continue;
    }
    ++sent[*shard];
    ControlMessage message;
    message.kind = ControlKind::dial;
    message.endpoint = target->endpoint;
    message.key = target->public_key;
    message.node = node;
    context_.links.send(*shard, message);
  }
}

}  // namespace ringwire::node
