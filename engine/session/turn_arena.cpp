#include "engine/session/turn_arena.hpp"

#include "codec/base/check.hpp"

namespace ringwire::session {

ChunkPool::Chunk ChunkPool::take() {
  if (!free_.empty()) {
    Chunk chunk = std::move(free_.back());
    free_.pop_back();
    return chunk;
  }
  if (made_ == chunks_max_) return nullptr;
  ++made_;
  return std::make_unique_for_overwrite<std::uint8_t[]>(kChunkBytes);
}

ByteSpan TurnArena::reserve(std::uint32_t size) {
  RW_ASSUME(size > 0 && size <= kChunkBytes);
  if (size > room()) {
    ChunkPool::Chunk chunk = pool_.take();
    if (chunk == nullptr) return {};
    chunks_.push_back(std::move(chunk));
    used_ = 0;
  }
  std::uint8_t* start = chunks_.back().get() + used_;
  used_ += size;
  return {start, size};
}

void TurnArena::reset() {
  for (ChunkPool::Chunk& chunk : chunks_) pool_.give_back(std::move(chunk));
  chunks_.clear();
  used_ = kChunkBytes;
}

}  // namespace ringwire::session
