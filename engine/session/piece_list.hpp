// The ordered pieces of one send, few and long enough to be worth gathering.
//
// Bytes that lie side by side become one piece. More than kGatherPiecesMax pieces, or pieces shorter than
// kGatherMeanBytes on average, cost the kernel more than a copy costs us: then the short ones between the
// long ones are copied together (CopyReason::gather_limit) into the turn's scratch, where they stay until the
// send is over.
//
// One list per shard, used for one peer after the other. Complexity: O(pieces).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/base/bytes.hpp"
#include "engine/driver/driver.hpp"
#include "engine/session/outbound_log.hpp"
#include "engine/session/turn_arena.hpp"

namespace ringwire::session {

inline constexpr std::size_t kGatherPiecesMax = 64;
inline constexpr std::uint64_t kGatherMeanBytes = 512;
inline constexpr std::size_t kLongPieceBytes = 4 * 1024;  // never copied: as kByReferenceBytes

// More than a socket takes at once is copied to the peer's queue for nothing.
inline constexpr std::uint64_t kSendBytesMax = 1024 * 1024;

// After compacting, short pieces are single ones between two long ones, but for those cut by a scratch
// chunk's end. So a list that was full before its last frame or row still fits one send.
inline constexpr std::size_t kLongPiecesMax = 96;
static_assert(2 * (kLongPiecesMax + kFramePiecesMax) + 1 + kSendBytesMax / (kChunkBytes - kLongPieceBytes) <=
              driver::Driver::kPiecesMax);

class PieceList {
 public:
  void add(ByteView bytes) {
    bytes_ += bytes.size();
    const bool adjacent = !pieces_.empty() && pieces_.back().data() + pieces_.back().size() == bytes.data();
    if (!adjacent) {
      pieces_.push_back(bytes);
      long_pieces_ += bytes.size() >= kLongPieceBytes;
      return;
    }
    ByteView& last = pieces_.back();
    long_pieces_ -= last.size() >= kLongPieceBytes;
    last = {last.data(), last.size() + bytes.size()};
    long_pieces_ += last.size() >= kLongPieceBytes;
  }

  // No further frame should be added.
  [[nodiscard]] bool full() const { return bytes_ >= kSendBytesMax || long_pieces_ >= kLongPiecesMax; }

  [[nodiscard]] bool worth_gathering() const {
    return pieces_.size() <= 1 ||
           (pieces_.size() <= kGatherPiecesMax && bytes_ >= pieces_.size() * kGatherMeanBytes);
  }
  // Copies the short pieces together. False, and the list is unchanged, where the scratch has no room for
  // them.
  [[nodiscard]] bool compact(TurnArena& scratch);

  [[nodiscard]] std::span<const ByteView> pieces() const { return pieces_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  void clear() {
    pieces_.clear();
    bytes_ = 0;
    long_pieces_ = 0;
  }

 private:
  std::vector<ByteView> pieces_;
  std::vector<ByteView> compacted_;
  std::uint64_t bytes_ = 0;
  std::size_t long_pieces_ = 0;
};

}  // namespace ringwire::session
