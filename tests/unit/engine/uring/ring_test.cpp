#include "engine/uring/ring.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "tests/unit/engine/uring/world.hpp"

namespace ringwire::uring {
namespace {

class RingTest : public testing::Test {
 protected:
  void start(RingConfig config) {
    auto made = Ring::make(config, counters_);
    if (!made.ok()) GTEST_SKIP() << "io_uring_setup: errno " << made.error();
    ring_ = std::move(made).value();
  }

  void no_operation(std::uint64_t user_data) {
    io_uring_sqe& entry = ring_->entry();
    io_uring_prep_nop(&entry);
    entry.user_data = user_data;
  }
  void read_pipe(int descriptor, std::uint64_t user_data) {
    io_uring_sqe& entry = ring_->entry();
    io_uring_prep_read(&entry, descriptor, &byte_, 1, 0);
    entry.user_data = user_data;
  }
  std::vector<std::uint64_t> pop_all() {
    std::vector<std::uint64_t> seen;
    for (Completion completion; ring_->pop(completion);) seen.push_back(completion.user_data);
    return seen;
  }

  driver::DriverCounters counters_;
  std::unique_ptr<Ring> ring_;
  char byte_ = 0;
};

std::vector<std::uint64_t> numbers(std::uint64_t count) {
  std::vector<std::uint64_t> all(count);
  for (std::uint64_t i = 0; i < count; ++i) all[i] = i;
  return all;
}

class RingInEveryMode : public RingTest, public testing::WithParamInterface<Mode> {};

TEST_P(RingInEveryMode, FullSubmissionQueueSubmitsEarlyAndKeepsTheOrder) {
  start({.sq_entries = 4, .cq_entries = 64, .best_mode = GetParam()});
  if (IsSkipped()) return;
  EXPECT_EQ(ring_->mode(), GetParam());
  for (std::uint64_t i = 0; i < 50; ++i) no_operation(i);
  ring_->wait({.timeout = 1s});
  EXPECT_EQ(pop_all(), numbers(50));
  EXPECT_EQ(counters_.submission_full.value(), 12U);
}

TEST_P(RingInEveryMode, OverflownCompletionQueueLosesNothing) {
  start({.sq_entries = 8, .cq_entries = 8, .best_mode = GetParam()});
  if (IsSkipped()) return;
  ASSERT_EQ(ring_->cq_entries(), 8U);
  for (std::uint64_t i = 0; i < 1000; ++i) no_operation(i);
  std::vector<std::uint64_t> seen;
  for (int turns = 0; turns < 100 && seen.size() < 1000; ++turns) {
    ring_->wait({.timeout = 100ms});
    for (const std::uint64_t one : pop_all()) seen.push_back(one);
  }
  EXPECT_EQ(seen, numbers(1000));
  EXPECT_GT(counters_.completion_overflows.value(), 0U);
}

TEST_P(RingInEveryMode, SpinningNeverSleepsAndCostsNoSystemCallWhileNothingHappens) {
  start({.sq_entries = 8, .cq_entries = 16, .best_mode = GetParam()});
  if (IsSkipped()) return;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  read_pipe(ends[0], 7);
  constexpr driver::WaitPlan kSpin{.timeout = 3600s, .spin = true};
  ring_->wait(kSpin);
  const std::uint64_t calls = counters_.system_calls.value();
  for (int i = 0; i < 1000; ++i) ring_->wait(kSpin);
  EXPECT_TRUE(pop_all().empty());
  EXPECT_EQ(counters_.system_calls.value(), calls);
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  std::vector<std::uint64_t> seen;
  for (int i = 0; i < 1'000'000 && seen.empty(); ++i) {
    ring_->wait(kSpin);
    seen = pop_all();
  }
  EXPECT_EQ(seen, std::vector<std::uint64_t>{7});
  close(ends[0]);
  close(ends[1]);
}

INSTANTIATE_TEST_SUITE_P(Modes, RingInEveryMode, testing::Values(Mode::defer, Mode::coop, Mode::plain),
                         label);

TEST_F(RingTest, LookingWithNothingToDoCostsNoSystemCall) {
  start({.sq_entries = 8, .cq_entries = 16});
  if (IsSkipped()) return;
  no_operation(1);
  ring_->wait({});
  EXPECT_EQ(pop_all().size(), 1U);
  const std::uint64_t calls = counters_.system_calls.value();
  ring_->wait({});
  EXPECT_EQ(counters_.system_calls.value(), calls);
}

TEST_F(RingTest, WaitEndsAtItsTimeLimit) {
  start({.sq_entries = 8, .cq_entries = 16});
  if (IsSkipped()) return;
  const auto before = std::chrono::steady_clock::now();
  ring_->wait({.timeout = 30ms});
  EXPECT_GE(std::chrono::steady_clock::now() - before, 29ms);
  EXPECT_TRUE(pop_all().empty());
}

TEST_F(RingTest, DoesNotWaitWhileCompletionsAreQueued) {
  start({.sq_entries = 8, .cq_entries = 16});
  if (IsSkipped()) return;
  no_operation(1);
  no_operation(2);
  ring_->wait({.timeout = 1s});
  Completion completion;
  ASSERT_TRUE(ring_->pop(completion));
  ring_->wait({.timeout = 3600s, .wanted = 64});
  EXPECT_EQ(pop_all(), std::vector<std::uint64_t>{2});
}

TEST_F(RingTest, GathersSeveralCompletionsIntoOneWaitUpToTheMinimumTime) {
  start({.sq_entries = 8, .cq_entries = 64});
  if (IsSkipped()) return;
  if (!ring_->has_min_timeout()) GTEST_SKIP() << "this kernel has no min-timeout";
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  read_pipe(ends[0], 1);
  read_pipe(ends[0], 2);
  ring_->submit();
  std::thread writer([&] {
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(write(ends[1], "x", 1), 1);
  });
  // The first byte alone would end a wait for one; the minimum time holds it back for the second.
  ring_->wait({.timeout = 20s, .wanted = 64, .gather = 2s});
  writer.join();
  EXPECT_EQ(pop_all().size(), 2U);

  // With one there when the minimum time is over, it does not wait for the others.
  read_pipe(ends[0], 3);
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  const auto before = std::chrono::steady_clock::now();
  ring_->wait({.timeout = 3600s, .wanted = 64, .gather = 5ms});
  EXPECT_GE(std::chrono::steady_clock::now() - before, 4ms);
  EXPECT_EQ(pop_all(), std::vector<std::uint64_t>{3});
  close(ends[0]);
  close(ends[1]);
}

TEST_F(RingTest, WantedCompletionsEndTheGathering) {
  start({.sq_entries = 8, .cq_entries = 64});
  if (IsSkipped()) return;
  if (!ring_->has_min_timeout()) GTEST_SKIP() << "this kernel has no min-timeout";
  for (std::uint64_t i = 0; i < 8; ++i) no_operation(i);
  ring_->wait({.timeout = 3600s, .wanted = 8, .gather = 3600s});
  EXPECT_EQ(pop_all(), numbers(8));
}

TEST_F(RingTest, ReapsMoreThanTheKernelRunsInOneEnter) {
  start({.sq_entries = 256, .cq_entries = 1024});
  if (IsSkipped()) return;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  for (std::uint64_t i = 0; i < 200; ++i) {
    io_uring_sqe& entry = ring_->entry();
    io_uring_prep_poll_add(&entry, ends[0], POLLIN);
    entry.user_data = i;
  }
  ring_->submit();
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  ring_->wait({.timeout = 1s});
  EXPECT_EQ(pop_all().size(), 200U);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(RingTest, BelongsToTheThreadOfItsFirstWait) {
  start({.sq_entries = 8, .cq_entries = 16});
  if (IsSkipped()) return;
  no_operation(9);
  std::thread other([&] {
    ring_->wait({.timeout = 1s});
    EXPECT_EQ(pop_all(), std::vector<std::uint64_t>{9});
  });
  other.join();
}

TEST_F(RingTest, ErrorsOfTheSetupAreAnswers) {
  auto made = Ring::make({.sq_entries = 0, .cq_entries = 0}, counters_);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error(), EINVAL);
}

}  // namespace
}  // namespace ringwire::uring
