// Keccak-256: the hash behind node ids, transaction hashes and message ids.
//
// This is the original Keccak padding (0x01), as Ethereum uses it, not the SHA3-256 of FIPS 202 (0x06). The
// permutation is our own, unrolled over two rounds: one short message costs one permutation and nothing else,
// and no library flag can silently turn it into SHA-3.
//
// Not constant-time hardened beyond having no data-dependent branch or index. No allocation.
// Complexity: one keccak-f[1600] for each 136 bytes begun. Source: keccak.team, "The Keccak reference" 3.0.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"

namespace ringwire::crypto {

// The hash of one contiguous message.
Hash32 keccak256(ByteView message);

// The same over a message in parts: update() any number of times, then finish(), which leaves the object
// ready for the next message.
class Keccak256 {
 public:
  Keccak256& update(ByteView part);
  [[nodiscard]] Hash32 finish();

 private:
  std::array<std::uint64_t, 25> state_{};
  std::uint32_t filled_ = 0;  // bytes of the current block already absorbed, below 136
};

}  // namespace ringwire::crypto
