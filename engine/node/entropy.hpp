// Unpredictable bytes for nonces and keys, as opposed to the seeded Prng for schedules.
//
// A handshake nonce that can be guessed lets a stranger collect a signature over it in advance and use it
// later, so it comes from the kernel. A simulated world, which must be the same again for the same seed,
// hands in a Prng instead; no node that talks to others may.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/prng.hpp"

namespace ringwire::node {

// Fills `out` from getrandom(2), in batches; aborts where the kernel has none (it always has after boot).
class Entropy {
 public:
  Entropy() = default;
  explicit Entropy(const Prng& simulated) : simulated_(simulated) {}

  void fill(ByteSpan out);

  template <class Id>
  Id draw() {
    Id id;
    fill(id.span());
    return id;
  }
  std::uint64_t number() {
    std::uint8_t bytes[8];
    fill(bytes);
    return load_be<std::uint64_t>(bytes);
  }

 private:
  void refill();

  std::optional<Prng> simulated_;
  std::array<std::uint8_t, 256> pool_{};  // the most that getrandom gives without interruption
  std::size_t left_ = 0;
};

}  // namespace ringwire::node
