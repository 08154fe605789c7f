// What `ringwire sim` prints of a run: for people while it runs and after it, for programs as JSON.
//
// Pure: plain data in, text out. Only what is per real second differs between two runs of one scenario.
#pragma once

#include <cstddef>
#include <string>

#include "tools/sim/run_report.hpp"

namespace ringwire::command {

// One line of the trace, columns aligned, without a newline.
std::string format_line(const sim::TraceLine& line);

// Two lines, each with its newline: the world, then its links, traffic and faults.
std::string describe_scenario(const sim::Scenario& scenario);

// Figures, then what was violated, at most kViolationsShown of it. The last line is "trace HASH", of 16
// digits and with a newline: programs read it there.
inline constexpr std::size_t kViolationsShown = 20;
std::string summary(const sim::RunReport& report);

// One JSON object and a newline. The trace is text, the 16 digits of summary(). Ratios are null where there
// was nothing to divide by. A fault has only those keys that its kind looks at. The lines of the trace are
// left out.
std::string report_json(const sim::RunReport& report);

}  // namespace ringwire::command
