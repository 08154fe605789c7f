#include "codec/wire/uint256.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/prng.hpp"

namespace ringwire::wire {
namespace {

Uint256 random_number(Prng& prng) {
  Uint256 number;
  const std::uint64_t words = prng.below(5);
  for (std::uint64_t i = 0; i < words; ++i) number.words[3 - i] = prng.next();
  return number;
}

Uint256 largest() {
  Uint256 number;
  number.words.fill(UINT64_MAX);
  return number;
}

TEST(Uint256, BytesRoundTripAtEveryLength) {
  Prng prng(1);
  for (std::size_t size = 0; size <= 32; ++size) {
    std::array<std::uint8_t, 32> bytes{};
    prng.fill(ByteSpan(bytes).last(size));
    if (size > 0) bytes[32 - size] |= 1;
    const Uint256 number = Uint256::from_be(ByteView(bytes).last(size));
    EXPECT_EQ(number.to_be(), bytes);
    EXPECT_EQ(number.significant_bytes(), size);
    EXPECT_EQ(number.is_zero(), size == 0);
    std::array<std::uint8_t, 33> shortest{};
    number.store_shortest_be(shortest.data(), size);
    EXPECT_TRUE(std::equal(bytes.end() - static_cast<std::ptrdiff_t>(size), bytes.end(), shortest.begin()));
    EXPECT_EQ(shortest[size], 0) << "not a byte more";
  }
}

TEST(Uint256, OrderIsNumeric) {
  Prng prng(2);
  for (int i = 0; i < 1000; ++i) {
    const Uint256 a = random_number(prng), b = random_number(prng);
    EXPECT_EQ(a < b, a.to_be() < b.to_be());
  }
}

// Digit by digit in base 256; nothing where a carry is left.
std::optional<Uint256> multiply_by_hand(const Uint256& a, std::uint64_t b) {
  std::array<std::uint8_t, 32> digits = a.to_be();
  std::array<std::uint64_t, 8> factor;
  for (std::size_t i = 0; i < factor.size(); ++i) factor[i] = b >> (8 * i) & 0xFF;
  std::array<std::uint64_t, 40> sums{};  // from the least significant
  for (std::size_t i = 0; i < 32; ++i) {
    for (std::size_t j = 0; j < factor.size(); ++j) sums[i + j] += digits[31 - i] * factor[j];
  }
  for (std::size_t i = 0; i + 1 < sums.size(); ++i) sums[i + 1] += sums[i] >> 8;
  for (std::size_t i = 0; i < 32; ++i) digits[31 - i] = static_cast<std::uint8_t>(sums[i]);
  for (std::size_t i = 32; i < sums.size(); ++i) {
    if (sums[i] != 0) return std::nullopt;
  }
  return Uint256::from_be(digits);
}

TEST(Uint256, ProductIsTheOneMadeByHand) {
  Prng prng(3);
  std::size_t fit = 0;
  for (int i = 0; i < 2000; ++i) {
    const Uint256 a = random_number(prng);
    const std::uint64_t b = prng.next() >> prng.below(64);
    const auto product = multiply(a, b);
    EXPECT_EQ(product, multiply_by_hand(a, b));
    fit += product.has_value() ? 1 : 0;
  }
  EXPECT_GT(fit, 1000U);
  EXPECT_LT(fit, 2000U);
}

TEST(Uint256, OverflowIsNothing) {
  EXPECT_EQ(multiply(largest(), 1), largest());
  EXPECT_EQ(multiply(largest(), 2), std::nullopt);
  EXPECT_EQ(multiply(largest(), 0), Uint256{});
}

TEST(Uint256, SaturatesToSixtyFourBits) {
  EXPECT_EQ(Uint256(7).saturated_u64(), 7U);
  EXPECT_EQ(largest().saturated_u64(), UINT64_MAX);
  EXPECT_EQ(multiply(Uint256(1ULL << 63), 2)->saturated_u64(), UINT64_MAX);
}

}  // namespace
}  // namespace ringwire::wire
