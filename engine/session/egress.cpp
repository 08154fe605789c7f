#include "engine/session/egress.hpp"

namespace ringwire::session {

void Egress::join(PeerEgress& peer) {
  peer.start_from_here(turn_);
  members_.push_back(peer);
}

void Egress::silence(PeerEgress& peer) {
  peer.ListNode<MemberTag>::unlink();
  peer.ListNode<SpeakerTag>::unlink();
  peer.forget_addressed(turn_);
  peer.drop_queued(turn_);
}

void Egress::forget(PeerEgress& peer) {
  silence(peer);
  peer.on_rest_sent(turn_);
}

void Egress::broadcast(const Record& record) {
  log(record).mark_broadcast(record.frames);
  broadcast_said_ = true;
}

void Egress::exclude(const Record& record, PeerEgress& peer) {
  RW_ASSUME(log(record).is_broadcast(record.frames.first));
  if (!peer.ListNode<MemberTag>::linked()) return;
  peer.deviate(turn_, static_cast<std::size_t>(record.traffic_class), record.frames, Deviation::excluded);
}

void Egress::unicast(const Record& record, PeerEgress& peer) {
  RW_ASSUME(!log(record).is_broadcast(record.frames.first));
  peer.deviate(turn_, static_cast<std::size_t>(record.traffic_class), record.frames, Deviation::takes);
  speak(peer, speakers_);
}

bool Egress::grant(PeerEgress& peer, wire::TrafficClass traffic_class, std::uint32_t credit) {
  if (!peer.credit_.grant(static_cast<std::size_t>(traffic_class), credit)) return false;
  if (peer.behind() && !peer.in_flight()) speak(peer, speakers_);
  return true;
}

bool Egress::shed(PeerEgress& peer, wire::TrafficClass traffic_class) {
  RW_ASSERT(has_repair(traffic_class));
  const auto index = static_cast<std::size_t>(traffic_class);
  const std::uint32_t dropped = peer.shed(turn_, index);
  turn_.counters.shed[index].add(dropped);
  return dropped > 0;
}

Result<Pieces, Overflow> Egress::on_unsent(PeerEgress& peer, std::uint64_t taken, Instant now) {
  const Result<Pieces, Overflow> rest = peer.on_unsent(turn_, taken, now);
  if (!rest.ok()) count(rest.error());
  if (peer.in_flight()) peer.ListNode<SpeakerTag>::unlink();
  return rest;
}

// Unless the turn has more for the peer: that is queued in its next round.
void Egress::on_sealed_rest(PeerEgress& peer, Instant now) {
  peer.on_sealed_rest(turn_, now);
  if (!peer.more_) peer.ListNode<SpeakerTag>::unlink();
}

void Egress::on_rest_sent(PeerEgress& peer) {
  peer.on_rest_sent(turn_);
  if (peer.behind()) speak(peer, speakers_);
}

void Egress::begin_turn() {
  RW_ASSERT(!uncommitted_);
  turn_.reset();
  broadcast_said_ = committed_ = false;
  while (PeerEgress* peer = later_.pop_front()) speakers_.push_back(*peer);
}

void Egress::wake_members() {
  for (PeerEgress* peer = members_.front(); peer != nullptr; peer = members_.next(*peer)) {
    speak(*peer, speakers_);
  }
}

bool Egress::turn_has_room() {
  return turn_.deviations.size() < kDeviationsMax;
}

void Egress::count(const Result<Record, AppendError>& appended) {
  EgressCounters& counters = turn_.counters;
  if (appended.ok()) return counters.records.add();
  (appended.error() == AppendError::turn_full ? counters.turn_full : counters.heap_full).add();
}

void Egress::count(Overflow overflow) {
  EgressCounters& counters = turn_.counters;
  (overflow == Overflow::peer_queue ? counters.overflow_peer_queue : counters.overflow_heap).add();
}

Footprint Egress::footprint() const {
  return {
      {"egress: logs and scratch of a turn", turn_.limits.turn_bytes / kChunkBytes, kChunkBytes},
      {"egress: deviations of a turn", kDeviationsMax, 16},
      {"egress: frames of a turn", std::uint64_t{kLogFramesMax} * wire::kTrafficClasses, 40},
      {"egress: spare backlogs", kSpareBacklogs, sizeof(Backlog)},
  };
}

}  // namespace ringwire::session
