#include "codec/crypto/secret.hpp"

#include <gtest/gtest.h>

#include <new>
#include <numeric>

namespace ringwire::crypto {
namespace {

using Storage = std::array<std::uint8_t, sizeof(SecretBytes<16>)>;

static_assert(!std::is_copy_constructible_v<SecretBytes<16>> && !std::is_copy_assignable_v<SecretBytes<16>>);
static_assert(sizeof(SecretBytes<16>) == 16);

TEST(Secret, WipingLeavesZeros) {
  std::array<std::uint8_t, 100> bytes;
  bytes.fill(0xA5);
  wipe(ByteSpan(bytes).subspan(10, 80));
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], i >= 10 && i < 90 ? 0 : 0xA5) << i;
}

TEST(Secret, WipingAnObjectReachesAllOfIt) {
  struct State {
    std::uint64_t words[5];
    std::uint8_t last;
  } state;
  wipe({reinterpret_cast<std::uint8_t*>(&state), sizeof state});
  state.words[4] = 7;
  state.last = 9;
  wipe_object(state);
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(&state), sizeof state);
  EXPECT_EQ(std::accumulate(bytes.begin(), bytes.end(), 0), 0);
}

// The storage is the test's own, so that it may be looked at before, between and after.
TEST(Secret, NothingStaysWhereASecretWas) {
  alignas(SecretBytes<16>) Storage first{}, second{};
  auto* secret = new (first.data()) SecretBytes<16>;
  std::iota(secret->writable().begin(), secret->writable().end(), std::uint8_t{1});
  const Storage filled = first;
  auto* moved = new (second.data()) SecretBytes<16>(std::move(*secret));
  EXPECT_EQ(first, Storage{});
  EXPECT_EQ(second, filled);
  *secret = std::move(*moved);
  EXPECT_EQ(first, filled);
  EXPECT_EQ(second, Storage{});
  secret->~SecretBytes();
  EXPECT_EQ(first, Storage{});
  moved->~SecretBytes();
}

TEST(Secret, OfAnySizeMovesAndIsEmptyAfterwards) {
  SecretBuffer secret(100);
  std::iota(secret.writable().begin(), secret.writable().end(), std::uint8_t{1});
  SecretBuffer other(std::move(secret));
  EXPECT_TRUE(secret.reveal().empty());
  ASSERT_EQ(other.reveal().size(), 100U);
  EXPECT_EQ(other.reveal()[99], 100);
  SecretBuffer third(7);
  third = std::move(other);
  EXPECT_TRUE(other.reveal().empty());
  EXPECT_EQ(third.reveal().size(), 100U);
  EXPECT_EQ(third.reveal()[0], 1);
  EXPECT_TRUE(SecretBuffer().reveal().empty());
  static_assert(!std::is_copy_constructible_v<SecretBuffer> && !std::is_copy_assignable_v<SecretBuffer>);
}

TEST(Secret, EqualMeansEveryBitAndTheSize) {
  std::array<std::uint8_t, 16> one;
  one.fill(0x3C);
  auto other = one;
  EXPECT_TRUE(equal_secretly(one, other));
  EXPECT_TRUE(equal_secretly({}, {}));
  EXPECT_FALSE(equal_secretly(one, ByteView(other).first(15)));
  for (std::size_t bit = 0; bit < 128; ++bit) {
    other[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(equal_secretly(one, other)) << bit;
    other = one;
  }
}

}  // namespace
}  // namespace ringwire::crypto
