// The framing that peers share with ringwire: header, checksum, reply. So a comparison differs in I/O only.
#pragma once

#include <algorithm>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"
#include "codec/crypto/checksum.hpp"
#include "codec/wire/frame_header.hpp"

namespace ringwire::compare {

// Calls `on_frame(bytes of the whole frame)` for each whole frame at the start of `bytes`, checksum verified;
// returns the bytes consumed. A frame that is not in order ends the process: a benchmark that answers garbage
// measures nothing.
template <class OnFrame>
std::size_t for_each_frame(ByteView bytes, OnFrame on_frame) {
  std::size_t used = 0;
  while (bytes.size() - used >= wire::kFrameHeaderBytes) {
    const auto header = wire::decode_header(bytes.subspan(used).first<wire::kFrameHeaderBytes>());
    RW_ASSERT(header.ok());
    const std::size_t whole = wire::kFrameHeaderBytes + header->length;
    if (bytes.size() - used < whole) break;
    const ByteView frame = bytes.subspan(used, whole);
    const std::size_t unchecked = wire::rules_of(header->type).unchecked_bytes;
    RW_ASSERT(crypto::checksum(frame.subspan(wire::kFrameHeaderBytes + unchecked)) == header->checksum);
    on_frame(frame);
    used += whole;
  }
  return used;
}

// Appends one frame, checksum computed, timestamp 0.
inline void append_frame(std::vector<std::uint8_t>& out, wire::MessageType type, ByteView payload) {
  const std::size_t unchecked = wire::rules_of(type).unchecked_bytes;
  const wire::FrameHeader header{type,
                                 false,
                                 static_cast<std::uint32_t>(payload.size()),
                                 crypto::checksum(payload.subspan(unchecked)),
                                 {}};
  const std::size_t at = out.size();
  out.resize(at + wire::kFrameHeaderBytes);
  wire::encode(header,
               std::span<std::uint8_t, wire::kFrameHeaderBytes>(out.data() + at, wire::kFrameHeaderBytes));
  out.insert(out.end(), payload.begin(), payload.end());
}

// Writes the Pong that answers the Ping `frame` to `out` (same size): new header, new checksum, same payload.
inline void write_pong(ByteView frame, std::uint8_t* out) {
  const ByteView payload = frame.subspan(wire::kFrameHeaderBytes);
  std::copy(payload.begin(), payload.end(), out + wire::kFrameHeaderBytes);
  const wire::FrameHeader header{wire::MessageType::pong,
                                 false,
                                 static_cast<std::uint32_t>(payload.size()),
                                 crypto::checksum({out + wire::kFrameHeaderBytes, payload.size()}),
                                 {}};
  wire::encode(header, std::span<std::uint8_t, wire::kFrameHeaderBytes>(out, wire::kFrameHeaderBytes));
}

}  // namespace ringwire::compare
