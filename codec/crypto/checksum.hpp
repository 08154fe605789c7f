// The frame checksum: the low 32 bits of XXH3-64 with seed 0.
//
// It finds what a bad cable, a bad buffer or a bug of ours changed. It proves nothing about who sent it:
// anyone can compute it. Cost: about 20 ns for 256 bytes. No allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/base/slice_chain.hpp"

namespace ringwire::crypto {

std::uint32_t checksum(ByteView message);

// The same over a message in pieces, without its first `skip` bytes; `skip` is at most pieces.bytes().
std::uint32_t checksum(const SliceChain& pieces, std::uint64_t skip = 0);

// The same of a message that comes bit by bit.
class RunningChecksum {
 public:
  RunningChecksum();
  void add(ByteView part);
  // Of all that was added.
  [[nodiscard]] std::uint32_t value() const;

 private:
  static constexpr std::size_t kStateBytes = 576;  // of the library, which is not to be seen here

  alignas(64) std::array<std::byte, kStateBytes> state_;
};

}  // namespace ringwire::crypto
