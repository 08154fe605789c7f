#include "codec/wire/storage.hpp"

#include <algorithm>

namespace ringwire::wire {

std::optional<ByteSpan> Storage::take(std::size_t bytes) {
  if (bytes > free_.size()) {
    const std::size_t chunk = std::max(bytes, std::min(kChunkBytes, left_));
    if (chunk > left_) return std::nullopt;
    left_ -= chunk;
    chunks_.push_back(std::make_unique<std::uint8_t[]>(chunk));
    free_ = {chunks_.back().get(), chunk};
  }
  const ByteSpan taken = free_.first(bytes);
  free_ = free_.subspan(bytes);
  return taken;
}

std::optional<ByteView> Storage::keep(ByteView bytes) {
  const auto room = take(bytes.size());
  if (!room) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), room->begin());
  return *room;
}

}  // namespace ringwire::wire
