// How many sessions a core can open: each is accepted, secured where there is TLS, proven from both ends,
// pinged once and left again. All of that is in the server's CPU time that is counted, the kernel's part
// included; the client's is not, which works as hard.
//
// Sessions come in crowds that are as large as the places of TLS handshakes allow, so that nobody waits for
// the network and nobody is pushed out.
#pragma once

#include <vector>

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

std::vector<Comparison> handshake_rows();

}  // namespace ringwire::compare
