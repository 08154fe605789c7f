// Topic messages as a publisher sends them and as every receiver must get them.
//
// Each is told from all others by a number in its payload, so that no node may take it for a copy, and so
// that a client knows what is missing. Above wire::kFragmentBytesMax a message travels in fragments, cut as
// the engine cuts them: all messages of one size are equally long on the wire, whoever sent them.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/heap_buffer.hpp"
#include "codec/wire/frame_header.hpp"

namespace ringwire::compare {

inline constexpr std::uint32_t kOpaqueBytesMin = 8;  // the number

class PublishFrames {
 public:
  // At least kOpaqueBytesMin.
  explicit PublishFrames(std::uint32_t opaque_bytes);

  // One message on the wire, headers and fragments included.
  [[nodiscard]] std::size_t wire_bytes() const;

  void append(std::vector<std::uint8_t>& out, std::uint64_t number);

  // The number of a Publish payload; throws std::runtime_error unless every byte is as append() made it, but
  // for the ttl, which relays may lower.
  [[nodiscard]] std::uint64_t check(ByteView record) const;

 private:
  void write_number(std::uint64_t number);
  void append_fragments(std::vector<std::uint8_t>& out);

  std::vector<std::uint8_t> record_;  // head and payload
  std::size_t head_bytes_ = 0;
  HeapBuffers heap_;
};

}  // namespace ringwire::compare
