#include "engine/session/peer_egress.hpp"

#include <algorithm>
#include <utility>

#include "engine/session/fragmenter.hpp"

namespace ringwire::session {
namespace {

constexpr std::size_t kClasses = wire::kTrafficClasses;

// The header of a whole frame is at the start of its first piece.
bool is_fragment(ByteView first_piece) {
  return first_piece[1] == static_cast<std::uint8_t>(wire::MessageType::fragment);
}
std::uint64_t payload_of(std::uint64_t frame_bytes) {
  return frame_bytes - wire::kFrameHeaderBytes;
}

void add_pieces(PieceList& pieces, const SliceChain& frame) {
  for (std::size_t i = 0; i < frame.count(); ++i) pieces.add(frame[i].view());
}

}  // namespace

// --- addressing

void PeerEgress::refresh(const EgressTurn& turn) {
  if (turn_ == turn.number) return;
  turn_ = turn.number;
  committed_ = {};
  deviations_ = {};
  from_ = {};
  done_ = {};
  bulk_ = sent_ = 0;
  more_ = false;
}

void PeerEgress::deviate(EgressTurn& turn, std::size_t index, FrameRange frames, Deviation kind) {
  refresh(turn);
  turn.deviations.add(deviations_[index], frames, kind);
}

void PeerEgress::start_from_here(const EgressTurn& turn) {
  refresh(turn);
  for (std::size_t index = 0; index < kClasses; ++index) from_[index] = turn.logs[index].frame_count();
}

void PeerEgress::forget_addressed(const EgressTurn& turn) {
  refresh(turn);
  deviations_ = {};
}

template <class Visit>
void PeerEgress::for_each_range(const EgressTurn& turn, std::size_t index, Visit&& visit) const {
  std::span<const FrameRange> broadcasts;
  if (ListNode<MemberTag>::linked()) broadcasts = turn.logs[index].broadcasts();
  for_each_addressed(broadcasts, from_[index], turn.deviations, deviations_[index], [&](FrameRange frames) {
    frames.first = std::max(frames.first, done_[index]);
    if (!frames.empty()) visit(frames);
  });
}

// --- committing

Result<Pieces, Overflow> PeerEgress::commit(EgressTurn& turn, Instant now) {
  refresh(turn);
  more_ = false;
  if (in_flight_) {
    if (const Status<Overflow> queued = queue_all(turn, now); !queued.ok()) return Failure{queued.error()};
    return Pieces{};
  }
  turn.pieces.clear();
  starved_ = 0;
  committed_.first = static_cast<std::uint32_t>(turn.committed.size());
  for (std::size_t index = 0; index < kClasses && !more_; ++index) {
    if (backlog_ != nullptr) commit_queue(turn, index, now);
    if (more_) break;
    if (const Status<Overflow> logged = commit_log(turn, index, now); !logged.ok()) {
      return Failure{logged.error()};
    }
  }
  committed_.end = static_cast<std::uint32_t>(turn.committed.size());
  if (starved_ == 0) starved_since_ = kNever;
  return finish_commit(turn);
}

bool PeerEgress::fits_credit(EgressTurn& turn, std::size_t index, ByteView first_piece,
                             std::uint64_t frame_bytes, Instant now) {
  if (!is_fragment(first_piece) || credit_.allows(index, payload_of(frame_bytes))) return true;
  starved_ |= static_cast<std::uint8_t>(1U << index);
  if (starved_since_ == kNever) {
    starved_since_ = now;
    turn.stalled.push_back(connection_);
  }
  turn.counters.starved[index].add();
  return false;
}

void PeerEgress::spend_credit(std::size_t index, ByteView first_piece, std::uint64_t frame_bytes) {
  if (!is_fragment(first_piece)) return;
  credit_.spend(index, payload_of(frame_bytes));
  starved_since_ = kNever;
}

bool PeerEgress::can_go_on() const {
  if (backlog_ == nullptr || in_flight_) return false;
  for (std::size_t index = 0; index < kClasses; ++index) {
    if (!backlog_->queue(index).empty() && (starved_ >> index & 1) == 0) return true;
  }
  return false;
}

bool PeerEgress::fits_bulk(const EgressTurn& turn, std::uint64_t frame_bytes) const {
  return bulk_ == 0 || bulk_ + frame_bytes <= turn.limits.bulk_bytes;
}

bool PeerEgress::fits_send(const EgressTurn& turn, std::uint64_t frame_bytes) {
  if (!sealed_) return !turn.pieces.full();
  if (sent_ + turn.pieces.bytes() >= kSendBytesMax) return false;
  more_ = turn.pieces.bytes() + frame_bytes > kSealedSendBytes;
  return !more_;
}

void PeerEgress::commit_queue(EgressTurn& turn, std::size_t index, Instant now) {
  const auto first = static_cast<std::uint32_t>(turn.committed_pieces.size());
  const Backlog::Queue& queue = backlog_->queue(index);
  while (drop_expired(turn, index, now), !queue.empty()) {
    const bool by_reference = queue.front().by_reference;
    const std::uint64_t frame_bytes = backlog_->head_bytes(index);
    const ByteView first_piece = queue.front().bytes.view();
    if (by_reference && !fits_bulk(turn, frame_bytes)) break;
    if (by_reference && !fits_credit(turn, index, first_piece, frame_bytes, now)) break;
    if (!fits_send(turn, frame_bytes)) break;
    if (by_reference) {
      bulk_ += static_cast<std::uint32_t>(frame_bytes);
      spend_credit(index, first_piece, frame_bytes);
      if (is_unsummed_fragment(first_piece)) sum_fragment(backlog_->head_frame(index));
    }
    bool ends_frame = false;
    while (!ends_frame) {
      turn.committed_pieces.push_back(backlog_->pop_front(index));
      turn.pieces.add(turn.committed_pieces.back().bytes.view());
      ends_frame = turn.committed_pieces.back().ends_frame;
    }
  }
  const auto end = static_cast<std::uint32_t>(turn.committed_pieces.size());
  if (end > first) turn.committed.push_back({static_cast<std::uint8_t>(index), true, {first, end}});
}

Status<Overflow> PeerEgress::commit_log(EgressTurn& turn, std::size_t index, Instant now) {
  bool waits = backlog_ != nullptr && !backlog_->queue(index).empty();
  Status<Overflow> status = Done{};
  std::uint32_t done = turn.logs[index].frame_count();
  for_each_range(turn, index, [&](FrameRange frames) {
    if (more_ || !status.ok()) return;
    if (!waits) frames.first = commit_frames(turn, index, frames, now);
    if (more_) done = frames.first;
    if (more_ || frames.empty()) return;
    waits = true;
    status = queue_frames(turn, index, frames, now);
  });
  done_[index] = done;
  return status;
}

// Commits frames of the log as far as the send has room for them; returns the first that has to wait.
std::uint32_t PeerEgress::commit_frames(EgressTurn& turn, std::size_t index, FrameRange frames, Instant now) {
  const OutboundLog& log = turn.logs[index];
  FrameRange left = frames;
  while (!left.empty()) {
    const std::uint64_t frame_bytes = log.frame_bytes(left.first);
    const bool by_reference = log.by_reference(left.first);
    if (by_reference && !fits_bulk(turn, frame_bytes)) break;
    if (by_reference && !fits_credit(turn, index, log.pieces(left.first)[0].view(), frame_bytes, now)) break;
    if (!fits_send(turn, frame_bytes)) break;
    if (!by_reference) {
      left.first = commit_run(turn, log, left);
      continue;
    }
    spend_credit(index, log.pieces(left.first)[0].view(), frame_bytes);
    bulk_ += static_cast<std::uint32_t>(frame_bytes);
    sum_fragment(log.pieces(left.first));
    add_pieces(turn.pieces, log.pieces(left.first));
    ++left.first;
  }
  if (left.first > frames.first) {
    turn.committed.push_back({static_cast<std::uint8_t>(index), false, {frames.first, left.first}});
  }
  return left.first;
}

// Small frames that lie side by side; at least the first, for which there is room.
std::uint32_t PeerEgress::commit_run(EgressTurn& turn, const OutboundLog& log, FrameRange frames) {
  frames.end = std::min(log.run_end(frames.first), frames.end);
  if (sealed_) frames.end = log.end_within(frames, kSealedSendBytes - turn.pieces.bytes());
  turn.pieces.add(log.bytes(frames));
  return frames.end;
}

Result<Pieces, Overflow> PeerEgress::finish_commit(EgressTurn& turn) {
  // A record layer copies short pieces itself, to where it seals them.
  if (!sealed_ && !turn.pieces.worth_gathering()) {
    if (!turn.pieces.compact(turn.scratch)) return take_back(turn);
    turn.counters.compacted.add();
  }
  release_backlog(turn);
  const Pieces pieces = turn.pieces.pieces();
  RW_ASSERT(sealed_ || pieces.size() <= driver::Driver::kPiecesMax);
  if (sealed_) {
    turn.sealed_bytes += turn.pieces.bytes();
    sent_ += static_cast<std::uint32_t>(turn.pieces.bytes());
  }
  if (!pieces.empty()) turn.counters.sends.add();
  turn.counters.sent_bytes.add(turn.pieces.bytes());
  turn.counters.pieces.add(pieces.size());
  return pieces;
}

// No scratch to copy the pieces together: all of them wait in the queues, where they are copied together too.
Result<Pieces, Overflow> PeerEgress::take_back(EgressTurn& turn) {
  turn.counters.scratch_full.add();
  if (const Status<Overflow> kept = collect_remaining(turn, 0); !kept.ok()) return Failure{kept.error()};
  requeue(turn, 0);
  committed_ = {};
  return Pieces{};
}

// --- queueing

Status<Overflow> PeerEgress::queue_all(EgressTurn& turn, Instant now) {
  Status<Overflow> status = Done{};
  for (std::size_t index = 0; index < kClasses; ++index) {
    for_each_range(turn, index, [&](FrameRange frames) {
      if (status.ok()) status = queue_frames(turn, index, frames, now);
    });
    done_[index] = turn.logs[index].frame_count();
  }
  return status;
}

Status<Overflow> PeerEgress::queue_frames(EgressTurn& turn, std::size_t index, FrameRange frames,
                                          Instant now) {
  for (std::uint32_t frame = frames.first; frame < frames.end; ++frame) {
    if (turn.logs[index].begins_message(frame) && over_limit(turn, now)) {
      return Failure{Overflow::peer_queue};
    }
    if (const Status<Overflow> queued = queue_frame(turn, index, frame); !queued.ok()) return queued;
  }
  turn.counters.queued_frames.add(frames.end - frames.first);
  return Done{};
}

Status<Overflow> PeerEgress::queue_frame(EgressTurn& turn, std::size_t index, std::uint32_t frame) {
  const OutboundLog& log = turn.logs[index];
  Backlog& queue = backlog(turn);
  if (!log.by_reference(frame)) {
    Slice copied = queue.copy(index, log.bytes({frame, frame + 1}), turn.heap);
    if (copied.empty()) return Failure{Overflow::heap};
    queue.push_back(index, {std::move(copied), log.deadline(frame), true, true, false});
    return Done{};
  }
  const SliceChain& pieces = log.pieces(frame);
  for (std::size_t i = 0; i < pieces.count(); ++i) {
    const bool begins = i == 0 && log.begins_message(frame);
    queue.push_back(index, {pieces[i], log.deadline(frame), begins, i + 1 == pieces.count(), true});
  }
  return Done{};
}

bool PeerEgress::over_limit(EgressTurn& turn, Instant now) {
  if (queued_bytes() < turn.limits.peer_queue_bytes) return false;
  for (std::size_t index = 0; index < kClasses; ++index) drop_expired(turn, index, now);
  return queued_bytes() >= turn.limits.peer_queue_bytes;
}

void PeerEgress::drop_expired(EgressTurn& turn, std::size_t index, Instant now) {
  const std::uint32_t dropped = backlog_->drop_expired(index, now);
  if (dropped > 0) turn.counters.expired[index].add(dropped);
}

Backlog& PeerEgress::backlog(EgressTurn& turn) {
  if (backlog_ == nullptr) backlog_ = turn.take_backlog();
  return *backlog_;
}

void PeerEgress::release_backlog(EgressTurn& turn) {
  if (backlog_ != nullptr && backlog_->empty()) turn.give_back(std::move(backlog_));
}

std::uint32_t PeerEgress::shed(EgressTurn& turn, std::size_t index) {
  if (backlog_ == nullptr) return 0;
  const std::uint32_t dropped = backlog_->drop_unbegun(index);
  release_backlog(turn);
  return dropped;
}

void PeerEgress::drop_queued(EgressTurn& turn) {
  starved_ = 0;
  starved_since_ = kNever;
  if (backlog_ == nullptr) return;
  backlog_->clear_queues();
  release_backlog(turn);
}

// --- what the kernel did not take

Result<Pieces, Overflow> PeerEgress::on_unsent(EgressTurn& turn, std::uint64_t taken, Instant now) {
  RW_ASSERT(!sealed_ && !in_flight_ && turn_ == turn.number && !committed_.empty());
  turn.counters.cut_sends.add();
  const Status<Overflow> kept = collect_remaining(turn, taken);
  committed_ = {};
  if (!kept.ok()) return Failure{kept.error()};
  requeue(turn, pin_rest(turn));
  in_flight_ = !turn.rest.empty();
  waiting_since_ = now;
  turn.stalled.push_back(connection_);
  return Pieces(turn.rest);
}

Status<Overflow> PeerEgress::collect_remaining(EgressTurn& turn, std::uint64_t taken) {
  turn.remaining.clear();
  for (std::uint32_t i = committed_.first; i < committed_.end; ++i) {
    const Committed& committed = turn.committed[i];
    for (std::uint32_t at = committed.range.first; at < committed.range.end; ++at) {
      if (!committed.queued) {
        const Status<Overflow> kept = collect_frame(turn, committed.index, at, taken);
        if (!kept.ok()) return kept;
        continue;
      }
      QueuedPiece& piece = turn.committed_pieces[at];
      const auto cut = static_cast<std::uint32_t>(std::min<std::uint64_t>(taken, piece.bytes.size()));
      taken -= cut;
      if (cut == piece.bytes.size()) continue;
      piece.bytes.remove_prefix(cut);
      turn.remaining.push_back({committed.index, std::move(piece)});
    }
  }
  return Done{};
}

// Keeps what is left of a frame of the log after `taken` bytes of it.
Status<Overflow> PeerEgress::collect_frame(EgressTurn& turn, std::size_t index, std::uint32_t frame,
                                           std::uint64_t& taken) {
  const OutboundLog& log = turn.logs[index];
  if (taken >= log.frame_bytes(frame)) {
    taken -= log.frame_bytes(frame);
    return Done{};
  }
  const auto keep = [&](Slice bytes, bool begins, bool ends, bool by_reference) {
    turn.remaining.push_back({static_cast<std::uint8_t>(index),
                              {std::move(bytes), log.deadline(frame), begins, ends, by_reference}});
  };
  if (!log.by_reference(frame)) {
    Slice copied = backlog(turn).copy(index, log.bytes({frame, frame + 1}).subspan(taken), turn.heap);
    taken = 0;
    if (copied.empty()) return Failure{Overflow::heap};
    keep(std::move(copied), true, true, false);
    return Done{};
  }
  const SliceChain& pieces = log.pieces(frame);
  for (std::size_t i = 0; i < pieces.count(); ++i) {
    const auto cut = static_cast<std::uint32_t>(std::min<std::uint64_t>(taken, pieces[i].size()));
    taken -= cut;
    if (cut == pieces[i].size()) continue;
    keep(pieces[i].sub(cut, pieces[i].size() - cut), i == 0 && log.begins_message(frame),
         i + 1 == pieces.count(), true);
  }
  return Done{};
}

// Pins the frame that was cut and whole frames behind it; returns the first remaining piece that is not
// pinned.
std::size_t PeerEgress::pin_rest(EgressTurn& turn) {
  turn.rest.clear();
  std::uint64_t bytes = 0;
  std::size_t at = 0;
  while (at < turn.remaining.size()) {
    std::size_t end = at;
    std::uint64_t frame_bytes = 0;
    do {
      frame_bytes += turn.remaining[end].piece.bytes.size();
    } while (!turn.remaining[end++].piece.ends_frame);
    const bool fits =
        bytes + frame_bytes <= kRestBytesMax && turn.rest.size() + (end - at) <= driver::Driver::kPiecesMax;
    if (at > 0 && !fits) break;
    bytes += frame_bytes;
    for (; at < end; ++at) {
      Slice& piece = turn.remaining[at].piece.bytes;
      turn.rest.push_back(piece.view());
      backlog(turn).pin(std::move(piece));
    }
  }
  return at;
}

// Of whole frames that return to their queues.
void PeerEgress::refund(EgressTurn& turn, std::size_t from) {
  std::uint64_t frame_bytes = 0;
  std::size_t first = from;
  for (std::size_t i = from; i < turn.remaining.size(); ++i) {
    const QueuedPiece& piece = turn.remaining[i].piece;
    frame_bytes += piece.bytes.size();
    if (!piece.ends_frame) continue;
    const QueuedPiece& head = turn.remaining[first].piece;
    if (head.by_reference && is_fragment(head.bytes.view()))
      credit_.refund(turn.remaining[first].index, payload_of(frame_bytes));
    frame_bytes = 0;
    first = i + 1;
  }
}

void PeerEgress::requeue(EgressTurn& turn, std::size_t from) {
  refund(turn, from);
  for (std::size_t i = turn.remaining.size(); i > from; --i) {
    Remaining& remaining = turn.remaining[i - 1];
    backlog(turn).push_front(remaining.index, std::move(remaining.piece));
  }
  turn.remaining.clear();
}

void PeerEgress::on_sealed_rest(EgressTurn& turn, Instant now) {
  RW_ASSERT(sealed_ && !in_flight_);
  turn.counters.cut_sends.add();
  in_flight_ = true;
  waiting_since_ = now;
  turn.stalled.push_back(connection_);
}

void PeerEgress::on_rest_sent(EgressTurn& turn) {
  if (!in_flight_) return;
  in_flight_ = false;
  if (backlog_ != nullptr) backlog_->unpin();
  release_backlog(turn);
}

}  // namespace ringwire::session
