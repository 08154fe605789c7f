#include "codec/wire/storage.hpp"

#include <algorithm>

namespace ringwire::wire {

std::optional<ByteSpan> Storage::take(std::size_t bytes) {
  if (bytes > free_.size()) {
    // Neither much of what is left at once, nor much of a chunk for nothing.
    const std::size_t chunk = std::min(kChunkBytes, left_ / 8);
    if (bytes > chunk / 4) return allocate(bytes);
    free_ = *allocate(chunk);
  }
  const ByteSpan taken = free_.first(bytes);
  free_ = free_.subspan(bytes);
  return taken;
}

std::optional<ByteSpan> Storage::allocate(std::size_t bytes) {
  if (bytes > left_) return std::nullopt;
  left_ -= bytes;
  chunks_.push_back(std::make_unique<std::uint8_t[]>(bytes));
  return ByteSpan(chunks_.back().get(), bytes);
}

std::optional<ByteSpan> Storage::extend(std::vector<std::uint8_t>& list, std::size_t more) {
  const std::size_t before = list.size();
  const std::size_t old = list.capacity();
  if (before + more > old) {
    const std::size_t capacity = std::max(before + more, std::min(2 * old, left_));
    if (capacity > left_) return std::nullopt;
    left_ -= capacity;
    list.reserve(capacity);
    left_ += old;
  }
  list.resize(before + more);
  return ByteSpan(list).subspan(before);
}

void Storage::drop(std::vector<std::uint8_t>& list) {
  left_ += list.capacity();
  std::vector<std::uint8_t>().swap(list);
}

std::optional<ByteView> Storage::keep(ByteView bytes) {
  const auto room = take(bytes.size());
  if (!room) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), room->begin());
  return *room;
}

}  // namespace ringwire::wire
