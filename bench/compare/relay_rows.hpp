// Rows about passing messages on: gossip mesh and fan-out.
#pragma once

#include <vector>

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

std::vector<Comparison> relay_rows();
std::vector<Comparison> quick_relay_rows();

}  // namespace ringwire::compare
