#include "engine/session/receive_window.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ringwire::session {
namespace {

constexpr std::uint32_t kInitial = 64 * 1024;

TEST(ReceiveWindow, GrantsWhatIsUsedUpWhenAnEighthOfItIs) {
  ReceiveWindow window(kInitial);
  const Instant now{1};
  EXPECT_TRUE(window.take(kInitial / 8 - 1));
  EXPECT_EQ(window.grant(0ms, now), 0U);
  EXPECT_TRUE(window.take(1));
  EXPECT_EQ(window.grant(0ms, now), kInitial / 8);
  EXPECT_EQ(window.grant(0ms, now), 0U);
  EXPECT_TRUE(window.take(kInitial));
  EXPECT_FALSE(window.take(1));
  EXPECT_EQ(window.grant(0ms, now), kInitial);
}

// A sender as fast as its credit allows, over a path that takes `round_trip` and `pieces` of 8 KiB in 100 us,
// for `time`; bytes a second.
double rate_over(ReceiveWindow& window, Duration round_trip, Duration time, int pieces = 12) {
  constexpr std::uint32_t kPiece = 8 * 1024;
  struct Grant {
    Instant at;
    std::uint32_t bytes;
  };
  std::vector<Grant> under_way;
  std::uint64_t credit = kInitial;
  std::uint64_t received = 0;
  Instant now{0};
  for (; now < Instant{0} + time; now = now + 100us) {
    for (const Grant& grant : under_way) credit += grant.at <= now ? grant.bytes : 0;
    std::erase_if(under_way, [&](const Grant& grant) { return grant.at <= now; });
    for (int i = 0; i < pieces && credit >= kPiece; ++i) {
      credit -= kPiece;
      received += kPiece;
      EXPECT_TRUE(window.take(kPiece));
      if (const std::uint32_t more = window.grant(round_trip, now); more > 0)
        under_way.push_back({now + round_trip, more});
    }
  }
  return static_cast<double>(received) / std::chrono::duration<double>(time).count();
}

TEST(ReceiveWindow, GrowsToWhatThePathHolds) {
  ReceiveWindow near(kInitial);
  EXPECT_GT(rate_over(near, 1ms, 1s), 100e6);
  ReceiveWindow far(kInitial);
  EXPECT_GT(rate_over(far, 30ms, 10s), 60e6);
  EXPECT_LE(far.bytes(), ReceiveWindow::kBytesMax);
  EXPECT_GT(far.bytes(), 16 * kInitial);
}

// What is granted beyond what the path holds would stand in our queue.
TEST(ReceiveWindow, IsNoLargerThanWhatThePathHoldsAndWhatItBeganWith) {
  constexpr std::uint64_t kBytesPerMs = 10 * 8 * 1024;  // one piece in 100 us
  for (const int round_trip : {1, 3, 10}) {
    ReceiveWindow window(kInitial);
    EXPECT_NEAR(rate_over(window, Duration(round_trip * 1'000'000), 2s, 1), 1000.0 * kBytesPerMs,
                200.0 * kBytesPerMs);
    EXPECT_LE(window.bytes(), kInitial + round_trip * kBytesPerMs * 5 / 4) << round_trip;
  }
}

TEST(ReceiveWindow, ShrinksWhenLessComes) {
  ReceiveWindow window(kInitial);
  rate_over(window, 30ms, 5s);
  ASSERT_GT(window.bytes(), 16 * kInitial);
  const Instant later = Instant{0} + 60s;
  EXPECT_TRUE(window.take(1));
  EXPECT_EQ(window.grant(30ms, later), 0U);
  EXPECT_LT(window.bytes(), 2 * kInitial);
}

}  // namespace
}  // namespace ringwire::session
