#include "codec/wire/uint256.hpp"

#include "codec/base/check.hpp"

namespace ringwire::wire {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

Uint256 Uint256::from_be(ByteView bytes) {
  RW_ASSERT(bytes.size() <= 32);
  Uint256 number;
  const std::uint8_t* end = bytes.data() + bytes.size();
  std::size_t left = bytes.size();
  for (std::size_t word = 4; left >= 8; left -= 8) number.words[--word] = load_be<std::uint64_t>(end -= 8);
  for (std::size_t i = 0; i < left; ++i) {
    std::uint64_t& first = number.words[3 - bytes.size() / 8];
    first = first << 8 | bytes[i];
  }
  return number;
}

std::array<std::uint8_t, 32> Uint256::to_be() const {
  std::array<std::uint8_t, 32> bytes;
  for (std::size_t i = 0; i < words.size(); ++i) store_be(bytes.data() + 8 * i, words[i]);
  return bytes;
}

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
