// A group of receive buffers that the kernel fills by itself (a provided-buffer ring).
//
// Problem: a multishot receive picks a buffer per readable burst. A buffer may go back to the kernel exactly
// when the last Slice of it dies: earlier, and the kernel overwrites bytes that a parser or a send still
// points into; later, and the group runs dry and receives end with ENOBUFS.
//
// Rules
//  - take() makes the first Slice of a buffer that a completion named. When the last Slice dies the buffer is
//    put into the ring, but the kernel sees it only at the next publish(): one release store for a whole
//    turn.
//  - Under RINGWIRE_CHECKED a buffer is overwritten when it dies, and poisoned for AddressSanitizer until the
//    kernel fills it again.
//  - One receive uses one buffer, however short it was: a small slice must be copied out and dropped within
//    its turn (the session does; nothing here holds it longer).
//
// Memory: count x bytes, reserved at once, touched as used; 16 B per buffer for the ring, sizeof(Buffer) for
// the control block. None of it counts against RLIMIT_MEMLOCK.
// Thread: the shard; must outlive every Slice (asserted). Complexity: O(1) each.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/base/result.hpp"
#include "codec/base/slice.hpp"
#include "engine/driver/driver.hpp"
#include "engine/uring/mapping.hpp"
#include "engine/uring/ring.hpp"

namespace ringwire::uring {

struct BufferGroupConfig {
  std::uint16_t id = 0;     // unique within the ring
  std::uint32_t count = 0;  // a power of two, at most kCountMax
  std::uint32_t bytes = 0;  // each
  // The kernel has at most so many at a time; the others wait for a publish(). 0: all.
  std::uint32_t published_max = 0;
};

class BufferGroup final : public Recycler {
 public:
  static constexpr std::uint32_t kCountMax = 32768;  // the kernel's limit: buffer ids have 16 bits

  // errno of mmap(2) or of the registration; EINVAL for a count that is no power of two.
  static Result<std::unique_ptr<BufferGroup>, std::int32_t> make(Ring& ring, const BufferGroupConfig& config);
  BufferGroup(const BufferGroup&) = delete;
  BufferGroup& operator=(const BufferGroup&) = delete;
  ~BufferGroup();

  // The first `size` bytes of the buffer that a completion's flags name. The kernel has let go of it.
  [[nodiscard]] Slice take(std::uint32_t completion_flags, std::uint32_t size);
  void recycle(Buffer& buffer) override;
  // Lets the kernel have what died since the last call, as far as `published_max` allows.
  void publish();

  [[nodiscard]] std::uint16_t id() const { return config_.id; }
  [[nodiscard]] driver::PoolState state() const { return {config_.count, pinned_}; }
  // Buffers the kernel can fill right now.
  [[nodiscard]] std::uint32_t available() const { return config_.count - pinned_ - returned_; }

 private:
  BufferGroup(Ring& ring, const BufferGroupConfig& config, Mapping memory, Mapping entries);

  void put(std::uint32_t index);

  Ring& ring_;
  const BufferGroupConfig config_;
  Mapping memory_;
  Mapping entries_;
  io_uring_buf_ring& table_;
  std::vector<Buffer> buffers_;
  std::uint32_t pinned_ = 0;    // named by a completion, with a Slice alive
  std::uint32_t returned_ = 0;  // in the ring, not yet published
  std::uint16_t tail_ = 0;      // as the kernel sees it
  bool registered_ = false;
};

}  // namespace ringwire::uring
