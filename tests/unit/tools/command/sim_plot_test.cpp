#include "tools/command/sim_plot.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace ringwire::command {
namespace {

sim::RunReport report_of(std::vector<sim::PropagationPoint> points) {
  sim::RunReport report;
  report.scenario.name = "two-halves";
  report.scenario.seed = 77;
  report.scenario.nodes = 32;
  report.published = 1200;
  report.propagation = std::move(points);
  return report;
}

const std::vector<sim::PropagationPoint> kQuick{
    {1ms, 0.25, 0.25}, {20ms, 0.5, 0.25}, {50ms, 1, 0.5}, {100ms, 1, 1}, {30s, 1, 1}};
const std::vector<sim::PropagationPoint> kHealed{
    {1ms, 0.25, 0.25}, {20ms, 0.25, 0.25}, {50ms, 1, 0.5}, {10s, 1, 1}, {30s, 1, 1}};

bool has(const std::string& svg, const std::string& part) {
  return svg.find(part) != std::string::npos;
}

// What is wrong with it as XML: elements that do not end, or end in another order.
std::string malformed(const std::string& svg) {
  static const std::regex kTag(R"(<(/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)(/?)>)");
  std::vector<std::string> open;
  std::string rest;
  std::size_t at = 0;
  for (std::sregex_iterator tag(svg.begin(), svg.end(), kTag), end; tag != end; ++tag) {
    rest += svg.substr(at, static_cast<std::size_t>(tag->position()) - at);
    at = static_cast<std::size_t>(tag->position() + tag->length());
    if ((*tag)[1] == "/") {
      if (open.empty() || open.back() != (*tag)[2]) return "</" + (*tag)[2].str() + ">";
      open.pop_back();
    } else if ((*tag)[4] != "/") {
      open.push_back((*tag)[2]);
    }
  }
  rest += svg.substr(at);
  if (!open.empty()) return "<" + open.back() + "> stays open";
  static const std::regex kBare("[<>]|&(?!(amp|lt|gt);)");
  return std::regex_search(rest, kBare) ? "< > or & that is no markup" : "";
}

using Pixels = std::pair<double, double>;
std::vector<std::vector<Pixels>> curves_of(const std::string& svg) {
  static const std::regex kCurve("<polyline points=\"([^\"]*)\"");
  static const std::regex kPoint("([0-9.-]+),([0-9.-]+)");
  std::vector<std::vector<Pixels>> curves;
  for (std::sregex_iterator curve(svg.begin(), svg.end(), kCurve), end; curve != end; ++curve) {
    const std::string points = (*curve)[1];
    curves.emplace_back();
    for (std::sregex_iterator point(points.begin(), points.end(), kPoint); point != end; ++point)
      curves.back().emplace_back(std::stod((*point)[1]), std::stod((*point)[2]));
  }
  return curves;
}

std::vector<std::string> time_labels(const std::string& svg) {
  static const std::regex kTick("class=\"tick\">([^<]*)<");
  std::vector<std::string> labels;
  for (std::sregex_iterator tick(svg.begin(), svg.end(), kTick), end; tick != end; ++tick)
    labels.push_back((*tick)[1]);
  return labels;
}

// The frame, in pixels.
constexpr double kLeft = 76, kRight = 868, kTop = 122, kBottom = 458;

TEST(SimPlot, IsWellFormedAndNeedsNoScript) {
  for (const auto& points : {kQuick, kHealed, {}, {{0s, 1, 1}}, {{5ms, 0, 0}}}) {
    const std::string svg = propagation_svg(report_of(points));
    EXPECT_EQ(malformed(svg), "") << svg;
    EXPECT_TRUE(has(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"520\""));
    for (const char* const bad : {"<script", "href", "nan", "inf"}) EXPECT_FALSE(has(svg, bad)) << svg;
  }
}

TEST(SimPlot, NamesTheRun) {
  const std::string svg = propagation_svg(report_of(kQuick));
  EXPECT_TRUE(has(svg, ">ringwire sim two-halves</text>"));
  EXPECT_TRUE(has(svg, ">seed 77, 32 nodes, 1200 messages</text>"));
}

TEST(SimPlot, EscapesAndShortensNames) {
  sim::RunReport report = report_of(kQuick);
  report.scenario.name = "a<b>&c";
  EXPECT_TRUE(has(propagation_svg(report), ">ringwire sim a&lt;b&gt;&amp;c</text>"));
  EXPECT_EQ(malformed(propagation_svg(report)), "");
  report.scenario.name = std::string(100, 'm');
  EXPECT_TRUE(has(propagation_svg(report), ">ringwire sim " + std::string(47, 'm') + "…</text>"));
}

TEST(SimPlot, CurvesStayWithinTheFrameAndNeverGoBack) {
  for (const auto& points : {kQuick, kHealed, {{0s, 0, 0}, {1us, 0.5, 0}, {1ms, 1, 0}, {100s, 1.5, 1}}}) {
    const auto curves = curves_of(propagation_svg(report_of(points)));
    ASSERT_EQ(curves.size(), 2U);
    for (const auto& curve : curves) {
      ASSERT_EQ(curve.size(), points.size());
      Pixels before{kLeft, kBottom};
      for (const auto& [x, y] : curve) {
        EXPECT_GE(x, before.first);
        EXPECT_LE(y, before.second);
        EXPECT_LE(x, kRight);
        EXPECT_GE(y, kTop);
        before = {x, y};
      }
    }
  }
}

TEST(SimPlot, ShowsSharesAsHeights) {
  const auto curves = curves_of(propagation_svg(report_of(kQuick)));
  const auto height = [&](std::size_t curve, std::size_t point) {
    return (kBottom - curves[curve][point].second) / (kBottom - kTop);
  };
  for (std::size_t i = 0; i < kQuick.size(); ++i) {
    EXPECT_NEAR(height(0, i), kQuick[i].median, 1e-3);
    EXPECT_NEAR(height(1, i), kQuick[i].worst, 1e-3);
  }
}

TEST(SimPlot, LinearTimeEndsWhereBothCurvesRest) {
  const std::string svg = propagation_svg(report_of(kQuick));
  EXPECT_EQ(time_labels(svg), (std::vector<std::string>{"0", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"}));
  EXPECT_FALSE(has(svg, "logarithmic"));
  const auto median = curves_of(svg).front();
  EXPECT_NEAR(median[2].first, (kLeft + kRight) / 2, 0.1) << "50 of 100 ms";
  EXPECT_NEAR(median[3].first, kRight, 0.1);
}

TEST(SimPlot, ALateEndMakesTimeLogarithmic) {
  const std::string svg = propagation_svg(report_of(kHealed));
  EXPECT_TRUE(has(svg, "time since it was published (logarithmic)"));
  EXPECT_EQ(time_labels(svg), (std::vector<std::string>{"20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s",
                                                        "2 s", "5 s", "10 s"}));
  const auto median = curves_of(svg).front();
  EXPECT_NEAR(median[1].first, kLeft, 0.1) << "the last point before a curve rises";
  EXPECT_GT(median[2].first, kLeft + (kRight - kLeft) / 10);
  EXPECT_NEAR(median[3].first, kRight, 0.1);
}

TEST(SimPlot, OverManyDecadesOnlyPowersOfTenHaveLabels) {
  const auto labels =
      time_labels(propagation_svg(report_of({{0s, 0, 0}, {1us, 0.5, 0}, {1ms, 1, 0}, {100s, 1, 1}})));
  EXPECT_EQ(labels, (std::vector<std::string>{"1 us", "10 us", "100 us", "1 ms", "10 ms", "100 ms", "1 s",
                                              "10 s", "100 s"}));
}

TEST(SimPlot, TheLegendTellsHowFarEachCame) {
  std::string svg = propagation_svg(report_of(kQuick));
  EXPECT_TRUE(has(svg, ">median message: half of the nodes within 20 ms, all within 50 ms<"));
  EXPECT_TRUE(has(svg, ">worst message: half of the nodes within 50 ms, all within 100 ms<"));
  svg = propagation_svg(report_of({{1ms, 0.5, 0.25}, {2ms, 0.99999, 0.4}}));
  EXPECT_TRUE(has(svg, ">median message: half of the nodes within 1 ms, in the end 99.9 %<"));
  EXPECT_TRUE(has(svg, ">worst message: in the end 40.0 %<"));
}

TEST(SimPlot, WithoutMessagesItSaysSo) {
  sim::RunReport report = report_of({});
  const std::string svg = propagation_svg(report);
  EXPECT_TRUE(has(svg, ">no message was published</text>"));
  EXPECT_TRUE(curves_of(svg).empty());
  EXPECT_FALSE(has(propagation_svg(report_of(kQuick)), "no message was published"));
}

}  // namespace
}  // namespace ringwire::command
