// LZ4 blocks from strangers, packed as: uncompressed size u32, big-endian | one LZ4 block.
//
// Attacks
//  - five bytes declare 2 GiB: the size is checked against the caller's cap, then the block is walked and
//  must
//    decode to exactly that size, all before the caller allocates anything;
//  - a match of offset 0, which liblz4 1.9.4 accepts: it repeats whatever lay in the output buffer, such as
//    another peer's message. Refused, as is every match that reaches before the start of the output.
//
// A flipped bit inside a block often still decodes: the checksum over the plain bytes catches that, not lz4.
// No allocation here; liblz4 compresses with 16 KiB of stack. Thread: any.
// Source: lz4_Block_format.md of the LZ4 project.
#pragma once

#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"

namespace ringwire::crypto {

inline constexpr std::size_t kLz4PrefixBytes = 4;

// The caller drops the message; inside a frame it also disconnects.
enum class Lz4Error : std::uint8_t {
  truncated,   // no room for the size and a token, or a sequence runs past the end of the block
  too_large,   // declares more than the cap
  bad_offset,  // a match from outside what was decoded so far, or of offset 0
  wrong_size,  // does not decode to the declared size
  bad_ending,  // breaks the end-of-block rules (the last 5 bytes are literals, no match in the last 12)
  count_,
};
const char* name(Lz4Error error);

// Packs `plain` into `out` and returns how many bytes it took. Nothing where it would not save at least 10 %:
// send it as it is. `out` needs room for plain.size() - plain.size() / 10 bytes; plain.size() is at most 16
// MiB.
std::optional<std::size_t> lz4_pack(ByteView plain, ByteSpan out);

// The size of what unpacks from `packed`, having walked the whole block: at most `bytes_max`, and true.
Result<std::uint32_t, Lz4Error> lz4_measure(ByteView packed, std::uint32_t bytes_max);

// Unpacks into `out`, whose size is what lz4_measure() of the same bytes returned. Can still fail, with
// bad_ending.
Status<Lz4Error> lz4_unpack(ByteView packed, ByteSpan out);

}  // namespace ringwire::crypto
