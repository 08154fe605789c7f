#include "bench/compare/publish_frames.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/compare/framing.hpp"
#include "codec/wire/publish.hpp"
#include "engine/session/fragmenter.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint8_t kTtl = 8;
constexpr std::array<std::uint8_t, 5> kTopic{'b', 'e', 'n', 'c', 'h'};

// A record, its headers, and as much again while fragments refer to it.
constexpr std::uint64_t kHeapBytes = 4 * std::uint64_t{wire::kPublishDecodedBytesMax};

wire::FrameHeader header_of(ByteView record) {
  const std::size_t unchecked = wire::rules_of(wire::MessageType::publish).unchecked_bytes;
  return {wire::MessageType::publish,
          false,
          static_cast<std::uint32_t>(record.size()),
          crypto::checksum(record.subspan(unchecked)),
          {}};
}

}  // namespace

PublishFrames::PublishFrames(std::uint32_t opaque_bytes) : heap_(kHeapBytes) {
  RW_ASSERT(opaque_bytes >= kOpaqueBytesMin && opaque_bytes <= wire::kPublishDecodedBytesMax);
  const wire::PublishView head{kTtl, kTopic, wire::PublishEncoding::plain, {}};
  head_bytes_ = head.head_bytes();
  record_.resize(head_bytes_ + opaque_bytes);
  wire::encode_publish_head(head, record_);
  for (std::size_t i = 0; i < opaque_bytes; ++i) {
    record_[head_bytes_ + i] = static_cast<std::uint8_t>(i * 131 + (i >> 8));
  }
}

std::size_t PublishFrames::wire_bytes() const {
  const std::size_t whole = wire::kFrameHeaderBytes + record_.size();
  if (record_.size() <= wire::kFragmentBytesMax) return whole;
  const std::size_t fragments = (whole + session::kFragmentContentBytes - 1) / session::kFragmentContentBytes;
  return whole + fragments * session::kFragmentHeadBytes;
}

void PublishFrames::write_number(std::uint64_t number) {
  store_be(record_.data() + head_bytes_, number);
}

void PublishFrames::append(std::vector<std::uint8_t>& out, std::uint64_t number) {
  write_number(number);
  if (record_.size() > wire::kFragmentBytesMax) return append_fragments(out);
  append_frame(out, wire::MessageType::publish, record_);
}

void PublishFrames::append_fragments(std::vector<std::uint8_t>& out) {
  const Slice whole = heap_.make(static_cast<std::uint32_t>(record_.size()));
  RW_ASSERT(!whole.empty());
  std::copy(record_.begin(), record_.end(), HeapBuffers::writable(whole).begin());
  const SliceChain payload(whole);
  const auto slot = wire::rules_of(wire::MessageType::publish).traffic_class;
  session::Fragmenter fragmenter(header_of(record_), payload, static_cast<std::uint8_t>(slot));
  RW_ASSERT(fragmenter.prepare(heap_));
  for (std::uint32_t i = 0; i < fragmenter.count(); ++i) {
    const SliceChain frame = fragmenter.next();
    session::sum_fragment(frame);
    for (std::size_t piece = 0; piece < frame.count(); ++piece) {
      const ByteView bytes = frame[piece].view();
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
  }
}

std::uint64_t PublishFrames::check(ByteView record) const {
  const auto same = [&](std::size_t from, std::size_t to) {
    return std::equal(record.begin() + static_cast<std::ptrdiff_t>(from),
                      record.begin() + static_cast<std::ptrdiff_t>(to),
                      record_.begin() + static_cast<std::ptrdiff_t>(from));
  };
  if (record.size() != record_.size() || record[0] > kTtl || !same(1, head_bytes_) ||
      !same(head_bytes_ + kOpaqueBytesMin, record.size())) {
    throw std::runtime_error("a message arrived otherwise than it was sent");
  }
  return load_be<std::uint64_t>(record.data() + head_bytes_);
}

}  // namespace ringwire::compare
