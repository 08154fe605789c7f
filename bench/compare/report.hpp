// What a run of the comparison leaves behind: a table for people, JSON for programs.
//
// The ratio is above 1 where the subject is better, but for rows whose goal is an upper bound ("at most"):
// there it is subject / baseline, and smaller is better. The table says so with "<=" before the goal, JSON
// with a metric whose name ends in "_at_most". `met` is right either way.
#pragma once

#include <string>
#include <vector>

#include "bench/compare/comparison.hpp"
#include "bench/compare/machine.hpp"

namespace ringwire::compare {

std::string table_head();
std::string table_row(const Measured& row);  // further figures of the row on lines of their own

// {"machine":{...},"results":[{...}]}
std::string report_json(const Facts& machine, const std::vector<Measured>& rows);

}  // namespace ringwire::compare
