#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/prng.hpp"
#include "engine/log/byte_budget.hpp"
#include "engine/log/site_limiter.hpp"

namespace ringwire::log {
namespace {

constexpr Instant kStart{5'000'000'000};
const char* const kFile = "node/relay.cpp";

TEST(SiteLimiter, AllowsABurstThenOneLinePerInterval) {
  SiteLimiter limiter;
  const Site site{kFile, 1};
  for (std::uint32_t i = 0; i < SiteLimiter::kBurst; ++i) EXPECT_TRUE(limiter.admit(site, 0, kStart)) << i;
  EXPECT_FALSE(limiter.admit(site, 0, kStart));
  EXPECT_FALSE(limiter.admit(site, 0, kStart + (SiteLimiter::kInterval - 1ns)));
  EXPECT_EQ(limiter.admit(site, 0, kStart + SiteLimiter::kInterval), 2U);
  EXPECT_FALSE(limiter.admit(site, 0, kStart + SiteLimiter::kInterval));
}

TEST(SiteLimiter, AQuietSiteRegainsItsBurstAndNoMore) {
  SiteLimiter limiter;
  const Site site{kFile, 1};
  for (int i = 0; i < 1000; ++i) limiter.admit(site, 0, kStart);
  const Instant later = kStart + 24h;
  std::uint32_t admitted = 0;
  for (int i = 0; i < 1000; ++i) admitted += limiter.admit(site, 0, later).has_value();
  EXPECT_EQ(admitted, SiteLimiter::kBurst);
}

TEST(SiteLimiter, AFloodOfOneMinuteLeavesAtMostBurstAndSixtyLines) {
  SiteLimiter limiter;
  std::uint32_t admitted = 0;
  std::uint64_t told = 0;
  std::uint64_t calls = 0;
  for (Instant now = kStart; now < kStart + 60s; now = now + 100us, ++calls) {
    if (const auto suppressed = limiter.admit({kFile, 1}, 0, now)) {
      ++admitted;
      told += *suppressed;
    }
  }
  EXPECT_LE(admitted, SiteLimiter::kBurst + 60);
  EXPECT_GE(admitted, SiteLimiter::kBurst + 58);
  EXPECT_LE(calls - admitted - told, 10'000U);  // all but those of the last interval were told
}

TEST(SiteLimiter, SitesAndReasonsDoNotShareTheirAllowance) {
  SiteLimiter limiter;
  for (int i = 0; i < 1000; ++i) limiter.admit({kFile, 1}, 0, kStart);
  EXPECT_TRUE(limiter.admit({kFile, 2}, 0, kStart));
  EXPECT_TRUE(limiter.admit({"node/other.cpp", 1}, 0, kStart));
  EXPECT_TRUE(limiter.admit({kFile, 1}, 1, kStart));
  EXPECT_FALSE(limiter.admit({kFile, 1}, 0, kStart));
}

TEST(SiteLimiter, MoreSitesThanEntriesShareOneAllowance) {
  SiteLimiter limiter;
  std::uint32_t admitted = 0;
  for (std::uint32_t line = 1; line <= 10'000; ++line)
    admitted += limiter.admit({kFile, line}, 0, kStart).has_value();
  EXPECT_EQ(admitted, SiteLimiter::kEntries + SiteLimiter::kBurst);
}

TEST(ByteBudget, AnyMinuteHoldsAtMostAMegabyte) {
  Prng prng(1);
  ByteBudget budget(kStart);
  std::vector<std::pair<Instant, std::uint64_t>> written;
  Instant now = kStart;
  while (now < kStart + 300s) {
    now = now +
          Duration(static_cast<std::int64_t>(prng.below(prng.below(50) == 0 ? 5'000'000'000 : 3'000'000)));
    const std::uint64_t bytes = prng.between(60, 1400);
    if (budget.admit(bytes, prng.below(3) == 0, now)) written.emplace_back(now, bytes);
  }
  std::uint64_t window = 0;
  std::uint64_t worst = 0;
  for (std::size_t first = 0, last = 0; last < written.size(); ++last) {
    window += written[last].second;
    while (written[last].first - written[first].first > 60s) window -= written[first++].second;
    worst = std::max(worst, window);
  }
  EXPECT_LE(worst, 1'000'000U);
  EXPECT_GE(worst, 700'000U);
}

TEST(ByteBudget, AFloodLeavesRoomForErrors) {
  ByteBudget budget(kStart);
  while (budget.admit(300, false, kStart)) {
  }
  EXPECT_FALSE(budget.admit(300, false, kStart));
  std::uint64_t errors = 0;
  while (budget.admit(300, true, kStart)) errors += 300;
  EXPECT_GE(errors, ByteBudget::kForErrors - 300);
}

TEST(ByteBudget, RefillsWhateverTheStep) {
  for (const Duration step : {Duration(1us), Duration(999us), Duration(7ms), Duration(1s), Duration(90s)}) {
    ByteBudget budget(kStart);
    Instant now = kStart;
    while (budget.admit(100, true, now)) {
    }
    std::uint64_t admitted = 0;
    while (now < kStart + 90s && admitted < ByteBudget::kBurst) {
      now = now + step;
      while (budget.admit(100, true, now)) admitted += 100;
    }
    const auto passed_ms = static_cast<std::uint64_t>((now - kStart) / 1ms);
    const std::uint64_t due =
        step == 90s ? ByteBudget::kBurst : passed_ms * ByteBudget::kPerSecond / 1000;  // one step fills it
    EXPECT_NEAR(static_cast<double>(admitted), static_cast<double>(due),
                static_cast<double>(due) * 0.03 + 200)
        << step.count();
  }
}

}  // namespace
}  // namespace ringwire::log
