// The permutation keccak-f[1600], written once for one state and for several side by side.
//
// `Lane` is one 64-bit word, or a vector of words that belong to as many states. Everything is forced inline,
// because the caller decides by its target attribute which instructions this becomes.
// Source: keccak.team, "The Keccak reference" 3.0.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/bytes.hpp"

namespace ringwire::crypto {

inline constexpr std::size_t kKeccakLanes = 25;
inline constexpr std::size_t kKeccakRateBytes = 136;  // 1600 - 2 * 256 bits

// Lane (x, y) at x + 5 y.
template <class Lane>
using KeccakState = std::array<Lane, kKeccakLanes>;

// Lanes are little-endian.
inline std::uint64_t keccak_load_lane(const std::uint8_t* from) {
  return __builtin_bswap64(load_be<std::uint64_t>(from));
}

inline constexpr std::uint64_t kKeccakRoundConstants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

// Where rho and pi take lane (x, y) of the result from, and by how much it is rotated.
struct KeccakSource {
  std::size_t lane;
  int rotation;
};
inline constexpr std::array<KeccakSource, kKeccakLanes> kKeccakRhoPi = [] {
  std::array<KeccakSource, kKeccakLanes> sources{};
  std::size_t x = 1, y = 0;
  for (int t = 0; t < 24; ++t) {
    const std::size_t next_y = (2 * x + 3 * y) % 5;
    sources[y + 5 * next_y] = {x + 5 * y, (t + 1) * (t + 2) / 2 % 64};
    x = y;
    y = next_y;
  }
  return sources;
}();

// By reference, because a vector as argument has another ABI with other instructions; one instruction all the
// same. Shifting by 64 would be undefined: a rotation by 0 is a copy.
template <class Lane>
inline __attribute__((always_inline)) void keccak_rotate(const Lane& in, int bits, Lane& out) {
  out = bits == 0 ? in : Lane((in << bits) | (in >> (64 - bits)));
}

// One round from `in` to `out`, a row of the result at a time: five lanes and five parities fit the
// registers.
template <class Lane>
inline __attribute__((always_inline)) void keccak_round(const KeccakState<Lane>& in, KeccakState<Lane>& out,
                                                        std::uint64_t constant) {
  Lane parity[5], theta[5];
#pragma GCC unroll 5
  for (std::size_t x = 0; x < 5; ++x) parity[x] = in[x] ^ in[x + 5] ^ in[x + 10] ^ in[x + 15] ^ in[x + 20];
#pragma GCC unroll 5
  for (std::size_t x = 0; x < 5; ++x) {
    keccak_rotate(parity[(x + 1) % 5], 1, theta[x]);
    theta[x] ^= parity[(x + 4) % 5];
  }
#pragma GCC unroll 5
  for (std::size_t y = 0; y < kKeccakLanes; y += 5) {
    Lane row[5];
#pragma GCC unroll 5
    for (std::size_t x = 0; x < 5; ++x) {
      const KeccakSource source = kKeccakRhoPi[y + x];
      const Lane mixed = in[source.lane] ^ theta[source.lane % 5];
      keccak_rotate(mixed, source.rotation, row[x]);
    }
#pragma GCC unroll 5
    for (std::size_t x = 0; x < 5; ++x) out[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
  }
  out[0] ^= constant;
}

template <class Lane>
inline __attribute__((always_inline)) void keccak_permute(KeccakState<Lane>& state) {
  KeccakState<Lane> other;
  for (std::size_t i = 0; i < 24; i += 2) {
    keccak_round(state, other, kKeccakRoundConstants[i]);
    keccak_round(other, state, kKeccakRoundConstants[i + 1]);
  }
}

}  // namespace ringwire::crypto
