#include "engine/uring/buffer_group.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RINGWIRE_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define RINGWIRE_ASAN 1
#endif
#if defined(RINGWIRE_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace ringwire::uring {
namespace {

// Nobody may read what is poisoned; the kernel writes it without asking the sanitizer.
void unpoison([[maybe_unused]] const Buffer& buffer, [[maybe_unused]] std::uint32_t size) {
#if defined(RINGWIRE_ASAN)
  ASAN_UNPOISON_MEMORY_REGION(buffer.data, size);
#endif
}

void poison([[maybe_unused]] Buffer& buffer) {
  unpoison(buffer, buffer.capacity);
#if defined(RINGWIRE_CHECKED)
  std::fill_n(buffer.data, buffer.capacity, std::uint8_t{0xDB});
#endif
#if defined(RINGWIRE_ASAN)
  ASAN_POISON_MEMORY_REGION(buffer.data, buffer.capacity);
#endif
}

}  // namespace

Result<std::unique_ptr<BufferGroup>, std::int32_t> BufferGroup::make(Ring& ring,
                                                                     const BufferGroupConfig& config) {
  if (!std::has_single_bit(config.count) || config.count > kCountMax || config.bytes == 0) {
    return Failure{EINVAL};
  }
  auto memory = Mapping::make(std::size_t{config.count} * config.bytes);
  if (!memory.ok()) return Failure{memory.error()};
  auto entries = Mapping::make(std::size_t{config.count} * sizeof(io_uring_buf));
  if (!entries.ok()) return Failure{entries.error()};

  std::unique_ptr<BufferGroup> made(
      new BufferGroup(ring, config, std::move(memory).value(), std::move(entries).value()));
  io_uring_buf_reg request{};
  request.ring_addr = reinterpret_cast<std::uint64_t>(&made->table_);
  request.ring_entries = config.count;
  request.bgid = config.id;
  const int outcome = io_uring_register_buf_ring(&ring.raw(), &request, 0);
  if (outcome < 0) return Failure{-outcome};
  made->registered_ = true;
  for (std::uint32_t i = 0; i < config.count; ++i) made->put(i);
  made->publish();
  return made;
}

BufferGroup::BufferGroup(Ring& ring, const BufferGroupConfig& config, Mapping memory, Mapping entries)
    : ring_(ring),
      config_(config),
      memory_(std::move(memory)),
      entries_(std::move(entries)),
      table_(*reinterpret_cast<io_uring_buf_ring*>(entries_.data())),
      buffers_(config.count) {
  for (std::uint32_t i = 0; i < config.count; ++i) {
    buffers_[i] = {memory_.data() + std::size_t{i} * config.bytes, config.bytes, 0, this, i};
  }
}

BufferGroup::~BufferGroup() {
  RW_ASSERT(pinned_ == 0);
  if (registered_) io_uring_unregister_buf_ring(&ring_.raw(), config_.id);
  for (const Buffer& buffer : buffers_) unpoison(buffer, buffer.capacity);
}

Slice BufferGroup::take(std::uint32_t completion_flags, std::uint32_t size) {
  const std::uint32_t index = completion_flags >> IORING_CQE_BUFFER_SHIFT;
  RW_ASSERT(index < config_.count && buffers_[index].references == 0 && size <= config_.bytes);
  ++pinned_;
  unpoison(buffers_[index], size);
  return {buffers_[index], 0, size};
}

void BufferGroup::recycle(Buffer& buffer) {
  RW_ASSERT(pinned_ > 0);
  --pinned_;
  poison(buffer);
  put(buffer.index);
}

void BufferGroup::put(std::uint32_t index) {
  // The ring's tail lies over the last field of entry 0: write the others only.
  io_uring_buf& entry = table_.bufs[(tail_ + returned_) & (config_.count - 1)];
  entry.addr = reinterpret_cast<std::uint64_t>(buffers_[index].data);
  entry.len = config_.bytes;
  entry.bid = static_cast<std::uint16_t>(index);
  ++returned_;
}

void BufferGroup::publish() {
  std::uint32_t count = returned_;
  if (config_.published_max != 0)
    count = std::min(count, config_.published_max - std::min(config_.published_max, available()));
  if (count == 0) return;
  tail_ = static_cast<std::uint16_t>(tail_ + count);
  returned_ -= count;
  std::atomic_ref(table_.tail).store(tail_, std::memory_order_release);
}

}  // namespace ringwire::uring
