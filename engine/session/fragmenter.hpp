// Cuts a large message into Fragment frames whose payload stays where it is.
//
// The content of the fragments, put together, is the message as it would have travelled whole: its 18-byte
// header, then its payload. Each frame is {frame header, slot, flags} in one heap block for the whole message
// (the first with the inner header behind it), then references to the payload. All carry the same share of
// the content, so that no short one is left at the end.
//
// The checksum of a fragment is filled in when it first leaves, sum_fragment(): over ten megabytes at once it
// would hold up a vote for a millisecond. Until then the field says 0; where 0 is the sum, it is summed for
// each peer.
//
// Thread: the owning shard. Complexity: O(slices + fragments); of a checksum O(bytes of the fragment).
#pragma once

#include <cstdint>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/wire/frame_header.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/session/record.hpp"

namespace ringwire::session {

// The most a fragment frame may have, headers included: one fills a TLS record, which fills a small receive
// buffer; two fit what a rest pins.
inline constexpr std::uint32_t kFragmentFrameBytes = kSealedContentBytes;
inline constexpr std::uint32_t kFragmentHeadBytes = wire::kFrameHeaderBytes + wire::kFragmentHeaderBytes;
inline constexpr std::uint32_t kFragmentContentBytes = kFragmentFrameBytes - kFragmentHeadBytes;
static_assert(kFragmentContentBytes <= wire::kFragmentBytesMax);

// `frame`: a frame whose header is in a heap buffer. Of one that is no fragment, or was summed, nothing
// changes.
void sum_fragment(const SliceChain& frame);
[[nodiscard]] bool is_unsummed_fragment(ByteView frame_begin);

class Fragmenter {
 public:
  // `inner`: the header of the message as if it travelled whole. `payload` must outlive the fragmenter.
  Fragmenter(const wire::FrameHeader& inner, const SliceChain& payload, std::uint8_t slot)
      : inner_(inner), payload_(payload), slot_(slot) {}

  // At least 1.
  [[nodiscard]] std::uint32_t count() const;
  // Takes the heap block for all heads; false at the heap's limit.
  [[nodiscard]] bool prepare(HeapBuffers& heap);
  // Called count() times. The next frame: its head, then references to its share of the payload.
  [[nodiscard]] SliceChain next();

 private:
  Slice take_head(std::uint32_t size);
  void take_payload(SliceChain& frame, std::uint64_t size);

  const wire::FrameHeader inner_;
  const SliceChain& payload_;
  const std::uint8_t slot_;
  Slice heads_;
  std::uint32_t heads_used_ = 0;
  std::uint64_t taken_ = 0;         // payload bytes already in frames
  std::size_t slice_ = 0;           // the slice the next byte is in ...
  std::uint32_t slice_offset_ = 0;  // ... and where
};

}  // namespace ringwire::session
