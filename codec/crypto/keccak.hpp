// Keccak-256: the hash behind node ids, transaction hashes and message ids.
//
// This is the original Keccak padding (0x01), as Ethereum uses it, not the SHA3-256 of FIPS 202 (0x06). The
// permutation is our own, unrolled over two rounds: one short message costs one permutation and nothing else,
// and no library flag can silently turn it into SHA-3.
//
// Whoever has many messages at hand (the nodes of a trie, the transactions of a block) hashes them together:
// keccak256_each() runs four permutations side by side in vector registers, where the CPU has such.
//
// Not constant-time hardened beyond having no data-dependent branch or index. No allocation. Thread: any.
// Complexity: one keccak-f[1600] for each 136 bytes begun. Source: keccak.team, "The Keccak reference" 3.0.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"

namespace ringwire::crypto {

// The hash of one contiguous message.
Hash32 keccak256(ByteView message);

// How many messages are hashed together. The fastest that this CPU supports is chosen once for the process.
enum class KeccakMethod : std::uint8_t {
  one_by_one,  // on every CPU
  avx2,        // four at once
  avx512,      // four at once, with rotations and three-way operations in one instruction
};
const char* name(KeccakMethod method);
[[nodiscard]] bool is_supported(KeccakMethod method);
KeccakMethod keccak_method();

// hashes[i] = keccak256(messages[i]), in a fraction of the time; there are as many hashes as messages
// (asserted). A message that ends makes room for the next, so sizes may differ.
void keccak256_each(std::span<const ByteView> messages, std::span<Hash32> hashes);
// By a method of the caller's choice, which must be supported (asserted): for tests and measurements.
void keccak256_each(std::span<const ByteView> messages, std::span<Hash32> hashes, KeccakMethod method);

// One hash of a message in parts: update() any number of times, then finish(), which leaves the object
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
