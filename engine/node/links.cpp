#include "engine/node/links.hpp"

#include <algorithm>

#include "codec/base/plant.hpp"

namespace ringwire::node {

Mesh::Mesh(ShardId shards) : shards_(shards) {
  RW_ASSERT(shards > 0 && shards <= kShardsMax);
  for (ShardId from = 0; from < shards; ++from) {
    for (ShardId to = 0; to < shards; ++to) pairs_.push_back(from == to ? nullptr : std::make_unique<Pair>());
  }
}

Footprint Mesh::footprint(ShardId shards) {
  const std::uint64_t pairs = std::uint64_t{shards} * (shards - 1);
  Footprint sum{{"mesh: control rings", pairs, kControlDepth * sizeof(ControlMessage)}};
  const auto add = [&](const char* lane, const Footprint& each) {
    for (const Addend& addend : each) {
      sum.push_back({"mesh: " + std::string(lane) + ": " + addend.what, pairs * addend.count, addend.bytes});
    }
  };
  add("forward", ForwardLane::footprint({kForwardDepth, kForwardDepth}));
  add("relay", RelayLane::footprint({kRelayDepth, kRelayDepth}));
  return sum;
}

Links::Links(Mesh& mesh, ShardId self, const std::vector<std::unique_ptr<shard::Sleeper>>& sleepers)
    : mesh_(mesh), self_(self), sleepers_(sleepers), overflow_(mesh.shards()) {}

void Links::send(ShardId to, const ControlMessage& message) {
  counters_.control_sent.add();
  if (to == self_) {
    to_self_.push_back(message);
  } else if (!overflow_[to].empty() || !mesh_.pair(self_, to).control.stage(message)) {
    overflow_[to].push_back(message);
    counters_.control_waited.add();
  }
}

void Links::send_to_others(const ControlMessage& message) {
  for_each_other([&](ShardId other) { send(other, message); });
}

void Links::collect() {
  for_each_other([&](ShardId other) {
    forward_to(other).collect_returns();
    relay_to(other).collect_returns();
  });
}

void Links::flush_control(ShardId to) {
  ControlRing& ring = mesh_.pair(self_, to).control;
  while (!overflow_[to].empty() && ring.stage(overflow_[to].front())) overflow_[to].pop_front();
}

void Links::flush() {
  for_each_other([&](ShardId other) {
    flush_control(other);
    bool news = mesh_.pair(self_, other).control.publish();
    news |= forward_to(other).publish();
    if constexpr (planted(Bug::lost_wake_up)) news = false;
    news |= relay_to(other).publish();
    // Bytes given back to a sender that was refused are news to it too.
    news |= forward_from(other).sender_waits();
    news |= relay_from(other).sender_waits();
    if (news) sleepers_[other]->notify();
  });
}

bool Links::control_waits() const {
  return std::any_of(overflow_.begin(), overflow_.end(),
                     [](const auto& waiting) { return !waiting.empty(); });
}

bool Links::mail_waits() {
  bool waits = !to_self_.empty();
  for_each_other([&](ShardId other) {
    waits = waits || !mesh_.pair(other, self_).control.empty() || forward_from(other).ready() ||
            relay_from(other).ready();
  });
  return waits;
}

bool Links::anything_waits() {
  bool waits = mail_waits();
  for_each_other(
      [&](ShardId other) { waits = waits || forward_to(other).may_go_on() || relay_to(other).may_go_on(); });
  return waits;
}

std::uint64_t Links::forwards_refused() const {
  std::uint64_t sum = 0;
  for_each_other([&](ShardId other) { sum += mesh_.pair(self_, other).forward.refused(); });
  return sum;
}

std::uint64_t Links::relays_refused() const {
  std::uint64_t sum = 0;
  for_each_other([&](ShardId other) { sum += mesh_.pair(self_, other).relay.refused(); });
  return sum;
}

void Links::close() {
  for_each_other([&](ShardId other) {
    forward_to(other).close();
    relay_to(other).close();
  });
}

void Links::discard() {
  const auto drop = [](const auto&, SliceChain&&) {};
  for_each_other([&](ShardId other) {
    forward_from(other).receive(drop, kForwardDepth);
    relay_from(other).receive(drop, kRelayDepth);
  });
}

bool Links::quiet() {
  bool quiet = true;
  for_each_other([&](ShardId other) {
    quiet = forward_to(other).settled() && quiet;
    quiet = relay_to(other).settled() && quiet;
    quiet = forward_from(other).finished() && relay_from(other).finished() && quiet;
  });
  return quiet;
}

}  // namespace ringwire::node
