#include "engine/session/outbound_log.hpp"

#include <algorithm>
#include <utility>

#include "codec/base/check.hpp"
#include "engine/session/fragmenter.hpp"

namespace ringwire::session {
namespace {

wire::FrameHeader with_length(wire::FrameHeader header, std::uint64_t payload_bytes) {
  header.length = static_cast<std::uint32_t>(payload_bytes);
  return header;
}

}  // namespace

Result<Record, AppendError> OutboundLog::append(const wire::FrameHeader& header, ByteView payload,
                                                Instant deadline) {
  RW_ASSERT(payload.size() < kByReferenceBytes);
  const std::uint32_t first = frame_count();
  const ByteSpan room = append_small(header, static_cast<std::uint32_t>(payload.size()), deadline);
  if (room.empty()) return Failure{AppendError::turn_full};
  copy_counted(room.subspan(wire::kFrameHeaderBytes), payload, CopyReason::outbound_log);
  return newest(first);
}

Result<Record, AppendError> OutboundLog::append(const wire::FrameHeader& header, const SliceChain& payload,
                                                Instant deadline) {
  if (payload.bytes() > wire::kFragmentBytesMax) return append_fragments(header, payload, deadline);
  if (payload.bytes() >= kByReferenceBytes) return append_whole(header, payload, deadline);
  const std::uint32_t first = frame_count();
  const ByteSpan room = append_small(header, static_cast<std::uint32_t>(payload.bytes()), deadline);
  if (room.empty()) return Failure{AppendError::turn_full};
  payload.copy_to(room.subspan(wire::kFrameHeaderBytes), CopyReason::outbound_log);
  return newest(first);
}

// Room for a small frame with its header written; empty when the turn is full.
ByteSpan OutboundLog::append_small(const wire::FrameHeader& header, std::uint32_t payload_bytes,
                                   Instant deadline) {
  RW_ASSERT(deadline == kNever || has_repair(traffic_class_));
  if (!has_room(1)) return {};
  const auto size = static_cast<std::uint32_t>(wire::kFrameHeaderBytes + payload_bytes);
  const ByteSpan room = arena_.reserve(size);
  if (room.empty()) return {};
  wire::encode(with_length(header, payload_bytes), room.first<wire::kFrameHeaderBytes>());

  const bool adjacent = !frames_.empty() && !by_reference(frame_count() - 1) &&
                        frames_.back().bytes + frames_.back().size == room.data();
  if (!adjacent) run_ends_.push_back(frame_count());
  ++run_ends_.back();
  frames_.push_back({.bytes = room.data(),
                     .deadline = deadline,
                     .size = size,
                     .run = static_cast<std::uint32_t>(run_ends_.size() - 1)});
  return room;
}

Result<Record, AppendError> OutboundLog::append_whole(const wire::FrameHeader& header,
                                                      const SliceChain& payload, Instant deadline) {
  if (!has_room(1)) return Failure{AppendError::turn_full};
  Slice head = heap_.make(wire::kFrameHeaderBytes);
  if (head.empty()) return Failure{AppendError::heap_full};
  wire::encode(with_length(header, payload.bytes()),
               HeapBuffers::writable(head).first<wire::kFrameHeaderBytes>());
  SliceChain frame(std::move(head));
  for (std::size_t i = 0; i < payload.count(); ++i) frame.append(payload[i]);
  return append_references(1, deadline, [&] { return std::move(frame); });
}

Result<Record, AppendError> OutboundLog::append_fragments(const wire::FrameHeader& header,
                                                          const SliceChain& payload, Instant deadline) {
  RW_ASSERT(wire::rules_of(header.type).fragmentable);
  Fragmenter fragmenter(with_length(header, payload.bytes()), payload,
                        static_cast<std::uint8_t>(traffic_class_));
  if (!has_room(fragmenter.count())) return Failure{AppendError::turn_full};
  if (!fragmenter.prepare(heap_)) return Failure{AppendError::heap_full};
  return append_references(fragmenter.count(), deadline, [&] { return fragmenter.next(); });
}

// Appends `count` frames of one message, each from next(); all of them or none.
template <class Next>
Result<Record, AppendError> OutboundLog::append_references(std::uint32_t count, Instant deadline,
                                                           Next&& next) {
  RW_ASSERT(deadline == kNever || has_repair(traffic_class_));
  const std::uint32_t first = frame_count();
  for (std::uint32_t i = 0; i < count; ++i) {
    SliceChain pieces = next();
    if (pieces.count() > kFramePiecesMax && !linearise(pieces)) {
      truncate(first);
      return Failure{AppendError::heap_full};
    }
    push_reference(std::move(pieces), deadline, i == 0);
  }
  return newest(first);
}

bool OutboundLog::linearise(SliceChain& pieces) {
  Slice whole = heap_.make(static_cast<std::uint32_t>(pieces.bytes()));
  if (whole.empty()) return false;
  pieces.copy_to(HeapBuffers::writable(whole), CopyReason::gather_limit);
  pieces = SliceChain(std::move(whole));
  return true;
}

void OutboundLog::push_reference(SliceChain pieces, Instant deadline, bool begins_message) {
  run_ends_.push_back(frame_count() + 1);
  frames_.push_back({.bytes = nullptr,
                     .deadline = deadline,
                     .size = static_cast<std::uint32_t>(pieces.bytes()),
                     .run = static_cast<std::uint32_t>(run_ends_.size() - 1),
                     .reference = static_cast<std::uint32_t>(references_.size()),
                     .begins_message = begins_message});
  references_.push_back(std::move(pieces));
}

void OutboundLog::truncate(std::uint32_t frames) {
  while (frame_count() > frames) {
    references_.pop_back();
    run_ends_.pop_back();
    frames_.pop_back();
  }
}

void OutboundLog::mark_broadcast(FrameRange frames) {
  RW_ASSERT(frames.end <= frame_count());
  if (broadcasts_.empty() || broadcasts_.back().end < frames.first) {
    broadcasts_.push_back(frames);
    return;
  }
  RW_ASSERT(broadcasts_.back().end == frames.first);
  broadcasts_.back().end = frames.end;
}

std::uint32_t OutboundLog::end_within(FrameRange frames, std::uint64_t bytes_max) const {
  if (bytes(frames).size() <= bytes_max) return frames.end;
  // Frames up to `low` fit, those up to `high` do not.
  std::uint32_t low = frames.first;
  std::uint32_t high = frames.end;
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    (bytes({frames.first, middle}).size() <= bytes_max ? low : high) = middle;
  }
  return low;
}

void OutboundLog::reset() {
  arena_.reset();
  frames_.clear();
  run_ends_.clear();
  references_.clear();
  broadcasts_.clear();
}

}  // namespace ringwire::session
