// Values of a fixed size, from and to the bytes of a message.
//
// Problem: between places that may overlap, std::copy_n is the call of a function, and around it all that was
// in registers is saved: for a hash several times the copy. What is local overlaps nothing, and is copied by
// a move or two. Of a bloom the call is the lesser cost.
#pragma once

#include <algorithm>

#include "codec/base/ids.hpp"

namespace ringwire::wire {

inline constexpr std::size_t kCopiedTwiceMax = 64;  // bytes that go through registers

// From kSize bytes.
template <std::size_t kSize, class Tag>
void copy_fixed(const std::uint8_t* from, FixedBytes<kSize, Tag>& to) {
  if constexpr (kSize > kCopiedTwiceMax) {
    std::copy_n(from, kSize, to.bytes.data());
  } else {
    std::array<std::uint8_t, kSize> local;
    std::copy_n(from, kSize, local.data());
    to.bytes = local;
  }
}
template <std::size_t kSize, class Tag>
void copy_fixed(const FixedBytes<kSize, Tag>& from, std::uint8_t* to) {
  if constexpr (kSize > kCopiedTwiceMax) {
    std::copy_n(from.bytes.data(), kSize, to);
  } else {
    const auto local = from.bytes;
    std::copy_n(local.data(), kSize, to);
  }
}

}  // namespace ringwire::wire
