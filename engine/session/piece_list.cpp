#include "engine/session/piece_list.hpp"

#include <algorithm>

#include "codec/base/copy.hpp"

namespace ringwire::session {

bool PieceList::compact(TurnArena& scratch) {
  compacted_.clear();
  bool extends = false;  // the last compacted piece is scratch, and what follows belongs to it
  for (ByteView piece : pieces_) {
    if (piece.size() >= kLongPieceBytes) {
      compacted_.push_back(piece);
      extends = false;
      continue;
    }
    const ByteSpan room = scratch.reserve(static_cast<std::uint32_t>(piece.size()));
    if (room.empty()) return false;
    copy_counted(room, piece, CopyReason::gather_limit);
    if (extends && compacted_.back().data() + compacted_.back().size() == room.data()) {
      compacted_.back() = {compacted_.back().data(), compacted_.back().size() + room.size()};
    } else {
      compacted_.push_back(room);
    }
    extends = true;
  }
  std::swap(pieces_, compacted_);
  return true;
}

}  // namespace ringwire::session
