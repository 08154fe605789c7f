// Slices: counted references to bytes that somebody else must get back.
//
// Problem: a received message is relayed to many peers from the buffer it arrived in, and the buffer may
// return to the kernel exactly when the last of them is done with it, not earlier (corruption) and not later
// (starvation).
//
// A Buffer is the control block of a stretch of memory; its Recycler gets it back when the last Slice dies.
// A Slice is {Buffer, offset, length}. A message is a SliceChain.
//
// Thread: a Buffer and all its Slices belong to one shard; the count is not atomic. Another shard sees the
// same bytes through a Buffer of its own whose Recycler mails the reference home (engine/shard/lane.hpp).
// Complexity: copying a Slice is one increment; the virtual call is paid once per Buffer, not per Slice.
#pragma once

#include <cstdint>
#include <utility>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"

namespace ringwire {

class Recycler;

struct Buffer {
  std::uint8_t* data = nullptr;
  std::uint32_t capacity = 0;
  std::uint32_t references = 0;
  Recycler* recycler = nullptr;
  std::uint32_t index = 0;  // the recycler's own name for it
};

class Recycler {
 public:
  // Called when `buffer.references` fell to 0. The buffer and its bytes are the recycler's again.
  virtual void recycle(Buffer& buffer) = 0;

 protected:
  ~Recycler() = default;
};

class Slice {
 public:
  Slice() = default;
  // Takes one reference more on `buffer`; [offset, offset + size) must lie inside it.
  Slice(Buffer& buffer, std::uint32_t offset, std::uint32_t size)
      : buffer_(&buffer), offset_(offset), size_(size) {
    RW_ASSUME(std::uint64_t{offset} + size <= buffer.capacity);
    ++buffer.references;
  }
  Slice(const Slice& other) : buffer_(other.buffer_), offset_(other.offset_), size_(other.size_) {
    if (buffer_ != nullptr) ++buffer_->references;
  }
  Slice(Slice&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)),
        offset_(std::exchange(other.offset_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  Slice& operator=(Slice other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(offset_, other.offset_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Slice() { reset(); }

  [[nodiscard]] ByteView view() const {
    return size_ == 0 ? ByteView{} : ByteView{buffer_->data + offset_, size_};
  }
  [[nodiscard]] const std::uint8_t* data() const {
    return buffer_ == nullptr ? nullptr : buffer_->data + offset_;
  }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] Buffer* buffer() const { return buffer_; }
  [[nodiscard]] std::uint32_t offset() const { return offset_; }

  // A further reference to [from, from + size) of this slice.
  [[nodiscard]] Slice sub(std::uint32_t from, std::uint32_t size) const {
    RW_ASSUME(std::uint64_t{from} + size <= size_);
    return size == 0 ? Slice{} : Slice(*buffer_, offset_ + from, size);
  }
  void remove_prefix(std::uint32_t count) {
    RW_ASSUME(count <= size_);
    offset_ += count;
    size_ -= count;
  }

  void reset() {
    if (buffer_ == nullptr) return;
    Buffer* buffer = std::exchange(buffer_, nullptr);
    offset_ = size_ = 0;
    RW_ASSUME(buffer->references > 0);
    if (--buffer->references == 0) buffer->recycler->recycle(*buffer);
  }

 private:
  Buffer* buffer_ = nullptr;
  std::uint32_t offset_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace ringwire
