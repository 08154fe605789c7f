#include "codec/crypto/keccak.hpp"

#include <algorithm>

#include "codec/crypto/keccak_rounds.hpp"

namespace ringwire::crypto {
namespace {

using State = KeccakState<std::uint64_t>;

#if defined(__x86_64__)
// BMI has and-not and a rotation that keeps its source: a fifth fewer instructions.
__attribute__((target("bmi,bmi2"))) void permute_bmi(State& state) {
  keccak_permute(state);
}
void permute_plain(State& state) {
  keccak_permute(state);
}
const bool kHasBmi = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
void permute(State& state) {
  kHasBmi ? permute_bmi(state) : permute_plain(state);
}
#else
void permute(State& state) {
  keccak_permute(state);
}
#endif

void absorb_block(State& state, const std::uint8_t* block) {
  for (std::size_t lane = 0; lane < kKeccakRateBytes / 8; ++lane)
    state[lane] ^= keccak_load_lane(block + 8 * lane);
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
  for (; 8 * lane + 8 <= tail.size(); ++lane) state[lane] ^= keccak_load_lane(tail.data() + 8 * lane);
  absorb_bytes(state, 8 * lane, tail.subspan(8 * lane));
}

Hash32 squeeze(State& state, std::size_t filled) {
  state[filled / 8] ^= std::uint64_t{0x01} << (8 * (filled % 8));
  state[kKeccakRateBytes / 8 - 1] ^= std::uint64_t{0x80} << 56;
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
  for (; message.size() >= kKeccakRateBytes; message = message.subspan(kKeccakRateBytes)) {
    absorb_block(state, message.data());
  }
  absorb_tail(state, message);
  return squeeze(state, message.size());
}

Keccak256& Keccak256::update(ByteView part) {
  while (!part.empty()) {
    if (filled_ == 0 && part.size() >= kKeccakRateBytes) {
      absorb_block(state_, part.data());
      part = part.subspan(kKeccakRateBytes);
      continue;
    }
    const std::size_t taken = std::min(part.size(), kKeccakRateBytes - filled_);
    absorb_bytes(state_, filled_, part.first(taken));
    part = part.subspan(taken);
    filled_ += static_cast<std::uint32_t>(taken);
    if (filled_ == kKeccakRateBytes) {
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
