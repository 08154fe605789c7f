// What one peer was told and its socket has not taken yet: a queue of frames per traffic class, and the rest
// that is being sent.
//
// Problem: a log lives one turn, a slow peer does not keep up with it. Its frames must outlive the log
// without keeping the log, or a receive buffer for every small frame, alive.
//
// Rules
//  - A small frame is copied (CopyReason::backlog) behind the one before it into a heap buffer of
//    kPackBytes that only this class of this peer fills: frames leave a class in order, so a buffer is given
//    back soon after its first frame left. A frame by reference is queued as references.
//  - Frames leave whole and in order. The exception is the rest: the bytes of a send that the kernel cut. It
//    is pinned until the kernel is done with it, and nothing else is sent meanwhile.
//  - A message whose deadline passed is dropped whole, unless a frame of it already left.
//
// Memory: charged bytes (frames plus kPieceOverhead per piece); the owner compares them with its limit. Only
// peers that are behind have a Backlog. Thread: the owning shard. Complexity: O(pieces moved).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/base/time.hpp"
#include "codec/wire/message_type.hpp"

namespace ringwire::session {

inline constexpr std::uint32_t kPackBytes = 8 * 1024;  // holds the largest small frame at least once
inline constexpr std::uint32_t kPieceOverhead = 32;    // a queue's own cost per piece

// Part of a frame in a queue.
struct QueuedPiece {
  Slice bytes;
  Instant deadline = kNever;
  bool begins_message = false;  // its first frame's first piece
  bool ends_frame = true;
  bool by_reference = false;
};
static_assert(sizeof(QueuedPiece) == kPieceOverhead);

class Backlog {
 public:
  using Queue = std::deque<QueuedPiece>;

  // A heap copy of bytes for the queue of `index`, empty at the heap's limit.
  [[nodiscard]] Slice copy(std::size_t index, ByteView bytes, HeapBuffers& heap);

  void push_back(std::size_t index, QueuedPiece piece);
  void push_front(std::size_t index, QueuedPiece piece);
  [[nodiscard]] QueuedPiece pop_front(std::size_t index);
  [[nodiscard]] const Queue& queue(std::size_t index) const { return queues_[index]; }

  // Bytes of the frame at the head of a queue that is not empty.
  [[nodiscard]] std::uint64_t head_bytes(std::size_t index) const;
  // ... and its pieces.
  [[nodiscard]] SliceChain head_frame(std::size_t index) const;
  // Drops messages that expired at the head of the queue; returns how many.
  std::uint32_t drop_expired(std::size_t index, Instant now);

  // Drops the messages of which no frame has left; returns how many.
  std::uint32_t drop_unbegun(std::size_t index);

  void pin(Slice bytes);
  [[nodiscard]] std::span<const Slice> rest() const { return rest_; }
  void unpin();  // the rest

  // Everything but the rest.
  void clear_queues();

  [[nodiscard]] bool queues_empty() const;
  [[nodiscard]] bool empty() const { return rest_.empty() && queues_empty(); }
  [[nodiscard]] std::uint64_t charged_bytes() const;
  [[nodiscard]] std::uint64_t charged_bytes(std::size_t index) const { return queued_bytes_[index]; }

 private:
  struct Pack {
    Slice buffer;
    std::uint32_t used = 0;
  };

  std::array<Queue, wire::kTrafficClasses> queues_;
  std::array<Pack, wire::kTrafficClasses> packs_;
  std::vector<Slice> rest_;
  std::array<std::uint64_t, wire::kTrafficClasses> queued_bytes_{};
  std::uint64_t rest_bytes_ = 0;
};

}  // namespace ringwire::session
