// Everything a shard says: append a message once, say who gets it, and once per turn take ONE send per peer.
//
// Why: one send per peer and turn is worth 13 to 130 times a send per message and peer; nothing else in the
// engine is worth nearly as much.
//
//   wait() returned
//   for each Unsent     on_unsent(peer, taken, now)  -> send_rest(its pieces), or disconnect
//                       on_sealed_rest(peer, now), where the record layer sends the rest
//   begin_turn()        the logs of the turn before are gone
//   for each event, timer, mailbox item:  append(), then broadcast()/exclude() or unicast() that record
//                       rest_sent -> on_rest_sent(peer)
//   commit_all(now, send)   one call of send(peer, pieces) per peer that has something to say
//   has_uncommitted()   true: sealed peers have more than one round takes. wait() without sleeping, tell what
//                       was unsent as above, commit_all() again
//   has_speakers()      true: bulk is left to commit; the next wait() must not sleep
//
// Rules
//  - Address a record before the next one of its class is appended, each peer once: broadcast, then
//    exclusions; or unicasts.
//  - Only members get broadcasts, and only those appended after they joined.
//  - An Overflow means: the peer cannot be kept up to date any more. silence() it and disconnect (too_slow).
//  - Pieces handed out stay until the next begin_turn(); those of a rest until on_rest_sent() or forget().
//
// Owner and thread: one shard. HeapBuffers and every PeerEgress in use must outlive it, or be forgotten
// before. Memory: limits.turn_bytes, bookkeeping within kLogFramesMax and kDeviationsMax, and the heap.
// Complexity: broadcast, exclude, unicast O(1); a commit O(its ranges and queued pieces).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "codec/base/footprint.hpp"
#include "engine/session/peer_egress.hpp"

namespace ringwire::session {

class Egress {
 public:
  Egress(const EgressLimits& limits, HeapBuffers& heap) : turn_(limits, heap) {}

  // --- who listens

  // From the next record on, broadcasts are for this peer too: it is established.
  void join(PeerEgress& peer);
  // The peer is about to be disconnected: no broadcast any more, everything queued or addressed in this turn
  // is dropped. A unicast after this (Disconnect) is still sent. A rest in flight stays.
  void silence(PeerEgress& peer);
  // Joined, and not silenced since.
  [[nodiscard]] static bool listens(const PeerEgress& peer) {
    return static_cast<const ListNode<MemberTag>&>(peer).linked();
  }
  // The driver let go of the connection: also drops the rest. The PeerEgress may be destroyed.
  void forget(PeerEgress& peer);

  // --- what is said

  // See OutboundLog::append; the class is that of the type.
  template <class Payload>
  Result<Record, AppendError> append(const wire::FrameHeader& header, const Payload& payload,
                                     Instant deadline = kNever);
  void broadcast(const Record& record);
  void broadcast(const Record& record, PeerEgress& except) {
    broadcast(record);
    exclude(record, except);
  }
  void exclude(const Record& record, PeerEgress& peer);
  void unicast(const Record& record, PeerEgress& peer);

  // --- what there is room for

  // The peer lets us send it more. False: more than there may be, its error.
  [[nodiscard]] bool grant(PeerEgress& peer, wire::TrafficClass traffic_class, std::uint32_t credit);
  // Drops what waits for the peer in a class whose messages are asked for again; whether there was anything.
  [[nodiscard]] bool shed(PeerEgress& peer, wire::TrafficClass traffic_class);

  // --- the turn

  Result<Pieces, Overflow> on_unsent(PeerEgress& peer, std::uint64_t taken, Instant now);
  void on_sealed_rest(PeerEgress& peer, Instant now);
  void on_rest_sent(PeerEgress& peer);
  void begin_turn();

  // Calls send(PeerEgress&, const Result<Pieces, Overflow>&) for each peer with something to send (never
  // without pieces) or overflown. send() may silence its peer, and nothing else of this class.
  template <class Send>
  void commit_all(Instant now, Send&& send);
  // Another round has to follow before the turn may end (asserted).
  [[nodiscard]] bool has_uncommitted() const { return uncommitted_; }
  // Peers that began to stall since it was asked last: their stalled_since() is to be watched.
  [[nodiscard]] std::vector<driver::ConnectionId> take_stalled() { return std::exchange(turn_.stalled, {}); }
  [[nodiscard]] bool has_speakers() const { return !speakers_.empty() || !later_.empty(); }

  [[nodiscard]] const EgressCounters& counters() const { return turn_.counters; }
  [[nodiscard]] Footprint footprint() const;

 private:
  using Speakers = IntrusiveList<PeerEgress, SpeakerTag>;

  [[nodiscard]] OutboundLog& log(const Record& record) {
    return turn_.logs[static_cast<std::size_t>(record.traffic_class)];
  }
  void speak(PeerEgress& peer, Speakers& list) {
    if (!static_cast<ListNode<SpeakerTag>&>(peer).linked()) list.push_back(peer);
  }
  void wake_members();
  [[nodiscard]] bool turn_has_room();
  void count(const Result<Record, AppendError>& appended);
  void count(Overflow overflow);

  EgressTurn turn_;
  bool broadcast_said_ = false;
  bool committed_ = false;    // this turn: nothing more may be said in it
  bool uncommitted_ = false;  // ... but what was said has not all been committed
  Speakers speakers_;         // to be committed in this turn
  Speakers later_;            // in the next one: bulk was left
  IntrusiveList<PeerEgress, MemberTag> members_;
};

template <class Payload>
Result<Record, AppendError> Egress::append(const wire::FrameHeader& header, const Payload& payload,
                                           Instant deadline) {
  RW_ASSERT(!committed_);
  const auto index = static_cast<std::size_t>(wire::rules_of(header.type).traffic_class);
  Result<Record, AppendError> appended = Failure{AppendError::turn_full};
  if (turn_has_room()) appended = turn_.logs[index].append(header, payload, deadline);
  count(appended);
  return appended;
}

template <class Send>
void Egress::commit_all(Instant now, Send&& send) {
  RW_ASSERT(!committed_ || uncommitted_);
  if (uncommitted_) turn_.counters.more_rounds.add();
  if (!committed_ && broadcast_said_) wake_members();
  committed_ = true;
  turn_.sealed_bytes = 0;
  Speakers again;
  while (turn_.sealed_bytes < kSealedRoundBytes) {
    PeerEgress* const peer = speakers_.pop_front();
    if (peer == nullptr) break;
    const Result<Pieces, Overflow> pieces = peer->commit(turn_, now);
    if (!pieces.ok()) {
      count(pieces.error());
    } else if (peer->more_) {
      again.push_back(*peer);
    } else if (peer->can_go_on()) {
      later_.push_back(*peer);
    }
    if (!pieces.ok() || !pieces.value().empty()) send(*peer, pieces);
  }
  while (PeerEgress* peer = again.pop_front()) speakers_.push_back(*peer);
  uncommitted_ = !speakers_.empty();
}

}  // namespace ringwire::session
