// The 18 bytes before every message, big-endian:
//
//   version u8 | type u8 | length u32 | checksum u32 | timestamp u64
//
//   version    low nibble 1; high nibble flags: bit 7 = payload is lz4 (its u32 uncompressed size first)
//   length     bytes after the header as sent
//   checksum   low 32 bits of XXH3-64 over the UNCOMPRESSED payload, but for the leading bytes that relays
//              change (MessageRules::unchecked_bytes). Detects corruption, proves nothing about the sender
//   timestamp  the sender's wall clock in milliseconds, never trusted
//
// encode and decode do not allocate and do not read a clock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"
#include "codec/base/time.hpp"
#include "codec/wire/message_type.hpp"

namespace ringwire::wire {

inline constexpr std::size_t kFrameHeaderBytes = 18;
inline constexpr std::uint8_t kWireVersion = 1;

struct FrameHeader {
  MessageType type{};
  bool compressed = false;
  std::uint32_t length = 0;
  std::uint32_t checksum = 0;
  UnixMillis timestamp;
};

// Why a frame is refused. Each ends the connection (the stream cannot be trusted to be in step again) and has
// a counter of its own.
enum class FrameError : std::uint8_t {
  bad_version,
  unknown_flag,
  unknown_type,
  too_long,          // over the cap of its type
  not_compressible,  // flag set on a type that must travel as it is
  not_allowed_yet,   // a type that may not come before authentication
  bad_checksum,
  bad_compression,  // lz4 block damaged, or its size is not the declared one
  too_long_uncompressed,
  no_memory,  // not the peer's fault: the heap for unfinished frames is at its limit
  count_,
};
const char* name(FrameError error);

// Of a shorter payload there is little to save, and who receives it pays for unpacking all the same.
inline constexpr std::size_t kCompressAboveBytes = 1024;

// What a sender on a slow link puts behind the header in the place of `plain`: written into `out`, which has
// room for plain.size() bytes (asserted), and how many. Nothing where `plain` travels as it is: its type
// does, it is no longer than kCompressAboveBytes, or packing would not save 10 %.
std::optional<std::size_t> compress_payload(MessageType type, ByteView plain, ByteSpan out);

void encode(const FrameHeader& header, std::span<std::uint8_t, kFrameHeaderBytes> out);
// The checksum of a header that is encoded already, and the same as it stands there.
void set_checksum(std::span<std::uint8_t, kFrameHeaderBytes> header, std::uint32_t checksum);
std::uint32_t checksum_of(std::span<const std::uint8_t, kFrameHeaderBytes> header);
// Checks version, flags, type and the type's cap; nothing about the payload.
Result<FrameHeader, FrameError> decode_header(std::span<const std::uint8_t, kFrameHeaderBytes> bytes);

}  // namespace ringwire::wire
