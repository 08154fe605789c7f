#include "tools/sim/isolate.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "codec/base/check.hpp"

namespace ringwire::sim {
namespace {

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

RunReport fine(const Scenario& scenario) {
  RunReport report;
  report.trace = scenario.seed * 7;
  report.delivered = 5;
  report.simulated = 60s;
  return report;
}

RunReport broken_rule(const Scenario& scenario) {
  RunReport report = fine(scenario);
  report.violations.push_back({"lost", 3s, "node 1"});
  return report;
}

RunReport broken_invariant(const Scenario& scenario) {
  std::fputs("first line\n", stderr);
  RW_ASSERT(scenario.seed == 0);
  return {};
}

[[noreturn]] RunReport endless(const Scenario&) {
  std::fputs("begun\n", stderr);
  for (;;) pause();
}

[[noreturn]] RunReport leaving(const Scenario&) {
  std::fputs("==1==ERROR: a long story\nSUMMARY: a short one\n==1==ABORTING\n\n", stderr);
  _exit(3);
}

[[noreturn]] RunReport silent(const Scenario&) {
  _exit(0);
}

[[noreturn]] RunReport throwing(const Scenario&) {
  throw std::runtime_error("no room");
}

RunReport talking(const Scenario& scenario) {
  for (int line = 0; line < 50'000; ++line) std::fprintf(stderr, "line %d\n", line);
  return fine(scenario);
}

// To whatever it can write to, the pipe of the result among them.
void write_everywhere(const std::string& bytes) {
  for (int end = 3; end < 64; ++end) {
    const int flags = fcntl(end, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) == O_WRONLY) (void)!write(end, bytes.data(), bytes.size());
  }
}

RunReport garbling(const Scenario& scenario) {
  write_everywhere(std::string(1 << 20, 'x'));
  return fine(scenario);
}

[[noreturn]] RunReport crashing_late(const Scenario& scenario) {
  write_everywhere(encode_outcome(outcome_of(fine(scenario))));
  std::abort();
}

[[noreturn]] RunReport leaving_late(const Scenario& scenario) {
  write_everywhere(encode_outcome(outcome_of(fine(scenario))));
  _exit(3);
}

Outcome outcome_of_running(RunReport (*run)(const Scenario&), std::chrono::milliseconds limit = 60s) {
  Scenario scenario;
  scenario.seed = 6;
  return run_isolated(scenario, {limit, run});
}

// Whatever happens: no descriptor stays open and nobody is left to be waited for.
class Isolate : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(open_descriptors(), before_);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  const std::ptrdiff_t before_ = open_descriptors();
};

TEST_F(Isolate, HandsTheResultOver) {
  const Outcome outcome = outcome_of_running(fine);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.trace, 42U);
  EXPECT_EQ(outcome.delivered, 5U);
  EXPECT_EQ(outcome.simulated, 60s);
  EXPECT_EQ(outcome.said, "");
}

TEST_F(Isolate, HandsOverWhatWasViolated) {
  const Outcome outcome = outcome_of_running(broken_rule);
  ASSERT_EQ(outcome.violations.size(), 1U);
  EXPECT_EQ(outcome.violations[0].rule, "lost");
  EXPECT_EQ(outcome.violations[0].at, 3s);
}

TEST_F(Isolate, ABrokenInvariantIsAViolationThatNamesIt) {
  const Outcome outcome = outcome_of_running(broken_invariant);
  ASSERT_EQ(outcome.violations.size(), 1U);
  EXPECT_EQ(outcome.violations[0].rule, kCrashed);
  const std::string& text = outcome.violations[0].text;
  EXPECT_EQ(text.find("signal 6 (Aborted): ringwire: invariant broken: scenario.seed == 0 ("), 0U) << text;
  EXPECT_EQ(outcome.said.find("first line\nringwire: invariant broken"), 0U) << outcome.said;
}

TEST_F(Isolate, OfASanitizerTheSummaryCounts) {
  const Outcome outcome = outcome_of_running(leaving);
  ASSERT_EQ(outcome.violations.size(), 1U);
  EXPECT_EQ(outcome.violations[0].rule, kCrashed);
  EXPECT_EQ(outcome.violations[0].text, "exit status 3: a short one");
}

TEST_F(Isolate, AnEndWithoutAResultIsNoSuccess) {
  const Outcome outcome = outcome_of_running(silent);
  ASSERT_EQ(outcome.violations.size(), 1U);
  EXPECT_EQ(outcome.violations[0].rule, kCrashed);
  EXPECT_EQ(outcome.violations[0].text, "ended without a result");
}

TEST_F(Isolate, AnExceptionDoesNotReachTheCallersCode) {
  const pid_t self = getpid();
  Outcome outcome;
  try {
    outcome = outcome_of_running(throwing);
  } catch (const std::exception&) {
    if (getpid() != self) _exit(0);
    FAIL();
  }
  ASSERT_EQ(outcome.violations.size(), 1U);
  EXPECT_EQ(outcome.violations[0].rule, kCrashed);
  EXPECT_NE(outcome.violations[0].text.find("no room"), std::string::npos) << outcome.violations[0].text;
}

TEST_F(Isolate, ARunThatDoesNotEndIsKilled) {
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = outcome_of_running(endless, 200ms);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 200ms);
  ASSERT_EQ(outcome.violations.size(), 1U);
  EXPECT_EQ(outcome.violations[0].rule, kHung);
  EXPECT_EQ(outcome.violations[0].text, "no end after 0.2 s");
  EXPECT_EQ(outcome.said, "begun\n");
  EXPECT_GE(outcome.real_seconds, 0.2);
}

TEST_F(Isolate, OfManyWordsTheLastAreKept) {
  const Outcome outcome = outcome_of_running(talking);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.said.size(), kSaidBytes);
  EXPECT_TRUE(outcome.said.ends_with("line 49998\nline 49999\n"));
}

TEST_F(Isolate, AResultThatIsGarbageIsRefused) {
  const Outcome outcome = outcome_of_running(garbling);
  ASSERT_EQ(outcome.violations.size(), 1U);
  EXPECT_EQ(outcome.violations[0].rule, kCrashed);
}

TEST_F(Isolate, AResultBeforeABadEndIsNone) {
  for (const auto run : {crashing_late, leaving_late}) {
    const Outcome outcome = outcome_of_running(run);
    ASSERT_EQ(outcome.violations.size(), 1U);
    EXPECT_EQ(outcome.violations[0].rule, kCrashed);
  }
}

TEST_F(Isolate, ARunThatIsGivenUpIsKilled) {
  Scenario scenario;
  IsolatedRun first(scenario, {60s, endless});
  IsolatedRun second(scenario, {60s, endless});
  EXPECT_FALSE(first.step());
  first = std::move(second);
  EXPECT_FALSE(first.step());
}

TEST_F(Isolate, ARunDoesNotOutliveItsCaller) {
  int line[2];
  ASSERT_EQ(pipe(line), 0);
  const pid_t caller = fork();
  if (caller == 0) {
    const auto run = [&line](const Scenario& scenario) -> RunReport {
      if (write(line[1], "x", 1) != 1) _exit(1);
      return endless(scenario);
    };
    (void)run_isolated(Scenario{}, {60s, run});
    _exit(1);
  }
  close(line[1]);
  char byte = 0;
  EXPECT_EQ(read(line[0], &byte, 1), 1);
  kill(caller, SIGKILL);
  EXPECT_EQ(waitpid(caller, nullptr, 0), caller);
  pollfd end{line[0], POLLIN, 0};
  ASSERT_EQ(poll(&end, 1, 10'000), 1) << "somebody still has the other end";
  EXPECT_EQ(read(line[0], &byte, 1), 0);
  close(line[0]);
}

TEST_F(Isolate, IsNotDisturbedByWhoIgnoresChildren) {
  const auto before = signal(SIGCHLD, SIG_IGN);
  const Outcome outcome = outcome_of_running(fine);
  signal(SIGCHLD, before);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.trace, 42U);
}

TEST_F(Isolate, IsNotDisturbedBySignals) {
  struct sigaction on_alarm {};
  on_alarm.sa_handler = [](int) {};
  struct sigaction before {};
  sigaction(SIGALRM, &on_alarm, &before);  // without SA_RESTART
  ualarm(2'000, 2'000);
  const Outcome outcome = outcome_of_running([](const Scenario& scenario) {
    std::this_thread::sleep_for(100ms);
    return fine(scenario);
  });
  ualarm(0, 0);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.trace, 42U);
}

}  // namespace
}  // namespace ringwire::sim
