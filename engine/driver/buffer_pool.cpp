#include "engine/driver/buffer_pool.hpp"

#include <sys/mman.h>

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::driver {

Result<std::unique_ptr<BufferPool>, std::string> BufferPool::make(std::uint32_t buffers,
                                                                  std::uint32_t bytes) {
  const std::uint64_t total = std::uint64_t{buffers} * bytes;
  if (total == 0) return Failure{std::string("a receive pool needs at least one buffer of one byte")};
  void* memory =
      mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return Failure{"cannot map " + std::to_string(buffers) + " receive buffers of " + std::to_string(bytes) +
                   " bytes: lower the number of buffers"};
  }
  return std::unique_ptr<BufferPool>(new BufferPool(static_cast<std::uint8_t*>(memory), buffers, bytes));
}

BufferPool::BufferPool(std::uint8_t* memory, std::uint32_t buffers, std::uint32_t bytes)
    : memory_(memory), memory_bytes_(std::uint64_t{buffers} * bytes), buffers_(buffers) {
  free_.reserve(buffers);
  for (std::uint32_t index = buffers; index > 0; --index) {
    std::uint8_t* data = memory + std::uint64_t{index - 1} * bytes;
    buffers_[index - 1] = {data, bytes, 0, this, index - 1};
    free_.push_back(index - 1);
  }
}

BufferPool::~BufferPool() {
  RW_ASSERT(free_.size() == buffers_.size());
  munmap(memory_, memory_bytes_);
}

Buffer* BufferPool::take() {
  if (free_.empty()) return nullptr;
  Buffer& buffer = buffers_[free_.back()];
  free_.pop_back();
  return &buffer;
}

PoolState BufferPool::state() const {
  return {static_cast<std::uint32_t>(buffers_.size()),
          static_cast<std::uint32_t>(buffers_.size() - free_.size())};
}

void BufferPool::recycle(Buffer& buffer) {
#if defined(RINGWIRE_CHECKED)
  std::fill_n(buffer.data, buffer.capacity, std::uint8_t{0xDB});
#endif
  put_back(buffer);
}

}  // namespace ringwire::driver
