// Byte streams for the parser's tests: frames with valid checksums, and slices cut from a stream as a driver
// cuts.
#pragma once

#include <algorithm>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/prng.hpp"
#include "codec/crypto/checksum.hpp"
#include "codec/wire/frame_header.hpp"

namespace ringwire::wire {

using Bytes = std::vector<std::uint8_t>;

inline void append(Bytes& to, ByteView bytes) {
  const std::size_t before = to.size();
  to.resize(before + bytes.size());
  std::copy(bytes.begin(), bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(before));
}

inline Bytes random_bytes(Prng& prng, std::size_t size) {
  Bytes bytes(size);
  prng.fill(bytes);
  return bytes;
}

inline FrameHeader header_of(MessageType type, ByteView plain) {
  const std::size_t skip = std::min<std::size_t>(rules_of(type).unchecked_bytes, plain.size());
  return {.type = type,
          .length = static_cast<std::uint32_t>(plain.size()),
          .checksum = crypto::checksum(plain.subspan(skip)),
          .timestamp = {1234567890123}};
}

inline Bytes frame_bytes(const FrameHeader& header, ByteView payload) {
  Bytes bytes(kFrameHeaderBytes);
  encode(header, std::span<std::uint8_t, kFrameHeaderBytes>(bytes));
  append(bytes, payload);
  return bytes;
}

inline Bytes frame_bytes(MessageType type, ByteView payload) {
  return frame_bytes(header_of(type, payload), payload);
}

// Receive buffers of one size; counts how many are held.
class TestPool final : public Recycler {
 public:
  explicit TestPool(std::uint32_t buffer_bytes) : buffer_bytes_(buffer_bytes) {}
  ~TestPool() { RW_ASSERT(pinned_ == 0); }

  // A buffer that begins with `bytes`, as after one receive.
  Slice receive(ByteView bytes) {
    RW_ASSERT(bytes.size() <= buffer_bytes_);
    auto* block = new Block;
    block->bytes.resize(buffer_bytes_);
    std::copy(bytes.begin(), bytes.end(), block->bytes.begin());
    block->buffer = {block->bytes.data(), buffer_bytes_, 0, this, 0};
    ++pinned_;
    return {block->buffer, 0, static_cast<std::uint32_t>(bytes.size())};
  }
  [[nodiscard]] std::uint32_t pinned() const { return pinned_; }

  void recycle(Buffer& buffer) override {
    --pinned_;
    delete reinterpret_cast<Block*>(&buffer);
  }

 private:
  struct Block {
    Buffer buffer;  // first: recycle() finds its Block by address
    Bytes bytes;
  };
  const std::uint32_t buffer_bytes_;
  std::uint32_t pinned_ = 0;
};

}  // namespace ringwire::wire
