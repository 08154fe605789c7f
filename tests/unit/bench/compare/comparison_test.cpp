#include "bench/compare/comparison.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ringwire::compare {
namespace {

RunOnce yields(std::vector<double> values, std::string* order = nullptr, char who = '?') {
  return [values, order, who, next = std::size_t{0}](double) mutable {
    if (order != nullptr) *order += who;
    return Sample{.value = values.at(next++)};
  };
}

Measured run(Goal goal, bool larger_is_better, const RunOnce& subject, const RunOnce& baseline,
             int repetitions) {
  const Comparison row{"w", "s", "b", {"unit", larger_is_better}, goal, subject, baseline};
  return measure(row, {repetitions, 0}, [](const std::string&) {});
}

TEST(Comparison, RunsAlternateAndWhoIsFirstToo) {
  std::string order;
  run(Goal::at_least(1), false, yields({1, 1, 1, 1}, &order, 's'), yields({1, 1, 1, 1}, &order, 'b'), 4);
  EXPECT_EQ(order, "sbbssbbs");
}

TEST(Comparison, AtLeastIsAboveOneWhereTheSubjectIsBetterWhicheverWayTheMetricGoes) {
  const Measured cost = run(Goal::at_least(2), false, yields({50}), yields({100}), 1);
  EXPECT_EQ(cost.ratio.median, 2);
  EXPECT_TRUE(cost.met());
  const Measured rate = run(Goal::at_least(2), true, yields({50}), yields({100}), 1);
  EXPECT_EQ(rate.ratio.median, 0.5);
  EXPECT_FALSE(rate.met());
}

TEST(Comparison, TheRatioIsTheMedianOfPairsSoThatADriftOfTheMachineCancelsOut) {
  const Measured row = run(Goal::at_least(1), false, yields({10, 20, 40}), yields({11, 22, 44}), 3);
  EXPECT_DOUBLE_EQ(row.ratio.median, 1.1);
  EXPECT_NEAR(row.ratio.spread(), 0, 1e-9);
  EXPECT_EQ(row.subject.value.median, 20);
}

TEST(Comparison, AtMostIsSubjectToBaseline) {
  EXPECT_TRUE(run(Goal::at_most(0.5), false, yields({22}), yields({58}), 1).met());
  const Measured missed = run(Goal::at_most(0.5), false, yields({30}), yields({40}), 1);
  EXPECT_EQ(missed.ratio.median, 0.75);
  EXPECT_FALSE(missed.met());
}

TEST(Comparison, ALimitHasNoBaselineToRun) {
  const Measured row = run(Goal::limit(4096), false, yields({1024}), {}, 1);
  EXPECT_EQ(row.ratio.median, 0.25);
  EXPECT_EQ(row.baseline.value.median, 4096);
  EXPECT_EQ(row.ratio_goal(), 1);
  EXPECT_TRUE(row.met());
}

TEST(Comparison, ALimitOfNothingIsMissedByAnything) {
  EXPECT_TRUE(run(Goal::limit(0), false, yields({0}), {}, 1).met());
  const Measured some = run(Goal::limit(0), false, yields({0.001}), {}, 1);
  EXPECT_FALSE(some.met());
  EXPECT_EQ(some.ratio.median, 0.001);
}

TEST(Comparison, FurtherFiguresAreMedians) {
  int next = 0;
  const auto with_figure = [&next](double) {
    return Sample{.value = 1, .also = {{"messages per send", static_cast<double>(++next)}}};
  };
  const Measured row = run(Goal::limit(1), false, with_figure, {}, 3);
  ASSERT_EQ(row.subject.also.size(), 1U);
  EXPECT_EQ(row.subject.also[0], (std::pair<std::string, double>{"messages per send", 2}));
}

TEST(Comparison, WhatKeepsARunFromBeingMeasuredIsPassedOn) {
  const auto broken = [](double) -> Sample { throw std::runtime_error("no server"); };
  EXPECT_THROW(run(Goal::at_least(1), false, broken, yields({1}), 1), std::runtime_error);
}

TEST(Comparison, TheGeometricMeanIsOfRatios) {
  const Measured half = run(Goal::at_least(1), false, yields({2}), yields({1}), 1);
  const Measured eight = run(Goal::at_least(1), false, yields({1}), yields({8}), 1);
  const Measured mean = geometric_mean("mean", {half, eight}, Goal::at_least(3));
  EXPECT_DOUBLE_EQ(mean.ratio.median, 2);
  EXPECT_EQ(mean.workload, "mean");
  EXPECT_FALSE(mean.met());
}

}  // namespace
}  // namespace ringwire::compare
