#include "bench/compare/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/compare/plot.hpp"
#include "bench/compare/plot_axis.hpp"

namespace ringwire::compare {
namespace {

Measured row(const std::string& workload, Goal goal, double subject, double baseline) {
  const auto yields = [](double value) { return [value](double) { return Sample{.value = value}; }; };
  const Comparison comparison{workload, "ours",          "theirs",        {"nanoseconds"},
                              goal,     yields(subject), yields(baseline)};
  return measure(comparison, {1, 0}, [](const std::string&) {});
}

const Facts kMachine{{"cpu", "a <quick> \"one\" & more"}, {"kernel", "6.1"}};

TEST(ReportJson, HasTheKeysThatProgramsDependOn) {
  const auto json =
      nlohmann::json::parse(report_json(kMachine, {row("echo-a", Goal::at_least(0.97), 10, 20)}));
  EXPECT_EQ(json["machine"]["kernel"], "6.1");
  ASSERT_EQ(json["results"].size(), 1U);
  const nlohmann::json expected{
      {"workload", "echo-a"},  {"subject", "ours"},      {"baseline", "theirs"}, {"metric", "nanoseconds"},
      {"subject_value", 10.0}, {"baseline_value", 20.0}, {"ratio", 2.0},         {"spread", 0.0},
      {"repetitions", 1},      {"goal", 0.97},           {"met", true}};
  EXPECT_EQ(json["results"][0], expected);
}

TEST(ReportJson, SaysInTheMetricWhereTheGoalIsAnUpperBound) {
  const auto json = nlohmann::json::parse(report_json(
      kMachine, {row("trip", Goal::at_most(0.5), 20, 80), row("idle", Goal::limit(4096), 8192, 0)}));
  EXPECT_EQ(json["results"][0]["metric"], "nanoseconds_at_most");
  EXPECT_EQ(json["results"][0]["ratio"], 0.25);
  EXPECT_EQ(json["results"][0]["met"], true);
  EXPECT_EQ(json["results"][1]["ratio"], 2.0);
  EXPECT_EQ(json["results"][1]["goal"], 1.0);
  EXPECT_EQ(json["results"][1]["met"], false);
}

TEST(ReportTable, MarksUpperBounds) {
  EXPECT_NE(table_row(row("trip", Goal::at_most(0.5), 20, 80)).find("<=0.50 met"), std::string::npos);
  EXPECT_NE(table_row(row("echo", Goal::at_least(8), 20, 80)).find(" 8.00 no"), std::string::npos);
}

TEST(Plot, EscapesWhatItQuotes) {
  const std::string svg = report_svg(kMachine, {row("echo-<&>", Goal::at_least(1), 1, 2)});
  EXPECT_NE(svg.find("echo-&lt;&amp;&gt;"), std::string::npos);
  EXPECT_NE(svg.find("a &lt;quick&gt; &quot;one&quot; &amp; more"), std::string::npos);
  EXPECT_EQ(svg.find("<quick>"), std::string::npos);
}

TEST(Plot, DrawsValuesOfZeroAndRowsOfOneValue) {
  const std::string svg =
      report_svg(kMachine, {row("copies-a", Goal::limit(0), 0, 0), row("echo-a", Goal::at_least(1), 5, 5)});
  for (const char* const broken : {"\"nan", "\"-nan", "\"inf", "\"-inf", ">nan", ">inf", "±nan"}) {
    EXPECT_EQ(svg.find(broken), std::string::npos) << broken;
  }
}

TEST(PlotAxis, KeepsEveryValueWithinItsEndsAndInOrder) {
  for (const std::vector<double>& values : {std::vector<double>{1, 1.03, 1.3}, {0.9, 1, 8, 40}, {1}}) {
    const PlotAxis axis(values, 100, 500);
    double before = 100;
    for (const double value : values) {
      EXPECT_GT(axis.x(value), before);
      EXPECT_LT(axis.x(value), 500);
      before = axis.x(value);
    }
  }
}

TEST(PlotAxis, HasAFewTicksWithinItsRange) {
  for (const std::vector<double>& values : {std::vector<double>{1, 1.03, 1.3}, {0.9, 1, 8, 40}, {1}}) {
    const PlotAxis axis(values, 100, 500);
    EXPECT_GE(axis.ticks().size(), 2U);
    EXPECT_LE(axis.ticks().size(), 10U);
    for (const double tick : axis.ticks()) {
      EXPECT_GE(axis.x(tick), 100);
      EXPECT_LE(axis.x(tick), 500);
    }
  }
}

}  // namespace
}  // namespace ringwire::compare
