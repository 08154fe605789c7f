// How messages came through a simulated network, as a picture: an SVG without scripts or fonts of its own.
//
// The share of the nodes that a message has reached over the time since it was published: of the message in
// the middle and of the one that came least far by then. Time ends where both curves rest. It is linear, or
// logarithmic where the long way to the end would press the rise of the median against the left edge.
#pragma once

#include <string>

#include "tools/sim/run_report.hpp"

namespace ringwire::command {

// Without points a frame that says so. Points must be in the order of their times.
std::string propagation_svg(const sim::RunReport& report);

}  // namespace ringwire::command
