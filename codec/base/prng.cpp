#include "codec/base/prng.hpp"

namespace ringwire {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr std::uint64_t rotate_left(std::uint64_t value, int by) {
  return value << by | value >> (64 - by);
}

}  // namespace

Prng::Prng(std::uint64_t seed) {
  for (std::uint64_t& word : state_) word = splitmix64(seed);
}

std::uint64_t Prng::next() {
  const std::uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

std::uint64_t Prng::below(std::uint64_t bound) {
  if (bound == 0) return 0;
  // Numbers below 2^64 mod bound would make the small results likelier: drawn again.
  const std::uint64_t biased = (0 - bound) % bound;
  std::uint64_t drawn = next();
  while (drawn < biased) drawn = next();
  return drawn % bound;
}

Duration Prng::jitter(Duration duration, std::uint32_t parts_ppm) {
  const std::uint64_t reach = static_cast<std::uint64_t>(duration.count()) / 1'000'000 * parts_ppm;
  return Duration(duration.count() - static_cast<std::int64_t>(reach) +
                  static_cast<std::int64_t>(between(0, 2 * reach)));
}

void Prng::fill(ByteSpan out) {
  for (std::size_t i = 0; i < out.size(); i += 8) {
    std::uint64_t word = next();
    for (std::size_t j = i; j < out.size() && j < i + 8; ++j, word >>= 8)
      out[j] = static_cast<std::uint8_t>(word);
  }
}

}  // namespace ringwire
