// Buffers on the heap, for bytes that did not arrive in a pool: what the node itself says, what had to be
// copied out of a pool, what a test makes up. A free list per size class keeps the allocator off the hot
// path.
//
// Thread: the owning shard only; must outlive every Slice made from it (asserted). The bytes in use never
// exceed `limit_bytes`: make() then answers with an empty Slice and the caller sheds, pauses or disconnects,
// counted. Complexity: O(1) but for the first buffer of a class.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "codec/base/counter.hpp"
#include "codec/base/slice_chain.hpp"

namespace ringwire {

class HeapBuffers final : public Recycler {
 public:
  explicit HeapBuffers(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  HeapBuffers(const HeapBuffers&) = delete;
  HeapBuffers& operator=(const HeapBuffers&) = delete;
  ~HeapBuffers();

  // A writable slice of exactly `size` bytes (1 to 16 MiB) in a buffer of its own, empty where the limit is
  // reached. The bytes are whatever was there before: write all of them before anyone else sees them.
  [[nodiscard]] Slice make(std::uint32_t size);
  // The bytes of a slice from make(), to be written before it is shared.
  static ByteSpan writable(const Slice& slice) {
    return {slice.buffer()->data + slice.offset(), slice.size()};
  }

  // Whether the bytes are in a buffer of this heap.
  [[nodiscard]] bool owns(const Slice& slice) const {
    return slice.buffer() != nullptr && slice.buffer()->recycler == this;
  }
  // Replaces slices of other buffers by copies on this heap, counted under `reason`, so that those buffers
  // return. Slices of a chain that follow each other are copied together: a sender of single bytes costs no
  // buffer for each. False at the limit: what was replaced so far stays replaced.
  [[nodiscard]] bool take_over(Slice& slice, CopyReason reason);
  [[nodiscard]] bool take_over(SliceChain& chain, CopyReason reason);

  [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_.value(); }
  [[nodiscard]] std::uint64_t limit_bytes() const { return limit_bytes_; }
  [[nodiscard]] const Counter& refused() const { return refused_; }

  void recycle(Buffer& buffer) override;

 private:
  static constexpr std::uint32_t kSmallestShift = 7;    // 128 B: a transaction with its frame header
  static constexpr std::uint32_t kLargestShift = 24;    // 16 MiB: above the largest message cap
  static constexpr std::uint32_t kKeptPerClass = 64;    // free buffers kept for reuse
  static constexpr std::uint64_t kKeptBytes = 1 << 20;  // and at most this much per class
  static constexpr std::uint32_t kTakenTogetherBytes = 64 * 1024;  // bounds what stays for one live slice

  struct Block {
    Buffer buffer;
    std::unique_ptr<std::uint8_t[]> bytes;
  };
  using FreeList = std::vector<std::unique_ptr<Block>>;

  static std::uint32_t size_class(std::uint32_t size);
  std::size_t copy_row(const SliceChain& chain, std::size_t first, SliceChain& own, CopyReason reason);

  const std::uint64_t limit_bytes_;
  Counter used_bytes_;
  Counter refused_;
  std::uint64_t live_ = 0;
  std::array<FreeList, kLargestShift - kSmallestShift + 1> free_;
};

}  // namespace ringwire
