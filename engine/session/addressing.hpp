// Who gets what, without a step per message and peer.
//
// Problem: a shard relays every message to nearly every peer. A bit per peer and record costs a store for
// each of them (200 peers: 200 stores per message) and a scan of them all to build a send.
//
// Rule: a log keeps ONE list of the ranges that go to everybody; a peer keeps only where it deviates:
// broadcast frames that it must not get (it sent them), other frames that it must. A frame goes to a peer if
// it is broadcast XOR deviates. So a broadcast is O(1), an exclusion or a unicast is O(1), and building a
// send is O(ranges + deviations of this peer). Measured against the bitmap in README.md.
//
// Frames are counted from 0 in each class and turn; a message of several fragments is one range. Deviations
// of a peer are noted in ascending order, each frame once (asserted): address a record before the next one is
// appended.
//
// All of it is forgotten when the turn ends. Thread: the owning shard.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/base/check.hpp"

namespace ringwire::session {

struct FrameRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;  // one after the last

  [[nodiscard]] bool empty() const { return first >= end; }
  bool operator==(const FrameRange&) const = default;
};

// One peer's deviations in one class: a list through the shard's DeviationPool, empty by default.
struct DeviationList {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::uint32_t head = kNone;
  std::uint32_t tail = kNone;

  [[nodiscard]] bool empty() const { return head == kNone; }
};

enum class Deviation : std::uint8_t { takes, excluded };

class DeviationPool {
 public:
  // Adjacent to the last one of the same kind: merged with it.
  void add(DeviationList& list, FrameRange range, Deviation kind) {
    if (!list.empty()) {
      Node& last = nodes_[list.tail];
      RW_ASSERT(range.first >= last.range.end);
      if (range.first == last.range.end && kind == last.kind) {
        last.range.end = range.end;
        return;
      }
    }
    const auto added = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({range, DeviationList::kNone, kind});
    (list.empty() ? list.head : nodes_[list.tail].next) = added;
    list.tail = added;
  }

  [[nodiscard]] const FrameRange& range(std::uint32_t node) const { return nodes_[node].range; }
  [[nodiscard]] std::uint32_t next(std::uint32_t node) const { return nodes_[node].next; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  void reset() { nodes_.clear(); }

 private:
  struct Node {
    FrameRange range;
    std::uint32_t next;
    Deviation kind;
  };
  std::vector<Node> nodes_;
};

// Calls visit(FrameRange) for every range addressed to a peer, ascending; ranges that touch may come as two.
// `broadcasts`: what goes to everybody, ascending, disjoint, maximal; only what lies at or after `from`
// counts (the peer was not there before). An excluded range lies inside one broadcast range, a taken one
// inside none.
template <class Visit>
void for_each_addressed(std::span<const FrameRange> broadcasts, std::uint32_t from, const DeviationPool& pool,
                        DeviationList deviations, Visit&& visit) {
  std::uint32_t node = deviations.head;
  for (FrameRange range : broadcasts) {
    range.first = std::max(range.first, from);
    if (range.empty()) continue;
    for (; node != DeviationList::kNone && pool.range(node).first < range.end; node = pool.next(node)) {
      const FrameRange deviation = pool.range(node);
      if (deviation.first < range.first) {
        visit(deviation);
        continue;
      }
      if (range.first < deviation.first) visit(FrameRange{range.first, deviation.first});
      range.first = deviation.end;
    }
    if (!range.empty()) visit(range);
  }
  for (; node != DeviationList::kNone; node = pool.next(node)) visit(pool.range(node));
}

}  // namespace ringwire::session
