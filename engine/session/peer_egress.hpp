// One peer's share of what the shard says: what to commit now, what has to wait, what the kernel left over.
//
// Problem: 4000 peers are mostly silent and must cost nothing; the busy ones get one send per turn, in the
// order consensus, block, transaction, sync, other; a slow one must neither delay a vote to itself behind a
// megabyte nor make us keep megabytes without end, and nothing meant for it is lost without a word.
//
// States
//   quiet      nothing to say
//   speaking   addressed in this turn, or frames are queued: the next commit() takes them
//   in flight  the kernel cut a send; its rest is pinned and being sent; frames of later turns are queued
//
// Rules
//  - A commit takes, class by class, first what is queued, then what this turn's log has for the peer. Small
//    frames all go (up to kSendBytesMax); frames by reference (bulk) up to limits.bulk_bytes and at least
//    one. A class that stops at a bulk frame queues what is behind it; the classes after it still send small
//    frames.
//  - What was committed but not taken: the frame that was cut and up to kRestBytesMax behind it become the
//    rest, later frames return to the FRONT of their queues.
//  - A sealed peer (its sends go through a record layer) cannot take anything back. So a commit takes at most
//    kSealedSendBytes, and what the turn's log has beyond that stays in the log for the next round of the
//    same turn: round after round, until a plain peer would have been told all, or the kernel cuts a send.
//  - Fragments need credit of their class (send_credit.hpp). A class that has none stops there, and what is
//    behind waits in its queue; the others go on.
//  - A queue over its limit answers Overflow: disconnect the peer as too_slow. Only a message with a deadline
//    is ever dropped instead, and counted.
//  - Expiry is looked at when a class is committed, and before a queue overflows.
//
// Timers: none of its own. The owner compares stalled_since() with its stall timeout.
// Building the ordered pieces is all that happens here; handing them to a driver, or through a record layer,
// is the caller's. Thread: the owning shard; the object must outlive its rest (until rest_sent or closed).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "codec/base/intrusive_list.hpp"
#include "codec/base/result.hpp"
#include "codec/base/time.hpp"
#include "engine/driver/driver.hpp"
#include "engine/session/egress_turn.hpp"
#include "engine/session/send_credit.hpp"

namespace ringwire::session {

using Pieces = std::span<const ByteView>;

struct SpeakerTag;
struct MemberTag;

// What happens to the pieces of a commit.
enum class Carriage : std::uint8_t {
  plain,   // sent as they are; what the kernel does not take comes back: on_unsent()
  sealed,  // encrypted: on_sealed_rest()
};

class PeerEgress : public ListNode<SpeakerTag>, public ListNode<MemberTag> {
 public:
  // `connection` is only carried along for the owner.
  explicit PeerEgress(driver::ConnectionId connection = {}, Carriage carriage = Carriage::plain,
                      const SendCredit& credit = SendCredit::unlimited())
      : connection_(connection), sealed_(carriage == Carriage::sealed), credit_(credit) {}

  [[nodiscard]] driver::ConnectionId connection() const { return connection_; }

  // A rest is being sent: no send may be started.
  [[nodiscard]] bool in_flight() const { return in_flight_; }
  // Frames wait for a commit, or a rest for the kernel.
  [[nodiscard]] bool behind() const { return backlog_ != nullptr || in_flight_; }
  [[nodiscard]] std::uint64_t queued_bytes() const {
    return backlog_ != nullptr ? backlog_->charged_bytes() : 0;
  }
  // Of these, what waits in one class.
  [[nodiscard]] std::uint64_t queued_bytes(wire::TrafficClass traffic_class) const {
    return backlog_ != nullptr ? backlog_->charged_bytes(static_cast<std::size_t>(traffic_class)) : 0;
  }
  // What the peer lets us send in fragments.
  [[nodiscard]] const SendCredit& credit() const { return credit_; }
  // Since when the kernel has taken no byte although there is something for it to take, or the peer has given
  // no credit for what waits for it; kNever if not so.
  [[nodiscard]] Instant stalled_since() const {
    return std::min(in_flight_ ? waiting_since_ : kNever, starved_since_);
  }

 private:
  friend class Egress;

  // Frames of this turn for this peer, noted while it is addressed.
  void deviate(EgressTurn& turn, std::size_t index, FrameRange frames, Deviation kind);
  void start_from_here(const EgressTurn& turn);
  void forget_addressed(const EgressTurn& turn);

  // Everything to send now; none where there is nothing, or a rest is in flight.
  Result<Pieces, Overflow> commit(EgressTurn& turn, Instant now);
  // Of the commit of the turn before, the kernel took `taken` bytes. The pieces to pass to send_rest().
  Result<Pieces, Overflow> on_unsent(EgressTurn& turn, std::uint64_t taken, Instant now);
  // The rest of what a sealed peer was committed is being sent.
  void on_sealed_rest(EgressTurn& turn, Instant now);
  void on_rest_sent(EgressTurn& turn);
  // Drops what is queued, but for the rest in flight.
  void drop_queued(EgressTurn& turn);
  // Drops the messages of a class of which nothing left; how many.
  std::uint32_t shed(EgressTurn& turn, std::size_t index);
  // Something is queued, and not for want of credit.
  [[nodiscard]] bool can_go_on() const;

  void refresh(const EgressTurn& turn);
  Backlog& backlog(EgressTurn& turn);
  void release_backlog(EgressTurn& turn);

  template <class Visit>
  void for_each_range(const EgressTurn& turn, std::size_t index, Visit&& visit) const;
  // Whether bulk of the turn, or the send begun, has room for another frame.
  [[nodiscard]] bool fits_bulk(const EgressTurn& turn, std::uint64_t frame_bytes) const;
  [[nodiscard]] bool fits_send(const EgressTurn& turn, std::uint64_t frame_bytes);
  [[nodiscard]] bool fits_credit(EgressTurn& turn, std::size_t index, ByteView first_piece,
                                 std::uint64_t frame_bytes, Instant now);
  void spend_credit(std::size_t index, ByteView first_piece, std::uint64_t frame_bytes);
  void commit_queue(EgressTurn& turn, std::size_t index, Instant now);
  Status<Overflow> commit_log(EgressTurn& turn, std::size_t index, Instant now);
  std::uint32_t commit_frames(EgressTurn& turn, std::size_t index, FrameRange frames, Instant now);
  std::uint32_t commit_run(EgressTurn& turn, const OutboundLog& log, FrameRange frames);
  Result<Pieces, Overflow> finish_commit(EgressTurn& turn);
  Result<Pieces, Overflow> take_back(EgressTurn& turn);

  Status<Overflow> queue_all(EgressTurn& turn, Instant now);
  Status<Overflow> queue_frames(EgressTurn& turn, std::size_t index, FrameRange frames, Instant now);
  Status<Overflow> queue_frame(EgressTurn& turn, std::size_t index, std::uint32_t frame);
  [[nodiscard]] bool over_limit(EgressTurn& turn, Instant now);
  void drop_expired(EgressTurn& turn, std::size_t index, Instant now);

  Status<Overflow> collect_remaining(EgressTurn& turn, std::uint64_t taken);
  Status<Overflow> collect_frame(EgressTurn& turn, std::size_t index, std::uint32_t frame,
                                 std::uint64_t& taken);
  std::size_t pin_rest(EgressTurn& turn);
  void refund(EgressTurn& turn, std::size_t from);
  void requeue(EgressTurn& turn, std::size_t from);

  std::unique_ptr<Backlog> backlog_;  // null while nothing waits
  Instant waiting_since_;
  driver::ConnectionId connection_;
  bool in_flight_ = false;
  const bool sealed_;
  std::uint8_t starved_ = 0;  // classes that stopped for want of credit in the last commit, a bit each
  SendCredit credit_;
  Instant starved_since_ = kNever;

  // Of the turn `turn_`, stale in any other.
  bool more_ = false;  // the last commit left what another round can take
  std::uint64_t turn_ = 0;
  std::uint32_t bulk_ = 0;  // bytes committed by reference
  std::uint32_t sent_ = 0;  // bytes of earlier rounds
  FrameRange committed_;    // of EgressTurn::committed
  std::array<DeviationList, wire::kTrafficClasses> deviations_;
  std::array<std::uint32_t, wire::kTrafficClasses> from_{};  // broadcasts before are not for this peer
  std::array<std::uint32_t, wire::kTrafficClasses> done_{};  // frames before were committed or queued
};
static_assert(sizeof(PeerEgress) <= 208, "4000 idle connections must cost less than a megabyte");

}  // namespace ringwire::session
