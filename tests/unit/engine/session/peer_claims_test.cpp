#include "engine/session/peer_claims.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::session {
namespace {

constexpr Instant at(Duration since_start) {
  return Instant{1'000'000'000} + since_start;
}

NodeId node(std::uint8_t number) {
  NodeId id;
  id.bytes[31] = number;
  return id;
}

ConnectionRef connection(std::uint32_t number) {
  return {static_cast<ShardId>(number % 3), number, number / 7};
}

using Notices = std::vector<ClaimNotice>;

std::vector<std::pair<std::uint32_t, ClaimVerdict>> told(const Notices& notices) {
  std::vector<std::pair<std::uint32_t, ClaimVerdict>> result;
  for (const ClaimNotice& notice : notices) result.push_back({notice.to.slot, notice.verdict});
  return result;
}

using Told = std::vector<std::pair<std::uint32_t, ClaimVerdict>>;

// We are node 5: against node 9 our dial wins, against node 2 theirs does.
class PeerClaimsTest : public ::testing::Test {
 protected:
  Told claim(std::uint8_t peer, std::uint32_t number, Dialler dialler, Instant now) {
    Notices out;
    claims_.claim(node(peer), connection(number), dialler, now, out);
    return told(out);
  }
  Told release(std::uint8_t peer, std::uint32_t number, Instant now) {
    Notices out;
    claims_.release(node(peer), connection(number), now, out);
    return told(out);
  }
  Told probe_answered(std::uint8_t peer, std::uint32_t number) {
    Notices out;
    claims_.on_probe_answered(node(peer), connection(number), out);
    return told(out);
  }
  Told deadline(Instant now) {
    Notices out;
    claims_.on_deadline(now, out);
    return told(out);
  }

  PeerClaims claims_{node(5), 3};
};

TEST_F(PeerClaimsTest, TheFirstConnectionOfANodeIsGranted) {
  EXPECT_EQ(claim(9, 1, Dialler::us, at(0s)), (Told{{1, ClaimVerdict::granted}}));
  EXPECT_EQ(claims_.holder(node(9)), connection(1));
  EXPECT_EQ(claims_.holder(node(8)), std::nullopt);
  EXPECT_EQ(release(9, 1, at(1s)), Told{});
  EXPECT_EQ(claims_.size(), 0U);
}

TEST_F(PeerClaimsTest, OfTwoSimultaneousDialsTheSmallerIdsSurvivesInEitherOrder) {
  EXPECT_EQ(claim(9, 1, Dialler::us, at(0s)), (Told{{1, ClaimVerdict::granted}}));
  EXPECT_EQ(claim(9, 2, Dialler::them, at(10s)), (Told{{2, ClaimVerdict::denied_duplicate}}));
  EXPECT_EQ(claim(2, 3, Dialler::us, at(0s)), (Told{{3, ClaimVerdict::granted}}));
  EXPECT_EQ(claim(2, 4, Dialler::them, at(10s)),
            (Told{{3, ClaimVerdict::revoked}, {4, ClaimVerdict::granted}}));
  EXPECT_EQ(claims_.holder(node(9)), connection(1));
  EXPECT_EQ(claims_.holder(node(2)), connection(4));
  EXPECT_EQ(claims_.counters().revoked_simultaneous.value(), 1U);
}

TEST_F(PeerClaimsTest, ASettledSessionThatAnswersItsPingStays) {
  claim(2, 1, Dialler::us, at(0s));
  EXPECT_EQ(claim(2, 2, Dialler::them, at(10s) + 1ns), (Told{{1, ClaimVerdict::probe}}));
  EXPECT_EQ(claims_.next_deadline(), at(12s) + 1ns);
  EXPECT_EQ(probe_answered(2, 1), (Told{{2, ClaimVerdict::denied_duplicate}}));
  EXPECT_EQ(claims_.next_deadline(), kNever);
  EXPECT_EQ(deadline(at(100s)), Told{});
  EXPECT_EQ(claims_.holder(node(2)), connection(1));
}

TEST_F(PeerClaimsTest, ASettledSessionThatFailsItsPingYieldsAfterTwoSeconds) {
  claim(2, 1, Dialler::us, at(0s));
  claim(2, 2, Dialler::them, at(20s));
  EXPECT_EQ(deadline(at(22s - 1ns)), Told{});
  EXPECT_EQ(deadline(at(22s)), (Told{{1, ClaimVerdict::revoked}, {2, ClaimVerdict::granted}}));
  EXPECT_EQ(claims_.counters().revoked_unresponsive.value(), 1U);
  EXPECT_EQ(probe_answered(2, 1), Told{});
  EXPECT_EQ(claims_.holder(node(2)), connection(2));
}

TEST_F(PeerClaimsTest, APeerThatRestartedAtOnceGetsInAgain) {
  claim(9, 1, Dialler::them, at(0s));
  EXPECT_EQ(claim(9, 2, Dialler::them, at(3s)), (Told{{1, ClaimVerdict::probe}}));
  EXPECT_EQ(deadline(at(5s)), (Told{{1, ClaimVerdict::revoked}, {2, ClaimVerdict::granted}}));
}

TEST_F(PeerClaimsTest, DiallingAgainDoesNotThrowOutAHealthySession) {
  claim(9, 1, Dialler::them, at(0s));
  for (std::uint32_t i = 2; i < 100; ++i) {
    EXPECT_EQ(claim(9, i, Dialler::them, at(1s * static_cast<int>(i))), (Told{{1, ClaimVerdict::probe}}));
    EXPECT_EQ(probe_answered(9, 1), (Told{{i, ClaimVerdict::denied_duplicate}}));
  }
  EXPECT_EQ(claims_.holder(node(9)), connection(1));
}

TEST_F(PeerClaimsTest, OfTwoChallengersDialledFromDifferentEndsTheSmallerIdsStays) {
  claim(9, 1, Dialler::them, at(0s));
  claim(9, 2, Dialler::them, at(20s));
  EXPECT_EQ(claim(9, 3, Dialler::us, at(21s)), (Told{{2, ClaimVerdict::denied_duplicate}}));
  EXPECT_EQ(claim(9, 4, Dialler::them, at(21s)), (Told{{4, ClaimVerdict::denied_duplicate}}));
  EXPECT_EQ(claim(9, 5, Dialler::us, at(21s)), (Told{{5, ClaimVerdict::denied_duplicate}}));
  EXPECT_EQ(deadline(at(22s)), (Told{{1, ClaimVerdict::revoked}, {3, ClaimVerdict::granted}}));
}

TEST_F(PeerClaimsTest, AWinningSimultaneousDialAlsoDeniesAChallengerThatWaits) {
  claim(9, 1, Dialler::them, at(0s));
  EXPECT_EQ(claim(9, 2, Dialler::them, at(1s)), (Told{{1, ClaimVerdict::probe}}));
  EXPECT_EQ(
      claim(9, 3, Dialler::us, at(2s)),
      (Told{{1, ClaimVerdict::revoked}, {2, ClaimVerdict::denied_duplicate}, {3, ClaimVerdict::granted}}));
  EXPECT_EQ(claims_.next_deadline(), kNever);
}

TEST_F(PeerClaimsTest, AChallengerThatLeavesEndsTheProbe) {
  claim(9, 1, Dialler::us, at(0s));
  claim(9, 2, Dialler::us, at(20s));
  EXPECT_EQ(release(9, 2, at(21s)), Told{});
  EXPECT_EQ(deadline(at(30s)), Told{});
  EXPECT_EQ(claims_.holder(node(9)), connection(1));
}

TEST_F(PeerClaimsTest, AHolderThatLeavesMakesWayForTheChallengerAtOnce) {
  claim(9, 1, Dialler::us, at(0s));
  claim(9, 2, Dialler::us, at(20s));
  EXPECT_EQ(release(9, 1, at(21s)), (Told{{2, ClaimVerdict::granted}}));
  EXPECT_EQ(claims_.next_deadline(), kNever);
  EXPECT_EQ(release(9, 2, at(22s)), Told{});
  EXPECT_EQ(claims_.size(), 0U);
}

TEST_F(PeerClaimsTest, TheReleaseOfAnEarlierConnectionInTheSameSlotIsStale) {
  claim(9, 1, Dialler::us, at(0s));
  Notices out;
  claims_.release(node(9), {1, 1, 77}, at(1s), out);
  claims_.release(node(8), connection(1), at(1s), out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(claims_.holder(node(9)), connection(1));
  EXPECT_EQ(claims_.counters().stale_releases.value(), 2U);
}

TEST_F(PeerClaimsTest, AFullTableDeniesAndSaysWhy) {
  for (std::uint8_t i = 6; i < 9; ++i) claim(i, i, Dialler::them, at(0s));
  EXPECT_EQ(claim(9, 9, Dialler::them, at(0s)), (Told{{9, ClaimVerdict::denied_full}}));
  EXPECT_EQ(claims_.size(), 3U);
  EXPECT_EQ(PeerClaims::footprint(3).front().count, 3U);
  release(6, 6, at(1s));
  EXPECT_EQ(claim(9, 9, Dialler::them, at(1s)), (Told{{9, ClaimVerdict::granted}}));
}

// Two nodes and the connections between them; each end has its own table and learns of things with its own
// delays.
class TwoEnds {
 public:
  TwoEnds(Prng& prng, const NodeId& a, const NodeId& b) : prng_(prng), ends_{{{a, b}, {b, a}}} {}

  // The identity proofs of connection `number` end at each end up to `spread` after `start`.
  void dial(std::uint32_t number, std::size_t dialling_end, Instant start, Duration spread) {
    for (std::size_t end = 0; end < 2; ++end) {
      const Dialler dialler = end == dialling_end ? Dialler::us : Dialler::them;
      later(start + random(spread), [=, this](Instant now) {
        if (ends_[end].closed.contains(number)) return;
        Notices out;
        ends_[end].claimed.insert(number);
        ends_[end].claims.claim(ends_[end].peer, connection(number), dialler, now, out);
        obey(end, out, now);
      });
    }
  }

  // Runs everything; returns when the last verdict was given.
  Instant run() {
    Instant last{};
    while (!events_.empty()) {
      const Instant now = events_.begin()->first.first;
      const auto event = events_.begin()->second;
      events_.erase(events_.begin());
      event(now);
      last = now;
    }
    return last;
  }

  std::optional<ConnectionRef> holder(std::size_t end) const {
    return ends_[end].claims.holder(ends_[end].peer);
  }
  bool open(std::size_t end, std::uint32_t number) const { return !ends_[end].closed.contains(number); }

 private:
  struct End {
    End(const NodeId& self, const NodeId& other) : peer(other), claims(self, 10) {}
    NodeId peer;
    PeerClaims claims;
    std::set<std::uint32_t> claimed;
    std::set<std::uint32_t> closed;
  };

  Duration random(Duration spread) {
    return Duration(static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(spread.count()))));
  }
  void later(Instant when, std::function<void(Instant)> what) {
    events_[{when, next_event_++}] = std::move(what);
  }

  void obey(std::size_t end, const Notices& notices, Instant now) {
    for (const ClaimNotice& notice : notices) {
      const std::uint32_t number = notice.to.slot;
      if (notice.verdict == ClaimVerdict::granted) continue;
      if (notice.verdict == ClaimVerdict::probe) {
        // The peer answers if the connection still lives at its end.
        if (ends_[1 - end].closed.contains(number)) continue;
        later(now + random(500ms), [=, this](Instant then) {
          Notices out;
          ends_[end].claims.on_probe_answered(ends_[end].peer, connection(number), out);
          obey(end, out, then);
        });
        continue;
      }
      close(end, number);
      later(now + random(500ms), [=, this](Instant then) { on_peer_closed(1 - end, number, then); });
    }
    const Instant deadline = ends_[end].claims.next_deadline();
    if (deadline == kNever) return;
    later(deadline, [=, this](Instant then) {
      Notices out;
      ends_[end].claims.on_deadline(then, out);
      obey(end, out, then);
    });
  }

  void close(std::size_t end, std::uint32_t number) { ends_[end].closed.insert(number); }

  void on_peer_closed(std::size_t end, std::uint32_t number, Instant now) {
    if (ends_[end].closed.contains(number)) return;
    close(end, number);
    if (!ends_[end].claimed.contains(number)) return;
    Notices out;
    ends_[end].claims.release(ends_[end].peer, connection(number), now, out);
    obey(end, out, now);
  }

  Prng& prng_;
  std::array<End, 2> ends_;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void(Instant)>> events_;
  std::uint64_t next_event_ = 0;
};

NodeId random_node(Prng& prng) {
  NodeId id;
  prng.fill(id.span());
  return id;
}

TEST(PeerClaims, TenThousandSimultaneousDialsLeaveTheSameSingleSurvivorOnBothEnds) {
  Prng prng(11);
  for (int round = 0; round < 10'000; ++round) {
    const NodeId a = random_node(prng), b = random_node(prng);
    TwoEnds ends(prng, a, b);
    ends.dial(0, 0, at(0s), 1500ms);
    ends.dial(1, 1, at(0s), 1500ms);
    const Instant settled = ends.run();
    const std::uint32_t survivor = a < b ? 0 : 1;
    for (std::size_t end = 0; end < 2; ++end) {
      ASSERT_EQ(ends.holder(end), connection(survivor)) << round;
      ASSERT_TRUE(ends.open(end, survivor));
      ASSERT_FALSE(ends.open(end, 1 - survivor));
    }
    ASSERT_LE(settled, at(2s));
  }
}

TEST(PeerClaims, BothEndsDialAnewAfterAPartitionAndAgreeAgain) {
  Prng prng(12);
  for (int round = 0; round < 2'000; ++round) {
    const NodeId a = random_node(prng), b = random_node(prng);
    TwoEnds ends(prng, a, b);
    ends.dial(0, round % 2, at(0s), 1s);
    ends.dial(2, 0, at(60s), 1s);
    ends.dial(3, 1, at(60s), 1s);
    ends.run();
    // The old session still answers at both ends, so it stays and the new ones go.
    for (std::size_t end = 0; end < 2; ++end) ASSERT_EQ(ends.holder(end), connection(0)) << round;
  }
}

// Random steps of many nodes; what everybody was told must add up.
TEST(PeerClaims, EveryClaimGetsOneVerdictAndEveryNodeHasOneHolder) {
  enum class Seen { waiting, granted, over };
  struct Claimant {
    std::uint8_t peer = 0;
    Seen seen = Seen::waiting;
    Instant since;
  };
  Prng prng(13);
  PeerClaims claims(node(5), 6);
  std::map<std::uint32_t, Claimant> claimants;
  Instant now = at(0s);
  std::uint32_t next = 0;
  const auto note = [&](const Notices& notices) {
    for (const ClaimNotice& notice : notices) {
      Claimant& claimant = claimants.at(notice.to.slot);
      ASSERT_EQ(notice.node, node(claimant.peer));
      switch (notice.verdict) {
        case ClaimVerdict::granted:
          ASSERT_EQ(claimant.seen, Seen::waiting);
          claimant.seen = Seen::granted;
          break;
        case ClaimVerdict::denied_duplicate:
        case ClaimVerdict::denied_full:
          ASSERT_EQ(claimant.seen, Seen::waiting);
          claimant.seen = Seen::over;
          break;
        case ClaimVerdict::revoked:
          ASSERT_EQ(claimant.seen, Seen::granted);
          claimant.seen = Seen::over;
          break;
        case ClaimVerdict::probe:
          ASSERT_EQ(claimant.seen, Seen::granted);
          break;
      }
    }
  };
  for (int step = 0; step < 200'000; ++step) {
    now = now + Duration(static_cast<std::int64_t>(prng.below(1'500'000'000)));
    Notices out;
    claims.on_deadline(now, out);
    note(out);
    out.clear();
    if (prng.below(2) == 0) {
      auto peer = static_cast<std::uint8_t>(prng.below(9));
      if (peer == 5) peer = 9;
      claimants[next] = {peer, Seen::waiting, now};
      claims.claim(node(peer), connection(next), prng.below(2) == 0 ? Dialler::us : Dialler::them, now, out);
      ++next;
    } else if (!claimants.empty()) {
      auto picked = claimants.begin();
      std::advance(picked, prng.below(claimants.size()));
      const auto [number, claimant] = *picked;
      if (prng.below(2) == 0) {
        claims.on_probe_answered(node(claimant.peer), connection(number), out);
      } else {
        claimants.at(number).seen = Seen::over;
        claims.release(node(claimant.peer), connection(number), now, out);
      }
    }
    note(out);
    std::map<std::uint8_t, std::uint32_t> holders;
    for (const auto& [number, claimant] : claimants) {
      if (claimant.seen == Seen::granted) {
        ASSERT_TRUE(holders.emplace(claimant.peer, number).second);
        ASSERT_EQ(claims.holder(node(claimant.peer)), connection(number));
      }
      ASSERT_TRUE(claimant.seen != Seen::waiting || now - claimant.since < PeerClaims::kProbeTime);
    }
    ASSERT_EQ(holders.size(), claims.size());
    std::erase_if(claimants, [](const auto& entry) { return entry.second.seen == Seen::over; });
  }
  EXPECT_GT(claims.counters().revoked_unresponsive.value(), 100U);
  EXPECT_GT(claims.counters().revoked_simultaneous.value(), 100U);
  EXPECT_GT(claims.counters().denied_full.value(), 100U);
}

}  // namespace
}  // namespace ringwire::session
