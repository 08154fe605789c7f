#include "engine/transport/connection_manager.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/session/connection_table.hpp"

namespace ringwire::transport {
namespace {

constexpr Instant at(Duration since_start) {
  return Instant{1'000'000'000} + since_start;
}

Endpoint stranger(std::uint8_t host, std::uint16_t port = 1000) {
  return {IpAddress::v4(198, 51, 100, host), port};
}

constexpr ConnectionLimits kLimits{.connections_max = 32,
                                   .inbound_max = 20,
                                   .outbound_max = 8,
                                   .pending_max = 12,
                                   .pending_per_address_max = 4,
                                   .exempt_loopback = true,
                                   .connect_timeout = 10s,
                                   .handshake_timeout = 5s};
constexpr std::uint32_t kSlots = 64;

class ConnectionManagerTest : public ::testing::Test {
 protected:
  // Accepts into the next free slot; the manager's answer, its pushed-out connection closed as the driver
  // would.
  ConnectionManager::Admission accept(const Endpoint& remote, Instant now) {
    last_ = next_++;
    const ConnectionManager::Admission admission = manager_.on_accepted(last_, remote, now);
    if (admission.pushed_out) manager_.on_closed(*admission.pushed_out);
    return admission;
  }
  void accept_proven(const Endpoint& remote, Instant now) {
    ASSERT_TRUE(accept(remote, now).admitted);
    EXPECT_TRUE(manager_.on_proven(last_, now));
  }

  std::uint32_t next_ = 0;
  std::uint32_t last_ = 0;
  ConnectionManager manager_{kLimits, 1000};
};

TEST_F(ConnectionManagerTest, AStrangerIsPendingUntilProvenAndGoneWhenClosed) {
  ASSERT_TRUE(accept(stranger(1), at(0s)).admitted);
  EXPECT_TRUE(manager_.inbound(0));
  EXPECT_EQ(manager_.pending_count(), 1U);
  EXPECT_EQ(manager_.inbound_count(), 1U);
  EXPECT_EQ(manager_.next_deadline(), at(5s));
  EXPECT_TRUE(manager_.on_proven(0, at(1s)));
  EXPECT_EQ(manager_.pending_count(), 0U);
  EXPECT_EQ(manager_.next_deadline(), kNever);
  EXPECT_EQ(manager_.metrics(0).since, at(0s));
  EXPECT_EQ(manager_.metrics(0).proven, at(1s));
  manager_.on_leaving(0, at(2s));
  EXPECT_EQ(manager_.inbound_count(), 0U);
  EXPECT_EQ(manager_.next_deadline(), at(2s) + session::kLeavingTime);
  manager_.on_leaving(0, at(3s));
  manager_.on_closed(0);
  EXPECT_EQ(manager_.next_deadline(), kNever);
}

TEST_F(ConnectionManagerTest, EachPhaseHasItsDeadlineAndTellsItOnce) {
  manager_.on_dialled(0, at(0s));
  manager_.on_dialled(1, at(0s));
  manager_.on_connected(1, at(1s));
  manager_.on_accepted(2, stranger(1), at(2s));
  manager_.on_accepted(3, stranger(2), at(2s));
  manager_.on_leaving(3, at(3s));
  std::vector<std::pair<Instant, std::uint32_t>> due;
  while (manager_.next_deadline() != kNever) {
    const Instant now = manager_.next_deadline();
    EXPECT_EQ(manager_.due(Instant{now.ns - 1}), std::nullopt);
    while (const auto slot = manager_.due(now)) {
      due.push_back({now, *slot});
      manager_.on_closed(*slot);
    }
  }
  const std::vector<std::pair<Instant, std::uint32_t>> expected{
      {at(5s), 3}, {at(6s), 1}, {at(7s), 2}, {at(10s), 0}};
  EXPECT_EQ(due, expected);
  EXPECT_EQ(manager_.counters().connect_timeouts.value(), 1U);
  EXPECT_EQ(manager_.counters().handshake_timeouts.value(), 2U);
  EXPECT_EQ(manager_.counters().leaving_timeouts.value(), 1U);
}

TEST_F(ConnectionManagerTest, AConnectionOutOfTimeFreesItsPlaceAndIsDueAgainIfItDoesNotClose) {
  accept(stranger(1), at(0s));
  EXPECT_EQ(manager_.due(at(5s)), 0U);
  EXPECT_EQ(manager_.pending_count(), 0U);
  EXPECT_EQ(manager_.inbound_count(), 0U);
  manager_.on_leaving(0, at(5s));
  EXPECT_EQ(manager_.next_deadline(), at(5s) + session::kLeavingTime);
  EXPECT_EQ(manager_.due(at(7s)), 0U);
  EXPECT_EQ(manager_.next_deadline(), kNever);
}

TEST_F(ConnectionManagerTest, ADialThatConnectsLateGetsTheWholeHandshakeTime) {
  manager_.on_dialled(0, at(0s));
  manager_.on_connected(0, at(9s));
  EXPECT_EQ(manager_.next_deadline(), at(14s));
}

TEST_F(ConnectionManagerTest, InboundNeverTakesThePlacesOfDials) {
  for (std::uint8_t i = 0; i < 20; ++i) accept_proven(stranger(i), at(0s));
  EXPECT_FALSE(accept(stranger(99), at(1s)).admitted);
  EXPECT_EQ(manager_.counters().refused_full.value(), 1U);
  for (std::uint32_t i = 0; i < 8; ++i) {
    ASSERT_TRUE(manager_.may_dial());
    manager_.on_dialled(100 + i, at(1s));
  }
  EXPECT_FALSE(manager_.may_dial());
  manager_.on_closed(100);
  EXPECT_TRUE(manager_.may_dial());
}

TEST_F(ConnectionManagerTest, TrustedPeersHavePlacesBesideThoseOfStrangers) {
  ConnectionLimits limits = kLimits;
  limits.trusted_places = 3;
  ConnectionManager manager(limits, kSlots);
  std::uint32_t slot = 0;
  const auto prove = [&](bool trusted) {
    if (!manager.on_accepted(slot, stranger(static_cast<std::uint8_t>(slot)), at(0s)).admitted) return false;
    if (manager.on_proven(slot++, at(0s), trusted)) return true;
    manager.on_leaving(slot - 1, at(0s));
    return false;
  };
  EXPECT_TRUE(prove(true));  // none of the strangers' places
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(prove(false));
  EXPECT_FALSE(prove(false));
  EXPECT_EQ(manager.counters().refused_proven.value(), 1U);
  EXPECT_TRUE(prove(true));
  EXPECT_TRUE(prove(true));
  EXPECT_EQ(manager.inbound_count(), 23U);
  // Now nobody could be anything but refused.
  EXPECT_EQ(manager.counters().refused_full.value(), 0U);
  EXPECT_FALSE(prove(true));
  EXPECT_EQ(manager.counters().refused_full.value(), 1U);

  // A place that is left is a place of its own kind.
  manager.on_closed(0);
  EXPECT_FALSE(prove(false));
  EXPECT_EQ(manager.counters().refused_proven.value(), 2U);
  EXPECT_TRUE(prove(true));
  manager.on_leaving(5, at(1s));
  manager.on_closed(5);
  EXPECT_TRUE(prove(false));
  EXPECT_EQ(manager.inbound_count(), 23U);
  // Dials are not counted here.
  manager.on_dialled(60, at(1s));
  manager.on_connected(60, at(1s));
  EXPECT_TRUE(manager.on_proven(60, at(1s)));
}

TEST_F(ConnectionManagerTest, WhoComesFromATrustedAddressMakesNoRoomForOthers) {
  const Endpoint home = stranger(100);
  const auto accept_from_home = [&] { return manager_.on_accepted(next_++, home, at(0s), true); };
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(accept_from_home().admitted);
  EXPECT_EQ(accept_from_home().pushed_out, 0U);  // its own oldest
  manager_.on_closed(0);
  for (std::uint8_t host = 0; host < 8; ++host) EXPECT_FALSE(accept(stranger(host), at(0s)).pushed_out);
  ASSERT_EQ(manager_.pending_count(), kLimits.pending_max);
  // It holds most, and the others lose theirs.
  for (std::uint8_t host = 8; host < 50; ++host) {
    const auto admission = accept(stranger(host), at(1s));
    ASSERT_TRUE(admission.pushed_out);
    EXPECT_GT(*admission.pushed_out, 4U);
  }
}

TEST_F(ConnectionManagerTest, ATrustedAddressThatFloodsUsIsOneAmongOthers) {
  const Endpoint local{IpAddress::v4(127, 0, 0, 1), 1};  // exempt from the share of an address
  for (std::uint32_t i = 0; i < kLimits.pending_max; ++i)
    EXPECT_TRUE(manager_.on_accepted(next_++, local, at(0s), true).admitted);
  for (std::uint32_t i = 0; i < 8; ++i)
    EXPECT_EQ(accept(stranger(static_cast<std::uint8_t>(i)), at(0s)).pushed_out, i);
  EXPECT_EQ(accept(stranger(99), at(0s)).pushed_out, 12U);  // not one of its last four
}

TEST_F(ConnectionManagerTest, WhereInAndOutDoNotFitTogetherOutboundKeepsItsShare) {
  ConnectionLimits limits = kLimits;
  limits.connections_max = 10;
  ConnectionManager manager(limits, kSlots);
  for (std::uint32_t i = 0; i < 2; ++i) {
    ASSERT_TRUE(manager.on_accepted(i, stranger(static_cast<std::uint8_t>(i)), at(0s)).admitted);
    EXPECT_TRUE(manager.on_proven(i, at(0s)));
  }
  EXPECT_FALSE(manager.on_accepted(2, stranger(2), at(0s)).admitted);
  for (std::uint32_t i = 10; i < 18; ++i) {
    ASSERT_TRUE(manager.may_dial());
    manager.on_dialled(i, at(0s));
  }
  EXPECT_FALSE(manager.may_dial());
}

TEST_F(ConnectionManagerTest, AnAddressOverItsShareLosesItsOldest) {
  for (std::uint16_t i = 0; i < 4; ++i) EXPECT_FALSE(accept(stranger(1, i), at(0s)).pushed_out.has_value());
  ASSERT_TRUE(accept(stranger(2), at(0s)).admitted);
  const auto admission = accept(stranger(1, 4), at(1s));
  EXPECT_TRUE(admission.admitted);
  EXPECT_EQ(admission.pushed_out, 0U);
  EXPECT_EQ(accept(stranger(1, 5), at(1s)).pushed_out, 1U);
  EXPECT_EQ(manager_.pending_count(), 5U);
  EXPECT_EQ(manager_.counters().pushed_out_share.value(), 2U);
}

TEST_F(ConnectionManagerTest, AProvenConnectionDoesNotCountAgainstTheShareOfItsAddress) {
  for (std::uint16_t i = 0; i < 20; ++i) accept_proven(stranger(1, i), at(0s));
  EXPECT_EQ(manager_.counters().pushed_out_share.value(), 0U);
}

TEST_F(ConnectionManagerTest, AWholeIpv6NetworkIsOneAddress) {
  std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
  for (std::uint8_t host = 0; host < 4; ++host) {
    bytes[15] = host;
    EXPECT_FALSE(accept({IpAddress::v6(bytes), 1}, at(0s)).pushed_out.has_value());
  }
  bytes[7] = 1;
  EXPECT_FALSE(accept({IpAddress::v6(bytes), 1}, at(0s)).pushed_out.has_value());
  bytes[7] = 0;
  bytes[8] = 0xff;
  EXPECT_EQ(accept({IpAddress::v6(bytes), 1}, at(0s)).pushed_out, 0U);
}

TEST_F(ConnectionManagerTest, LoopbackHasNoShareUnlessToldSoButIsPushedOutLikeOthers) {
  const Endpoint local{IpAddress::v4(127, 0, 0, 1), 1};
  for (std::uint32_t i = 0; i < kLimits.pending_max; ++i) {
    EXPECT_FALSE(accept(local, at(0s)).pushed_out.has_value());
  }
  EXPECT_EQ(accept(stranger(1), at(0s)).pushed_out, 0U);
  ConnectionLimits strict = kLimits;
  strict.exempt_loopback = false;
  ConnectionManager manager(strict, kSlots);
  for (std::uint32_t i = 0; i < 4; ++i) manager.on_accepted(i, local, at(0s));
  EXPECT_EQ(manager.on_accepted(4, local, at(0s)).pushed_out, 0U);
}

TEST_F(ConnectionManagerTest, WhenFullTheAddressThatHoldsMostLosesItsOldest) {
  for (std::uint8_t host = 1; host <= 4; ++host) {
    for (std::uint16_t i = 0; i < (host == 3 ? 4 : 2); ++i) accept(stranger(host, i), at(0s));
  }
  accept(stranger(5), at(0s));
  accept(stranger(6), at(0s));
  ASSERT_EQ(manager_.pending_count(), kLimits.pending_max);
  EXPECT_EQ(accept(stranger(7), at(1s)).pushed_out, 4U);
  EXPECT_EQ(accept(stranger(8), at(1s)).pushed_out, 5U);
  // Now all hold two at most: the oldest of those.
  EXPECT_EQ(accept(stranger(9), at(1s)).pushed_out, 0U);
  EXPECT_EQ(manager_.counters().pushed_out_full.value(), 3U);
}

// An attacker opens connections from a few addresses as fast as it likes and proves nothing. An honest peer
// needs 200 ms to prove itself and comes once a second.
TEST_F(ConnectionManagerTest, HalfOpenStrangersDoNotLockAnHonestPeerOut) {
  ConnectionManager manager(kLimits, 1000);
  std::deque<std::uint32_t> free;
  for (std::uint32_t i = 0; i < 1000; ++i) free.push_back(i);
  const auto take = [&](const Endpoint& remote, Instant now) {
    const std::uint32_t slot = free.front();
    const auto admission = manager.on_accepted(slot, remote, now);
    if (admission.pushed_out) {
      manager.on_closed(*admission.pushed_out);
      free.push_back(*admission.pushed_out);
    }
    if (!admission.admitted) return UINT32_MAX;
    free.pop_front();
    return slot;
  };
  std::set<std::uint32_t> lost;
  Prng prng(1);
  int honest = 0;
  for (int second = 0; second < 100; ++second) {
    const std::uint32_t slot = take(stranger(200), at(1s * second));
    ASSERT_NE(slot, UINT32_MAX);
    for (int i = 0; i < 2000; ++i) {
      const Instant now = at(1s * second + 500us * i);
      while (const auto due = manager.due(now)) {
        ASSERT_NE(*due, slot);
        manager.on_closed(*due);
        free.push_back(*due);
      }
      if (i == 400) {
        EXPECT_TRUE(manager.on_proven(slot, now));
        ++honest;
      }
      const std::size_t before = free.size();
      take(stranger(static_cast<std::uint8_t>(prng.below(6))), now);
      ASSERT_LE(free.size(), before);
      ASSERT_LE(manager.pending_count(), kLimits.pending_max);
    }
    manager.on_closed(slot);
    free.push_back(slot);
  }
  EXPECT_EQ(honest, 100);
}

TEST(ConnectionLimits, TheSharesOfAllShardsAddUpToTheWhole) {
  for (std::uint32_t shards = 1; shards <= 64; ++shards) {
    ConnectionLimits sum{.connections_max = 0, .inbound_max = 0, .outbound_max = 0, .pending_max = 0};
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      const ConnectionLimits share = share_of(kLimits, shards, shard);
      sum.connections_max += share.connections_max;
      sum.inbound_max += share.inbound_max;
      sum.outbound_max += share.outbound_max;
      sum.pending_max += share.pending_max;
      EXPECT_EQ(share.pending_per_address_max, kLimits.pending_per_address_max);
    }
    EXPECT_EQ(sum.connections_max, kLimits.connections_max);
    EXPECT_EQ(sum.inbound_max, kLimits.inbound_max);
    EXPECT_EQ(sum.outbound_max, kLimits.outbound_max);
    EXPECT_EQ(sum.pending_max, kLimits.pending_max);
  }
}

// Random lives of connections against a plain list of what is there.
TEST_F(ConnectionManagerTest, AgreesWithAPlainModelOverRandomSteps) {
  enum class Phase { dialling, pending, proven, leaving };
  struct Plain {
    bool is_inbound = false;
    Phase phase = Phase::dialling;
    Instant deadline = kNever;
    std::uint8_t host = 0;
    std::uint64_t order = 0;
  };
  ConnectionManager manager(kLimits, kSlots);
  std::map<std::uint32_t, Plain> model;
  Prng prng(2);
  Instant now = at(0s);
  std::uint64_t order = 0;
  const auto count = [&](auto&& wanted) {
    return static_cast<std::uint32_t>(
        std::count_if(model.begin(), model.end(), [&](const auto& entry) { return wanted(entry.second); }));
  };
  const auto is_pending = [](const Plain& p) { return p.is_inbound && p.phase == Phase::pending; };
  const auto live = [](bool inbound) {
    return [=](const Plain& p) { return p.is_inbound == inbound && p.phase != Phase::leaving; };
  };
  const auto leave = [&](std::uint32_t slot) {
    model.at(slot).phase = Phase::leaving;
    model.at(slot).deadline = now + session::kLeavingTime;
  };
  // The oldest pending one of the address that holds most of them, or of `host`.
  const auto victim = [&](std::optional<std::uint8_t> host) -> std::optional<std::uint32_t> {
    std::map<std::uint8_t, int> held;
    for (const auto& [slot, plain] : model) held[plain.host] += is_pending(plain) ? 1 : 0;
    std::optional<std::uint32_t> found;
    for (const auto& [slot, plain] : model) {
      if (!is_pending(plain) || (host && plain.host != *host)) continue;
      if (!found) found = slot;
      const Plain& best = model.at(*found);
      const auto rank = [&](const Plain& p) { return std::pair(-held[p.host], p.order); };
      if (rank(plain) < rank(best)) found = slot;
    }
    return found;
  };
  for (int step = 0; step < 100'000; ++step) {
    now = now + Duration(static_cast<std::int64_t>(prng.below(60'000'000)));
    while (const auto slot = manager.due(now)) {
      ASSERT_LE(model.at(*slot).deadline, now);
      const bool was_leaving = model.at(*slot).phase == Phase::leaving;
      leave(*slot);
      if (was_leaving) model.at(*slot).deadline = kNever;
    }
    for (const auto& [slot, plain] : model) ASSERT_GT(plain.deadline, now);
    const auto slot = static_cast<std::uint32_t>(prng.below(kSlots));
    const auto found = model.find(slot);
    if (found == model.end() && prng.below(3) != 0) {
      const auto host = static_cast<std::uint8_t>(prng.below(prng.below(2) == 0 ? 2 : 12));
      const bool over_share = count([&](const Plain& p) { return is_pending(p) && p.host == host; }) >= 4;
      const bool full = count(live(true)) >= 20 || count(is_pending) >= 12;
      std::optional<std::uint32_t> pushed_out;
      if (over_share) pushed_out = victim(host);
      if (!over_share && full) pushed_out = victim(std::nullopt);
      const auto admission = manager.on_accepted(slot, stranger(host), now);
      ASSERT_EQ(admission.pushed_out, pushed_out);
      ASSERT_EQ(admission.admitted, pushed_out.has_value() || !full);
      if (pushed_out) leave(*pushed_out);
      if (admission.admitted) model[slot] = {true, Phase::pending, now + 5s, host, order++};
    } else if (found == model.end()) {
      ASSERT_EQ(manager.may_dial(), count(live(false)) < 8);
      if (!manager.may_dial()) continue;
      manager.on_dialled(slot, now);
      model[slot] = {false, Phase::dialling, now + 10s, 0, order++};
    } else {
      Plain& plain = found->second;
      const auto choice = prng.below(4);
      if (choice == 0) {
        manager.on_closed(slot);
        model.erase(found);
      } else if (choice == 1) {
        const bool already = plain.phase == Phase::leaving;
        manager.on_leaving(slot, now);
        if (!already) leave(slot);
      } else if (plain.phase == Phase::dialling) {
        manager.on_connected(slot, now);
        plain.phase = Phase::pending;
        plain.deadline = now + 5s;
      } else if (plain.phase == Phase::pending) {
        EXPECT_TRUE(manager.on_proven(slot, now));
        plain.phase = Phase::proven;
        plain.deadline = kNever;
      }
    }
    ASSERT_EQ(manager.pending_count(), count(is_pending));
    ASSERT_EQ(manager.inbound_count(), count(live(true)));
    ASSERT_EQ(manager.outbound_count(), count(live(false)));
    Instant earliest = kNever;
    for (const auto& [each, plain] : model) earliest = std::min(earliest, plain.deadline);
    ASSERT_EQ(manager.next_deadline(), earliest);
  }
  EXPECT_GT(manager.counters().pushed_out_full.value(), 100U);
  EXPECT_GT(manager.counters().pushed_out_share.value(), 100U);
}

}  // namespace
}  // namespace ringwire::transport
