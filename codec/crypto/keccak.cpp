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

// Where rho and pi take lane (x, y) of the result from, and by how much it is rotated.
struct Source {
  std::size_t lane;
  int rotation;
};
constexpr std::array<Source, 25> kRhoPi = [] {
  std::array<Source, 25> sources{};
  std::size_t x = 1, y = 0;
  for (int t = 0; t < 24; ++t) {
    const std::size_t next_y = (2 * x + 3 * y) % 5;
    sources[y + 5 * next_y] = {x + 5 * y, (t + 1) * (t + 2) / 2 % 64};
    x = y;
    y = next_y;
  }
  return sources;
}();

// One round from `in` to `out`, a row of the result at a time: five lanes and five parities fit the
// registers.
inline __attribute__((always_inline)) void round(const State& in, State& out, std::uint64_t constant) {
  std::uint64_t parity[5], theta[5];
#pragma GCC unroll 5
  for (std::size_t x = 0; x < 5; ++x) parity[x] = in[x] ^ in[x + 5] ^ in[x + 10] ^ in[x + 15] ^ in[x + 20];
#pragma GCC unroll 5
  for (std::size_t x = 0; x < 5; ++x) theta[x] = parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1);
#pragma GCC unroll 5
  for (std::size_t y = 0; y < 25; y += 5) {
    std::uint64_t row[5];
#pragma GCC unroll 5
    for (std::size_t x = 0; x < 5; ++x) {
      const Source source = kRhoPi[y + x];
      row[x] = std::rotl(in[source.lane] ^ theta[source.lane % 5], source.rotation);
    }
#pragma GCC unroll 5
    for (std::size_t x = 0; x < 5; ++x) out[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
  }
  out[0] ^= constant;
}

inline __attribute__((always_inline)) void all_rounds(State& state) {
  State other;
  for (std::size_t i = 0; i < 24; i += 2) {
    round(state, other, kRoundConstants[i]);
    round(other, state, kRoundConstants[i + 1]);
  }
}

#if defined(__x86_64__)
// BMI has and-not and a rotation that keeps its source: a fifth fewer instructions.
__attribute__((target("bmi,bmi2"))) void permute_bmi(State& state) {
  all_rounds(state);
}
void permute_plain(State& state) {
  all_rounds(state);
}
const bool kHasBmi = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
void permute(State& state) {
  kHasBmi ? permute_bmi(state) : permute_plain(state);
}
#else
void permute(State& state) {
  all_rounds(state);
}
#endif

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
