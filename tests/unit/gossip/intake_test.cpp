#include "gossip/intake.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "codec/crypto/identity.hpp"
#include "codec/crypto/keccak.hpp"
#include "tests/unit/gossip/samples.hpp"

namespace ringwire::gossip {
namespace {

// An embedder's own policy: the first byte says what is wrong.
enum : std::uint8_t { kGood = 0, kUnlucky = 1, kEvil = 2 };

class FirstBytePolicy final : public TransactionPolicy {
 public:
  void judge(std::span<const ByteView> transactions, std::span<Judgement> judgements) override {
    batches.push_back(transactions.size());
    for (std::size_t i = 0; i < transactions.size(); ++i) {
      const std::uint8_t verdict = transactions[i][0];
      for (const std::uint8_t byte : transactions[i]) EXPECT_EQ(byte, verdict);
      judgements[i].refusal = verdict == kGood ? Refusal::none : Refusal::other;
      judgements[i].penalise = verdict == kEvil;
      judgements[i].facts.nonce = transactions[i].size();
      judgements[i].cost = verdict == kGood ? 35us : 1us;
    }
  }
  std::vector<std::size_t> batches;
};

IntakeLimits small_limits() {
  IntakeLimits limits;
  limits.seen = {.messages_max = 1000, .window = 600s};
  limits.refused_max = 100;
  limits.transactions = {.items_max = 16, .bytes_max = 4096, .share_percent = 50};
  limits.direct = {.items_max = 16, .bytes_max = 4096, .share_percent = 50};
  limits.transaction_bytes_max = 256;
  limits.awaiting_max = 4;
  limits.awaiting_bytes_max = 4096;
  limits.verdict_timeout = 1s;
  return limits;
}

IntakeLimits asking(Kind kind) {
  IntakeLimits limits = small_limits();
  limits.asks_application[static_cast<std::size_t>(kind)] = true;
  return limits;
}

struct IntakeTest : testing::Test {
  HeapBuffers heap{1ULL << 30};
  FirstBytePolicy policy;

  SliceChain message(std::uint8_t fill = kGood, std::uint32_t size = 100) {
    return SliceChain(bytes_of(heap, size, fill));
  }
  static std::vector<Decision> work(Intake& intake, Instant now = {}, Duration budget = 500us) {
    std::vector<Decision> out;
    intake.work(budget, now, out);
    return out;
  }
};

TEST_F(IntakeTest, ADecisionSaysWhenTheMessageWasOfferedFirst) {
  Intake intake(asking(Kind::publish), kKey, policy);
  ASSERT_EQ(intake.offer(id_of(1), Kind::publish, message(), {5}, Instant{1000}), Offered::queued);
  ASSERT_EQ(intake.offer(id_of(1), Kind::publish, message(), {6}, Instant{2000}), Offered::pending);
  EXPECT_EQ(work(intake, Instant{3000}).at(0).offered, Instant{1000});
  EXPECT_EQ(intake.verdict(id_of(1), Verdict::accept, Instant{4000})->offered, Instant{1000});
}

TEST_F(IntakeTest, AValidTransactionIsDeliveredAndRelayedOnce) {
  Intake intake(small_limits(), kKey, policy);
  EXPECT_FALSE(intake.has_work());
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(), {5}, {}), Offered::queued);
  EXPECT_TRUE(intake.has_work());
  const std::vector<Decision> decisions = work(intake);
  ASSERT_EQ(decisions.size(), 1U);
  const Decision& decision = decisions[0];
  EXPECT_EQ(decision.id, id_of(1));
  EXPECT_EQ(decision.outcome, Outcome::accepted);
  EXPECT_TRUE(decision.deliver);
  EXPECT_TRUE(decision.relay);
  EXPECT_FALSE(decision.penalise);
  EXPECT_EQ(decision.source, SourceId{5});
  EXPECT_EQ(decision.bytes.bytes(), 100U);
  EXPECT_EQ(decision.facts.nonce, 100U);
  EXPECT_FALSE(intake.has_work());
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(), {6}, {}), Offered::seen);
}

TEST_F(IntakeTest, TakesTheBytesOnlyWhereItQueuesThem) {
  Intake intake(small_limits(), kKey, policy);
  SliceChain first = message();
  SliceChain copy = message();
  intake.offer(id_of(1), Kind::publish, std::move(first), {5}, {});
  intake.offer(id_of(1), Kind::publish, std::move(copy), {6}, {});
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(copy.bytes(), 100U);
  EXPECT_EQ(copy[0].buffer()->references, 1U);
}

TEST_F(IntakeTest, ADecisionNamesEverybodyWhoBroughtTheMessageWhileItWasPending) {
  Intake intake(small_limits(), kKey, policy);
  intake.offer(id_of(1), Kind::transaction, message(kEvil), {5}, {});
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(kEvil), {6}, {}), Offered::pending);
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(kEvil), {7}, {}), Offered::pending);
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(kEvil), {5}, {}), Offered::repeated);
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(kEvil), {7}, {}), Offered::repeated);
  const Decision decision = work(intake).at(0);
  EXPECT_EQ(decision.outcome, Outcome::rejected);
  EXPECT_TRUE(decision.penalise);
  EXPECT_FALSE(decision.deliver || decision.relay);
  EXPECT_EQ(decision.source, SourceId{5});
  ASSERT_EQ(decision.co_source_count, 2);
  EXPECT_EQ(decision.co_sources[0], SourceId{6});
  EXPECT_EQ(decision.co_sources[1], SourceId{7});
}

TEST_F(IntakeTest, MoreSourcesThanItCanNameAreCounted) {
  Intake intake(small_limits(), kKey, policy);
  for (std::uint64_t source = 1; source <= kCoSourcesMax + 3; ++source) {
    intake.offer(id_of(1), Kind::publish, message(), {source}, {});
  }
  EXPECT_EQ(work(intake).at(0).co_source_count, kCoSourcesMax);
  EXPECT_EQ(intake.counters().co_sources_unnamed.value(), 2U);
}

TEST_F(IntakeTest, CopiesOfARefusedMessageAreKnownByWhetherTheyCountAgainstTheSender) {
  Intake intake(small_limits(), kKey, policy);
  intake.offer(id_of(1), Kind::transaction, message(kUnlucky), {5}, {});
  intake.offer(id_of(2), Kind::transaction, message(kEvil), {5}, {});
  EXPECT_EQ(work(intake).size(), 2U);
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(kUnlucky), {6}, {}), Offered::refused);
  EXPECT_EQ(intake.offer(id_of(2), Kind::transaction, message(kEvil), {6}, {}), Offered::offending);
  EXPECT_EQ(intake.counters().penalised.value(), 1U);
}

TEST_F(IntakeTest, GarbageDoesNotCutTheWindowOfGoodMessagesShort) {
  IntakeLimits limits = small_limits();
  limits.seen.messages_max = 10;
  Intake intake(limits, kKey, policy);
  intake.offer(id_of(0), Kind::transaction, message(), {5}, {});
  work(intake);
  for (std::uint64_t i = 1; i < 1000; ++i) {
    ASSERT_EQ(intake.offer(id_of(i), Kind::transaction, message(kEvil), {6}, {}), Offered::queued);
    work(intake);
  }
  EXPECT_EQ(intake.offer(id_of(0), Kind::transaction, message(), {7}, {}), Offered::seen);
  EXPECT_EQ(intake.seen_counters().cut_short.value(), 0U);
}

TEST_F(IntakeTest, AFullQueueTakesNothingAndTakesItAfterWork) {
  IntakeLimits limits = small_limits();
  limits.transactions = {.items_max = 4, .bytes_max = 4096, .share_percent = 50};
  Intake intake(limits, kKey, policy);
  const auto offer = [&](std::uint64_t id, std::uint64_t source) {
    return intake.offer(id_of(id), Kind::transaction, message(), {source}, {});
  };
  EXPECT_EQ(offer(1, 5), Offered::queued);
  EXPECT_EQ(offer(2, 5), Offered::queued);
  EXPECT_EQ(offer(3, 5), Offered::source_full);
  EXPECT_FALSE(intake.has_room(Kind::transaction, {5}, 100));
  EXPECT_TRUE(intake.has_room(Kind::transaction, {6}, 100));
  EXPECT_EQ(offer(4, 6), Offered::queued);
  EXPECT_EQ(offer(5, 7), Offered::queued);
  EXPECT_EQ(offer(3, 6), Offered::full);
  EXPECT_EQ(offer(1, 8), Offered::pending);  // a copy needs no room
  EXPECT_TRUE(intake.has_room(Kind::publish, {5}, 100));
  EXPECT_EQ(work(intake).size(), 4U);
  EXPECT_EQ(offer(3, 5), Offered::queued);
  EXPECT_EQ(intake.counters().offered[static_cast<std::size_t>(Offered::source_full)].value(), 1U);
  EXPECT_EQ(intake.counters().offered[static_cast<std::size_t>(Offered::full)].value(), 1U);
}

TEST_F(IntakeTest, ATransactionAboveTheCapIsNeverQueued) {
  Intake intake(small_limits(), kKey, policy);
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(kGood, 257), {5}, {}), Offered::too_large);
  EXPECT_EQ(intake.offer(id_of(1), Kind::transaction, message(kGood, 256), {5}, {}), Offered::queued);
}

TEST_F(IntakeTest, WorkStaysWithinItsBudgetAndServesSourcesInTurn) {
  Intake intake(small_limits(), kKey, policy);
  for (std::uint64_t i = 0; i < 8; ++i) intake.offer(id_of(i), Kind::transaction, message(), {5}, {});
  intake.offer(id_of(8), Kind::transaction, message(), {6}, {});
  const std::vector<Decision> decisions = work(intake, {}, 110us);
  ASSERT_EQ(decisions.size(), 3U);
  EXPECT_EQ(decisions[0].id, id_of(0));
  EXPECT_EQ(decisions[1].id, id_of(8));
  EXPECT_EQ(decisions[2].id, id_of(1));
  EXPECT_EQ(work(intake, {}, 0us).size(), 1U);
}

TEST_F(IntakeTest, RefusalsThatCostLittleLeaveBudgetForMore) {
  Intake intake(small_limits(), kKey, policy);
  for (std::uint64_t i = 0; i < 8; ++i) intake.offer(id_of(i), Kind::transaction, message(kEvil), {5}, {});
  EXPECT_EQ(work(intake, {}, 75us).size(), 8U);
}

TEST_F(IntakeTest, WhatNeedsNoSignatureDoesNotWaitForSignatures) {
  Intake intake(small_limits(), kKey, policy);
  for (std::uint64_t i = 0; i < 8; ++i) intake.offer(id_of(i), Kind::transaction, message(), {5}, {});
  intake.offer(id_of(9), Kind::publish, message(), {5}, {});
  EXPECT_EQ(work(intake, {}, 0us).at(0).kind, Kind::publish);
}

TEST_F(IntakeTest, ATransactionOverSeveralBuffersIsJudgedAsOne) {
  Intake intake(small_limits(), kKey, policy);
  for (std::uint64_t i = 0; i < 4; ++i) {
    SliceChain chain = message(kGood, 60);
    chain.append(bytes_of(heap, 60, kGood));
    chain.append(bytes_of(heap, 7, kGood));
    intake.offer(id_of(i), Kind::transaction, std::move(chain), {5}, {});
  }
  const std::vector<Decision> decisions = work(intake);
  ASSERT_EQ(decisions.size(), 4U);
  for (const Decision& decision : decisions) {
    EXPECT_EQ(decision.facts.nonce, 127U);
    EXPECT_EQ(decision.bytes.count(), 3U);
  }
  // The scratch holds two of them.
  EXPECT_EQ(policy.batches, (std::vector<std::size_t>{2, 2}));
}

TEST_F(IntakeTest, TheApplicationIsAskedOnceAndItsVerdictDecidesAboutTheRelay) {
  for (const Verdict verdict : {Verdict::accept, Verdict::reject, Verdict::ignore}) {
    Intake intake(asking(Kind::publish), kKey, policy);
    intake.offer(id_of(1), Kind::publish, message(), {5}, {});
    const std::vector<Decision> asked = work(intake);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].outcome, Outcome::awaiting);
    EXPECT_TRUE(asked[0].deliver);
    EXPECT_FALSE(asked[0].relay);
    EXPECT_EQ(intake.offer(id_of(1), Kind::publish, message(), {6}, {}), Offered::pending);

    const std::optional<Decision> final = intake.verdict(id_of(1), verdict, {});
    ASSERT_TRUE(final.has_value());
    EXPECT_FALSE(final->deliver);
    EXPECT_EQ(final->relay, verdict == Verdict::accept);
    EXPECT_EQ(final->penalise, verdict == Verdict::reject);
    EXPECT_EQ(final->bytes.bytes(), 100U);
    EXPECT_EQ(final->co_sources[0], SourceId{6});
    EXPECT_EQ(intake.offer(id_of(1), Kind::publish, message(), {7}, {}),
              verdict == Verdict::reject ? Offered::offending : Offered::seen);
    EXPECT_FALSE(intake.verdict(id_of(1), verdict, {}).has_value());
    EXPECT_EQ(intake.counters().late_verdicts.value(), 1U);
  }
}

TEST_F(IntakeTest, AVerdictForAMessageStillQueuedDecidesNothing) {
  Intake intake(asking(Kind::publish), kKey, policy);
  intake.offer(id_of(1), Kind::publish, message(), {5}, {});
  EXPECT_FALSE(intake.verdict(id_of(1), Verdict::accept, {}).has_value());
  EXPECT_EQ(work(intake).at(0).outcome, Outcome::awaiting);
}

TEST_F(IntakeTest, AnApplicationThatDoesNotAnswerCostsTheRelayAndNothingElse) {
  Intake intake(asking(Kind::publish), kKey, policy);
  EXPECT_EQ(intake.next_deadline(), kNever);
  intake.offer(id_of(1), Kind::publish, message(), {5}, at(0s));
  intake.offer(id_of(2), Kind::publish, message(), {5}, at(0s));
  work(intake, at(3s));
  EXPECT_EQ(intake.next_deadline(), at(4s));
  std::vector<Decision> out;
  intake.on_deadline(at(4s) + Duration(-1), out);
  EXPECT_TRUE(out.empty());
  intake.on_deadline(at(4s), out);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].outcome, Outcome::expired);
  EXPECT_FALSE(out[0].deliver || out[0].relay || out[0].penalise);
  EXPECT_FALSE(intake.verdict(id_of(1), Verdict::accept, at(4s)).has_value());
  EXPECT_EQ(intake.offer(id_of(1), Kind::publish, message(), {7}, at(4s)), Offered::seen);
  EXPECT_EQ(intake.next_deadline(), kNever);
}

TEST_F(IntakeTest, WithTooManyVerdictsOutstandingMessagesWaitInTheQueue) {
  for (const Kind kind : {Kind::publish, Kind::transaction}) {
    Intake intake(asking(kind), kKey, policy);
    for (std::uint64_t i = 0; i < 8; ++i) {
      ASSERT_EQ(intake.offer(id_of(i), kind, message(), {5}, {}), Offered::queued);
    }
    EXPECT_EQ(work(intake, {}, 1s).size(), 4U);
    EXPECT_FALSE(intake.has_work());
    EXPECT_TRUE(work(intake, {}, 1s).empty());
    EXPECT_TRUE(intake.verdict(id_of(2), Verdict::ignore, {}).has_value());
    EXPECT_TRUE(intake.has_work());
    EXPECT_EQ(work(intake, {}, 1s).size(), 1U);
  }
}

TEST_F(IntakeTest, WhatAwaitsAVerdictIsBoundedInBytesToo) {
  for (const Kind kind : {Kind::publish, Kind::transaction}) {
    IntakeLimits limits = asking(kind);
    limits.awaiting_bytes_max = 250;
    Intake intake(limits, kKey, policy);
    for (std::uint64_t i = 0; i < 4; ++i) intake.offer(id_of(i), kind, message(), {5}, {});
    EXPECT_EQ(work(intake, {}, 1s).size(), 2U);
    EXPECT_FALSE(intake.has_work());
  }
}

TEST_F(IntakeTest, WorkSaysWhatItCharged) {
  Intake intake(small_limits(), kKey, policy);
  std::vector<Decision> out;
  EXPECT_EQ(intake.work(500us, {}, out), 0us);
  intake.offer(id_of(1), Kind::publish, message(), {5}, {});
  intake.offer(id_of(2), Kind::transaction, message(), {5}, {});
  EXPECT_EQ(intake.work(500us, {}, out), 36us);
}

TEST_F(IntakeTest, TheApplicationMayStartAndStopJudging) {
  Intake intake(small_limits(), kKey, policy);
  const auto decide = [&](std::uint64_t id) {
    intake.offer(id_of(id), Kind::publish, message(), {5}, {});
    return work(intake).at(0).outcome;
  };
  EXPECT_EQ(decide(1), Outcome::accepted);
  intake.ask_application(Kind::publish, true);
  EXPECT_EQ(decide(2), Outcome::awaiting);
  intake.ask_application(Kind::publish, false);
  EXPECT_EQ(decide(3), Outcome::accepted);
  EXPECT_TRUE(intake.verdict(id_of(2), Verdict::accept, {}).has_value());
}

TEST_F(IntakeTest, ClearedItHoldsNoBytesAndStartsAgain) {
  Intake intake(asking(Kind::publish), kKey, policy);
  for (std::uint64_t id = 0; id < 8; ++id) {
    intake.offer(id_of(id), id < 5 ? Kind::publish : Kind::transaction, message(), {id}, {});
  }
  EXPECT_EQ(work(intake, {}, 0us).size(), 2U);
  intake.clear();
  EXPECT_EQ(heap.used_bytes(), 0U);
  EXPECT_FALSE(intake.has_work());
  EXPECT_EQ(intake.next_deadline(), kNever);
  EXPECT_EQ(intake.counters().queued.value() + intake.counters().awaiting.value(), 0U);
  EXPECT_EQ(intake.offer(id_of(0), Kind::publish, message(), {5}, {}), Offered::seen);
  EXPECT_EQ(intake.offer(id_of(4), Kind::publish, message(), {5}, {}), Offered::queued);
  EXPECT_EQ(work(intake).at(0).outcome, Outcome::awaiting);
}

TEST_F(IntakeTest, ReallySignedTransactionsPassTheDefaultPolicy) {
  constexpr std::array<std::uint8_t, 32> kSecret{9, 9, 9};
  const crypto::Signer signer(kSecret);
  const crypto::SecretKey key = *crypto::SecretKey::from_bytes(kSecret);
  DefaultTransactionPolicy sound({.chain_id = 1});
  Intake intake(small_limits(), kKey, sound);
  const auto bytes = wire::sign_transaction({.type = wire::TransactionType::dynamic_fee,
                                             .chain_id = 1,
                                             .nonce = 3,
                                             .max_fee = 10,
                                             .gas_limit = 21'000,
                                             .to = Address20{}},
                                            signer, key);
  Slice slice = heap.make(static_cast<std::uint32_t>(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), HeapBuffers::writable(slice).begin());
  const Hash32 id = crypto::keccak256(bytes);
  EXPECT_EQ(intake.offer(id, Kind::transaction, SliceChain(slice), {1}, {}), Offered::queued);
  const Decision decision = work(intake).at(0);
  EXPECT_EQ(decision.outcome, Outcome::accepted);
  EXPECT_EQ(decision.facts.sender, crypto::ethereum_address(signer.public_key(key)));
  EXPECT_EQ(decision.facts.nonce, 3U);
}

TEST_F(IntakeTest, EveryAnswerHasANameOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kOffereds; ++i) names.insert(name(static_cast<Offered>(i)));
  for (std::size_t i = 0; i < kOutcomes; ++i) names.insert(name(static_cast<Outcome>(i)));
  for (std::size_t i = 0; i < kKinds; ++i) names.insert(name(static_cast<Kind>(i)));
  EXPECT_EQ(names.size(), kOffereds + kOutcomes + kKinds);
}

// --- exactly once, whatever the order of copies, verdicts and full queues

struct Known {
  enum class State { unknown, queued, awaiting, seen, refused, offending } state = State::unknown;
  std::vector<SourceId> sources;  // while pending, in order
  int delivered = 0;
  int relayed = 0;
};

class World {
 public:
  World(std::uint64_t seed, HeapBuffers& heap, TransactionPolicy& policy)
      : prng_(seed), heap_(heap), intake_(limits(seed), kKey, policy), asks_(limits(seed).asks_application) {}

  void step() {
    now_ = now_ + 1ms * prng_.below(20);
    switch (prng_.below(8)) {
      case 0:
        intake_.work(1us * prng_.below(300), now_, decisions_);
        return take_decisions();
      case 1:
        intake_.on_deadline(now_, decisions_);
        return take_decisions();
      case 2:
        return answer(prng_.below(kMessages));
      default:
        return offer(prng_.below(kMessages));
    }
  }

  // Everything is offered until it was taken, everything is decided.
  void finish() {
    for (std::uint64_t id = 0; id < kMessages; ++id) {
      while (known_[id].state == Known::State::unknown) {
        offer(id);
        settle();
      }
    }
    settle();
    for (std::uint64_t id = 0; id < kMessages; ++id) {
      const bool good = kind_of(id) != Kind::transaction || verdict_of(id) == kGood;
      EXPECT_EQ(known_[id].delivered, good ? 1 : 0) << id;
      EXPECT_LE(known_[id].relayed, 1) << id;
      if (good && !asks_[static_cast<std::size_t>(kind_of(id))]) {
        EXPECT_EQ(known_[id].relayed, 1) << id;
      }
    }
    EXPECT_EQ(heap_.used_bytes(), 0U);
  }

 private:
  static constexpr std::uint64_t kMessages = 300;

  static IntakeLimits limits(std::uint64_t seed) {
    IntakeLimits limits = small_limits();
    limits.transactions.items_max = limits.direct.items_max = 8;
    limits.verdict_timeout = 100ms;
    for (std::size_t kind = 0; kind < kKinds; ++kind) limits.asks_application[kind] = (seed >> kind & 1) != 0;
    return limits;
  }
  static Kind kind_of(std::uint64_t id) {
    static constexpr std::array kWithoutAuthor{Kind::transaction, Kind::publish, Kind::app_data};
    return kWithoutAuthor[id % kWithoutAuthor.size()];
  }
  static std::uint8_t verdict_of(std::uint64_t id) { return static_cast<std::uint8_t>(id / 8 % 3); }

  Offered expected(const Known& known, Kind kind, SourceId source) const {
    switch (known.state) {
      case Known::State::queued:
      case Known::State::awaiting:
        return std::find(known.sources.begin(), known.sources.end(), source) == known.sources.end()
                   ? Offered::pending
                   : Offered::repeated;
      case Known::State::seen:
        return Offered::seen;
      case Known::State::refused:
        return Offered::refused;
      case Known::State::offending:
        return Offered::offending;
      case Known::State::unknown:
        break;
    }
    return intake_.has_room(kind, source, 40) ? Offered::queued : Offered::full;
  }

  void offer(std::uint64_t id) {
    const SourceId source{prng_.between(1, 5)};  // few enough for a Decision to name them all
    const Kind kind = kind_of(id);
    Known& known = known_[id];
    const Offered wanted = expected(known, kind, source);
    SliceChain bytes(bytes_of(heap_, 40, kind == Kind::transaction ? verdict_of(id) : std::uint8_t{0}));
    const Offered answer = intake_.offer(id_of(id), kind, std::move(bytes), source, now_);
    if (wanted == Offered::full) {
      EXPECT_TRUE(must_pause(answer)) << name(answer);
      return;
    }
    EXPECT_STREQ(name(answer), name(wanted)) << id;
    if (answer == Offered::queued) known.state = Known::State::queued;
    if (answer == Offered::queued || answer == Offered::pending) known.sources.push_back(source);
  }

  void answer(std::uint64_t id) {
    const bool awaited = known_[id].state == Known::State::awaiting;
    auto decision = intake_.verdict(id_of(id), static_cast<Verdict>(prng_.below(3)), now_);
    EXPECT_EQ(decision.has_value(), awaited) << id;
    if (decision) take(*decision);
  }

  void settle() {
    for (int i = 0; i < 100; ++i) {
      now_ = now_ + 200ms;
      intake_.on_deadline(now_, decisions_);
      intake_.work(1ms, now_, decisions_);
      take_decisions();
    }
    EXPECT_FALSE(intake_.has_work());
  }

  void take_decisions() {
    for (const Decision& decision : decisions_) take(decision);
    decisions_.clear();
  }

  void take(const Decision& decision) {
    const std::uint64_t id = load_be<std::uint64_t>(decision.id.bytes.data());
    Known& known = known_[id];
    EXPECT_EQ(decision.bytes.bytes(), 40U);
    EXPECT_EQ(known.state, decision.deliver || decision.refusal == Refusal::other
                               ? (known.state == Known::State::awaiting ? known.state : Known::State::queued)
                               : Known::State::awaiting);
    std::vector<SourceId> sources{decision.source};
    sources.insert(sources.end(), decision.co_sources.begin(),
                   decision.co_sources.begin() + decision.co_source_count);
    EXPECT_EQ(sources, known.sources) << id;
    known.delivered += decision.deliver;
    known.relayed += decision.relay;
    if (decision.outcome == Outcome::awaiting) {
      known.state = Known::State::awaiting;
      return;
    }
    known.sources.clear();
    if (decision.outcome != Outcome::rejected) {
      known.state = Known::State::seen;
    } else {
      known.state = decision.penalise ? Known::State::offending : Known::State::refused;
    }
  }

  Prng prng_;
  HeapBuffers& heap_;
  Intake intake_;
  std::array<bool, kKinds> asks_;
  std::map<std::uint64_t, Known> known_;
  std::vector<Decision> decisions_;
  Instant now_;
};

TEST_F(IntakeTest, DeliversEachGoodMessageExactlyOnceUnderRandomUse) {
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, heap, policy);
    for (int i = 0; i < 2000; ++i) world.step();
    world.finish();
    if (HasFailure()) return;
  }
}

// With a short window ids come back: each delivery is at least a window after the one before.
TEST_F(IntakeTest, DeliversAgainOnlyAfterTheWindow) {
  IntakeLimits limits = asking(Kind::publish);
  limits.seen.window = 5s;
  Prng prng(3);
  Intake intake(limits, kKey, policy);
  std::map<Hash32, Instant> delivered;
  Instant now;
  int again = 0;
  for (int step = 0; step < 20'000; ++step) {
    now = now + 1ms * prng.below(40);
    const std::uint64_t id = prng.below(60);
    intake.offer(id_of(id), id % 2 == 0 ? Kind::transaction : Kind::publish, message(), {prng.below(9)}, now);
    std::vector<Decision> out;
    intake.work(100us, now, out);
    intake.on_deadline(now, out);
    if (prng.below(4) == 0) intake.verdict(id_of(prng.below(60)), Verdict::ignore, now);
    for (const Decision& decision : out) {
      if (!decision.deliver) continue;
      if (delivered.contains(decision.id)) {
        ++again;
        ASSERT_GE(now - delivered[decision.id], 5s);
      }
      delivered[decision.id] = now;
    }
  }
  EXPECT_GT(again, 1000);
  EXPECT_EQ(intake.seen_counters().cut_short.value(), 0U);
}

}  // namespace
}  // namespace ringwire::gossip
