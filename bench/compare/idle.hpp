// What an idle connection costs in memory: 4000 authenticated sessions held by one node, in plaintext and in
// TLS, on io_uring and on epoll.
//
// A node sets some memory aside for every connection that it may have, and takes more when it has it; what it
// set aside must not hide. And there is a fixed part, whoever is connected: pools, caches, the places of TLS
// handshakes. So two nodes are compared: one configured for these sessions and holding them, one configured
// for few and holding those. Both have been warmed up, so that every buffer of the pools has been touched,
// and had more handshakes at once than there are places for. The difference, per session more, is judged;
// what of it was set aside at start, and the kernel's memory for the sockets of both ends, stand beneath it.
//
// Memory is what the process has of its own in RAM (anonymous and shared pages), not what it reserved.
#pragma once

#include <vector>

#include "bench/compare/comparison.hpp"

namespace ringwire::compare {

std::vector<Comparison> idle_rows();
// Fewer sessions, on io_uring alone.
std::vector<Comparison> quick_idle_rows();

}  // namespace ringwire::compare
