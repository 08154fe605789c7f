#include "tools/sim/sweep.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace ringwire::sim {
namespace {

Scenario make(std::uint64_t seed) {
  Scenario scenario;
  scenario.seed = seed;
  return scenario;
}

RunReport fine(const Scenario& scenario) {
  RunReport report;
  report.trace = scenario.seed;
  report.published = 1;
  report.expected = 3;
  report.delivered = 2;
  report.simulated = 1s;
  return report;
}

// Seed 3 breaks a rule, 5 an invariant; 6 stands still.
RunReport troubled(const Scenario& scenario) {
  RunReport report = fine(scenario);
  if (scenario.seed == 3) report.violations.push_back({"lost", 2s, "node 1"});
  if (scenario.seed == 5) std::abort();
  while (scenario.seed == 6) pause();
  return report;
}

SweepOptions options_for(RunReport (*run)(const Scenario&), std::uint64_t seeds, std::uint32_t jobs) {
  SweepOptions options;
  options.seeds = seeds;
  options.jobs = jobs;
  options.make = make;
  options.isolate.run = run;
  return options;
}

std::vector<std::uint64_t> seeds_of(const std::vector<FailedSeed>& failed) {
  std::vector<std::uint64_t> seeds;
  for (const FailedSeed& each : failed) seeds.push_back(each.seed);
  return seeds;
}

class SweepTest : public testing::Test {
 protected:
  static std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  }
  void TearDown() override {
    EXPECT_EQ(open_descriptors(), before_);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  const std::ptrdiff_t before_ = open_descriptors();
};

TEST_F(SweepTest, RunsEachSeedAndAddsUp) {
  SweepOptions options = options_for(fine, 10, 3);
  options.first_seed = 100;
  options.twice_every = 0;
  std::vector<std::uint64_t> done;
  const SweepReport report = sweep(options, {[&](const SweepReport& so_far) { done.push_back(so_far.seeds); },
                                             [](const FailedSeed&) { FAIL(); }});
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.seeds, 10U);
  EXPECT_EQ(report.seeds_twice, 0U);
  EXPECT_EQ(report.published, 10U);
  EXPECT_EQ(report.expected, 30U);
  EXPECT_EQ(report.delivered, 20U);
  EXPECT_EQ(report.simulated, 10s);
  EXPECT_EQ(done, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(SweepTest, GoesOnAfterFailuresOfEachKind) {
  for (const std::uint32_t jobs : {1U, 4U}) {
    SweepOptions options = options_for(troubled, 8, jobs);
    options.isolate.limit = 500ms;
    std::vector<std::uint64_t> told;
    const SweepReport report =
        sweep(options, {{}, [&told](const FailedSeed& failed) { told.push_back(failed.seed); }});
    EXPECT_EQ(report.seeds, 8U);
    ASSERT_EQ(seeds_of(report.failed), (std::vector<std::uint64_t>{3, 5, 6}));
    EXPECT_EQ(report.failed[0].first.rule, "lost");
    EXPECT_EQ(report.failed[0].first.at, 2s);
    EXPECT_EQ(report.failed[1].first.rule, kCrashed);
    EXPECT_EQ(report.failed[2].first.rule, kHung);
    std::sort(told.begin(), told.end());
    EXPECT_EQ(told, seeds_of(report.failed));
  }
}

TEST_F(SweepTest, RunsAsManyAtOnceAsAskedFor) {
  const auto slow = [](const Scenario& scenario) {
    std::this_thread::sleep_for(300ms);
    return fine(scenario);
  };
  SweepOptions options = options_for(slow, 4, 4);
  options.twice_every = 0;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(sweep(options).seeds, 4U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1200ms);  // one after the other
}

TEST_F(SweepTest, SomeSeedsRunTwice) {
  SweepOptions options = options_for(fine, 7, 2);
  options.twice_every = 3;  // 1, 4, 7
  const SweepReport report = sweep(options);
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.seeds, 7U);
  EXPECT_EQ(report.seeds_twice, 3U);
  EXPECT_EQ(report.simulated, 10s);
}

TEST_F(SweepTest, ATraceThatDiffersIsAViolation) {
  const auto moody = [](const Scenario& scenario) {
    RunReport report = fine(scenario);
    report.trace = static_cast<std::uint64_t>(getpid());
    return report;
  };
  SweepOptions options = options_for(moody, 3, 1);
  options.twice_every = 2;
  const SweepReport report = sweep(options);
  ASSERT_EQ(seeds_of(report.failed), (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(report.failed[0].first.rule, kTraceDiffers);
}

TEST_F(SweepTest, EndsAfterSoManyFailuresWithTheLowestAmongThem) {
  // The later a seed begins, the sooner it fails.
  const auto hasty = [](const Scenario& scenario) {
    std::this_thread::sleep_for(50ms * static_cast<int>(8 - std::min<std::uint64_t>(scenario.seed, 8)));
    RunReport report = fine(scenario);
    if (scenario.seed > 1) report.violations.push_back({"lost", 2s, ""});
    return report;
  };
  SweepOptions options = options_for(hasty, 1'000, 4);
  options.stop_after_failures = 1;
  const SweepReport report = sweep(options);
  EXPECT_LT(report.seeds, 10U);
  ASSERT_FALSE(report.failed.empty());
  EXPECT_EQ(report.failed.front().seed, 2U);
}

TEST_F(SweepTest, EndsAfterItsTime) {
  SweepOptions options = options_for(fine, 1'000'000, 2);
  options.time_limit = 200ms;
  const SweepReport report = sweep(options);
  EXPECT_TRUE(report.ok());
  EXPECT_GT(report.seeds, 0U);
  EXPECT_LT(report.seeds, 1'000'000U);
}

TEST_F(SweepTest, OneScenarioIsComparedAsASweepDoes) {
  IsolateOptions options;
  options.run = [](const Scenario&) {
    RunReport report;
    report.trace = static_cast<std::uint64_t>(getpid());
    return report;
  };
  EXPECT_TRUE(run_compared(make(1), options, false).ok());
  const Outcome outcome = run_compared(make(1), options, true);
  ASSERT_EQ(outcome.violations.size(), 1U);
  EXPECT_EQ(outcome.violations[0].rule, kTraceDiffers);
}

TEST(FailsAlike, TheRuleCountsAndOfACrashTheWords) {
  Outcome outcome;
  EXPECT_FALSE(fails_alike({"lost", 1s, "node 1"}, outcome));
  outcome.violations = {{"twice", 1s, "node 2"}, {"lost", 9s, "node 3"}};
  EXPECT_TRUE(fails_alike({"lost", 1s, "node 1"}, outcome));
  EXPECT_FALSE(fails_alike({"late", 1s, "node 1"}, outcome));
  outcome.violations = {{kCrashed, 0s, "a.cpp:1"}};
  EXPECT_TRUE(fails_alike({kCrashed, 0s, "a.cpp:1"}, outcome));
  EXPECT_FALSE(fails_alike({kCrashed, 0s, "a.cpp:2"}, outcome));
}

}  // namespace
}  // namespace ringwire::sim
