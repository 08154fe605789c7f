// Whom to dial when: the nodes the operator wants to stay connected to.
//
// Problem: a node that is down must not be hammered, nor dialled by a thousand others at the same moment when
// it comes back; one that is up must be redialled soon; one that dialled us needs no dial at all.
//
// Rules
//  - At most one dial per node is under way, and none while any session with it is open, whoever dialled.
//  - After the k-th failure in a row the next dial waits between half of and a whole redial_min * 2^(k-1),
//    never less than redial_min nor more than redial_max. A dial that ends without a session is a failure.
//  - A session that lasted kHealthySession clears the failures. A shorter one counts as a failure, so that a
//    peer which accepts and hangs up is not dialled in a circle.
//
// Timer: one, next_deadline(): the earliest due dial; ask next_dial() then, until it says nothing. Thread:
// one owner. Memory: at most kTargetsMax targets. Complexity: O(log n). The generator is handed in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "codec/base/ids.hpp"
#include "codec/base/prng.hpp"
#include "codec/base/time.hpp"
#include "codec/wire/enode.hpp"

namespace ringwire::discovery {

struct DialPlannerConfig {
  Duration redial_min = 1s;
  Duration redial_max = 300s;
};

class DialPlanner {
 public:
  static constexpr std::size_t kTargetsMax = 1024;  // static peers; far above any operator's list
  static constexpr Duration kHealthySession = 60s;  // longer than a peer that refuses us would keep us

  enum class Added : std::uint8_t { yes, is_self, is_there, is_full };

  DialPlanner(const DialPlannerConfig& config, const NodeId& self, std::uint64_t seed)
      : config_(config), self_(self), prng_(seed) {}

  // Due at once. A target with another address than before moves there, its failures forgotten, for the
  // dials to come: is_there.
  Added add(const wire::Enode& target, Instant now);

  // Stays connected, if it is, but is not dialled again. False where it was no target.
  bool remove(const NodeId& node);

  // The target to dial now; it counts as under way from here on. Nothing: none is due.
  std::optional<wire::Enode> next_dial(Instant now);
  // What became of it. The three may come in any order (they come from different shards), and any number of
  // times; nodes that are no target are ignored.
  //
  // The dial that next_dial() named is over: established, or come to nothing.
  void on_dial_ended(const NodeId& node, Instant now);
  // The node has a session, by its dial or ours; it has none any more.
  void on_session_opened(const NodeId& node, Instant now);
  void on_session_closed(const NodeId& node, Instant now);

  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] std::size_t size() const { return targets_.size(); }

 private:
  struct Target {
    wire::Enode enode;
    std::uint32_t failures = 0;  // in a row
    bool dialling = false;
    std::optional<Instant> session_since;
    std::optional<Instant> due;  // waiting for its dial: then it is in queue_ too
  };

  void move(const NodeId& node, Target& known, const wire::Enode& target, Instant now);
  void wait_until(const NodeId& node, Target& target, Instant due);
  void stop_waiting(const NodeId& node, Target& target);
  [[nodiscard]] Duration backoff(std::uint32_t failures);

  const DialPlannerConfig config_;
  const NodeId self_;
  Prng prng_;
  std::map<NodeId, Target> targets_;
  std::set<std::pair<Instant, NodeId>> queue_;
};

}  // namespace ringwire::discovery
