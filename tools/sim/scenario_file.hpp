// A scenario as a TOML file that people write, and that a failed run leaves behind.
//
// Rules: a key that is not given has the default of scenario.hpp; only the kind of a fault has none.
// Durations are texts ("12.5s", duration_text.hpp). TOML's integers end at 2^63-1: a seed beyond is a text.
// Everything that is wrong with a file is found at once; only one that is no TOML ends at its first error.
#pragma once

#include <string>
#include <vector>

#include "codec/base/result.hpp"
#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

// A scenario that check() accepts, or findings in the order of lines, each as
// "path:line: key: accepted: what can stand there; given: what does". `path` only names the file.
Result<Scenario, std::vector<std::string>> read_scenario(const std::string& text, const std::string& path);

// A complete file with a comment for each key; read_scenario() makes the same scenario of it. `scenario` must
// have passed check().
std::string write_scenario(const Scenario& scenario);

}  // namespace ringwire::sim
