#include "discovery/dial_planner.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::discovery {

DialPlanner::Added DialPlanner::add(const wire::Enode& target, Instant now) {
  const NodeId node = target.id();
  if (node == self_) return Added::is_self;
  if (const auto found = targets_.find(node); found != targets_.end()) {
    if (found->second.enode != target) move(node, found->second, target, now);
    return Added::is_there;
  }
  if (targets_.size() >= kTargetsMax) return Added::is_full;
  Target& fresh = targets_[node];
  fresh.enode = target;
  wait_until(node, fresh, now);
  return Added::yes;
}

void DialPlanner::move(const NodeId& node, Target& known, const wire::Enode& target, Instant now) {
  known.enode = target;
  known.failures = 0;
  if (!known.due) return;
  stop_waiting(node, known);
  wait_until(node, known, now);
}

bool DialPlanner::remove(const NodeId& node) {
  const auto found = targets_.find(node);
  if (found == targets_.end()) return false;
  stop_waiting(node, found->second);
  targets_.erase(found);
  return true;
}

std::optional<wire::Enode> DialPlanner::next_dial(Instant now) {
  if (queue_.empty() || queue_.begin()->first > now) return std::nullopt;
  const NodeId node = queue_.begin()->second;
  Target& target = targets_.at(node);
  stop_waiting(node, target);
  target.dialling = true;
  return target.enode;
}

void DialPlanner::on_dial_ended(const NodeId& node, Instant now) {
  const auto found = targets_.find(node);
  if (found == targets_.end() || !found->second.dialling) return;
  Target& target = found->second;
  target.dialling = false;
  // An established dial whose session is told later waits here too; on_session_opened() ends the wait.
  if (!target.session_since) wait_until(node, target, now + backoff(++target.failures));
}

void DialPlanner::on_session_opened(const NodeId& node, Instant now) {
  const auto found = targets_.find(node);
  if (found == targets_.end()) return;
  Target& target = found->second;
  if (!target.session_since) target.session_since = now;
  stop_waiting(node, target);
}

void DialPlanner::on_session_closed(const NodeId& node, Instant now) {
  const auto found = targets_.find(node);
  if (found == targets_.end() || !found->second.session_since) return;
  Target& target = found->second;
  target.failures = now - *target.session_since >= kHealthySession ? 1 : target.failures + 1;
  target.session_since.reset();
  if (!target.dialling) wait_until(node, target, now + backoff(target.failures));
}

Instant DialPlanner::next_deadline() const {
  return queue_.empty() ? kNever : queue_.begin()->first;
}

void DialPlanner::wait_until(const NodeId& node, Target& target, Instant due) {
  RW_ASSERT(!target.due);
  target.due = due;
  queue_.insert({due, node});
}

void DialPlanner::stop_waiting(const NodeId& node, Target& target) {
  if (!target.due) return;
  queue_.erase({*target.due, node});
  target.due.reset();
}

// The wait after `failures` in a row, at least one.
Duration DialPlanner::backoff(std::uint32_t failures) {
  Duration whole = config_.redial_min;
  for (std::uint32_t i = 1; i < failures && whole < config_.redial_max; ++i) whole *= 2;
  whole = std::min(whole, config_.redial_max);
  const auto drawn =
      prng_.between(static_cast<std::uint64_t>(whole.count() / 2), static_cast<std::uint64_t>(whole.count()));
  return std::max(config_.redial_min, Duration(static_cast<std::int64_t>(drawn)));
}

}  // namespace ringwire::discovery
