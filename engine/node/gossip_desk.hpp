// A message's way through the shards: from the connection it arrived on to its owner, from the decision to
// the application, to this shard's peers and to the other shards.
//
//   submit()    on the receiving shard: to the owner, or "paused": the connection waits and submits again
//   receive()   as owner: what other shards and ports submitted; as relay: what other owners decided
//   work()      as owner: decide within the budget, then deliver and relay
//
// Back-pressure, never loss: a decision that finds a lane full stays at the head of undelivered_ and nothing
// more is decided until it is through; the intake's queues fill; submit() says paused. Consumers of relay
// lanes wait for nothing.
//
// Timers: verdicts of the application, lifetimes in the pool. Thread: its shard's.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <vector>

#include "engine/node/naming.hpp"
#include "engine/node/outbox.hpp"
#include "engine/node/ports.hpp"
#include "engine/node/relay_pace.hpp"
#include "engine/node/shard_context.hpp"
#include "engine/shard/turn_budget.hpp"
#include "gossip/intake.hpp"
#include "gossip/ownership.hpp"
#include "gossip/received_filter.hpp"
#include "gossip/transaction_pool.hpp"

namespace ringwire::node {

enum class Submitted : std::uint8_t {
  taken,   // on its way, or a duplicate for its owner: done with it
  known,   // a copy of what this shard sent to its owner a moment ago
  paused,  // no room: submit it again when something moved
};

// The keys that all shards of a node share, drawn at its start.
struct GossipKeys {
  crypto::SipKey ownership;
  crypto::SipKey tables;
};

class GossipDesk {
 public:
  // `policy`: null for the default one.
  GossipDesk(ShardContext& context, Outbox& outbox, const GossipKeys& keys,
             gossip::TransactionPolicy* policy);

  // One message that a peer sent. `keep` makes it a chain of slices that may stay (called only where it is
  // needed). `digest`: see gossip/intake.hpp.
  template <class Keep>
  Submitted submit(gossip::Kind kind, const Hash32& id, const NodeId& source, Keep&& keep,
                   const Hash32& digest = {});

  void receive();
  void work(shard::TurnBudget& budget);
  // Something could be decided or delivered without anything arriving first.
  [[nodiscard]] bool has_work() const {
    return (undelivered_.empty() ? intake_.has_work() : !paces_[context_.id].may_relay()) || stalled_fits();
  }

  [[nodiscard]] Instant next_deadline() { return std::min(intake_.next_deadline(), pool_.next_deadline()); }
  void on_deadline();

  // --- ports
  void attach(PortRings& port) { ports_.push_back({&port, false}); }
  void begin_detach(PortRings& port);
  // After the last turn: what the port published and nobody took.
  void discard_published(PortRings& port);
  // True when nothing is away in either direction: the port's memory may go.
  [[nodiscard]] bool try_detach(PortRings& port);
  // To topic messages: signed or not.
  void subscribe(PortRings& port, gossip::Kind kind, Decider decider);
  void flush_ports();
  [[nodiscard]] bool port_waits();
  // What a port published waits for room on the heap, which nobody announces: look again soon.
  [[nodiscard]] bool short_of_heap();

  // Drops every message, so that all references go home.
  void clear();

  [[nodiscard]] const gossip::Intake& intake() const { return intake_; }
  [[nodiscard]] const gossip::TransactionPool& pool() const { return pool_; }
  [[nodiscard]] const gossip::ReceivedFilter& filter() const { return filter_; }
  [[nodiscard]] const gossip::DefaultTransactionPolicy& policy() const { return default_policy_; }

 private:
  struct AttachedPort {
    PortRings* rings;
    bool detaching;
  };
  // A decision on its way out, and how far it got.
  struct Outgoing {
    gossip::Decision decision;
    ShardId next_shard = 0;
    bool delivered = false;
  };

  Submitted hand_over(const ForwardMeta& message, SliceChain&& bytes);
  Submitted offer(const ForwardMeta& message, SliceChain&& bytes);
  Submitted offer(const PublishMeta& message, SliceChain&& bytes);
  void receive_forwards(ShardId from);
  void receive_relays(ShardId from);
  void receive_from(const AttachedPort& port);
  void retry_published();
  void take_published(const PublishMeta& meta, SliceChain&& bytes);
  [[nodiscard]] bool may_take_published() const;
  [[nodiscard]] bool heap_has_room() const;
  // The application does not read: nothing is decided until it does.
  [[nodiscard]] bool held_up_by_port() const;
  // A message that this owner had no room for would find some now.
  [[nodiscard]] bool stalled_fits() const;
  void settle(std::vector<gossip::Decision>& decisions);
  void blame(const gossip::Decision& decision, security::Reason reason);
  void store(gossip::Decision& decision);
  [[nodiscard]] bool push_out(Outgoing& outgoing);
  [[nodiscard]] bool deliver(Outgoing& outgoing);
  [[nodiscard]] bool relay_to_shards(Outgoing& outgoing);
  void relay_here(gossip::Kind kind, const SliceChain& bytes, std::span<const gossip::SourceId> sources);
  [[nodiscard]] SliceChain own_copy(const SliceChain& bytes);

  ShardContext& context_;
  Outbox& outbox_;
  gossip::Ownership ownership_;
  gossip::DefaultTransactionPolicy default_policy_;
  gossip::Intake intake_;
  gossip::TransactionPool pool_;
  gossip::ReceivedFilter filter_;
  std::vector<gossip::Decision> decisions_;
  std::deque<Outgoing> undelivered_;
  // A message from another shard that this owner had no room for, and that its lane waits behind.
  std::vector<std::optional<std::pair<ForwardMeta, SliceChain>>> stalled_forwards_;
  // Likewise of all ports: one, and everything that ports published which are gone.
  std::deque<std::pair<PublishMeta, SliceChain>> stalled_published_;
  std::vector<AttachedPort> ports_;
  std::vector<RelayPace> paces_;  // by the shard that decided
  std::array<PortRings*, gossip::kKinds> subscriber_{};
};

template <class Keep>
Submitted GossipDesk::submit(gossip::Kind kind, const Hash32& id, const NodeId& source, Keep&& keep,
                             const Hash32& digest) {
  if (filter_.test_and_note(id, context_.time())) return Submitted::known;
  SliceChain bytes = keep();
  if (bytes.empty()) {  // no heap for a copy: like no room anywhere else
    filter_.forget(id);
    return Submitted::paused;
  }
  const Submitted submitted =
      hand_over({id, kind, source_of(source), context_.time(), digest}, std::move(bytes));
  if (submitted == Submitted::paused) filter_.forget(id);
  return submitted;
}

}  // namespace ringwire::node
