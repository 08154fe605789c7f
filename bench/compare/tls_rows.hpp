// What TLS costs a server: the same work of the same sessions with it and without, and what is copied
// beneath.
#pragma once

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

std::vector<Comparison> tls_rows();

}  // namespace ringwire::compare
