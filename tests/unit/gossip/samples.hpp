// Ids, instants and bytes for the tests of this folder.
#pragma once

#include <cstdint>
#include <string_view>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/base/time.hpp"
#include "codec/crypto/siphash.hpp"

namespace ringwire::gossip {

inline constexpr crypto::SipKey kKey{0x0123456789abcdefULL, 0xfedcba9876543210ULL};

// The id numbered `number`, in each of its halves: their low bytes, as peers would read them, are the same
// for all.
inline Hash32 id_of(std::uint64_t number) {
  Hash32 id;
  store_be(id.bytes.data(), number);
  store_be(id.bytes.data() + 16, number);
  return id;
}

constexpr Instant at(Duration since_start) {
  return Instant{} + since_start;
}

inline Slice bytes_of(HeapBuffers& heap, std::uint32_t size, std::uint8_t fill = 0x5a) {
  Slice slice = heap.make(size);
  for (std::uint8_t& byte : HeapBuffers::writable(slice)) byte = fill;
  return slice;
}

}  // namespace ringwire::gossip
