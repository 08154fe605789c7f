// Memory for what is said within one turn: appended, never moved, forgotten as a whole.
//
// A send refers to these bytes until the next turn began, so growing must not move them: the arena is a list
// of chunks of one size. All arenas of a shard draw from one ChunkPool, whose limit bounds what a turn can
// hold.
//
// Thread: the owning shard. Complexity: reserve O(1), reset O(chunks).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/base/bytes.hpp"

namespace ringwire::session {

// 16 of the largest small frames; large enough that a range of small messages is seldom cut by its end.
inline constexpr std::uint32_t kChunkBytes = 64 * 1024;

class ChunkPool {
 public:
  using Chunk = std::unique_ptr<std::uint8_t[]>;

  // At least one chunk for each arena that draws from it, or that arena has nothing.
  explicit ChunkPool(std::uint64_t limit_bytes) : chunks_max_(limit_bytes / kChunkBytes) {}

  // Null at the limit.
  [[nodiscard]] Chunk take();
  void give_back(Chunk chunk) { free_.push_back(std::move(chunk)); }

  // Chunks that could still be taken.
  [[nodiscard]] std::uint64_t available() const { return chunks_max_ - made_ + free_.size(); }

 private:
  const std::uint64_t chunks_max_;
  std::uint64_t made_ = 0;
  std::vector<Chunk> free_;
};

class TurnArena {
 public:
  explicit TurnArena(ChunkPool& pool) : pool_(pool) {}
  TurnArena(const TurnArena&) = delete;
  TurnArena& operator=(const TurnArena&) = delete;
  ~TurnArena() { reset(); }

  // `size` contiguous bytes (1 to kChunkBytes), directly after the ones reserved before where they fit the
  // same chunk. Empty when the pool is at its limit.
  [[nodiscard]] ByteSpan reserve(std::uint32_t size);
  // What the next reserve() can have without a new chunk.
  [[nodiscard]] std::uint32_t room() const { return kChunkBytes - used_; }
  void reset();

 private:
  ChunkPool& pool_;
  std::vector<ChunkPool::Chunk> chunks_;
  std::uint32_t used_ = kChunkBytes;  // of the last chunk; full while there is none
};

}  // namespace ringwire::session
