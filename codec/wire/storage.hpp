// Room for what a decoded record refers to and cannot find in its input: hexadecimal digits become bytes
// somewhere.
//
// Bounded, so that no input makes a decoder ask for more than kStorageFactor times its own size, at any time.
// What was given out stays where it is until the Storage goes. Thread: one.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "codec/base/bytes.hpp"

namespace ringwire::wire {

inline constexpr std::size_t kStorageFactor = 4;

class Storage {
 public:
  // For decoding `input_bytes` bytes.
  explicit Storage(std::size_t input_bytes) : left_(kStorageFactor * input_bytes) {}

  // Nothing where there is no room.
  std::optional<ByteSpan> take(std::size_t bytes);
  // A copy of `bytes`.
  std::optional<ByteView> keep(ByteView bytes);

  // `more` bytes behind those of a list that is being put together. What the list takes counts, also while it
  // moves, until it is dropped. Nothing where there is no room.
  std::optional<ByteSpan> extend(std::vector<std::uint8_t>& list, std::size_t more);
  void drop(std::vector<std::uint8_t>& list);

 private:
  static constexpr std::size_t kChunkBytes = 4096;

  [[nodiscard]] std::optional<ByteSpan> allocate(std::size_t bytes);

  std::size_t left_;
  ByteSpan free_;  // of the last chunk
  std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
};

}  // namespace ringwire::wire
