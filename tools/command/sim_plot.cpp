#include "tools/command/sim_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "tools/command/table.hpp"

namespace ringwire::command {
namespace {

using Points = std::vector<sim::PropagationPoint>;
using Share = double sim::PropagationPoint::*;

// Pixels.
constexpr double kWidth = 900;
constexpr double kHeight = 520;
constexpr double kLeft = 76;
constexpr double kRight = 868;
constexpr double kTop = 122;
constexpr double kBottom = 458;
constexpr double kLegend = 78;
constexpr double kLine = 18;  // of text

constexpr const char* kMedian = "#0b7285";
constexpr const char* kWorst = "#c2410c";
constexpr const char* kGrid = "#e5e7eb";

constexpr std::size_t kNameCharacters = 48;  // as many as fit beside the title
constexpr double kLogarithmicFrom = 15;      // end of the curves / half of the median
constexpr double kTicksMax = 8;
constexpr double kDecadesDense = 3;  // up to here 1, 2 and 5 of each have their label
constexpr double kAll = 1 - 1e-9;

double micros(Duration value) {
  return static_cast<double>(value.count()) / 1e3;
}

// --- SVG

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string text_at(double x, double y, const char* style, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, style, escaped(text));
}

std::string line(double x1, double y1, double x2, double y2, const char* colour, double width) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
      x1, y1, x2, y2, colour, width);
}

double y_of(double share) {
  return kBottom - std::clamp(share, 0.0, 1.0) * (kBottom - kTop);
}

// --- time

// When a curve has come that far; the first point at or beyond it.
std::optional<double> reached(const Points& points, Share curve, double share) {
  const auto found =
      std::find_if(points.begin(), points.end(), [&](const auto& point) { return point.*curve >= share; });
  return found == points.end() ? std::nullopt : std::optional(micros(found->after));
}

bool same_shares(const sim::PropagationPoint& a, const sim::PropagationPoint& b) {
  return a.median == b.median && a.worst == b.worst;
}

class TimeAxis {
 public:
  // At least one point.
  explicit TimeAxis(const Points& points) {
    const double begin = rise(points);
    const double end = rest(points);
    const double half =
        reached(points, &sim::PropagationPoint::median, points.back().median / 2).value_or(end);
    logarithmic_ = begin > 0 && end / half > kLogarithmicFrom;
    low_ = logarithmic_ ? begin : 0;
    high_ = end;
  }

  [[nodiscard]] double x(double us) const {
    if (us <= low_) return kLeft;
    const double part = logarithmic_ ? std::log(us / low_) / std::log(high_ / low_) : us / high_;
    return kLeft + std::min(part, 1.0) * (kRight - kLeft);
  }

  struct Tick {
    double us;
    bool labelled;
  };
  [[nodiscard]] std::vector<Tick> ticks() const {
    return logarithmic_ ? logarithmic_ticks() : linear_ticks();
  }
  [[nodiscard]] bool logarithmic() const { return logarithmic_; }

 private:
  // The last point before any curve moves; not 0, which a logarithmic axis cannot show.
  static double rise(const Points& points) {
    double begin = 0;
    for (const auto& point : points) {
      if (begin > 0 && !same_shares(point, points.front())) break;
      begin = micros(point.after);
    }
    return begin;
  }

  // The first point from which no curve moves; where none ever does, the last.
  static double rest(const Points& points) {
    std::size_t last = points.size() - 1;
    while (last > 0 && same_shares(points[last - 1], points.back())) --last;
    return std::max(micros(last > 0 ? points[last].after : points.back().after), 1.0);
  }

  [[nodiscard]] std::vector<Tick> linear_ticks() const {
    const double least = high_ / kTicksMax;
    const double power = std::pow(10, std::floor(std::log10(least)));
    double step = 10 * power;
    for (const double factor : {5.0, 2.0, 1.0}) {
      if (factor * power >= least) step = factor * power;
    }
    std::vector<Tick> ticks;
    for (int i = 0; i * step <= high_; ++i) ticks.push_back({i * step, true});
    return ticks;
  }

  [[nodiscard]] std::vector<Tick> logarithmic_ticks() const {
    const bool dense = std::log10(high_ / low_) <= kDecadesDense;
    const auto last = static_cast<int>(std::floor(std::log10(high_)));
    std::vector<Tick> ticks;
    for (auto exponent = static_cast<int>(std::floor(std::log10(low_))); exponent <= last; ++exponent) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double us = factor * std::pow(10, exponent);
        if (us >= low_ && us <= high_) ticks.push_back({us, dense || factor == 1.0});
      }
    }
    return ticks;
  }

  bool logarithmic_ = false;
  double low_ = 0, high_ = 0;  // us
};

// --- the parts

// A name is ASCII (sim::check).
std::string shortened(const std::string& name) {
  return name.size() <= kNameCharacters ? name : name.substr(0, kNameCharacters - 1) + "…";
}

std::string draw_head(const sim::RunReport& report) {
  const std::string world =
      fmt::format("seed {}, {} node{}, {} message{}", report.scenario.seed, report.scenario.nodes,
                  report.scenario.nodes == 1 ? "" : "s", report.published, report.published == 1 ? "" : "s");
  return text_at(kLeft, 34, "title", "ringwire sim " + shortened(report.scenario.name)) +
         text_at(kLeft, 55, "note", world);
}

std::string draw_shares() {
  std::string svg;
  for (int percent = 0; percent <= 100; percent += 20) {
    const double y = y_of(percent / 100.0);
    svg += line(kLeft, y, kRight, y, kGrid, 1);
    svg += text_at(kLeft - 8, y + 4, "share", fmt::format("{} %", percent));
  }
  const double middle = (kTop + kBottom) / 2;
  return svg + fmt::format(
                   "<text transform=\"translate(22 {:.1f}) rotate(-90)\" class=\"axis\">"
                   "share of the nodes reached</text>\n",
                   middle);
}

std::string draw_times(const TimeAxis& axis) {
  std::string svg;
  for (const auto& [us, labelled] : axis.ticks()) {
    const double x = axis.x(us);
    svg += line(x, kTop, x, kBottom, kGrid, 1);
    if (labelled) svg += text_at(x, kBottom + 18, "tick", us == 0 ? "0" : format_delay(us));
  }
  const std::string scale = axis.logarithmic() ? " (logarithmic)" : "";
  return svg + text_at((kLeft + kRight) / 2, kBottom + 44, "axis", "time since it was published" + scale);
}

std::string draw_curve(const Points& points, Share curve, const TimeAxis& axis, const char* colour,
                       double width) {
  std::string path, dots;
  for (const auto& point : points) {
    const double x = axis.x(micros(point.after));
    const double y = y_of(point.*curve);
    path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "" : " ", x, y);
    dots +=
        fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>\n", x, y, width + 1, colour);
  }
  return fmt::format(
             "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" "
             "stroke-linejoin=\"round\"/>\n",
             path, colour, width) +
         dots;
}

// "half of the nodes within 50 ms, all within 200 ms": times are those of points, the truth may be less.
std::string progress(const Points& points, Share curve) {
  const auto half = reached(points, curve, 0.5);
  const auto all = reached(points, curve, kAll);
  std::string text = half ? "half of the nodes within " + format_delay(*half) + ", " : "";
  if (all) return text + "all within " + format_delay(*all);
  // Down, not to the nearest: 100 % would be all.
  return text + fmt::format("in the end {:.1f} %", std::floor(points.back().*curve * 1000) / 10);
}

std::string draw_legend(const Points& points) {
  struct Entry {
    const char* name;
    Share curve;
    const char* colour;
  };
  std::string svg;
  double y = kLegend;
  for (const Entry& entry : {Entry{"median message", &sim::PropagationPoint::median, kMedian},
                             Entry{"worst message", &sim::PropagationPoint::worst, kWorst}}) {
    svg += line(kLeft, y - 4, kLeft + 24, y - 4, entry.colour, 3);
    svg += text_at(kLeft + 32, y, "label", fmt::format("{}: {}", entry.name, progress(points, entry.curve)));
    y += kLine;
  }
  return svg;
}

std::string draw_curves(const Points& points) {
  const TimeAxis axis(points);
  // The worst lies on top, and is narrower: where both are one, both are seen.
  return draw_times(axis) + draw_curve(points, &sim::PropagationPoint::median, axis, kMedian, 4) +
         draw_curve(points, &sim::PropagationPoint::worst, axis, kWorst, 2) + draw_legend(points);
}

constexpr const char* kStyle = R"(<style>
text { font-family: "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; font-size: 12px; fill: #1f2937; }
.title { font-size: 20px; font-weight: bold; }
.note, .tick, .share, .axis { fill: #6b7280; }
.tick, .axis, .empty { text-anchor: middle; }
.share { text-anchor: end; }
.empty { font-size: 16px; }
</style>
)";

}  // namespace

std::string propagation_svg(const sim::RunReport& report) {
  const Points& points = report.propagation;
  const std::string body = points.empty() ? text_at((kLeft + kRight) / 2, (kTop + kBottom) / 2, "empty",
                                                    "no message was published")
                                          : draw_curves(points);
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
             "viewBox=\"0 0 {0} {1}\" role=\"img\">\n<title>ringwire sim {2}</title>\n",
             kWidth, kHeight, escaped(report.scenario.name)) +
         kStyle + "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + draw_head(report) +
         draw_shares() + body + "</svg>\n";
}

}  // namespace ringwire::command
