// Messages and frames for the tests of egress and fragments.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/prng.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/crypto/checksum.hpp"
#include "codec/wire/frame_header.hpp"

namespace ringwire::session {

using Bytes = std::vector<std::uint8_t>;

inline Bytes random_bytes(Prng& prng, std::size_t size) {
  Bytes bytes(size);
  prng.fill(bytes);
  return bytes;
}

inline std::uint32_t message_checksum(wire::MessageType type, ByteView payload) {
  return crypto::checksum(
      payload.subspan(std::min<std::size_t>(wire::rules_of(type).unchecked_bytes, payload.size())));
}

inline wire::FrameHeader header_for(wire::MessageType type, ByteView payload) {
  return {.type = type,
          .compressed = false,
          .length = static_cast<std::uint32_t>(payload.size()),
          .checksum = message_checksum(type, payload),
          .timestamp = {1'700'000'000'000}};
}

// The same bytes in heap buffers, cut at random places into pieces of at most `piece_max`.
inline SliceChain in_slices(HeapBuffers& heap, ByteView bytes, Prng& prng, std::uint32_t piece_max) {
  SliceChain chain;
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(prng.between(1, piece_max), bytes.size());
    Slice slice = heap.make(static_cast<std::uint32_t>(size));
    std::copy_n(bytes.begin(), size, HeapBuffers::writable(slice).begin());
    chain.append(std::move(slice));
    bytes = bytes.subspan(size);
  }
  return chain;
}

inline Bytes to_bytes(const SliceChain& chain) {
  Bytes bytes;
  for (std::size_t i = 0; i < chain.count(); ++i) {
    const ByteView part = chain[i].view();
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

}  // namespace ringwire::session
