#include "codec/wire/uint256.hpp"

namespace ringwire::wire {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

std::uint64_t Uint256::saturated_u64() const {
  return (words[0] | words[1] | words[2]) == 0 ? words[3] : UINT64_MAX;
}

std::optional<Uint256> multiply(const Uint256& a, std::uint64_t b) {
  Uint256 product;
  Wide carry = 0;
  for (std::size_t i = 4; i-- > 0;) {
    carry += static_cast<Wide>(a.words[i]) * b;
    product.words[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  if (carry != 0) return std::nullopt;
  return product;
}

}  // namespace ringwire::wire
