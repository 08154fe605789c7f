#include "discovery/dial_planner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

namespace ringwire::discovery {
namespace {

constexpr Instant at(Duration since_start) {
  return Instant{1'000'000'000} + since_start;
}

// The planner never looks at the curve: any bytes are a key here.
wire::Enode target(std::uint8_t number) {
  wire::Enode enode;
  enode.public_key.bytes.fill(number);
  enode.endpoint = {IpAddress::v4(192, 0, 2, number), 30303};
  return enode;
}

class DialPlannerTest : public ::testing::Test {
 protected:
  DialPlannerConfig config_{.redial_min = 1s, .redial_max = 300s};
  DialPlanner planner_{config_, target(99).id(), 7};
  const NodeId one_ = target(1).id();
};

TEST_F(DialPlannerTest, ANewTargetIsDueAtOnceAndOnce) {
  EXPECT_EQ(planner_.next_deadline(), kNever);
  EXPECT_EQ(planner_.add(target(1), at(0s)), DialPlanner::Added::yes);
  EXPECT_EQ(planner_.next_deadline(), at(0s));
  EXPECT_EQ(planner_.next_dial(at(0s)), target(1));
  EXPECT_EQ(planner_.next_dial(at(1000s)), std::nullopt);
  EXPECT_EQ(planner_.next_deadline(), kNever);
}

TEST_F(DialPlannerTest, RefusesOurselvesAndWhatIsThereAndWhatIsTooMuch) {
  EXPECT_EQ(planner_.add(target(99), at(0s)), DialPlanner::Added::is_self);
  planner_.add(target(1), at(0s));
  EXPECT_EQ(planner_.add(target(1), at(0s)), DialPlanner::Added::is_there);
  wire::Enode many = target(2);
  while (planner_.size() < DialPlanner::kTargetsMax) {
    store_be(many.public_key.bytes.data(), static_cast<std::uint32_t>(planner_.size()));
    ASSERT_EQ(planner_.add(many, at(0s)), DialPlanner::Added::yes);
  }
  EXPECT_EQ(planner_.add(target(3), at(0s)), DialPlanner::Added::is_full);
}

// The wait after a number of failures in a row.
void expect_wait(Duration wait, int failures) {
  const Duration whole = failures < 10 ? std::min<Duration>(300s, 1s * (1 << (failures - 1))) : 300s;
  EXPECT_GE(wait, std::max<Duration>(1s, whole / 2)) << failures;
  EXPECT_LE(wait, whole) << failures;
}

TEST_F(DialPlannerTest, ATargetAddedWithAnotherAddressIsDialledThereAtOnce) {
  planner_.add(target(1), at(0s));
  for (int failures = 0; failures < 5; ++failures) {
    planner_.next_dial(planner_.next_deadline());
    planner_.on_dial_ended(one_, at(100s));
  }
  ASSERT_GT(planner_.next_deadline(), at(100s));
  wire::Enode moved = target(1);
  moved.endpoint.port = 30304;
  EXPECT_EQ(planner_.add(moved, at(100s)), DialPlanner::Added::is_there);
  EXPECT_EQ(planner_.next_dial(at(100s)), moved);
  EXPECT_EQ(planner_.add(target(1), at(101s)), DialPlanner::Added::is_there);
  EXPECT_EQ(planner_.next_dial(at(101s)), std::nullopt) << "a dial is under way";
  planner_.on_dial_ended(one_, at(101s));
  EXPECT_LE(planner_.next_deadline(), at(102s)) << "the first failure there";
  EXPECT_EQ(planner_.next_dial(at(102s)), target(1));
  EXPECT_EQ(planner_.size(), 1U);
}

TEST_F(DialPlannerTest, TheWaitDoublesWithJitterAndStaysBetweenItsLimits) {
  std::set<Duration> waits;
  planner_.add(target(1), at(0s));
  Instant now = at(0s);
  for (int failures = 1; failures <= 100; ++failures) {
    ASSERT_EQ(planner_.next_dial(now), target(1));
    planner_.on_dial_ended(one_, now);
    const Duration wait = planner_.next_deadline() - now;
    expect_wait(wait, failures);
    waits.insert(wait);
    now = planner_.next_deadline();
  }
  EXPECT_EQ(waits.size(), 100U);
}

TEST_F(DialPlannerTest, NoDialWhileTheNodeHasASessionWhoeverDialled) {
  planner_.add(target(1), at(0s));
  planner_.on_session_opened(one_, at(0s));
  EXPECT_EQ(planner_.next_deadline(), kNever);
  EXPECT_EQ(planner_.next_dial(at(1000s)), std::nullopt);
  planner_.on_session_closed(one_, at(1000s));
  EXPECT_GE(planner_.next_deadline(), at(1001s));
  EXPECT_EQ(planner_.next_dial(at(1000s)), std::nullopt);
  EXPECT_EQ(planner_.next_dial(at(1001s)), target(1));
}

TEST_F(DialPlannerTest, ARemovedTargetIsNotDialledAgain) {
  planner_.add(target(1), at(0s));
  planner_.add(target(2), at(1s));
  EXPECT_TRUE(planner_.remove(one_));
  EXPECT_EQ(planner_.size(), 1U);
  EXPECT_EQ(planner_.next_deadline(), at(1s));
  EXPECT_EQ(planner_.next_dial(at(1000s)), target(2));
  EXPECT_EQ(planner_.next_dial(at(1000s)), std::nullopt);
  EXPECT_FALSE(planner_.remove(one_));
  EXPECT_FALSE(planner_.remove(target(50).id()));
}

// What it was told of a target that is gone comes later.
TEST_F(DialPlannerTest, WhateverWasUnderWayWithARemovedTargetChangesNothing) {
  const auto expect_gone = [&] {
    EXPECT_TRUE(planner_.remove(one_));
    planner_.on_dial_ended(one_, at(2s));
    planner_.on_session_opened(one_, at(2s));
    planner_.on_session_closed(one_, at(3s));
    planner_.on_dial_ended(one_, at(3s));
    EXPECT_EQ(planner_.size(), 0U);
    EXPECT_EQ(planner_.next_deadline(), kNever);
  };
  planner_.add(target(1), at(0s));
  ASSERT_EQ(planner_.next_dial(at(0s)), target(1));
  expect_gone();  // while it is dialled
  planner_.add(target(1), at(4s));
  ASSERT_EQ(planner_.next_dial(at(4s)), target(1));
  planner_.on_session_opened(one_, at(4s));
  planner_.on_dial_ended(one_, at(4s));
  expect_gone();  // while it has a session
  planner_.add(target(1), at(5s));
  ASSERT_EQ(planner_.next_dial(at(5s)), target(1));
  planner_.on_dial_ended(one_, at(5s));
  expect_gone();  // while it waits for its next dial
}

TEST_F(DialPlannerTest, ATargetThatComesBackIsNewAndDueAtOnce) {
  planner_.add(target(1), at(0s));
  for (int failures = 0; failures < 5; ++failures) {
    const Instant now = planner_.next_deadline();
    ASSERT_EQ(planner_.next_dial(now), target(1));
    planner_.on_dial_ended(one_, now);
  }
  EXPECT_TRUE(planner_.remove(one_));
  EXPECT_EQ(planner_.add(target(1), at(100s)), DialPlanner::Added::yes);
  EXPECT_EQ(planner_.next_dial(at(100s)), target(1));
  planner_.on_dial_ended(one_, at(100s));
  expect_wait(planner_.next_deadline() - at(100s), 1);
}

TEST_F(DialPlannerTest, AHealthySessionClearsTheFailuresAndAShorterOneAddsOne) {
  planner_.add(target(1), at(0s));
  Instant now = at(0s);
  for (int sessions = 1; sessions <= 6; ++sessions) {
    ASSERT_TRUE(planner_.next_dial(now).has_value());
    planner_.on_session_opened(one_, now);
    planner_.on_dial_ended(one_, now);
    const bool healthy = sessions == 6;
    now = now + (DialPlanner::kHealthySession - (healthy ? 0ns : 1ns));
    planner_.on_session_closed(one_, now);
    expect_wait(planner_.next_deadline() - now, healthy ? 1 : sessions);
    now = planner_.next_deadline();
  }
}

// The three reports come from different shards.
TEST_F(DialPlannerTest, ReportsMayComeInEveryOrder) {
  enum Report { ended, opened, closed };
  std::array<Report, 3> order{ended, opened, closed};
  do {
    DialPlanner planner(config_, target(99).id(), 7);
    planner.add(target(1), at(0s));
    ASSERT_TRUE(planner.next_dial(at(0s)).has_value());
    bool is_open = false;
    for (const Report report : order) {
      if (report == ended) planner.on_dial_ended(one_, at(1s));
      if (report == opened) planner.on_session_opened(one_, at(1s));
      if (report == closed) planner.on_session_closed(one_, at(1s));
      is_open = report == opened || (is_open && report != closed);
    }
    // Without a session it is dialled again, with one it is not; in no order is it forgotten for ever.
    EXPECT_EQ(planner.next_deadline() == kNever, is_open);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(DialPlannerTest, ReportsAboutStrangersAndRepeatedOnesChangeNothing) {
  planner_.add(target(1), at(0s));
  planner_.on_dial_ended(one_, at(0s));
  planner_.on_session_closed(one_, at(0s));
  planner_.on_session_opened(target(50).id(), at(0s));
  planner_.on_session_closed(target(50).id(), at(0s));
  planner_.on_dial_ended(target(50).id(), at(0s));
  EXPECT_EQ(planner_.next_deadline(), at(0s));
  EXPECT_EQ(planner_.size(), 1U);
}

TEST_F(DialPlannerTest, OneSeedGivesOneSchedule) {
  const auto schedule = [&](std::uint64_t seed) {
    DialPlanner planner(config_, target(99).id(), seed);
    for (std::uint8_t i = 1; i < 10; ++i) planner.add(target(i), at(0s));
    std::vector<std::pair<Instant, wire::Enode>> dials;
    Instant now = at(0s);
    for (int i = 0; i < 200; ++i) {
      now = std::max(now, planner.next_deadline());
      const wire::Enode dialled = *planner.next_dial(now);
      dials.push_back({now, dialled});
      planner.on_dial_ended(dialled.id(), now);
    }
    return dials;
  };
  EXPECT_EQ(schedule(1), schedule(1));
  EXPECT_NE(schedule(1), schedule(2));
}

// Random reports against what must hold for every target, whatever happened.
TEST_F(DialPlannerTest, NeverTwoDialsNeverOneBesideASessionNeverATargetForgotten) {
  struct Model {
    bool dialling = false;
    bool open = false;
    Instant quiet_since;  // neither dialling nor open since
  };
  std::map<NodeId, Model> models;
  std::vector<NodeId> nodes;
  for (std::uint8_t i = 1; i <= 20; ++i) {
    planner_.add(target(i), at(0s));
    models[target(i).id()].quiet_since = at(0s);
    nodes.push_back(target(i).id());
  }
  Prng prng(4);
  Instant now = at(0s);
  int dials = 0;
  for (int step = 0; step < 200'000; ++step) {
    now = now + Duration(static_cast<std::int64_t>(prng.below(1'000'000'000)));
    while (const std::optional<wire::Enode> due = planner_.next_dial(now)) {
      Model& model = models.at(due->id());
      ASSERT_FALSE(model.dialling || model.open);
      model.dialling = true;
      ++dials;
    }
    const NodeId node = nodes[prng.below(nodes.size())];
    Model& model = models.at(node);
    const bool was_quiet = !model.dialling && !model.open;
    switch (prng.below(3)) {
      case 0:
        planner_.on_dial_ended(node, now);
        model.dialling = false;
        break;
      case 1:
        planner_.on_session_opened(node, now);
        model.open = true;
        break;
      default:
        planner_.on_session_closed(node, now);
        model.open = false;
    }
    if (!was_quiet && !model.dialling && !model.open) model.quiet_since = now;
    for (const auto& [id, each] : models) {
      ASSERT_TRUE(each.dialling || each.open || now - each.quiet_since <= config_.redial_max);
    }
    ASSERT_GT(planner_.next_deadline(), now);
  }
  EXPECT_GT(dials, 1000);
}

}  // namespace
}  // namespace ringwire::discovery
