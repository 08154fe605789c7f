// Bytes that nobody may learn: overwritten when they are no longer needed, compared without telling where
// they differ.
//
// Attacks
//  - memory that held a key is read later: from a core dump, from swap, through another fault of this
//    process. What holds a secret wipes it, and a copy that nobody wipes cannot be made by accident;
//  - a tag is guessed byte by byte, because a comparison that stops at the first difference takes longer the
//    more bytes are right.
//
// No allocation but SecretBuffer's. Thread: as their owner. Complexity: one pass over the bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "codec/base/bytes.hpp"

namespace ringwire::crypto {

// Overwrites `bytes` with zeros. The barrier makes the compiler believe that the zeros are read: it may not
// leave the stores out, even where the storage ends right after.
inline void wipe(ByteSpan bytes) {
  std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
  __asm__ __volatile__("" : : "r"(bytes.data()) : "memory");
}

// The same for the state of a C library.
template <class Plain>
requires std::is_trivially_copyable_v<Plain>
void wipe_object(Plain& object) {
  wipe({reinterpret_cast<std::uint8_t*>(&object), sizeof object});
}

// A secret of fixed size. Moving wipes the source, destruction wipes the rest; there is no copying.
template <std::size_t kSize>
class SecretBytes {
 public:
  SecretBytes() = default;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(bytes_); }

  [[nodiscard]] std::span<const std::uint8_t, kSize> reveal() const { return bytes_; }
  [[nodiscard]] std::span<std::uint8_t, kSize> writable() { return bytes_; }

 private:
  std::array<std::uint8_t, kSize> bytes_{};
};

// A secret whose size is known when it is there: the text of a key file, say. As SecretBytes, on the heap.
class SecretBuffer {
 public:
  SecretBuffer() = default;
  explicit SecretBuffer(std::size_t size) : bytes_(std::make_unique<std::uint8_t[]>(size)), size_(size) {}
  SecretBuffer(SecretBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SecretBuffer& operator=(SecretBuffer&& other) noexcept {
    if (this != &other) {
      wipe(writable());
      bytes_ = std::move(other.bytes_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  ~SecretBuffer() { wipe(writable()); }

  [[nodiscard]] ByteView reveal() const { return {bytes_.get(), size_}; }
  [[nodiscard]] ByteSpan writable() { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

// Whether two tags are the same. Takes as long wherever they differ; sizes are no secret.
[[nodiscard]] inline bool equal_secretly(ByteView one, ByteView other) {
  if (one.size() != other.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (one[i] ^ other[i]));
    // Keeps the compiler from leaving the loop early once the result is known.
    __asm__("" : "+r"(difference));
  }
  return difference == 0;
}

}  // namespace ringwire::crypto
