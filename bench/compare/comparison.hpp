// One line of the report: a subject against a baseline on a workload, from runs that alternate.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/compare/statistics.hpp"
#include "bench/compare/workload.hpp"

namespace ringwire::compare {

struct Comparison {
  Workload workload;
  std::string subject;
  std::string baseline;
  double goal = 0;  // ratio to reach; above 1: the subject costs less
};

struct Measured {
  Comparison comparison;
  Summary subject;        // server CPU-ns per message
  Summary baseline;       // likewise
  Summary ratio;          // of neighbouring runs; above 1: the subject costs less
  Summary subject_rate;   // messages per second, client and server together
  Summary baseline_rate;  // likewise
  int repetitions = 0;

  [[nodiscard]] bool met() const { return ratio.median >= comparison.goal; }
};

struct RunPlan {
  int repetitions = 5;
  double seconds = 1;  // of each run
};

// Everything that a full comparison measures, and what `--quick` does.
std::vector<Comparison> all_comparisons();
std::vector<Comparison> quick_comparisons();

// Throws what kept a server or client from running. `progress` gets a line per run.
Measured measure(const Comparison& comparison, const RunPlan& plan,
                 const std::function<void(const std::string&)>& progress);

}  // namespace ringwire::compare
