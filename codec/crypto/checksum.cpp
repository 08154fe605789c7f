// The algorithm is compiled in here: a call into the shared library costs more than hashing 64 bytes.
#define XXH_INLINE_ALL
#ifdef RINGWIRE_CHECKED
#define XXH_NO_INLINE_HINTS 1  // else gcc has to inline what it must not below -O1, and refuses
#endif
#include "codec/crypto/checksum.hpp"

#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <new>

#include "codec/base/check.hpp"

namespace ringwire::crypto {

std::uint32_t checksum(ByteView message) {
  return static_cast<std::uint32_t>(XXH3_64bits(message.data(), message.size()));
}

std::uint32_t checksum(const SliceChain& pieces, std::uint64_t skip) {
  RW_ASSERT(skip <= pieces.bytes());
  RunningChecksum sum;
  for (std::size_t i = 0; i < pieces.count(); ++i) {
    const ByteView bytes = pieces[i].view();
    const std::uint64_t skipped = std::min<std::uint64_t>(skip, bytes.size());
    skip -= skipped;
    sum.add(bytes.subspan(skipped));
  }
  return sum.value();
}

RunningChecksum::RunningChecksum() {
  static_assert(sizeof(XXH3_state_t) == kStateBytes && alignof(XXH3_state_t) == alignof(RunningChecksum));
  XXH3_64bits_reset(std::construct_at(reinterpret_cast<XXH3_state_t*>(&state_)));
}

void RunningChecksum::add(ByteView part) {
  XXH3_64bits_update(std::launder(reinterpret_cast<XXH3_state_t*>(&state_)), part.data(), part.size());
}

std::uint32_t RunningChecksum::value() const {
  const auto* state = std::launder(reinterpret_cast<const XXH3_state_t*>(&state_));
  return static_cast<std::uint32_t>(XXH3_64bits_digest(state));
}

}  // namespace ringwire::crypto
