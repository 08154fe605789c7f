#include "bench/compare/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "bench/compare/plot_axis.hpp"
#include "bench/compare/svg.hpp"

namespace ringwire::compare {
namespace {

// Pixels.
constexpr double kWidth = 1100;
constexpr double kMargin = 28;
constexpr double kAxisLeft = 400;   // labels stand left of it
constexpr double kAxisRight = 860;  // figures right of it
constexpr double kRow = 27;
constexpr double kPanelHead = 44;
constexpr double kPanelFoot = 40;
constexpr double kHead = 92;
constexpr double kLine = 17;  // of text
constexpr std::size_t kCaptionColumns = 175;

constexpr const char* kMet = "#0b7285";
constexpr const char* kMissed = "#c2410c";
constexpr const char* kInk = "#1f2937";
constexpr const char* kFaint = "#6b7280";
constexpr const char* kGrid = "#e5e7eb";

struct Panel {
  std::string title;
  std::vector<Measured> rows;
};

// "echo" of "echo-256B-c512" and of "echo-mean", "round-trip" of "round-trip-256B".
std::string family(const std::string& workload) {
  for (std::size_t at = workload.find('-'); at != std::string::npos; at = workload.find('-', at + 1)) {
    if (at + 1 < workload.size() && std::isdigit(static_cast<unsigned char>(workload[at + 1])) != 0) {
      return workload.substr(0, at);
    }
  }
  return workload.substr(0, workload.rfind('-'));
}

bool at_least(const Measured& row) {
  return row.goal.kind == Goal::Kind::ratio_at_least;
}

std::string against(const Measured& row) {
  if (!at_least(row)) return ", smaller is better";
  if (row.baseline_name.starts_with("ringwire-")) return " against " + row.baseline_name;
  if (row.baseline_name.starts_with("floor-")) return " against the raw floor";
  return " against others";
}

std::vector<Panel> panels_of(const std::vector<Measured>& rows) {
  std::vector<Panel> panels;
  for (const Measured& row : rows) {
    std::string title = family(row.workload) + against(row) + ": " + row.metric.name;
    std::replace(title.begin(), title.end(), '_', ' ');
    auto panel = std::find_if(panels.begin(), panels.end(), [&](const Panel& p) { return p.title == title; });
    if (panel == panels.end()) panel = panels.insert(panel, {title, {}});
    panel->rows.push_back(row);
  }
  return panels;
}

// A limit of nothing has no scale: such a row is written, not drawn.
bool has_scale(const Measured& row) {
  return row.ratio_goal() > 0;
}

// Parity, goals and runs. A run of 0 lies at the edge.
std::vector<double> shown_values(const Panel& panel) {
  std::vector<double> values{1};
  for (const Measured& row : panel.rows) {
    if (!has_scale(row)) continue;
    for (const double value : {row.ratio.low, row.ratio.high, row.ratio_goal()}) {
      values.push_back(std::max(value, 0.01));
    }
  }
  return values;
}

std::string tick_label(double value) {
  return fmt::format("{:.4g}", value);
}

std::string draw_axis(const PlotAxis& axis, double top, double bottom) {
  std::string svg;
  for (const double tick : axis.ticks()) {
    const double x = axis.x(tick);
    svg += line(x, top, x, bottom, fmt::format("stroke=\"{}\"", kGrid));
    svg += text_at(x, bottom + 14, "class=\"tick\"", tick_label(tick));
  }
  const double parity = axis.x(1);
  return svg +
         line(parity, top, parity, bottom, fmt::format("stroke=\"{}\" stroke-dasharray=\"4 3\"", kFaint));
}

// A tick, and an arrowhead that points to where the goal is met.
std::string draw_goal(double x, double y, bool to_the_right) {
  const double tip = to_the_right ? 6 : -6;
  return line(x, y - 9, x, y + 9, fmt::format("stroke=\"{}\" stroke-width=\"2\"", kInk)) +
         fmt::format("<path d=\"M{:.1f} {:.1f} l{:.1f} 3.5 l{:.1f} 3.5 z\" fill=\"{}\"/>\n", x, y - 9, tip,
                     -tip, kInk);
}

std::string draw_runs(const Measured& row, const PlotAxis& axis, double y, const char* colour) {
  return line(axis.x(row.ratio.low), y, axis.x(row.ratio.high), y,
              fmt::format("stroke=\"{}\" stroke-width=\"7\" stroke-opacity=\"0.3\" stroke-linecap=\"round\"",
                          colour)) +
         draw_goal(axis.x(row.ratio_goal()), y, at_least(row)) +
         fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\"/>\n", axis.x(row.ratio.median),
                     y, colour);
}

// "1.29" of a ratio, "1527" of a value that is held against a limit.
std::string number(double value) {
  return fmt::format("{:.{}f}", value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

std::string draw_figures(const Measured& row, double y, const char* colour) {
  const bool limited = row.goal.kind == Goal::Kind::value_at_most;
  const std::string figure = number(limited ? row.subject.value.median : row.ratio.median);
  const std::string goal = (at_least(row) ? "goal ≥ "
                            : limited     ? "limit "
                                          : "goal ≤ ") +
                           number(row.goal.bound);
  return fmt::format(
      "<text x=\"{}\" y=\"{:.1f}\" class=\"figure\" style=\"fill: {}\">{} <tspan class=\"side\">±{:.1f}%, "
      "{}{}</tspan></text>\n",
      kAxisRight + 14, y + 4, colour, figure, row.ratio.spread() * 100, goal, row.met() ? "" : ": missed");
}

std::string draw_row(const Measured& row, const PlotAxis& axis, double y, bool names_baseline) {
  const char* const colour = row.met() ? kMet : kMissed;
  const std::string sides = names_baseline ? row.subject_name + " / " + row.baseline_name : row.subject_name;
  const std::string values =
      fmt::format("{}: {} {:.4g}, {} {:.4g} {}", row.workload, row.subject_name, row.subject.value.median,
                  row.baseline_name, row.baseline.value.median, row.metric.name);
  return "<g>\n<title>" + escaped(values) + "</title>\n" +
         fmt::format(
             "<text x=\"{}\" y=\"{:.1f}\" class=\"label\">{} <tspan class=\"side\">{}</tspan></text>\n",
             kAxisLeft - 14, y + 4, escaped(row.workload), escaped(sides)) +
         (has_scale(row) ? draw_runs(row, axis, y, colour) : "") + draw_figures(row, y, colour) + "</g>\n";
}

std::string draw_panel(const Panel& panel, double top) {
  const PlotAxis axis(shown_values(panel), kAxisLeft, kAxisRight);
  const double rows_top = top + kPanelHead - 8;
  const double rows_bottom = top + kPanelHead + kRow * static_cast<double>(panel.rows.size());
  std::string svg = text_at(kMargin, top + 22, "class=\"panel\"", panel.title);
  if (std::any_of(panel.rows.begin(), panel.rows.end(), has_scale))
    svg += draw_axis(axis, rows_top, rows_bottom);
  // Where the title names it, rows need not.
  const bool names_baseline = panel.title.find("against ringwire-") == std::string::npos;
  double y = top + kPanelHead + kRow / 2;
  for (const Measured& row : panel.rows) {
    svg += draw_row(row, axis, y, names_baseline);
    y += kRow;
  }
  return svg;
}

std::vector<std::string> caption_lines(const Facts& machine) {
  std::string caption;
  for (const auto& [name, value] : machine)
    caption += fmt::format("{}{}: {}", caption.empty() ? "" : "; ", name, value);
  std::vector<std::string> lines;
  while (caption.size() > kCaptionColumns) {
    const std::size_t space = caption.rfind(' ', kCaptionColumns);
    if (space == std::string::npos) break;
    lines.push_back(caption.substr(0, space));
    caption.erase(0, space + 1);
  }
  lines.push_back(caption);
  return lines;
}

std::string draw_head(int repetitions) {
  const std::string explained = fmt::format(
      "Ratio of subject to baseline, {} runs of each in turns: dot = median, bar = smallest to largest, flag "
      "= goal, dashed line = parity.",
      repetitions);
  return text_at(kMargin, 40, "class=\"title\"", "ringwire-bench compare") +
         text_at(kMargin, 62, "class=\"note\"", explained) +
         fmt::format(
             "<text x=\"{}\" y=\"{}\" class=\"note\">To the right the subject is better, unless the panel "
             "says "
             "otherwise. <tspan style=\"fill: {}\">● goal met</tspan> <tspan style=\"fill: {}\">● goal "
             "missed</tspan></text>\n",
             kMargin, 62 + kLine, kMet, kMissed);
}

constexpr const char* kStyle = R"(<style>
text { font-family: "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; font-size: 12px; fill: #1f2937; }
.title { font-size: 20px; font-weight: bold; }
.panel { font-size: 14px; font-weight: bold; }
.note, .side, .tick, .caption { fill: #6b7280; }
.tick { font-size: 11px; text-anchor: middle; }
.label { text-anchor: end; }
.figure { font-weight: bold; }
.figure .side { font-weight: normal; }
.caption { font-size: 11px; }
</style>
)";

}  // namespace

std::string report_svg(const Facts& machine, const std::vector<Measured>& rows) {
  std::string body;
  double y = kHead;
  int repetitions = 0;
  for (const Panel& panel : panels_of(rows)) {
    body += draw_panel(panel, y);
    y += kPanelHead + kRow * static_cast<double>(panel.rows.size()) + kPanelFoot;
    repetitions = std::max(repetitions, panel.rows.front().repetitions);
  }
  for (const std::string& caption : caption_lines(machine)) {
    body += text_at(kMargin, y + kLine / 2, "class=\"caption\"", caption);
    y += kLine;
  }
  const double height = y + kMargin;
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1:.0f}\" "
             "viewBox=\"0 0 {0} {1:.0f}\" role=\"img\">\n<title>ringwire-bench compare</title>\n",
             kWidth, height) +
         kStyle + "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + draw_head(repetitions) +
         body + "</svg>\n";
}

}  // namespace ringwire::compare
