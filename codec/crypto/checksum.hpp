// The frame checksum: the low 32 bits of XXH3-64 with seed 0.
//
// It finds what a bad cable, a bad buffer or a bug of ours changed. It proves nothing about who sent it:
// anyone can compute it. Cost: about 20 ns for 256 bytes. No allocation.
#pragma once

#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/base/slice_chain.hpp"

namespace ringwire::crypto {

std::uint32_t checksum(ByteView message);

// The same over a message in pieces, without its first `skip` bytes; `skip` is at most pieces.bytes().
std::uint32_t checksum(const SliceChain& pieces, std::uint64_t skip = 0);

}  // namespace ringwire::crypto
