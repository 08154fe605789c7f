// CRC-32 as in IEEE 802.3, zlib and PNG: the FINGERPRINT of STUN.
//
// It tells a STUN message from other datagrams on the same port and finds accidents; it proves nothing about
// who sent it. Messages of ours are checked by XXH3 (codec/crypto/checksum.hpp): faster and stronger.
//
// Polynomial 0x04C11DB7, bits reflected, start and final value all ones. No allocation. Thread: any. About
// 3 ns per byte: a STUN message has a hundred. Source: RFC 8489, 14.7, that is ITU-T V.42, 8.1.1.6.2.
#pragma once

#include <cstdint>

#include "codec/base/bytes.hpp"

namespace ringwire::crypto {

std::uint32_t crc32(ByteView message);

}  // namespace ringwire::crypto
