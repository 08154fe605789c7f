#include "engine/shard/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "codec/base/prng.hpp"

namespace ringwire::shard {
namespace {

constexpr Instant kStart{123'456'789'012'345};

struct Recorder {
  Timer timer = Timer::calling<&Recorder::on_fire>(*this);
  std::vector<Instant> fired;
  void on_fire(Instant now) { fired.push_back(now); }
};

TEST(TimerWheel, FiresNeverEarlyAndAtMostOneTickLate) {
  // Every distance up to several levels, at offsets within a tick.
  for (std::int64_t distance = 1; distance < 5000; distance += 7) {
    for (const Duration offset : {0ns, 1ns, 499'999ns, 999'999ns}) {
      TimerWheel wheel(kStart);
      Recorder recorder;
      const Instant deadline = kStart + std::chrono::milliseconds(distance) + offset;
      wheel.arm(recorder.timer, deadline);
      EXPECT_EQ(wheel.advance({deadline.ns - 1}), 0U);
      EXPECT_EQ(wheel.advance(deadline + TimerWheel::kTick), 1U);
      ASSERT_EQ(recorder.fired.size(), 1U);
    }
  }
}

TEST(TimerWheel, MovingAndCancelling) {
  TimerWheel wheel(kStart);
  Recorder recorder;
  wheel.arm(recorder.timer, kStart + 10ms);
  wheel.arm(recorder.timer, kStart + 5s);
  EXPECT_EQ(recorder.timer.deadline(), kStart + 5s);
  EXPECT_EQ(wheel.advance(kStart + 4s), 0U);
  recorder.timer.cancel();
  EXPECT_FALSE(recorder.timer.armed());
  EXPECT_EQ(recorder.timer.deadline(), kNever);
  EXPECT_EQ(wheel.next_deadline(), kNever);
  wheel.arm(recorder.timer, kStart + 6s);
  wheel.arm(recorder.timer, kNever);
  EXPECT_FALSE(recorder.timer.armed());
  EXPECT_EQ(wheel.advance(kStart + 10s), 0U);
}

TEST(TimerWheel, CountsWhatIsArmed) {
  TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<Recorder>> recorders;
  for (int i = 0; i < 100; ++i) {
    recorders.push_back(std::make_unique<Recorder>());
    wheel.arm(recorders.back()->timer, kStart + std::chrono::milliseconds(10 * i + 1));
    wheel.arm(recorders.back()->timer, kStart + std::chrono::milliseconds(100 * i + 1));
  }
  EXPECT_EQ(wheel.armed().value(), 100U);
  EXPECT_EQ(wheel.advance(kStart + 1s), 10U);
  EXPECT_EQ(wheel.armed().value(), 90U);
  recorders[50]->timer.cancel();
  recorders[50]->timer.cancel();
  wheel.arm(recorders[51]->timer, kNever);
  EXPECT_EQ(wheel.armed().value(), 88U);
  recorders.clear();
  EXPECT_EQ(wheel.armed().value(), 0U);
}

TEST(TimerWheel, ADestroyedTimerIsGone) {
  TimerWheel wheel(kStart);
  {
    Recorder recorder;
    wheel.arm(recorder.timer, kStart + 10ms);
  }
  EXPECT_EQ(wheel.next_deadline(), kNever);
  EXPECT_EQ(wheel.advance(kStart + 1s), 0U);
}

TEST(TimerWheel, FarDeadlinesWaitTheirTimeInFewSteps) {
  constexpr Duration kYear = 365 * 24h;
  TimerWheel wheel(kStart);
  for (const Duration distance : {Duration(1h), kYear, 50 * kYear, 200 * kYear}) {
    Recorder recorder;
    const Instant deadline = kStart + distance;
    wheel.arm(recorder.timer, deadline);
    TimerWheel other(kStart);
    Recorder stepped;
    other.arm(stepped.timer, deadline);
    int steps = 0;
    while (stepped.fired.empty()) {
      ASSERT_LT(other.next_deadline(), deadline + TimerWheel::kTick);
      other.advance(other.next_deadline());
      ASSERT_LE(++steps, 8);
    }
    EXPECT_GE(stepped.fired[0], deadline);
    EXPECT_LT(stepped.fired[0], deadline + TimerWheel::kTick);
  }
}

TEST(TimerWheel, TheLastInstantBeforeNeverIsAccepted) {
  TimerWheel wheel(kStart);
  Recorder recorder;
  wheel.arm(recorder.timer, {kNever.ns - 1});
  EXPECT_TRUE(recorder.timer.armed());
  EXPECT_LT(wheel.next_deadline(), kNever);
  EXPECT_EQ(wheel.advance(kStart + 24h * 365), 0U);
  EXPECT_TRUE(recorder.timer.armed());
}

TEST(TimerWheel, APastDeadlineFiresWithinOneTickAndNotNow) {
  TimerWheel wheel(kStart);
  wheel.advance(kStart + 1s);
  Recorder recorder;
  wheel.arm(recorder.timer, kStart);
  EXPECT_EQ(wheel.advance(kStart + 1s), 0U);
  EXPECT_EQ(wheel.advance(kStart + 1s + TimerWheel::kTick), 1U);
}

struct Periodic {
  explicit Periodic(TimerWheel& into) : wheel(into) {}
  TimerWheel& wheel;
  Timer timer = Timer::calling<&Periodic::on_fire>(*this);
  int fired = 0;
  void on_fire(Instant now) {
    ++fired;
    wheel.arm(timer, now + 1s);
  }
};

TEST(TimerWheel, AfterAStopOfThirtySecondsEveryTimerFiresOnce) {
  TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<Periodic>> periodic;
  for (int i = 0; i < 1000; ++i) {
    periodic.push_back(std::make_unique<Periodic>(wheel));
    wheel.arm(periodic.back()->timer, kStart + std::chrono::milliseconds(i));
  }
  EXPECT_EQ(wheel.advance(kStart + 30s), 1000U);
  EXPECT_EQ(wheel.advance(kStart + 30s), 0U);
  EXPECT_EQ(wheel.advance(kStart + 31s + TimerWheel::kTick), 1000U);
  for (const auto& each : periodic) EXPECT_EQ(each->fired, 2);
}

struct Greedy {
  explicit Greedy(TimerWheel& into) : wheel(into) {}
  TimerWheel& wheel;
  Timer timer = Timer::calling<&Greedy::on_fire>(*this);
  void on_fire(Instant now) { wheel.arm(timer, now); }
};

TEST(TimerWheel, ATimerThatArmsItselfForNowCannotHoldTheLoop) {
  TimerWheel wheel(kStart);
  Greedy greedy(wheel);
  wheel.arm(greedy.timer, kStart + 1ms);
  for (int i = 2; i < 100; ++i) EXPECT_EQ(wheel.advance(kStart + std::chrono::milliseconds(i)), 1U);
}

struct Meddler {
  Timer timer = Timer::calling<&Meddler::on_fire>(*this);
  std::function<void(Instant)> action;
  void on_fire(Instant now) { action(now); }
};

TEST(TimerWheel, AFiringTimerMayCancelMoveAndDestroyOthersThatAreDue) {
  TimerWheel wheel(kStart);
  Meddler meddler;
  Recorder cancelled;
  Recorder moved;
  auto destroyed = std::make_unique<Recorder>();
  wheel.arm(meddler.timer, kStart + 2ms);
  wheel.arm(cancelled.timer, kStart + 3ms);
  wheel.arm(moved.timer, kStart + 4ms);
  wheel.arm(destroyed->timer, kStart + 5ms);
  meddler.action = [&](Instant now) {
    cancelled.timer.cancel();
    wheel.arm(moved.timer, now + 10ms);
    destroyed.reset();
  };
  EXPECT_EQ(wheel.advance(kStart + 10ms), 1U);
  EXPECT_EQ(wheel.advance(kStart + 30ms), 1U);
  EXPECT_TRUE(cancelled.fired.empty());
  EXPECT_EQ(moved.fired.size(), 1U);
}

TEST(TimerWheel, ATimerMayDestroyItselfWhileItFires) {
  TimerWheel wheel(kStart);
  auto meddler = std::make_unique<Meddler>();
  meddler->action = [&meddler](Instant) { auto gone = std::move(meddler); };
  wheel.arm(meddler->timer, kStart + 2ms);
  EXPECT_EQ(wheel.advance(kStart + 10ms), 1U);
  EXPECT_EQ(meddler, nullptr);
}

// Against a sorted map: what fires, when, in which order, and that next_deadline never oversleeps.
class Model {
 public:
  explicit Model(std::uint64_t seed) : prng_(seed), nodes_(300) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i] = std::make_unique<Node>(*this, i);
    }
  }
  void step() {
    Node& node = *nodes_[prng_.below(nodes_.size())];
    switch (prng_.below(8)) {
      case 0:
        cancel(node);
        break;
      case 1:
        advance({now_.ns + static_cast<std::int64_t>(prng_.below(std::uint64_t{1} << prng_.below(38)))});
        break;
      case 2:
        if (const Instant next = wheel_.next_deadline(); next != kNever) advance(std::max(next, now_));
        break;
      default:
        arm(node, now_);
    }
    check_next_deadline();
  }

 private:
  struct Node {
    Node(Model& in, std::size_t at) : model(in), index(at) {}
    Model& model;
    std::size_t index;
    Timer timer = Timer::calling<&Node::on_fire>(*this);
    std::multimap<std::uint64_t, std::size_t>::iterator entry;
    bool armed = false;
    void on_fire(Instant now) { model.on_fire(*this, now); }
  };

  static std::uint64_t ceil_tick(Instant at) {
    return (static_cast<std::uint64_t>(at.ns) + 999'999) / 1'000'000;
  }
  static std::uint64_t floor_tick(Instant at) { return static_cast<std::uint64_t>(at.ns) / 1'000'000; }

  void arm(Node& node, Instant now) {
    // From now to 13 days, all scales alike.
    const auto distance = static_cast<std::int64_t>(prng_.below(std::uint64_t{1} << prng_.below(50)));
    const Instant deadline{now.ns + distance};
    cancel(node);
    wheel_.arm(node.timer, deadline);
    node.entry = model_.emplace(std::max(ceil_tick(deadline), floor_tick(now) + 1), node.index);
    node.armed = true;
  }
  void cancel(Node& node) {
    ASSERT_EQ(node.timer.armed(), node.armed);
    if (node.armed) model_.erase(node.entry);
    node.armed = false;
    node.timer.cancel();
  }
  void advance(Instant now) {
    now_ = now;
    last_fired_tick_ = 0;
    wheel_.advance(now);
    ASSERT_TRUE(model_.empty() || model_.begin()->first > floor_tick(now)) << "a due timer did not fire";
  }
  void on_fire(Node& node, Instant now) {
    ASSERT_TRUE(node.armed);
    ASSERT_LE(node.entry->first, floor_tick(now)) << "early";
    ASSERT_GE(node.entry->first, last_fired_tick_) << "out of order";
    last_fired_tick_ = node.entry->first;
    model_.erase(node.entry);
    node.armed = false;
    if (prng_.below(3) == 0) arm(node, now);
    if (prng_.below(10) == 0) cancel(*nodes_[prng_.below(nodes_.size())]);
    if (prng_.below(10) == 0) arm(*nodes_[prng_.below(nodes_.size())], now);
  }
  void check_next_deadline() {
    const Instant next = wheel_.next_deadline();
    ASSERT_EQ(next == kNever, model_.empty());
    if (next == kNever) return;
    ASSERT_LE(floor_tick(next), model_.begin()->first) << "would oversleep";
    ASSERT_GT(floor_tick(next), floor_tick(now_)) << "would not sleep";
  }

  Prng prng_;
  Instant now_ = kStart;
  TimerWheel wheel_{kStart};
  std::vector<std::unique_ptr<Node>> nodes_;
  std::multimap<std::uint64_t, std::size_t> model_;
  std::uint64_t last_fired_tick_ = 0;
};

TEST(TimerWheel, BehavesLikeASortedMapUnderRandomOperations) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Model model(seed);
    for (int i = 0; i < 100'000 && !testing::Test::HasFatalFailure(); ++i) model.step();
  }
}

}  // namespace
}  // namespace ringwire::shard
