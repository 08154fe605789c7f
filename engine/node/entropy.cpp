#include "engine/node/entropy.hpp"

#include <sys/random.h>

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::node {

void Entropy::fill(ByteSpan out) {
  while (!out.empty()) {
    if (left_ == 0) refill();
    const std::size_t count = std::min(out.size(), left_);
    std::uint8_t* const from = pool_.data() + pool_.size() - left_;
    std::copy_n(from, count, out.data());
    std::fill_n(from, count,
                std::uint8_t{0});  // a nonce is used once, and not found in a core dump afterwards
    left_ -= count;
    out = out.subspan(count);
  }
}

void Entropy::refill() {
  if (simulated_) {
    simulated_->fill(pool_);
  } else {
    RW_ASSERT(getrandom(pool_.data(), pool_.size(), 0) == static_cast<ssize_t>(pool_.size()));
  }
  left_ = pool_.size();
}

}  // namespace ringwire::node
