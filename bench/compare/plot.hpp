// The report as a picture: an SVG without scripts or fonts of its own.
//
// Rows of the same family and kind of baseline share a panel and its axis, since a ratio of 1.03 and one of
// 30 cannot be read on the same. Per row: the median as a dot, the extremes of the runs as a bar, the goal as
// a tick with an arrow to the side that meets it, the ratio in figures. A dashed line is parity. The caption
// names the machine.
#pragma once

#include <string>
#include <vector>

#include "bench/compare/comparison.hpp"
#include "bench/compare/machine.hpp"

namespace ringwire::compare {

std::string report_svg(const Facts& machine, const std::vector<Measured>& rows);

}  // namespace ringwire::compare
