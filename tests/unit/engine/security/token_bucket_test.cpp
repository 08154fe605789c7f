#include "engine/security/token_bucket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::security {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr Wide kPart = 1'000'000'000;

// The same in numbers that cannot overflow: billionths of tokens in 128 bits.
struct WideBucket {
  Wide parts = 0;
  std::int64_t at = 0;

  WideBucket(const Rate& rate, Instant now) : parts(rate.burst * kPart), at(now.ns) {}
  std::uint64_t available(const Rate& rate, Instant now) {
    if (now.ns > at) {
      parts += Wide{rate.per_second} * static_cast<std::uint64_t>(now.ns - at);
      at = now.ns;
    }
    parts = std::min(parts, rate.burst * kPart);
    return static_cast<std::uint64_t>(parts / kPart);
  }
  bool take(const Rate& rate, std::uint64_t amount, Instant now) {
    if (available(rate, now) < amount) return false;
    parts -= amount * kPart;
    return true;
  }
  void give_back(const Rate& rate, std::uint64_t amount) {
    parts = std::min(parts + amount * kPart, rate.burst * kPart);
  }
};

constexpr std::array<std::uint64_t, 20> kEdges{0,
                                               1,
                                               2,
                                               3,
                                               999'999'999,
                                               1'000'000'000,
                                               1'000'000'001,
                                               UINT32_MAX,
                                               std::uint64_t{UINT32_MAX} + 1,
                                               UINT64_MAX / 1'000'000'000 - 1,
                                               UINT64_MAX / 1'000'000'000,
                                               UINT64_MAX / 1'000'000'000 + 1,
                                               INT64_MAX - 1,
                                               INT64_MAX,
                                               std::uint64_t{INT64_MAX} + 1,
                                               UINT64_MAX / 2 + 7,
                                               UINT64_MAX - 1'000'000'000,
                                               UINT64_MAX - 2,
                                               UINT64_MAX - 1,
                                               UINT64_MAX};

Instant instant(std::uint64_t ns) {
  return {static_cast<std::int64_t>(std::min<std::uint64_t>(ns, INT64_MAX))};
}

TEST(TokenBucket, HoldsAtEachEdgeOfRateBurstAmountAndTime) {
  for (const std::uint64_t per_second : kEdges) {
    for (const std::uint64_t burst : kEdges) {
      const Rate rate{per_second, burst};
      for (const std::uint64_t amount : kEdges) {
        for (const std::uint64_t ns : kEdges) {
          TokenBucket bucket(rate, Instant{0});
          WideBucket wide(rate, Instant{0});
          ASSERT_EQ(bucket.take(rate, amount, Instant{0}), wide.take(rate, amount, Instant{0}));
          ASSERT_EQ(bucket.available(rate, instant(ns)), wide.available(rate, instant(ns)))
              << per_second << " " << burst << " " << amount << " " << ns;
        }
      }
    }
  }
}

// An edge, something near one, or anything of any length.
std::uint64_t any(Prng& prng) {
  switch (prng.below(3)) {
    case 0:
      return kEdges[prng.below(kEdges.size())];
    case 1:
      return kEdges[prng.below(kEdges.size())] + prng.below(5) - 2;
    default:
      return prng.next() >> prng.below(64);
  }
}

TEST(TokenBucket, IsTheWideModelWhateverIsDoneToIt) {
  Prng prng(1);
  for (int round = 0; round < 3'000; ++round) {
    const Rate rate{any(prng), any(prng)};
    Instant now{static_cast<std::int64_t>(any(prng) >> 2)};
    TokenBucket bucket(rate, now);
    WideBucket wide(rate, now);
    for (int step = 0; step < 40; ++step) {
      const Duration later(static_cast<std::int64_t>(any(prng) >> 1));
      now = now + later;
      if (prng.below(8) == 0)
        now.ns -= static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(now.ns) / 2 + 1));
      const std::uint64_t amount = any(prng);
      if (prng.below(4) == 0) {
        bucket.give_back(rate, amount);
        wide.give_back(rate, amount);
      } else {
        ASSERT_EQ(bucket.take(rate, amount, now), wide.take(rate, amount, now));
      }
      ASSERT_EQ(bucket.available(rate, now), wide.available(rate, now));
      ASSERT_LE(bucket.available(rate, now), rate.burst);
    }
  }
}

TEST(TokenBucket, EarnsTheSameHoweverOftenItIsLookedAt) {
  for (const std::uint64_t per_second : {1U, 3U, 7U, 999U, 1'000'000'007U}) {
    const Rate rate{per_second, UINT32_MAX};
    TokenBucket often(rate, Instant{0});
    TokenBucket once(rate, Instant{0});
    ASSERT_TRUE(often.take(rate, UINT32_MAX, Instant{0}) && once.take(rate, UINT32_MAX, Instant{0}));
    Prng prng(per_second);
    Instant now{0};
    while (now.ns < 2'000'000'000) {
      now.ns += static_cast<std::int64_t>(1 + prng.below(1'000'000));
      static_cast<void>(often.available(rate, now));
    }
    EXPECT_EQ(often.available(rate, now), once.available(rate, now));
    EXPECT_EQ(once.available(rate, now), per_second * static_cast<std::uint64_t>(now.ns) / 1'000'000'000);
  }
}

TEST(TokenBucket, SaysTheFirstMomentAtWhichEnoughIsThere) {
  Prng prng(2);
  for (int round = 0; round < 20'000; ++round) {
    const Rate rate{any(prng), any(prng)};
    const Instant now{static_cast<std::int64_t>(prng.next() >> 4)};
    TokenBucket bucket(rate, Instant{0});
    static_cast<void>(bucket.take(rate, std::min(rate.burst, any(prng)), now));
    static_cast<void>(bucket.available(rate, now + Duration(static_cast<std::int64_t>(prng.below(5)))));
    const std::uint64_t amount = any(prng);
    const Instant ready = bucket.ready_at(rate, amount, now);
    ASSERT_GE(ready, now);
    if (ready == kNever) continue;
    TokenBucket before = bucket;
    TokenBucket after = bucket;
    EXPECT_GE(after.available(rate, ready), amount);
    if (ready > now) {
      EXPECT_LT(before.available(rate, Instant{ready.ns - 1}), amount);
    }
  }
}

TEST(TokenBucket, NeverHasWhatItCannotHold) {
  TokenBucket bucket({5, 10}, Instant{0});
  EXPECT_EQ(bucket.ready_at({5, 10}, 11, Instant{0}), kNever);
  TokenBucket dry({0, 10}, Instant{0});
  ASSERT_TRUE(dry.take({0, 10}, 10, Instant{0}));
  EXPECT_EQ(dry.ready_at({0, 10}, 1, Instant{0}), kNever);
  EXPECT_FALSE(dry.take({0, 10}, 1, kNever));
  EXPECT_TRUE(dry.take({0, 10}, 0, kNever));
}

TEST(TokenBucket, IsCutWhereItsBurstBecomesSmaller) {
  TokenBucket bucket({1, 100}, Instant{0});
  EXPECT_EQ(bucket.available({1, 7}, Instant{0}), 7U);
  EXPECT_EQ(bucket.available({1, 100}, Instant{1'000'000'000}), 8U);
}

}  // namespace
}  // namespace ringwire::security
