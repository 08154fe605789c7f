#include "codec/wire/frame_header.hpp"

#include "codec/base/check.hpp"
#include "codec/crypto/lz4_block.hpp"

namespace ringwire::wire {
namespace {

constexpr std::uint8_t kCompressedFlag = 0x80;
constexpr std::uint8_t kVersionMask = 0x0F;
constexpr std::size_t kChecksumAt = 6;

}  // namespace

const char* name(FrameError error) {
  switch (error) {
    case FrameError::bad_version:
      return "bad_version";
    case FrameError::unknown_flag:
      return "unknown_flag";
    case FrameError::unknown_type:
      return "unknown_type";
    case FrameError::too_long:
      return "too_long";
    case FrameError::not_compressible:
      return "not_compressible";
    case FrameError::not_allowed_yet:
      return "not_allowed_yet";
    case FrameError::bad_checksum:
      return "bad_checksum";
    case FrameError::bad_compression:
      return "bad_compression";
    case FrameError::too_long_uncompressed:
      return "too_long_uncompressed";
    case FrameError::no_memory:
      return "no_memory";
    case FrameError::count_:
      break;
  }
  return "unknown";
}

std::optional<std::size_t> compress_payload(MessageType type, ByteView plain, ByteSpan out) {
  RW_ASSERT(out.size() >= plain.size());
  if (!rules_of(type).compressible || plain.size() <= kCompressAboveBytes) return std::nullopt;
  return crypto::lz4_pack(plain, out);
}

void encode(const FrameHeader& header, std::span<std::uint8_t, kFrameHeaderBytes> out) {
  out[0] = kWireVersion | (header.compressed ? kCompressedFlag : 0);
  out[1] = static_cast<std::uint8_t>(header.type);
  store_be(&out[2], header.length);
  set_checksum(out, header.checksum);
  store_be(&out[10], header.timestamp.ms);
}

void set_checksum(std::span<std::uint8_t, kFrameHeaderBytes> header, std::uint32_t checksum) {
  store_be(&header[kChecksumAt], checksum);
}

std::uint32_t checksum_of(std::span<const std::uint8_t, kFrameHeaderBytes> header) {
  return load_be<std::uint32_t>(&header[kChecksumAt]);
}

Result<FrameHeader, FrameError> decode_header(std::span<const std::uint8_t, kFrameHeaderBytes> bytes) {
  const std::uint8_t flags = bytes[0] & static_cast<std::uint8_t>(~kVersionMask);
  if ((bytes[0] & kVersionMask) != kWireVersion) return Failure{FrameError::bad_version};
  if ((flags & ~kCompressedFlag) != 0) return Failure{FrameError::unknown_flag};
  const MessageRules* rules = rules_of(bytes[1]);
  if (rules == nullptr) return Failure{FrameError::unknown_type};
  FrameHeader header{
      .type = rules->type,
      .compressed = flags != 0,
      .length = load_be<std::uint32_t>(&bytes[2]),
      .checksum = checksum_of(bytes),
      .timestamp = {load_be<std::uint64_t>(&bytes[10])},
  };
  if (header.compressed && !rules->compressible) return Failure{FrameError::not_compressible};
  if (header.length > rules->bytes_max) return Failure{FrameError::too_long};
  return header;
}

}  // namespace ringwire::wire
