// What stands beside every number: the machine, the kernel, the libraries, what was probed, and how quiet it
// was.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ringwire::compare {

using Facts = std::vector<std::pair<std::string, std::string>>;  // name, value

Facts describe_machine();

// Other processes' load that makes a run worthless: 1-minute load average and stolen time. Empty when quiet.
std::string disturbance();

}  // namespace ringwire::compare
