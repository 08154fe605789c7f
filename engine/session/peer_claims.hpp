// One session per node: who may call itself THE connection to a node id. Lives on the owner shard of that id.
//
// Problem: two nodes that dial each other at the same moment end up with two connections, possibly on
// different shards. Each end must keep the same one without asking the other; a peer that restarted must get
// back in although its old connection still looks alive here; and nobody may throw out a healthy session by
// dialling again.
//
// Rules, for a challenger that finds the node's session held by an incumbent:
//  1. Dialled from different ends, incumbent younger than kSettledAge: a simultaneous dial. The connection
//     dialled by the smaller id survives; both ends see the same two connections and so choose the same one.
//  2. Otherwise the incumbent is asked to prove that it is alive: a ping within kProbeTime. If it does, the
//     challenger is denied; if not, the challenger takes its place.
//  3. There is one challenger at a time. A second one replaces it only by rule 1, else it is denied.
// A claim is taken only after the identity is proven (engine/session/handshake.hpp): unproven ids never get
// here.
//
// Where both ends measure an incumbent's age on different sides of kSettledAge they may choose differently
// and lose both connections; the redial settles it. An honest peer does not dial while it has an old session,
// so this takes a restart.
//
// Thread: the owner shard. Memory: footprint(); a claim above claims_max is denied, counted. Complexity:
// O(log n). Ordered by id, not hashed: peers choose their ids. Timer: the probe, kProbeTime after it was
// asked for (next_deadline, on_deadline).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "codec/base/counter.hpp"
#include "codec/base/footprint.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/intrusive_list.hpp"
#include "codec/base/time.hpp"

namespace ringwire::session {

// A connection anywhere in the process. The generation tells it from others that had the slot before.
struct ConnectionRef {
  ShardId shard = 0;
  std::uint32_t slot = UINT32_MAX;
  std::uint32_t generation = 0;
  auto operator<=>(const ConnectionRef&) const = default;
};

enum class Dialler : std::uint8_t { us, them };

enum class ClaimVerdict : std::uint8_t {
  granted,           // be established
  denied_duplicate,  // say goodbye: another connection of this node stays
  denied_full,       // say goodbye: this shard owns as many claims as it may
  revoked,           // was granted; another connection takes its place: say goodbye
  probe,             // ping the peer now; report with on_probe_answered when the pong is there
};

// What the owner tells a connection's shard.
struct ClaimNotice {
  ConnectionRef to;
  NodeId node;
  ClaimVerdict verdict = ClaimVerdict::granted;
};

struct ClaimCounters {
  Counter granted;
  Counter denied_duplicate;
  Counter denied_full;
  Counter revoked_simultaneous;  // rule 1: the incumbent lost
  Counter revoked_unresponsive;  // rule 2: the incumbent did not answer its probe
  Counter probes;
  Counter held;            // gauge: nodes that have a session, or are about to
  Counter stale_releases;  // of a connection that no longer held or wanted the claim
};

struct ProbeTag;

class PeerClaims {
 public:
  static constexpr Duration kSettledAge = 10s;  // longer than two crossing dials can be apart
  static constexpr Duration kProbeTime = 2s;    // several round trips around the world

  PeerClaims(const NodeId& self, std::uint32_t claims_max) : self_(self), claims_max_(claims_max) {}

  // `node` must not be our own id (the handshake refuses it). Every door appends what is to be told to `out`;
  // a claim without a verdict in `out` waits for a probe and gets it later.
  void claim(const NodeId& node, ConnectionRef connection, Dialler dialler, Instant now,
             std::vector<ClaimNotice>& out);
  // The connection is gone, or gave up waiting. Any number of times, in any state.
  void release(const NodeId& node, ConnectionRef connection, Instant now, std::vector<ClaimNotice>& out);
  // The incumbent proved to be alive. Without a probe under way it means nothing.
  void on_probe_answered(const NodeId& node, ConnectionRef connection, std::vector<ClaimNotice>& out);

  [[nodiscard]] Instant next_deadline() const;
  void on_deadline(Instant now, std::vector<ClaimNotice>& out);

  // The connection that holds the claim of `node`.
  [[nodiscard]] std::optional<ConnectionRef> holder(const NodeId& node) const;
  [[nodiscard]] std::size_t size() const { return claims_.size(); }
  [[nodiscard]] const ClaimCounters& counters() const { return counters_; }
  static Footprint footprint(std::uint32_t claims_max);

 private:
  struct Candidate {
    ConnectionRef connection;
    Dialler dialler = Dialler::us;
  };
  struct Claim : ListNode<ProbeTag> {
    NodeId node;
    Candidate holder;
    Instant since;
    std::optional<Candidate> challenger;  // there while a probe of the holder is under way
    Instant probe_deadline;
  };

  [[nodiscard]] bool wins(const NodeId& node, const Candidate& candidate) const;
  void grant(Claim& claim, const Candidate& candidate, Instant now, std::vector<ClaimNotice>& out);
  void deny(const NodeId& node, ConnectionRef connection, std::vector<ClaimNotice>& out);
  void challenge(Claim& claim, const Candidate& candidate, Instant now, std::vector<ClaimNotice>& out);
  void probe(Claim& claim, const Candidate& challenger, Instant now, std::vector<ClaimNotice>& out);

  const NodeId self_;
  const std::uint32_t claims_max_;
  std::map<NodeId, Claim> claims_;
  mutable IntrusiveList<Claim, ProbeTag> probes_;  // oldest first: all probes take the same time
  ClaimCounters counters_;
};

}  // namespace ringwire::session
