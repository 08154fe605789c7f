#include "engine/security/ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::security {
namespace {

NodeId node(std::uint32_t number) {
  NodeId id;
  store_be<std::uint32_t>(id.bytes.data(), number);
  return id;
}
IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}
// The wall clock is elsewhere: it labels and decides nothing.
Now at(Duration since_start) {
  return {Instant{1} + since_start, UnixMillis{1'700'000'000'000}};
}

Ledger::Options small(std::uint32_t subjects_max) {
  Ledger::Options options;
  options.subjects_max = subjects_max;
  return options;
}

TEST(Ledger, EndsAConnectionThenBansAsOffencesAddUp) {
  Ledger ledger({});
  EXPECT_EQ(ledger.charge(node(1), Reason::invalid_transaction, at(0s)).decision, Decision::none);
  EXPECT_EQ(ledger.charge(node(1), Reason::invalid_transaction, at(1s)).decision, Decision::disconnect);
  EXPECT_EQ(ledger.charge(node(1), Reason::invalid_transaction, at(2s)).decision, Decision::disconnect);
  const Verdict banned = ledger.charge(node(1), Reason::invalid_transaction, at(3s));
  EXPECT_EQ(banned.decision, Decision::ban);
  EXPECT_EQ(banned.until, at(3s).monotonic + kBanShortest);
  EXPECT_EQ(banned.count, 1U);
  EXPECT_EQ(ledger.counters().bans.value(), 1U);
  EXPECT_EQ(ledger.counters().disconnects.value(), 2U);
}

TEST(Ledger, ForgetsOffencesThatAreFarApart) {
  Ledger ledger({});
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(ledger.charge(node(1), Reason::invalid_transaction, at(i * 1h)).decision, Decision::none);
}

TEST(Ledger, BansAtOnceWhatNobodyDoesByAccident) {
  Ledger ledger({});
  for (int i = 0; i < 2'000; ++i) ledger.charge(node(1), Reason::useful_answer, at(0s));
  EXPECT_EQ(ledger.charge(node(1), Reason::invalid_block, at(1s)).decision, Decision::ban);
}

TEST(Ledger, DoublesEachBanUpToTheLongestAndForgivesWithTime) {
  Ledger ledger({});
  Duration now = 0s;
  Duration expected = kBanShortest;
  for (int ban = 0; ban < 20; ++ban) {
    const Verdict verdict = ledger.charge(node(1), Reason::invalid_block, at(now));
    ASSERT_EQ(verdict.decision, Decision::ban);
    EXPECT_EQ(verdict.until, at(now).monotonic + expected);
    now += expected + 1s;
    expected = std::min(2 * expected, kBanLongest);
  }
  EXPECT_EQ(expected, kBanLongest);
  // Twenty bans are twenty times kForgiveTime.
  const std::uint8_t bans = ledger.why(subject_of(node(1)), at(now).monotonic)->bans;
  EXPECT_EQ(bans, 20U);
  now += 18 * kForgiveTime;
  EXPECT_EQ(ledger.charge(node(1), Reason::invalid_block, at(now)).until,
            at(now).monotonic + 4 * kBanShortest);
  now += 1000h;
  EXPECT_EQ(ledger.charge(node(1), Reason::invalid_block, at(now)).until, at(now).monotonic + kBanShortest);
}

TEST(Ledger, NeitherLengthensABanNorForgetsScoreWhileItLasts) {
  Ledger ledger({});
  const Verdict banned = ledger.charge(node(1), Reason::invalid_block, at(0s));
  for (int i = 1; i < 50; ++i) EXPECT_EQ(ledger.charge(node(1), Reason::invalid_block, at(i * 1s)), banned);
  const Instant end = banned.until;
  EXPECT_EQ(ledger.why(subject_of(node(1)), end)->score, kAfterBan);
  EXPECT_FALSE(ledger.why(subject_of(node(1)), end)->banned_until);
  EXPECT_TRUE(ledger.why(subject_of(node(1)), Instant{end.ns - 1})->banned_until);
  // It is let in again, on probation.
  EXPECT_EQ(ledger.charge(node(1), Reason::bad_frame, {end, {}}).decision, Decision::ban);
}

TEST(Ledger, KeepsTheScoreOfWhoLeavesAndComesBack) {
  Ledger ledger({});
  ledger.charge(node(1), Reason::rejected_message, at(0s));
  ledger.charge(node(1), Reason::rejected_message, at(1s));
  // Nothing tells the ledger about connections at all: the identity has the score.
  EXPECT_EQ(ledger.charge(node(1), Reason::rejected_message, at(2s)).decision, Decision::ban);
}

TEST(Ledger, LetsGoodConductBuyLittle) {
  Ledger ledger({});
  for (int i = 0; i < 1'000'000; ++i) ledger.charge(node(1), Reason::useful_answer, at(0s));
  EXPECT_EQ(ledger.why(subject_of(node(1)), at(0s).monotonic)->score, kBest);
  EXPECT_EQ(ledger.charge(node(1), Reason::bad_frame, at(1s)).decision, Decision::none);
  EXPECT_EQ(ledger.charge(node(1), Reason::bad_frame, at(2s)).decision, Decision::disconnect);
  EXPECT_EQ(ledger.charge(node(1), Reason::bad_frame, at(3s)).decision, Decision::ban);
}

TEST(Ledger, ChargesAnUnprovenConnectionToItsAddressAlone) {
  Ledger ledger({});
  Verdict verdict;
  int charges = 0;
  while (verdict.decision != Decision::ban) {
    verdict = ledger.charge_unproven(ip("93.1.2.3"), Reason::bad_proof, at(0s));
    EXPECT_NE(verdict.decision, Decision::disconnect);
    ++charges;
  }
  EXPECT_EQ(charges, 4);
  EXPECT_EQ(ledger.size(), 1U);
  EXPECT_TRUE(ledger.why(subject_of(ip("93.1.2.3")), at(0s).monotonic)->banned_until);
}

TEST(Ledger, BansAnAddressOnlyAfterSeveralOfItsIdentities) {
  Ledger ledger({});
  std::vector<Decision> decisions;
  for (std::uint32_t identity = 0; identity < 3; ++identity) {
    EXPECT_EQ(ledger.charge(node(identity), Reason::invalid_block, at(0s)).decision, Decision::ban);
    decisions.push_back(ledger.charge(ip("93.1.2.3"), Reason::invalid_block, at(0s)).decision);
  }
  EXPECT_EQ(decisions, (std::vector{Decision::none, Decision::none, Decision::ban}));
}

TEST(Ledger, CountsAllAddressesOfAnIpv6CustomerAsOne) {
  Ledger ledger({});
  IpAddress address = ip("2001:db8:1:200::1");
  Decision last = Decision::none;
  for (std::uint8_t i = 0; i < 4; ++i) {
    address.bytes[7] = i;
    last = ledger.charge_unproven(address, Reason::bad_proof, at(0s)).decision;
  }
  EXPECT_EQ(last, Decision::ban);
  EXPECT_EQ(ledger.size(), 1U);
}

TEST(Ledger, LeavesLocalAddressesAloneUnlessTheyAreTreatedAsPublic) {
  for (const bool as_public : {false, true}) {
    Ledger::Options options;
    options.treat_loopback_as_public = as_public;
    Ledger ledger(options);
    for (int i = 0; i < 10; ++i) ledger.charge_unproven(ip("127.0.0.1"), Reason::bad_proof, at(0s));
    for (int i = 0; i < 10; ++i) ledger.charge(ip("192.168.0.9"), Reason::invalid_block, at(0s));
    EXPECT_EQ(ledger.size(), as_public ? 2U : 0U);
    EXPECT_EQ(ledger.counters().exempt.value(), as_public ? 0U : 20U);
  }
}

TEST(Ledger, NeverDisconnectsOrBansTheTrusted) {
  Ledger ledger({});
  ledger.trust(node(1));
  ledger.trust(ip("93.1.2.3"));
  for (int i = 0; i < 1'000; ++i) {
    for (std::size_t reason = 0; reason < static_cast<std::size_t>(Reason::count_); ++reason) {
      const auto what = static_cast<Reason>(reason);
      ASSERT_EQ(ledger.charge(node(1), what, at(i * 1s)).decision, Decision::none);
      ASSERT_EQ(ledger.charge(ip("93.1.2.3"), what, at(i * 1s)).decision, Decision::none);
      ASSERT_EQ(ledger.charge_unproven(ip("93.1.2.3"), what, at(i * 1s)).decision, Decision::none);
    }
  }
  const auto why = ledger.why(subject_of(node(1)), at(1'000s).monotonic);
  EXPECT_TRUE(why->trusted);
  EXPECT_GE(why->score, kTrustedWorst);
  EXPECT_LT(why->score, 0) << "that it misbehaves is shown";
  EXPECT_GT(ledger.counters().spared.value(), 0U);
}

TEST(Ledger, DoesWhatTheOperatorSaysEvenToTheTrusted) {
  Ledger ledger({});
  ledger.trust(node(1));
  const Subject subject = subject_of(node(1));
  EXPECT_EQ(ledger.ban(subject, kNever, at(0s)), (Verdict{Decision::ban, kNever, 0}));
  EXPECT_TRUE(ledger.why(subject, at(10'000h).monotonic)->banned_until);
  EXPECT_TRUE(ledger.lift(subject, at(1s)));
  EXPECT_FALSE(ledger.lift(subject, at(1s)));
  EXPECT_FALSE(ledger.lift(subject_of(node(2)), at(1s)));
  EXPECT_EQ(ledger.why(subject, at(1s).monotonic)->score, 0);
  EXPECT_EQ(ledger.charge(node(1), Reason::missed_deadline, at(2s)).decision, Decision::none);
}

TEST(Ledger, ExplainsWhatHappenedInOrder) {
  Ledger ledger({});
  const Subject subject = subject_of(node(1));
  EXPECT_FALSE(ledger.why(subject, at(0s).monotonic));
  ledger.charge(node(1), Reason::useful_answer, at(0s));
  ledger.charge(node(1), Reason::bad_frame, at(1s));
  const auto why = ledger.why(subject, at(600s).monotonic);
  ASSERT_EQ(why->changes.size(), 2U);
  EXPECT_EQ(why->changes[0].reason, Reason::useful_answer);
  EXPECT_EQ(why->changes[0].points, 100);
  EXPECT_EQ(why->changes[0].score, 100);
  EXPECT_EQ(why->changes[1].reason, Reason::bad_frame);
  EXPECT_EQ(why->changes[1].at.monotonic, at(1s).monotonic);
  EXPECT_EQ(why->changes[1].at.wall, at(1s).wall);
  EXPECT_EQ(why->changes[1].points, -25 * kPoint);
  EXPECT_EQ(why->changes[1].score, -25 * kPoint + 100);
  EXPECT_EQ(why->changes[1].decision, Decision::disconnect);
  EXPECT_NEAR(why->score, (-25 * kPoint + 100) / 2, 300);
}

TEST(Ledger, RemembersTheLastChangesAndHowManyThereWere) {
  Ledger ledger({});
  for (int i = 0; i < 100; ++i) ledger.charge(node(1), Reason::bad_announcement, at(i * 1h));
  const auto why = ledger.why(subject_of(node(1)), at(100h).monotonic);
  EXPECT_EQ(why->changes_total, 100U);
  ASSERT_EQ(why->changes.size(), Ledger::kHistory);
  for (std::size_t i = 0; i < Ledger::kHistory; ++i)
    EXPECT_EQ(why->changes[i].at.monotonic, at((100 - Ledger::kHistory + i) * 1h).monotonic);
}

TEST(Ledger, GivesThePlaceOfTheLeastBadToANewOffender) {
  Ledger ledger(small(4));
  ledger.charge(node(1), Reason::rejected_message, at(0s));
  ledger.charge(node(2), Reason::missed_deadline, at(1s));
  ledger.charge(node(3), Reason::useful_answer, at(2s));
  ledger.charge(node(4), Reason::invalid_block, at(3s));
  const auto known = [&](std::uint32_t number) {
    return ledger.why(subject_of(node(number)), at(9s).monotonic).has_value();
  };
  ledger.charge(node(5), Reason::rejected_message, at(4s));
  EXPECT_FALSE(known(3));
  ledger.charge(node(6), Reason::rejected_message, at(5s));
  EXPECT_FALSE(known(2));
  ledger.charge(node(7), Reason::rejected_message, at(6s));
  EXPECT_FALSE(known(1)) << "the oldest of three";
  EXPECT_TRUE(known(4) && known(5) && known(6) && known(7));
  // Good conduct takes no place.
  ledger.charge(node(8), Reason::useful_answer, at(7s));
  EXPECT_FALSE(known(8));
}

TEST(Ledger, KeepsEveryBanInAFloodOfFreshIdentities) {
  Ledger ledger(small(64));
  std::uint32_t next = 1'000;
  for (std::uint32_t banned = 0; banned < 32; ++banned) {
    EXPECT_EQ(ledger.charge(node(banned), Reason::invalid_block, at(0s)).decision, Decision::ban);
    for (int i = 0; i < 100; ++i) ledger.charge(node(next++), Reason::rejected_message, at(0s));
  }
  EXPECT_EQ(ledger.size(), 64U);
  EXPECT_EQ(ledger.bans(at(0s).monotonic).size(), 32U);
  EXPECT_EQ(ledger.counters().evicted_bans.value(), 0U);
  // Full of bans, it still judges each offence, alone.
  for (std::uint32_t banned = 32; banned < 64; ++banned)
    ledger.charge(node(banned), Reason::invalid_block, at(1s));
  EXPECT_EQ(ledger.charge(node(next), Reason::missed_deadline, at(2s)).decision, Decision::none);
  EXPECT_EQ(ledger.charge(node(next), Reason::rejected_message, at(2s)).decision, Decision::disconnect);
  EXPECT_GT(ledger.counters().unrecorded.value(), 0U);
  EXPECT_EQ(ledger.counters().evicted_bans.value(), 0U);
}

TEST(Ledger, LetsTheOldestBanGoForANewOne) {
  Ledger ledger(small(100));
  for (std::uint32_t i = 0; i < 1'000; ++i)
    EXPECT_EQ(ledger.charge(node(i), Reason::invalid_block, at(0s)).decision, Decision::ban);
  EXPECT_EQ(ledger.size(), 100U);
  EXPECT_FALSE(ledger.why(subject_of(node(899)), at(0s).monotonic));
  EXPECT_TRUE(ledger.why(subject_of(node(900)), at(0s).monotonic));
  EXPECT_EQ(ledger.counters().evicted_bans.value(), 900U);
}

TEST(Ledger, GivesThePlacesOfBansThatHaveEndedToNewOffenders) {
  Ledger ledger(small(8));
  for (std::uint32_t i = 0; i < 8; ++i) ledger.charge(node(i), Reason::invalid_block, at(0s));
  ledger.charge(node(9), Reason::missed_deadline, at(1s));
  EXPECT_FALSE(ledger.why(subject_of(node(9)), at(1s).monotonic));
  ledger.charge(node(9), Reason::missed_deadline, at(6min));
  EXPECT_TRUE(ledger.why(subject_of(node(9)), at(6min).monotonic));
  EXPECT_EQ(ledger.counters().evicted_bans.value(), 0U);
}

TEST(Ledger, RestoresBansWithTheirMemory) {
  Ledger before({});
  before.charge(node(1), Reason::invalid_block, at(0s));
  before.charge(node(1), Reason::invalid_block, at(6min));
  before.ban(subject_of(ip("93.1.2.3")), kNever, at(6min));
  std::vector<Ban> bans = before.bans(at(7min).monotonic);
  ASSERT_EQ(bans.size(), 2U);
  Ledger after({});
  for (const Ban& ban : bans) after.restore(ban, at(7min));
  after.restore({subject_of(node(2)), at(6min).monotonic, 3}, at(7min));
  EXPECT_EQ(after.size(), 2U) << "one that is over is not restored";
  EXPECT_EQ(after.bans(at(7min).monotonic).size(), 2U);
  const auto why = after.why(subject_of(node(1)), at(7min).monotonic);
  EXPECT_EQ(why->banned_until, at(6min).monotonic + 2 * kBanShortest);
  EXPECT_EQ(why->bans, 2U);
  EXPECT_EQ(after.charge(node(1), Reason::invalid_block, at(17min)).until,
            at(17min).monotonic + 4 * kBanShortest);
}

// Against a table without bounds.
TEST(Ledger, IsBoundedAndDecidesAsAnUnboundedOneWhileThereIsRoom) {
  Ledger bounded(small(64));
  Ledger wide(small(100'000));
  Prng prng(1);
  Duration now = 0s;
  for (int i = 0; i < 20'000; ++i) {
    now += Duration(static_cast<std::int64_t>(prng.below(20'000'000'000)));
    const auto reason = static_cast<Reason>(prng.below(static_cast<std::uint64_t>(Reason::count_)));
    const NodeId who = node(static_cast<std::uint32_t>(prng.below(64)));
    ASSERT_EQ(bounded.charge(who, reason, at(now)), wide.charge(who, reason, at(now)));
  }
  for (int i = 0; i < 20'000; ++i) {
    now += Duration(static_cast<std::int64_t>(prng.below(20'000'000'000)));
    const auto reason = static_cast<Reason>(prng.below(static_cast<std::uint64_t>(Reason::count_)));
    bounded.charge(node(static_cast<std::uint32_t>(prng.below(1'000))), reason, at(now));
    ASSERT_LE(bounded.size(), 64U);
  }
}

TEST(Subject, IsReadAsItIsWritten) {
  for (const Subject& subject :
       {subject_of(node(7)), subject_of(ip("93.1.2.3")), subject_of(ip("2001:db8:1:2::1"))})
    EXPECT_EQ(parse_subject(subject.to_string()), subject);
  EXPECT_EQ(parse_subject("2001:db8:1:2::1"), subject_of(ip("2001:db8:1:2::1")));
  EXPECT_FALSE(parse_subject("somebody"));
}

}  // namespace
}  // namespace ringwire::security
