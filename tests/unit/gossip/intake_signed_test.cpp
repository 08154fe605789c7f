// What the intake does with topic messages that their origin signed, or did not.
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "codec/crypto/identity.hpp"
#include "codec/wire/publish.hpp"
#include "gossip/intake.hpp"
#include "tests/unit/gossip/samples.hpp"

namespace ringwire::gossip {
namespace {

// All of them are good, and cost what their signature does.
class GoodPolicy final : public TransactionPolicy {
 public:
  void judge(std::span<const ByteView>, std::span<Judgement> judgements) override {
    for (Judgement& judgement : judgements) judgement.cost = 35us;
  }
};

struct SignedIntake : testing::Test {
  struct Message {
    Hash32 id;
    Hash32 digest;
    SliceChain bytes;
  };

  // `change` is made to the signature afterwards.
  Message say(std::string_view payload, std::uint64_t sequence, std::uint8_t change = 0) {
    wire::PublishView head{.topic = as_bytes("votes"), .payload = as_bytes(payload)};
    const Hash32 content = wire::publish_id(head.topic, head.payload);
    const Hash32 digest = wire::publish_digest(origin, sequence, content);
    head.author = wire::PublishAuthor{origin, sequence, signer.sign(key, digest)};
    head.author->signature.bytes[40] ^= change;
    const wire::PublishName name = wire::publish_name(head.author, content);
    Slice record = heap.make(static_cast<std::uint32_t>(head.head_bytes() + payload.size()));
    const std::size_t written = wire::encode_publish_head(head, HeapBuffers::writable(record));
    std::ranges::copy(head.payload, HeapBuffers::writable(record).subspan(written).begin());
    return {name.id, *name.digest, SliceChain(std::move(record))};
  }
  static Offered offer(Intake& intake, const Message& message, std::uint64_t source = 5, Instant now = {}) {
    SliceChain bytes = message.bytes;
    return intake.offer(message.id, Kind::signed_publish, std::move(bytes), {source}, now, message.digest);
  }

  static std::vector<Decision> decide(Intake& intake, Instant now = {}, Duration budget = 500us) {
    std::vector<Decision> out;
    intake.work(budget, now, out);
    return out;
  }

  HeapBuffers heap{1ULL << 30};
  GoodPolicy policy;
  const crypto::Signer signer{std::array<std::uint8_t, 32>{1}};
  const crypto::SecretKey key = *crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{7});
  const NodeId origin = crypto::node_id(signer.public_key(key));
};

TEST_F(SignedIntake, WhatItsOriginSignedIsDeliveredAndRelayedOnce) {
  Intake intake({}, kKey, policy);
  EXPECT_EQ(offer(intake, say("yes", 1)), Offered::queued);
  EXPECT_EQ(offer(intake, say("yes", 1), 6), Offered::pending);
  const std::vector<Decision> decisions = decide(intake);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_TRUE(decisions[0].deliver && decisions[0].relay);
  EXPECT_EQ(decisions[0].kind, Kind::signed_publish);
  EXPECT_EQ(offer(intake, say("yes", 1), 7), Offered::seen);
  EXPECT_EQ(intake.counters().bad_signatures.value(), 0U);
}

TEST_F(SignedIntake, AForgedOneIsRejectedAndWhoBringsItIsToBlame) {
  Intake intake({}, kKey, policy);
  EXPECT_EQ(offer(intake, say("yes", 1, 1)), Offered::queued);
  const std::vector<Decision> decisions = decide(intake);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_EQ(decisions[0].outcome, Outcome::rejected);
  EXPECT_EQ(decisions[0].refusal, Refusal::bad_signature);
  EXPECT_TRUE(decisions[0].penalise);
  EXPECT_FALSE(decisions[0].deliver || decisions[0].relay);
  EXPECT_EQ(intake.counters().bad_signatures.value(), 1U);
  EXPECT_EQ(offer(intake, say("yes", 1, 1), 6), Offered::offending);
}

TEST_F(SignedIntake, AForgedCopyThatComesFirstDoesNotKeepTheTrueOneOut) {
  for (const bool is_decided : {false, true}) {
    Intake intake({}, kKey, policy);
    EXPECT_EQ(offer(intake, say("yes", 1, 1)), Offered::queued);
    if (is_decided) {
      EXPECT_EQ(decide(intake).size(), 1U);
    }
    EXPECT_EQ(offer(intake, say("yes", 1), 6), Offered::queued);
    EXPECT_TRUE(decide(intake).back().deliver);
  }
}

TEST_F(SignedIntake, OfAllUnderOneNumberOneIsDelivered) {
  Intake intake({}, kKey, policy);
  EXPECT_EQ(offer(intake, say("yes", 1)), Offered::queued);
  EXPECT_EQ(offer(intake, say("no", 1), 6), Offered::queued) << "which one comes first is not known yet";
  const std::vector<Decision> decisions = decide(intake);
  ASSERT_EQ(decisions.size(), 2U);
  const auto delivered = std::ranges::count_if(decisions, &Decision::deliver);
  EXPECT_EQ(delivered, 1);
  EXPECT_TRUE(std::ranges::none_of(decisions, &Decision::penalise)) << "others may have seen the other first";
  EXPECT_EQ(intake.counters().repeated_numbers.value(), 1U);
  EXPECT_EQ(offer(intake, say("maybe", 1), 7), Offered::seen);
  EXPECT_EQ(offer(intake, say("no", 2)), Offered::queued);
  EXPECT_TRUE(decide(intake).back().deliver);
}

TEST_F(SignedIntake, AMessageWithoutAuthorIsAnotherThanTheSignedOne) {
  Intake intake({}, kKey, policy);
  const Hash32 plain = wire::publish_id(as_bytes("votes"), as_bytes("yes"));
  EXPECT_EQ(intake.offer(plain, Kind::publish, SliceChain(bytes_of(heap, 100)), {5}, {}), Offered::queued);
  EXPECT_EQ(decide(intake).size(), 1U);
  EXPECT_EQ(offer(intake, say("yes", 1)), Offered::queued);
  EXPECT_TRUE(decide(intake).back().deliver);
}

TEST_F(SignedIntake, SignaturesAreChargedAndComeBeforeTransactions) {
  Intake intake({}, kKey, policy);
  for (std::uint64_t i = 0; i < 8; ++i) {
    intake.offer(id_of(i), Kind::transaction, SliceChain(bytes_of(heap, 100)), {6}, {});
    EXPECT_EQ(offer(intake, say("yes", i)), Offered::queued);
  }
  const auto signed_in = [](const std::vector<Decision>& decisions) {
    return std::ranges::count(decisions, Kind::signed_publish, &Decision::kind);
  };
  const std::vector<Decision> decisions = decide(intake, {}, 110us);
  EXPECT_EQ(signed_in(decisions), 3);
  EXPECT_EQ(decisions.size(), 4U) << "one transaction, so that they do not starve";
  EXPECT_EQ(signed_in(decide(intake, {}, 0us)), 1);
}

TEST_F(SignedIntake, TheApplicationJudgesSignedOnesWhereItJudges) {
  IntakeLimits limits;
  limits.asks_application[static_cast<std::size_t>(Kind::signed_publish)] = true;
  Intake intake(limits, kKey, policy);
  const Message vote = say("yes", 1);
  EXPECT_EQ(offer(intake, vote), Offered::queued);
  EXPECT_EQ(decide(intake).at(0).outcome, Outcome::awaiting);
  EXPECT_EQ(offer(intake, say("no", 1), 6), Offered::seen);
  EXPECT_TRUE(intake.verdict(vote.id, Verdict::accept, {})->relay);
}

}  // namespace
}  // namespace ringwire::gossip
