#include "engine/session/open_requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codec/base/prng.hpp"

namespace ringwire::session {
namespace {

constexpr Instant at(Duration since_start) {
  return Instant{1'000'000'000} + since_start;
}

AnswerFit fit(const AskedRequests& asked, std::uint64_t id) {
  return asked.find(id).fit;
}

TEST(AskedRequests, AnAnswerIsTakenOnceAndLookedAtAsOftenAsNeeded) {
  AskedRequests asked;
  const auto id = asked.open(77, at(5s));
  ASSERT_TRUE(id.has_value());
  EXPECT_NE(*id, 0U);
  for (int looks = 0; looks < 3; ++looks) {
    EXPECT_EQ(fit(asked, *id), AnswerFit::open);
    EXPECT_EQ(asked.find(*id).number, 77U);
  }
  asked.settle(*id);
  EXPECT_EQ(asked.count(), 0U);
  EXPECT_EQ(fit(asked, *id), AnswerFit::unasked) << "answered twice";
}

TEST(AskedRequests, WhatWasNeverAskedIsUnasked) {
  AskedRequests asked;
  EXPECT_EQ(fit(asked, 0), AnswerFit::unasked);
  EXPECT_EQ(fit(asked, 1), AnswerFit::unasked);
  const auto id = asked.open(1, at(5s));
  EXPECT_EQ(fit(asked, 0), AnswerFit::unasked);
  EXPECT_EQ(fit(asked, *id + 1), AnswerFit::unasked);
  EXPECT_EQ(fit(asked, UINT64_MAX), AnswerFit::unasked);
  asked.settle(0);
  asked.settle(*id + 1);
  EXPECT_EQ(fit(asked, *id), AnswerFit::open);
}

TEST(AskedRequests, IdsAreNeverUsedTwice) {
  AskedRequests asked;
  std::set<std::uint64_t> ids;
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    const auto id = asked.open(number, at(5s));
    ASSERT_TRUE(id && ids.insert(*id).second);
    if (number % 3 == 0) {
      asked.settle(*id);
    } else {
      EXPECT_TRUE(asked.cancel(number));
    }
  }
}

TEST(AskedRequests, AnAnswerAfterTheDeadlineOrTheCancelIsLateOnce) {
  AskedRequests asked;
  const auto slow = asked.open(1, at(5s));
  const auto unwanted = asked.open(2, at(9s));
  EXPECT_EQ(asked.next_deadline(), at(5s));
  EXPECT_EQ(asked.expire(at(4999ms)), std::nullopt);
  EXPECT_EQ(asked.expire(at(5s)), 1U);
  EXPECT_EQ(asked.expire(at(5s)), std::nullopt);
  EXPECT_EQ(asked.next_deadline(), at(9s));
  EXPECT_TRUE(asked.cancel(2));
  EXPECT_FALSE(asked.cancel(2));
  EXPECT_EQ(asked.next_deadline(), kNever);
  for (const auto id : {*slow, *unwanted}) {
    EXPECT_EQ(fit(asked, id), AnswerFit::late);
    asked.settle(id);
    EXPECT_EQ(fit(asked, id), AnswerFit::unasked);
  }
}

TEST(AskedRequests, DeadlinesNeedNotRise) {
  AskedRequests asked;
  asked.open(1, at(9s));
  asked.open(2, at(3s));
  asked.open(3, at(6s));
  EXPECT_EQ(asked.next_deadline(), at(3s));
  EXPECT_EQ(asked.expire(at(7s)), 2U);
  EXPECT_EQ(asked.expire(at(7s)), 3U);
  EXPECT_EQ(asked.expire(at(7s)), std::nullopt);
  EXPECT_EQ(asked.next_deadline(), at(9s));
}

TEST(AskedRequests, WhoIsLateIsNotBlamedHoweverManyAre) {
  AskedRequests asked;
  std::vector<std::uint64_t> given_up;
  for (std::uint64_t number = 1; number <= 10 * kGivenUpMax; ++number) {
    const auto answered = asked.open(2 * number, at(5s));
    given_up.push_back(*asked.open(2 * number + 1, at(5s)));
    asked.settle(*answered);
    ASSERT_TRUE(asked.cancel(2 * number + 1));
  }
  for (const std::uint64_t id : given_up) EXPECT_EQ(fit(asked, id), AnswerFit::late);
  // The answered ones beside those that are remembered.
  EXPECT_EQ(fit(asked, given_up.back() - 1), AnswerFit::unasked);
  EXPECT_EQ(fit(asked, given_up[given_up.size() - kGivenUpMax] - 1), AnswerFit::unasked);
}

TEST(AskedRequests, OneMoreThanTheLimitIsRefused) {
  AskedRequests asked;
  for (std::uint64_t number = 1; number <= kOpenRequestsMax; ++number)
    ASSERT_TRUE(asked.open(number, at(5s)).has_value());
  EXPECT_EQ(asked.open(kOpenRequestsMax + 1, at(5s)), std::nullopt);
  asked.settle(1);
  const auto id = asked.open(kOpenRequestsMax + 1, at(5s));
  EXPECT_EQ(id, kOpenRequestsMax + 1);
}

TEST(AskedRequests, WhenWhoAskedIsGoneNobodyIsBlamed) {
  AskedRequests asked;
  asked.open(1, at(5s));
  const auto answered = asked.open(2, at(5s));
  asked.settle(*answered);
  asked.give_up_all();
  EXPECT_EQ(asked.count(), 0U);
  EXPECT_EQ(asked.next_deadline(), kNever);
  EXPECT_EQ(fit(asked, 1), AnswerFit::late);
  EXPECT_EQ(fit(asked, 2), AnswerFit::late);
  EXPECT_EQ(fit(asked, 3), AnswerFit::unasked);
  EXPECT_EQ(asked.open(3, at(5s)), 3U);
  EXPECT_EQ(fit(asked, 3), AnswerFit::open);
}

// Against a model that remembers everything.
TEST(AskedRequests, AgreesWithOneThatForgetsNothing) {
  enum class Was : std::uint8_t { open, answered, given_up, answered_late };
  Prng prng(3);
  AskedRequests asked;
  std::vector<Was> was{Was::answered};  // by id; 0 is none
  Instant now = at(0s);
  for (int step = 0; step < 20'000; ++step) {
    now = now + std::chrono::milliseconds(prng.below(20));
    while (const auto number = asked.expire(now)) was[*number] = Was::given_up;
    const std::uint64_t id = prng.below(was.size() + 2);
    if (prng.below(3) == 0) {
      if (asked.open(was.size(), now + std::chrono::milliseconds(prng.below(500)))) was.push_back(Was::open);
    } else if (prng.below(8) == 0) {
      const bool open = id > 0 && id < was.size() && was[id] == Was::open;
      ASSERT_EQ(asked.cancel(id), open);
      if (open) was[id] = Was::given_up;
    } else {
      const AskedRequests::Answer answer = asked.find(id);
      if (id == 0 || id >= was.size()) {
        ASSERT_EQ(answer.fit, AnswerFit::unasked);
      } else if (was[id] == Was::open) {
        ASSERT_EQ(answer.fit, AnswerFit::open);
        ASSERT_EQ(answer.number, id);
        was[id] = Was::answered;
      } else if (was[id] == Was::given_up) {
        ASSERT_EQ(answer.fit, AnswerFit::late) << "blamed for being late";
        was[id] = Was::answered_late;
      } else {
        ASSERT_NE(answer.fit, AnswerFit::open);
      }
      asked.settle(id);
    }
  }
}

TEST(OwedAnswers, EachIdIsOpenOnceAndFreeAgainWhenAnswered) {
  OwedAnswers owed;
  EXPECT_EQ(owed.judge(0), RequestFit::zero);
  EXPECT_EQ(owed.judge(7), RequestFit::fresh);
  owed.add(7, at(0s));
  EXPECT_EQ(owed.judge(7), RequestFit::repeated);
  EXPECT_EQ(owed.judge(8), RequestFit::fresh);
  EXPECT_FALSE(owed.settle(8));
  EXPECT_TRUE(owed.settle(7));
  EXPECT_FALSE(owed.settle(7));
  EXPECT_EQ(owed.judge(7), RequestFit::fresh);
}

TEST(OwedAnswers, HaveALimitAndATime) {
  OwedAnswers owed;
  EXPECT_EQ(owed.next_deadline(), kNever);
  for (std::uint64_t id = 1; id <= kOpenRequestsMax; ++id) owed.add(id, at(id * 1ms));
  EXPECT_EQ(owed.judge(kOpenRequestsMax + 1), RequestFit::too_many);
  EXPECT_EQ(owed.judge(5), RequestFit::repeated);
  EXPECT_EQ(owed.next_deadline(), at(1ms) + kRequestTimeMax);
  EXPECT_EQ(owed.expire(at(0ms) + kRequestTimeMax), 0U);
  EXPECT_EQ(owed.expire(at(10ms) + kRequestTimeMax), 10U);
  EXPECT_EQ(owed.count(), kOpenRequestsMax - 10);
  EXPECT_FALSE(owed.settle(10));
  EXPECT_TRUE(owed.settle(11));
  EXPECT_EQ(owed.judge(1), RequestFit::fresh);
  owed.clear();
  EXPECT_EQ(owed.next_deadline(), kNever);
}

}  // namespace
}  // namespace ringwire::session
