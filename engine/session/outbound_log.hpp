// What a shard says in one turn in one traffic class: complete frames, written once for all peers.
//
// Problem: a message for 200 peers that is copied, headed and summed up per peer costs 200 times too much.
// Here it is appended once; each peer only knows which ranges of the log are for it (addressing.hpp).
//
// Rules
//  - A small frame (payload below kByReferenceBytes) is copied into the arena (CopyReason::outbound_log):
//    frames that follow each other lie side by side, so a range of them is ONE piece of a send.
//  - A larger payload enters by reference. Its frame header lies in a heap buffer of its own, so that a
//    peer's queue takes the whole frame by reference too: relaying it copies nothing, however slow the peers
//    are.
//  - A payload of more than wire::kFragmentBytesMax becomes Fragment frames of equal length, at most
//    kFragmentFrameBytes: slot = class, the inner 18-byte header at the front of the first. Each has its own
//    checksum, computed once for all peers when the first of them is sent it (fragmenter.hpp).
//  - A record never moves within its turn and is gone with reset(). Addresses of frames are good for a send
//    until then.
//  - A deadline is only for classes that have a repair: what expires in a peer's queue is dropped there.
//
// Memory: arenas within the shard's ChunkPool, at most kLogFramesMax frames; append() answers turn_full, and
// the caller ends the turn before it goes on. Headers of large messages: HeapBuffers.
// Thread: the owning shard. Complexity: append O(bytes copied + fragments); everything else O(1) or O(runs).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/result.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/base/time.hpp"
#include "codec/wire/frame_header.hpp"
#include "codec/wire/message_type.hpp"
#include "engine/session/addressing.hpp"
#include "engine/session/turn_arena.hpp"

namespace ringwire::session {

// A copy of less costs no more than another piece of a send and two references per peer.
inline constexpr std::uint32_t kByReferenceBytes = 4 * 1024;

// Frames of one class in one turn. Reached by 1 MiB of the smallest frames; 40 bytes of bookkeeping each.
inline constexpr std::uint32_t kLogFramesMax = 64 * 1024;

// Pieces of one frame by reference. A payload in more (a sender that trickles) is first made contiguous.
inline constexpr std::uint32_t kFramePiecesMax = 16;

// Lost messages of these classes are asked for again by the receiver: request timeouts, announcements.
constexpr bool has_repair(wire::TrafficClass traffic_class) {
  return traffic_class >= wire::TrafficClass::transaction;
}

// Names a record of this turn.
struct Record {
  wire::TrafficClass traffic_class = wire::TrafficClass::other;
  FrameRange frames;
};

enum class AppendError : std::uint8_t {
  turn_full,  // the turn's memory is used up: end the turn, then append again
  heap_full,  // no heap for the headers of a large message: retry later, or shed it
};

class OutboundLog {
 public:
  OutboundLog(wire::TrafficClass traffic_class, ChunkPool& chunks, HeapBuffers& heap)
      : traffic_class_(traffic_class), arena_(chunks), heap_(heap) {}

  // `header` is complete (type, compressed, checksum, timestamp) but for its length, which is taken from the
  // payload. The type may be of any class. A payload of kByReferenceBytes or more must be slices.
  Result<Record, AppendError> append(const wire::FrameHeader& header, ByteView payload,
                                     Instant deadline = kNever);
  Result<Record, AppendError> append(const wire::FrameHeader& header, const SliceChain& payload,
                                     Instant deadline = kNever);

  // Everything below is for records of this turn.
  void mark_broadcast(FrameRange frames);
  [[nodiscard]] bool is_broadcast(std::uint32_t frame) const {
    return !broadcasts_.empty() && broadcasts_.back().first <= frame && frame < broadcasts_.back().end;
  }
  [[nodiscard]] std::span<const FrameRange> broadcasts() const { return broadcasts_; }
  [[nodiscard]] std::uint32_t frame_count() const { return static_cast<std::uint32_t>(frames_.size()); }

  // The end of the longest row of small frames from `frame` on that lie side by side; `frame` + 1 for one by
  // reference.
  [[nodiscard]] std::uint32_t run_end(std::uint32_t frame) const { return run_ends_[frames_[frame].run]; }
  [[nodiscard]] bool by_reference(std::uint32_t frame) const { return frames_[frame].bytes == nullptr; }
  [[nodiscard]] std::uint32_t frame_bytes(std::uint32_t frame) const { return frames_[frame].size; }
  [[nodiscard]] bool begins_message(std::uint32_t frame) const { return frames_[frame].begins_message; }
  [[nodiscard]] Instant deadline(std::uint32_t frame) const { return frames_[frame].deadline; }
  // Small frames within one run.
  [[nodiscard]] ByteView bytes(FrameRange frames) const {
    const Frame& last = frames_[frames.end - 1];
    const std::uint8_t* first = frames_[frames.first].bytes;
    return {first, static_cast<std::size_t>(last.bytes + last.size - first)};
  }
  // Of such frames, the end of those that have at most `bytes_max` together.
  [[nodiscard]] std::uint32_t end_within(FrameRange frames, std::uint64_t bytes_max) const;
  // A frame by reference: its header, then its payload.
  [[nodiscard]] const SliceChain& pieces(std::uint32_t frame) const {
    return references_[frames_[frame].reference];
  }

  // Forgets the turn. No send may refer to it any more.
  void reset();

 private:
  struct Frame {
    const std::uint8_t* bytes = nullptr;  // null: by reference
    Instant deadline;
    std::uint32_t size = 0;
    std::uint32_t run = 0;
    std::uint32_t reference = 0;
    bool begins_message = true;
  };

  Result<Record, AppendError> append_whole(const wire::FrameHeader& header, const SliceChain& payload,
                                           Instant deadline);
  Result<Record, AppendError> append_fragments(const wire::FrameHeader& header, const SliceChain& payload,
                                               Instant deadline);
  ByteSpan append_small(const wire::FrameHeader& header, std::uint32_t payload_bytes, Instant deadline);
  template <class Next>
  Result<Record, AppendError> append_references(std::uint32_t count, Instant deadline, Next&& next);
  bool linearise(SliceChain& pieces);
  void push_reference(SliceChain pieces, Instant deadline, bool begins_message);
  void truncate(std::uint32_t frames);
  [[nodiscard]] bool has_room(std::size_t frames) const { return frame_count() + frames <= kLogFramesMax; }
  [[nodiscard]] Record newest(std::uint32_t first) const { return {traffic_class_, {first, frame_count()}}; }

  const wire::TrafficClass traffic_class_;
  TurnArena arena_;
  HeapBuffers& heap_;
  std::vector<Frame> frames_;
  std::vector<std::uint32_t> run_ends_;
  std::vector<SliceChain> references_;
  std::vector<FrameRange> broadcasts_;
};

}  // namespace ringwire::session
