// Receive buffers for drivers that read when they are asked for an event (epoll, the simulator; io_uring
// keeps buffers of its own, which the kernel picks).
//
// The buffer that came back last is taken first: where nobody keeps a slice, one cache-hot buffer serves
// every connection. Memory is mapped once and touched only as far as it is used, so an idle pool costs
// address space.
//
// Thread: the driver's; must outlive every Slice made from its buffers (asserted). Complexity: O(1). In
// checked builds a buffer is overwritten when its last slice dies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/base/result.hpp"
#include "codec/base/slice.hpp"
#include "engine/driver/driver.hpp"

namespace ringwire::driver {

class BufferPool final : public Recycler {
 public:
  // Both above 0; the error says what could not be mapped.
  static Result<std::unique_ptr<BufferPool>, std::string> make(std::uint32_t buffers, std::uint32_t bytes);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  // Null when every buffer is held. The buffer has no reference yet: make a Slice from it or put it back.
  [[nodiscard]] Buffer* take();
  void put_back(Buffer& buffer) { free_.push_back(buffer.index); }

  [[nodiscard]] bool empty() const { return free_.empty(); }
  [[nodiscard]] PoolState state() const;

  void recycle(Buffer& buffer) override;

 private:
  BufferPool(std::uint8_t* memory, std::uint32_t buffers, std::uint32_t bytes);

  std::uint8_t* const memory_;
  const std::uint64_t memory_bytes_;
  std::vector<Buffer> buffers_;
  std::vector<std::uint32_t> free_;
};

}  // namespace ringwire::driver
