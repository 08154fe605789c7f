#include "engine/session/backlog.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "codec/base/copy.hpp"

namespace ringwire::session {
namespace {

std::uint64_t charge(const Slice& bytes) {
  return bytes.size() + std::uint64_t{kPieceOverhead};
}

}  // namespace

Slice Backlog::copy(std::size_t index, ByteView bytes, HeapBuffers& heap) {
  RW_ASSERT(bytes.size() <= kPackBytes);
  Pack& pack = packs_[index];
  if (pack.buffer.empty() || pack.used + bytes.size() > kPackBytes) {
    pack = {heap.make(kPackBytes), 0};
    if (pack.buffer.empty()) return {};
  }
  Slice copied = pack.buffer.sub(pack.used, static_cast<std::uint32_t>(bytes.size()));
  pack.used += copied.size();
  copy_counted(HeapBuffers::writable(copied), bytes, CopyReason::backlog);
  return copied;
}

void Backlog::push_back(std::size_t index, QueuedPiece piece) {
  queued_bytes_[index] += charge(piece.bytes);
  queues_[index].push_back(std::move(piece));
}

void Backlog::push_front(std::size_t index, QueuedPiece piece) {
  queued_bytes_[index] += charge(piece.bytes);
  queues_[index].push_front(std::move(piece));
}

QueuedPiece Backlog::pop_front(std::size_t index) {
  QueuedPiece piece = std::move(queues_[index].front());
  queues_[index].pop_front();
  queued_bytes_[index] -= charge(piece.bytes);
  if (queues_[index].empty()) packs_[index] = {};
  return piece;
}

std::uint64_t Backlog::head_bytes(std::size_t index) const {
  std::uint64_t bytes = 0;
  for (const QueuedPiece& piece : queues_[index]) {
    bytes += piece.bytes.size();
    if (piece.ends_frame) break;
  }
  return bytes;
}

SliceChain Backlog::head_frame(std::size_t index) const {
  SliceChain frame;
  for (const QueuedPiece& piece : queues_[index]) {
    frame.append(piece.bytes);
    if (piece.ends_frame) break;
  }
  return frame;
}

std::uint32_t Backlog::drop_expired(std::size_t index, Instant now) {
  const Queue& queue = queues_[index];
  std::uint32_t dropped = 0;
  while (!queue.empty() && queue.front().begins_message && queue.front().deadline <= now) {
    do {
      (void)pop_front(index);
    } while (!queue.empty() && !queue.front().begins_message);
    ++dropped;
  }
  return dropped;
}

std::uint32_t Backlog::drop_unbegun(std::size_t index) {
  std::deque<QueuedPiece> begun;
  while (!queues_[index].empty() && !queues_[index].front().begins_message) begun.push_back(pop_front(index));
  std::uint32_t dropped = 0;
  while (!queues_[index].empty()) dropped += pop_front(index).begins_message ? 1 : 0;
  for (QueuedPiece& piece : begun) push_back(index, std::move(piece));
  return dropped;
}

void Backlog::pin(Slice bytes) {
  rest_bytes_ += charge(bytes);
  rest_.push_back(std::move(bytes));
}

void Backlog::unpin() {
  rest_.clear();
  rest_bytes_ = 0;
}

void Backlog::clear_queues() {
  for (std::size_t index = 0; index < queues_.size(); ++index) {
    while (!queues_[index].empty()) (void)pop_front(index);
  }
}

std::uint64_t Backlog::charged_bytes() const {
  return std::accumulate(queued_bytes_.begin(), queued_bytes_.end(), rest_bytes_);
}

bool Backlog::queues_empty() const {
  return std::ranges::all_of(queues_, [](const Queue& queue) { return queue.empty(); });
}

}  // namespace ringwire::session
