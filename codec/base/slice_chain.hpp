// A message that lies in more than one buffer, in order. Up to two slices live inside the object (the usual
// case: a message straddles one buffer boundary); more go to one heap block.
//
// Thread: the shard of its slices. Complexity: append amortised O(1); views in order, no copy.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "codec/base/copy.hpp"
#include "codec/base/slice.hpp"

namespace ringwire {

class SliceChain {
 public:
  SliceChain() = default;
  explicit SliceChain(Slice only) { append(std::move(only)); }
  SliceChain(const SliceChain&) = default;
  SliceChain& operator=(const SliceChain&) = default;
  // What was moved from is empty, not a count of slices that are gone.
  SliceChain(SliceChain&& other) noexcept { take(other); }
  SliceChain& operator=(SliceChain&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }
  ~SliceChain() = default;

  void append(Slice slice) {
    if (slice.empty()) return;
    bytes_ += slice.size();
    if (inline_count_ < kInline) {
      inline_[inline_count_++] = std::move(slice);
    } else {
      more_.push_back(std::move(slice));
    }
  }

  [[nodiscard]] std::size_t count() const { return inline_count_ + more_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  [[nodiscard]] const Slice& operator[](std::size_t i) const {
    return i < kInline ? inline_[i] : more_[i - kInline];
  }

  // The whole message where it is contiguous; must hold at most one slice.
  [[nodiscard]] ByteView contiguous() const {
    RW_ASSUME(count() <= 1);
    return inline_[0].view();
  }

  // Copies everything to the start of `to` (at least bytes() long), counted under `reason`.
  std::size_t copy_to(ByteSpan to, CopyReason reason) const;

  // Drops the first `count` bytes, at most bytes(), and the slices that lie within them.
  void remove_prefix(std::uint64_t count);

  void clear() {
    for (Slice& slice : inline_) slice.reset();
    more_.clear();
    inline_count_ = 0;
    bytes_ = 0;
  }

 private:
  static constexpr std::uint32_t kInline = 2;

  void take(SliceChain& other) noexcept {
    for (std::uint32_t i = 0; i < kInline; ++i) inline_[i] = std::move(other.inline_[i]);
    more_ = std::move(other.more_);
    other.more_.clear();
    bytes_ = std::exchange(other.bytes_, 0);
    inline_count_ = std::exchange(other.inline_count_, 0);
  }

  std::array<Slice, kInline> inline_;
  std::vector<Slice> more_;
  std::uint64_t bytes_ = 0;
  std::uint32_t inline_count_ = 0;
};

}  // namespace ringwire
