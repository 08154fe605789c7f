// Rows whose subject and baseline are servers: each run starts one in a process of its own, lets a client
// work with it, and takes the CPU time that the server spent per message.
//
// One core (the gate): server and client on the same core, both SCHED_BATCH. Two cores
// (Workload::two_cores): server on one, client on the other, and the receive work of loopback steered to the
// client's core, as if a NIC interrupted there; needs the private network.
#pragma once

#include <functional>
#include <string>

#include "bench/compare/comparison.hpp"
#include "bench/compare/relay_figures.hpp"
#include "bench/compare/workload.hpp"

namespace ringwire::compare {

// `subject` and `baseline` by the names in subjects(); unknown names, or subjects that cannot do the
// workload, are thrown as std::logic_error.
Comparison server_comparison(const Workload& workload, const std::string& subject,
                             const std::string& baseline, Goal goal);

// What is printed under a row, of subjects that count; relay_figures for relays, nothing else otherwise.
using FiguresOf = std::function<Figures(const RelayCount&)>;

// One run of one server.
Sample run_server(const Workload& workload, const Subject& subject, double seconds,
                  const FiguresOf& figures_of = {});

}  // namespace ringwire::compare
