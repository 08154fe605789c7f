// What must hold in a world whatever befalls it, beside what delivery_watch.hpp says of messages.
//
//   always  over-plan       a shard's heap is within what the plan gives it
//           two-sessions    a node has no two sessions with one other for longer than kSettleTime
//           overslept       a shard with something in its mailboxes gets a turn before the next look
//           blamed          no node says of another one that it broke the protocol: all are honest. To its
//                           last word
//           credit-beyond   nobody may send more in fragments than the window at the other end has left
//           impersonated    nobody has a session with a host that only pretends to be a node
//           banned          who an operator banned has no session, kBanTime after the word, on any shard; and
//                           a ban that was stored is in force after every restart (host_disk.hpp)
//   when all is quiet
//           claims-differ   the shards of a node hold one claim for each session
//   at the end of each life
//           left-behind     of a node that stopped in order no session or connection is left
//           not-stopped     who was asked to stop has, within kStopTime
//
// References are the engine's own matter: a slice that does not come home trips an assertion when its shard
// goes, which every life's end checks.
//
// Complexity: of look(): O(sessions).
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tools/sim/fault_script.hpp"
#include "tools/sim/fleet.hpp"

namespace ringwire::sim {

class Rules {
 public:
  Rules(World& world, Fleet& fleet) : world_(world), fleet_(fleet), start_(world.time()) {}

  // At some moment between turns; often.
  void look(const FaultScript& faults);
  // At a moment when nobody dials or leaves.
  void look_at_claims();
  // A life ends; see Fleet::OnEnd.
  void on_end(std::uint32_t number);

  [[nodiscard]] std::vector<Violation> take_violations() { return std::exchange(violations_, {}); }
  [[nodiscard]] std::uint64_t heap_peak() const { return heap_peak_; }
  // What nodes did over all their lives; lives that go on are not in it.
  struct Totals {
    std::uint64_t bytes_sent = 0;
    std::uint64_t sessions = 0;
    std::uint64_t received = 0;  // messages of gossip from peers
  };
  [[nodiscard]] const Totals& totals() const { return totals_; }

  static constexpr Duration kSettleTime = 15s;  // an established session yields after 10 s and a ping of 2
  static constexpr Duration kBanTime = 10ms;
  static constexpr Duration kStopTime = 5s;  // an embedder leaves, then a node stops within two
  // Nodes whose sessions are counted in each look, one after the other; and a world of more is too large for
  // all windows to be held against each other.
  static constexpr std::uint32_t kCloselyMax = 64;

 private:
  void look_at_memory(std::uint32_t number, SimNode& node);
  void look_at_sessions(std::uint32_t number, SimNode& node);
  void look_at_mail(std::uint32_t number, SimNode& node);
  void look_at_blame(std::uint32_t number, SimNode& node);
  void look_at_credit();
  void look_at_impostors(std::uint32_t number, SimNode& node, const std::set<IpAddress>& impostors);
  void look_at_bans(const std::vector<FaultScript::BanInForce>& bans);
  // It was said in an earlier life, and this one must know it.
  [[nodiscard]] bool is_kept(const FaultScript::BanInForce& ban,
                             const std::vector<FaultScript::BanInForce>& bans);
  void violated(const char* rule, std::string text);

  World& world_;
  Fleet& fleet_;
  const Instant start_;
  std::uint64_t heap_peak_ = 0;
  std::uint32_t next_closely_ = 0;
  Totals totals_;
  std::map<std::pair<std::uint32_t, NodeId>, Instant> doubled_;  // since when there are two
  struct Seen {
    std::uint32_t life = 0;
    std::uint64_t turns = 0;
    bool mail = false;
    bool blamed = false;
  };
  Seen& seen(std::uint32_t number, ShardId shard);

  std::map<std::pair<std::uint32_t, ShardId>, Seen> seen_;  // at the last look
  std::vector<Violation> violations_;
};

}  // namespace ringwire::sim
