// Every row of the report, in the order of the report.
//
// To add a workload: a function that returns its rows, named in catalogue.cpp.
#pragma once

#include <vector>

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

// Everything that a full comparison measures, and what `--quick` does.
std::vector<Comparison> all_comparisons();
std::vector<Comparison> quick_comparisons();

// Rows that are made of other rows: geometric means. Only where all of those were measured.
std::vector<Measured> derived(const std::vector<Measured>& measured);

}  // namespace ringwire::compare
