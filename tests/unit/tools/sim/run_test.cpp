// One run as a whole, and that its rules can be broken.
#include "tools/sim/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tools/sim/library.hpp"
#include "tools/sim/remembered_policy.hpp"
#include "tools/sim/transaction_maker.hpp"

namespace ringwire::sim {
namespace {

Scenario small(std::uint64_t seed) {
  Scenario scenario;
  scenario.seed = seed;
  scenario.nodes = 4;
  scenario.length = 5s;
  return scenario;
}

TEST(Run, DeliversEverythingWhereNothingIsWrong) {
  const RunReport report = run(small(1));
  EXPECT_TRUE(report.ok()) << report.violations.front().text;
  EXPECT_GT(report.published, 40U);
  EXPECT_EQ(report.delivered, report.expected);
  EXPECT_GE(report.sessions, 4U * 3);
  EXPECT_GT(report.latency[0], Duration(1ms));
}

TEST(Run, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const std::uint64_t trace = run(small(1)).trace;
  EXPECT_EQ(run(small(1)).trace, trace);
  EXPECT_NE(run(small(2)).trace, trace);
}

TEST(Run, UnderTlsIsTheSameForTheSameSeedToo) {
  const auto run_tls = [](std::uint64_t seed) {
    Scenario scenario = small(seed);
    scenario.tls = true;
    scenario.faults = {{FaultKind::crash, 1s, 1s, 2, 0, 0}, {FaultKind::strangers, 2s, 1s, 1, 0, 20}};
    return run(scenario);
  };
  const RunReport report = run_tls(1);
  EXPECT_TRUE(report.ok()) << report.violations.front().text;
  Scenario under_tls;
  under_tls.tls = true;
  EXPECT_EQ(run_tls(1).trace == report.trace, repeats(under_tls));
  EXPECT_NE(run_tls(2).trace, report.trace);
}

TEST(Run, TellsWhatHappensInOrder) {
  Scenario scenario = small(3);
  scenario.faults = {{FaultKind::crash, 1s, 1s, 2, 0, 0}, {FaultKind::partition, 3s, 1s, 2, 0, 0}};
  std::vector<std::string> words;
  const RunReport report = run(scenario, {[&](const TraceLine& line) { words.push_back(line.what); }, {}});
  EXPECT_TRUE(report.ok()) << report.violations.front().text;
  EXPECT_EQ(words, (std::vector<std::string>{"start", "crash", "back", "partition", "healed", "quiet", "mesh",
                                             "end"}));
  EXPECT_LT(report.delivered, report.expected);  // the one without power missed something
}

// Of the lines that a run tells.
std::vector<std::string> told(const RunReport& report, const char* what) {
  std::vector<std::string> texts;
  for (const TraceLine& line : report.lines) {
    if (line.what == what) texts.push_back(line.text);
  }
  return texts;
}

// Two that do not keep each other, so that the one session of them is the one that is relayed.
Scenario ring(std::uint64_t seed, const Fault& fault) {
  Scenario scenario = small(seed);
  scenario.degree = 1;
  scenario.faults = {fault};
  return scenario;
}

TEST(Run, WhoeverPassesOnEveryByteIsAWire) {
  const RunReport report = run(ring(5, {FaultKind::relay, 1s, 3s, 0, 2, 0}));
  EXPECT_TRUE(report.ok()) << report.violations.front().text;
  EXPECT_EQ(report.sessions, 4U * 2 + 2);
  const auto lines = told(report, "relayed");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_GT(std::stoul(lines[0]), 2'000U) << lines[0];
}

TEST(Run, NobodyTakesAnImpostorForANode) {
  for (const bool tls : {false, true}) {
    Scenario scenario = ring(6, {FaultKind::impostor, 500ms, 7s, 0, 2, 0});
    scenario.length = 8s;
    scenario.tls = tls;
    const RunReport report = run(scenario);
    EXPECT_TRUE(report.ok()) << report.violations.front().text;
    EXPECT_EQ(report.sessions, 4U * 2 + 2);  // that which was overheard
    const auto lines = told(report, "unmasked");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_GT(std::stoul(lines[0]), 10U) << lines[0];
  }
}

// A second and a look after the word it is stored; the power fails then, while it is stored again.
TEST(Run, KeepsBansOverPowerFailuresAndRestarts) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Scenario scenario = small(seed);
    scenario.length = 7s;
    scenario.faults = {{FaultKind::ban, 500ms, 6s, 0, 1, 0},   {FaultKind::disk, 1s, 6s, 1, 0, 500'000},
                       {FaultKind::crash, 2s, 500ms, 0, 0, 0}, {FaultKind::restart, 3s, 500ms, 0, 0, 0},
                       {FaultKind::crash, 4s, 1s, 0, 0, 0},    {FaultKind::crash, 4s, 1s, 1, 0, 0}};
    const RunReport report = run(scenario);
    EXPECT_TRUE(report.ok()) << seed << ": " << report.violations.front().text;
  }
}

// 30 % lost, doubled, delayed, damaged: each in the share that the links say, within four deviations.
TEST(Run, LosesDoublesAndDamagesDatagramsAsItsLinksSayAndAnswersEachQuestion) {
  Scenario scenario = small(8);
  scenario.length = 60s;
  scenario.traffic.per_second = 0;
  scenario.datagrams.per_second = 100;
  scenario.datagrams.lost_per_million = 300'000;
  scenario.datagrams.doubled_per_million = 200'000;
  scenario.datagrams.delayed_per_million = 100'000;
  scenario.datagrams.corrupted_per_million = 50'000;
  const RunReport report = run(scenario);
  EXPECT_TRUE(report.ok()) << report.violations.front().text;
  const DatagramFigures& own = report.datagrams;
  EXPECT_GE(own.asked, 6'000U);
  EXPECT_EQ(own.answered, own.asked);
  const auto expect_share = [](std::uint64_t part, std::uint64_t whole, double share) {
    const auto expected = share * static_cast<double>(whole);
    const double deviation = std::sqrt(expected * (1 - share));
    EXPECT_NEAR(static_cast<double>(part), expected, 4 * deviation);
  };
  // There are copies of seven of ten, of a fifth of these two, and each is damaged for itself.
  const double whole = 0.7 * (0.8 * 0.95 + 0.2 * (1 - 0.05 * 0.05));
  expect_share(own.arrived, own.sent, whole);
  expect_share(own.doubled, own.sent, 0.7 * 0.2 * 0.95 * 0.95);
  expect_share(own.damaged, own.sent, 0.7 * 1.2 * 0.05);
  EXPECT_GT(own.overtaken, 0U);
  EXPECT_EQ(run(scenario).datagrams, own);
}

// Hosts without power, ways that are cut and links that lose nearly everything: all of it ends in time.
TEST(Run, AnswersQuestionsOnceFaultsAreOver) {
  Scenario scenario = small(9);
  scenario.datagrams.per_second = 20;
  scenario.faults = {{FaultKind::crash, 1s, 3s, 2, 0, 0},
                     {FaultKind::partition, 500ms, 4s, 1, 0, 0},
                     {FaultKind::lossy_link, 1s, 4s, 2, 3, 900'000}};
  const RunReport report = run(scenario);
  EXPECT_TRUE(report.ok()) << report.violations.front().text;
  EXPECT_EQ(report.datagrams.answered, report.datagrams.asked);
  EXPECT_LT(report.datagrams.arrived, report.datagrams.sent * 9 / 10);
}

// A link on which nothing can be said in time: nobody is connected, nobody is heard, and both are said.
TEST(Run, SaysWhereTheNetworkDoesNotRecover) {
  Scenario scenario = small(4);
  scenario.link.lost_per_million = 900'000;
  scenario.datagrams.per_second = 1;
  scenario.datagrams.lost_per_million = 900'000;
  const RunReport report = run(scenario);
  const auto broken = [&](const char* rule) {
    return std::any_of(report.violations.begin(), report.violations.end(),
                       [&](const Violation& each) { return each.rule == rule; });
  };
  EXPECT_TRUE(broken("not-connected"));
  EXPECT_TRUE(broken("not-heard"));
  EXPECT_TRUE(broken("not-answered"));
}

TEST(RememberedPolicy, SaysWhatThePolicySaysAndAsksItOnce) {
  const gossip::TransactionRules rules{.chain_id = 7};
  gossip::DefaultTransactionPolicy plain(rules);
  RememberedPolicy remembered(rules);
  TransactionMaker ours(7);
  TransactionMaker others(8);
  for (int round = 0; round < 3; ++round) {
    for (std::vector<std::uint8_t> bytes : {ours.next(), others.next(), std::vector<std::uint8_t>{1, 2, 3}}) {
      const ByteView view = bytes;
      gossip::Judgement expected;
      plain.judge(std::span(&view, 1), std::span(&expected, 1));
      for (int again = 0; again < 4; ++again) {
        gossip::Judgement judgement;
        remembered.judge(std::span(&view, 1), std::span(&judgement, 1));
        EXPECT_EQ(judgement.refusal, expected.refusal);
        EXPECT_EQ(judgement.facts.sender, expected.facts.sender);
        EXPECT_EQ(judgement.cost, expected.cost);
      }
    }
  }
  EXPECT_EQ(remembered.asked(), 7U);  // the last three bytes are the same each time
}

}  // namespace
}  // namespace ringwire::sim
