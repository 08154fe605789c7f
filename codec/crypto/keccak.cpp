#include "codec/crypto/keccak.hpp"

#include <algorithm>
#include <bit>

namespace ringwire::crypto {
namespace {

constexpr std::size_t kRateBytes = 136;  // 1600 - 2 * 256 bits

constexpr std::uint64_t kRoundConstants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

using State = std::array<std::uint64_t, 25>;  // lane (x, y) at x + 5 y

// Rotation of each lane in rho, and where pi puts it.
struct Move {
  std::size_t to;
  int rotation;
};
constexpr std::array<Move, 25> kRhoPi = [] {
  std::array<Move, 25> moves{};
  std::size_t x = 1, y = 0;
  for (int t = 0; t < 24; ++t) {
    const std::size_t next_y = (2 * x + 3 * y) % 5;
    moves[x + 5 * y] = {y + 5 * next_y, (t + 1) * (t + 2) / 2 % 64};
    x = y;
    y = next_y;
  }
  return moves;
}();

// One round from `in` to `out`; all indices are constants after unrolling, so both stay in registers and stack.
inline __attribute__((always_inline)) void round(const State& in, State& out, std::uint64_t constant) {
  std::uint64_t parity[5], theta[5];
#pragma GCC unroll 5
  for (std::size_t x = 0; x < 5; ++x) parity[x] = in[x] ^ in[x + 5] ^ in[x + 10] ^ in[x + 15] ^ in[x + 20];
#pragma GCC unroll 5
  for (std::size_t x = 0; x < 5; ++x) theta[x] = parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1);

  State moved;
#pragma GCC unroll 25
  for (std::size_t i = 0; i < 25; ++i)
    moved[kRhoPi[i].to] = std::rotl(in[i] ^ theta[i % 5], kRhoPi[i].rotation);

#pragma GCC unroll 5
  for (std::size_t y = 0; y < 25; y += 5) {
#pragma GCC unroll 5
    for (std::size_t x = 0; x < 5; ++x) {
      out[y + x] = moved[y + x] ^ (~moved[y + (x + 1) % 5] & moved[y + (x + 2) % 5]);
    }
  }
  out[0] ^= constant;
}

void permute(State& state) {
  State other;
  for (std::size_t i = 0; i < 24; i += 2) {
    round(state, other, kRoundConstants[i]);
    round(other, state, kRoundConstants[i + 1]);
  }
}

// Lanes are little-endian.
std::uint64_t load_lane(const std::uint8_t* from) {
  return __builtin_bswap64(load_be<std::uint64_t>(from));
}

void absorb_block(State& state, const std::uint8_t* block) {
  for (std::size_t lane = 0; lane < kRateBytes / 8; ++lane) state[lane] ^= load_lane(block + 8 * lane);
  permute(state);
}

void absorb_bytes(State& state, std::size_t offset, ByteView bytes) {
  for (const std::uint8_t byte : bytes) {
    state[offset / 8] ^= std::uint64_t{byte} << (8 * (offset % 8));
    ++offset;
  }
}

// The last, partial block: whole lanes first, then what is left of it.
void absorb_tail(State& state, ByteView tail) {
  std::size_t lane = 0;
  for (; 8 * lane + 8 <= tail.size(); ++lane) state[lane] ^= load_lane(tail.data() + 8 * lane);
  absorb_bytes(state, 8 * lane, tail.subspan(8 * lane));
}

Hash32 squeeze(State& state, std::size_t filled) {
  state[filled / 8] ^= std::uint64_t{0x01} << (8 * (filled % 8));
  state[kRateBytes / 8 - 1] ^= std::uint64_t{0x80} << 56;
  permute(state);
  Hash32 hash;
  for (std::size_t lane = 0; lane < 4; ++lane) {
    store_be(hash.bytes.data() + 8 * lane, __builtin_bswap64(state[lane]));
  }
  return hash;
}

}  // namespace

Hash32 keccak256(ByteView message) {
  State state{};
  for (; message.size() >= kRateBytes; message = message.subspan(kRateBytes)) {
    absorb_block(state, message.data());
  }
  absorb_tail(state, message);
  return squeeze(state, message.size());
}

Keccak256& Keccak256::update(ByteView part) {
  while (!part.empty()) {
    if (filled_ == 0 && part.size() >= kRateBytes) {
      absorb_block(state_, part.data());
      part = part.subspan(kRateBytes);
      continue;
    }
    const std::size_t taken = std::min(part.size(), kRateBytes - filled_);
    absorb_bytes(state_, filled_, part.first(taken));
    part = part.subspan(taken);
    filled_ += static_cast<std::uint32_t>(taken);
    if (filled_ == kRateBytes) {
      permute(state_);
      filled_ = 0;
    }
  }
  return *this;
}

Hash32 Keccak256::finish() {
  const Hash32 hash = squeeze(state_, filled_);
  *this = {};
  return hash;
}

}  // namespace ringwire::crypto
