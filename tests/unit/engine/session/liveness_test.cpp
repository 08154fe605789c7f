#include "engine/session/liveness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ringwire::session {
namespace {

constexpr Instant at(Duration since_start) {
  return Instant{1'000'000'000} + since_start;
}

class LivenessTest : public ::testing::Test {
 protected:
  LivenessConfig config_{.ping_interval = 15s, .idle_timeout = 60s};
  LivenessCounters counters_;
  Prng prng_{1};
  Liveness liveness_{config_, at(0s), counters_};
};

TEST_F(LivenessTest, PingsOncePerInterval) {
  EXPECT_EQ(liveness_.next_deadline(), at(15s));
  EXPECT_EQ(liveness_.on_deadline(prng_, at(14s), true).due, Liveness::Due::nothing);
  for (int i = 1; i <= 100; ++i) {
    const Instant now = at(15s * i);
    liveness_.on_received(now);
    ASSERT_EQ(liveness_.next_deadline(), now);
    const Liveness::Outcome outcome = liveness_.on_deadline(prng_, now, true);
    ASSERT_EQ(outcome.due, Liveness::Due::ping);
    EXPECT_TRUE(liveness_.on_pong(outcome.nonce, now + 1ms).has_value());
    EXPECT_EQ(liveness_.on_deadline(prng_, now, true).due, Liveness::Due::nothing);
  }
  EXPECT_EQ(counters_.pings_sent.value(), 100U);
  EXPECT_EQ(counters_.pongs_matched.value(), 100U);
  EXPECT_EQ(counters_.pings_unanswered.value(), 0U);
}

TEST_F(LivenessTest, DisconnectsASilentPeerAtTheIdleLimitAndNotBefore) {
  int pings = 0;
  Instant now = at(0s);
  for (;;) {
    now = liveness_.next_deadline();
    ASSERT_LE(now, at(60s));
    const Liveness::Outcome outcome = liveness_.on_deadline(prng_, now, true);
    if (outcome.due == Liveness::Due::idle) break;
    ASSERT_EQ(outcome.due, Liveness::Due::ping);
    ++pings;
  }
  EXPECT_EQ(now, at(60s));
  EXPECT_EQ(pings, 3);
  EXPECT_EQ(counters_.idle_timeouts.value(), 1U);
  EXPECT_EQ(counters_.pings_unanswered.value(), 1U);
}

TEST_F(LivenessTest, WhileNothingIsReadSilenceSaysNothing) {
  EXPECT_EQ(liveness_.on_deadline(prng_, at(60s), false).due, Liveness::Due::ping);
  EXPECT_EQ(liveness_.on_deadline(prng_, at(600s), false).due, Liveness::Due::ping);
  EXPECT_EQ(liveness_.on_deadline(prng_, at(659s), true).due, Liveness::Due::ping);
  EXPECT_EQ(liveness_.on_deadline(prng_, at(660s), true).due, Liveness::Due::idle);
}

TEST_F(LivenessTest, AnythingReceivedPutsTheIdleLimitOff) {
  liveness_.on_received(at(59s));
  EXPECT_EQ(liveness_.on_deadline(prng_, at(60s), true).due, Liveness::Due::ping);
  EXPECT_EQ(liveness_.on_deadline(prng_, at(118s), true).due, Liveness::Due::ping);
  EXPECT_EQ(liveness_.on_deadline(prng_, at(119s), true).due, Liveness::Due::idle);
}

TEST_F(LivenessTest, MeasuresLastShortestAndSmoothedRoundTrip) {
  const std::vector<Duration> trips{80ms, 40ms, 120ms, 120ms};
  Duration smoothed = trips[0];
  for (std::size_t i = 0; i < trips.size(); ++i) {
    const Instant now = at(1s * static_cast<int>(i));
    const std::uint64_t nonce = liveness_.probe(prng_, now);
    EXPECT_EQ(liveness_.on_pong(nonce, now + trips[i]), trips[i]);
    if (i > 0) smoothed += (trips[i] - smoothed) / 8;
    EXPECT_EQ(liveness_.round_trip().smoothed, smoothed);
    EXPECT_EQ(liveness_.round_trip().last, trips[i]);
  }
  EXPECT_EQ(liveness_.round_trip().min, 40ms);
  EXPECT_EQ(liveness_.round_trip().samples, 4U);
}

TEST_F(LivenessTest, AnInventedLateOrRepeatedPongChangesNothing) {
  const std::uint64_t first = liveness_.probe(prng_, at(0s));
  EXPECT_FALSE(liveness_.on_pong(first + 1, at(1s)).has_value());
  EXPECT_FALSE(liveness_.on_pong(0, at(1s)).has_value());
  EXPECT_TRUE(liveness_.on_pong(first, at(1s)).has_value());
  EXPECT_FALSE(liveness_.on_pong(first, at(2s)).has_value());
  EXPECT_EQ(counters_.pongs_unknown.value(), 3U);
  EXPECT_EQ(liveness_.round_trip().samples, 1U);
}

TEST_F(LivenessTest, AProbeDoesNotForgetTheRegularPingAndAThirdReplacesTheOldest) {
  const std::uint64_t first = liveness_.probe(prng_, at(0s));
  const std::uint64_t second = liveness_.probe(prng_, at(1s));
  const std::uint64_t third = liveness_.probe(prng_, at(2s));
  EXPECT_EQ(counters_.pings_unanswered.value(), 1U);
  EXPECT_FALSE(liveness_.on_pong(first, at(3s)).has_value());
  EXPECT_EQ(liveness_.on_pong(second, at(3s)), 2s);
  EXPECT_EQ(liveness_.on_pong(third, at(3s)), 1s);
}

TEST_F(LivenessTest, APingGoesUnansweredWhileThePeerDoesNotReadItsPongs) {
  constexpr std::uint64_t kPong = 1024;
  constexpr std::uint64_t kFit = Liveness::kPongsQueuedMax / kPong;
  // Said, and gone at once.
  for (std::uint64_t i = 0; i < 2 * kFit; ++i) EXPECT_TRUE(liveness_.owes_pong(kPong, true));
  for (std::uint64_t i = 1; i < kFit; ++i) EXPECT_TRUE(liveness_.owes_pong(kPong, false));
  EXPECT_FALSE(liveness_.owes_pong(kPong, false));
  EXPECT_EQ(counters_.pongs_withheld.value(), 1U);
  EXPECT_TRUE(liveness_.owes_pong(kPong, true));
  EXPECT_EQ(counters_.pings_received.value(), 3 * kFit + 1);
}

// Against a plain model: a map of waiting pings, and the two limits recomputed.
TEST_F(LivenessTest, AgreesWithAPlainModelOverRandomSteps) {
  Prng dice(3);
  Instant now = at(0s), last_received = now, next_ping = at(15s);
  std::vector<std::pair<Instant, std::uint64_t>> waiting;
  std::uint64_t samples = 0;
  const auto sent = [&](std::uint64_t nonce) {
    if (waiting.size() == Liveness::kOutstandingMax) waiting.erase(waiting.begin());
    waiting.push_back({now, nonce});
  };
  for (int step = 0; step < 100'000; ++step) {
    now = now + Duration(static_cast<std::int64_t>(dice.below(3'000'000'000)));
    switch (dice.below(4)) {
      case 0:
        liveness_.on_received(now);
        last_received = now;
        break;
      case 1: {
        const Liveness::Outcome outcome = liveness_.on_deadline(prng_, now, true);
        if (now - last_received >= 60s) {
          ASSERT_EQ(outcome.due, Liveness::Due::idle);
          liveness_.on_received(now);
          last_received = now;
        } else if (now >= next_ping) {
          ASSERT_EQ(outcome.due, Liveness::Due::ping);
          next_ping = now + 15s;
          sent(outcome.nonce);
        } else {
          ASSERT_EQ(outcome.due, Liveness::Due::nothing);
        }
        break;
      }
      case 2:
        sent(liveness_.probe(prng_, now));
        break;
      default:
        if (waiting.empty()) break;
        const std::size_t picked = dice.below(waiting.size());
        ASSERT_EQ(liveness_.on_pong(waiting[picked].second, now), now - waiting[picked].first);
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(picked));
        ++samples;
    }
    ASSERT_EQ(liveness_.next_deadline(), std::min(next_ping, last_received + 60s));
    ASSERT_EQ(liveness_.round_trip().samples, samples);
  }
}

}  // namespace
}  // namespace ringwire::session
