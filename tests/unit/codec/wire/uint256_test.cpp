#include "codec/wire/uint256.hpp"

#include <gtest/gtest.h>

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
    EXPECT_EQ(Uint256::from_be(ByteView(bytes).last(size)).to_be(), bytes);
  }
}

TEST(Uint256, OrderIsNumeric) {
  Prng prng(2);
  for (int i = 0; i < 1000; ++i) {
    const Uint256 a = random_number(prng), b = random_number(prng);
    EXPECT_EQ(a < b, a.to_be() < b.to_be());
  }
}

TEST(Uint256, ProductIsTheRepeatedSum) {
  Prng prng(3);
  for (int i = 0; i < 300; ++i) {
    const Uint256 a = random_number(prng);
    const std::uint64_t factor = prng.below(40);
    std::optional<Uint256> sum = Uint256{};
    for (std::uint64_t n = 0; n < factor && sum; ++n) sum = add(*sum, a);
    EXPECT_EQ(multiply(a, factor), sum);
  }
}

TEST(Uint256, OverflowIsNothing) {
  EXPECT_EQ(add(largest(), 0), largest());
  EXPECT_EQ(add(largest(), 1), std::nullopt);
  EXPECT_EQ(multiply(largest(), 1), largest());
  EXPECT_EQ(multiply(largest(), 2), std::nullopt);
  EXPECT_EQ(multiply(largest(), 0), Uint256{});
}

TEST(Uint256, SaturatesToSixtyFourBits) {
  EXPECT_EQ(Uint256(7).saturated_u64(), 7U);
  EXPECT_EQ(largest().saturated_u64(), UINT64_MAX);
  EXPECT_EQ(add(Uint256(UINT64_MAX), 1)->saturated_u64(), UINT64_MAX);
}

}  // namespace
}  // namespace ringwire::wire
