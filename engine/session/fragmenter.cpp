#include "engine/session/fragmenter.hpp"

#include <algorithm>

#include "codec/crypto/checksum.hpp"

namespace ringwire::session {
namespace {

constexpr std::uint32_t kUnsummed = 0;

std::span<std::uint8_t, wire::kFrameHeaderBytes> header_at(const Slice& head, std::uint32_t offset) {
  return HeapBuffers::writable(head).subspan(offset).first<wire::kFrameHeaderBytes>();
}

}  // namespace

bool is_unsummed_fragment(ByteView frame_begin) {
  return frame_begin[1] == static_cast<std::uint8_t>(wire::MessageType::fragment) &&
         wire::checksum_of(frame_begin.first<wire::kFrameHeaderBytes>()) == kUnsummed;
}

void sum_fragment(const SliceChain& frame) {
  if (!is_unsummed_fragment(frame[0].view())) return;
  wire::set_checksum(header_at(frame[0], 0), crypto::checksum(frame, wire::kFrameHeaderBytes));
}

std::uint32_t Fragmenter::count() const {
  const std::uint64_t content = wire::kFrameHeaderBytes + payload_.bytes();
  return static_cast<std::uint32_t>((content + kFragmentContentBytes - 1) / kFragmentContentBytes);
}

bool Fragmenter::prepare(HeapBuffers& heap) {
  heads_ = heap.make(count() * kFragmentHeadBytes + wire::kFrameHeaderBytes);
  return !heads_.empty();
}

SliceChain Fragmenter::next() {
  const bool first = taken_ == 0;
  const std::uint32_t inner_bytes = first ? wire::kFrameHeaderBytes : 0;
  const Slice head = take_head(kFragmentHeadBytes + inner_bytes);
  SliceChain frame(head);
  const std::uint64_t content = wire::kFrameHeaderBytes + payload_.bytes();
  const std::uint64_t share = (content + count() - 1) / count() - inner_bytes;
  take_payload(frame, std::min<std::uint64_t>(share, payload_.bytes() - taken_));
  const bool last = taken_ == payload_.bytes();

  if (first) wire::encode(inner_, header_at(head, kFragmentHeadBytes));
  const wire::FragmentView view{.slot = slot_, .first = first, .last = last, .abort = false, .bytes = {}};
  wire::encode_fragment_header(
      view, HeapBuffers::writable(head).subspan(wire::kFrameHeaderBytes).first<wire::kFragmentHeaderBytes>());
  const wire::FrameHeader outer{
      .type = wire::MessageType::fragment,
      .compressed = false,
      .length = static_cast<std::uint32_t>(frame.bytes() - wire::kFrameHeaderBytes),
      .checksum = kUnsummed,
      .timestamp = inner_.timestamp,
  };
  wire::encode(outer, header_at(head, 0));
  return frame;
}

Slice Fragmenter::take_head(std::uint32_t size) {
  Slice head = heads_.sub(heads_used_, size);
  heads_used_ += size;
  return head;
}

void Fragmenter::take_payload(SliceChain& frame, std::uint64_t size) {
  taken_ += size;
  while (size > 0) {
    const Slice& from = payload_[slice_];
    const auto part = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, from.size() - slice_offset_));
    frame.append(from.sub(slice_offset_, part));
    size -= part;
    slice_offset_ += part;
    if (slice_offset_ == from.size()) {
      ++slice_;
      slice_offset_ = 0;
    }
  }
}

}  // namespace ringwire::session
