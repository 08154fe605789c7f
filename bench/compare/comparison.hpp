// One row of the report: a subject against a baseline, in runs that alternate, with a goal for their ratio.
//
// What a run is, the row says itself: most run a server process against a client (server_run.hpp), others
// measure in this process. Every row is a Comparison in the catalogue (catalogue.hpp); measuring, judging and
// reporting are the same for all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/compare/statistics.hpp"

namespace ringwire::compare {

using Figures = std::vector<std::pair<std::string, double>>;  // name with its unit, value

// What one run of one side yields.
struct Sample {
  double value = 0;                // in the unit of the row's metric
  double messages_per_second = 0;  // of all processes together; 0 where the metric is not about messages
  Figures also = {};               // printed under the row, as medians; the same names in every run of a side
};

// Throws std::exception what kept it from being measured.
using RunOnce = std::function<Sample(double seconds)>;

struct Metric {
  std::string name;  // with its unit: "server_cpu_ns_per_message"
  bool larger_is_better = false;
};

struct Goal {
  enum class Kind : std::uint8_t {
    ratio_at_least,  // ratio above 1: the subject is better, whichever way the metric goes
    ratio_at_most,   // ratio = subject / baseline
    value_at_most,   // the subject's own value; there is no baseline to run
  };
  Kind kind = Kind::ratio_at_least;
  double bound = 0;

  static constexpr Goal at_least(double ratio) { return {Kind::ratio_at_least, ratio}; }
  static constexpr Goal at_most(double ratio) { return {Kind::ratio_at_most, ratio}; }
  static constexpr Goal limit(double value) { return {Kind::value_at_most, value}; }
};

struct Comparison {
  std::string workload;  // "echo-256B-c512": first what it is of, then how much of it
  std::string subject;
  std::string baseline;  // "limit" for Goal::limit
  Metric metric;
  Goal goal;
  RunOnce run_subject;
  RunOnce run_baseline;  // empty for Goal::limit
};

struct Side {
  Summary value;
  Summary messages_per_second;
  Figures also;  // medians
};

struct Measured {
  std::string workload;
  std::string subject_name;
  std::string baseline_name;
  Metric metric;
  Goal goal;
  Side subject;
  Side baseline;  // the limit itself for Goal::limit
  Summary ratio;  // of neighbouring runs; for Goal::limit of the value to the limit
  int repetitions = 0;

  // The bound of `ratio`: for Goal::limit 1, or 0 where the limit is 0 and the ratio is the value itself.
  [[nodiscard]] double ratio_goal() const;
  [[nodiscard]] bool met() const;
};

struct RunPlan {
  int repetitions = 5;
  double seconds = 1;  // of each run
};

// Throws what a run throws. `progress` gets a line before every run.
Measured measure(const Comparison& comparison, const RunPlan& plan,
                 const std::function<void(const std::string&)>& progress);

// A row made of others with the same metric and sides: geometric means of values, rates and ratios; the
// extremes of a side or ratio are those of the mean, as if all rows had their best or worst run at once.
Measured geometric_mean(const std::string& workload, const std::vector<Measured>& rows, Goal goal);

}  // namespace ringwire::compare
