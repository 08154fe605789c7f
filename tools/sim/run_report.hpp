// What became of one run: for people (report.hpp), for programs, and for the sweep.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "codec/base/time.hpp"
#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

// Something that must never happen, and did.
struct Violation {
  std::string rule;  // one word or two, the same for the same rule: "delivered-twice"
  Duration at{0};    // simulated
  std::string text;  // one line: who, what
};

// One line of the trace for people.
struct TraceLine {
  Duration at{0};
  std::string what;  // one word: "crash", "back", "partition", "healed", "mesh", ...
  std::string text;  // "node 3 loses its power for 4 s"
};

// How far a message has come at so long after it was published.
struct PropagationPoint {
  Duration after{0};
  double median = 0;  // share of the nodes that were up, 0 to 1; of all messages
  double worst = 0;   // of the message that came least far by then
};

// What became of datagrams. `sent` less `arrived` is what was lost, or damaged in each of its copies.
struct DatagramFigures {
  std::uint64_t sent = 0;
  std::uint64_t arrived = 0;    // as they were sent, each once
  std::uint64_t doubled = 0;    // beside them: a second time
  std::uint64_t overtaken = 0;  // of arrived: after one that was sent later the same way
  std::uint64_t damaged = 0;    // copies that arrived with flipped bits
  std::uint64_t asked = 0;      // questions, however often they were sent
  std::uint64_t answered = 0;

  friend bool operator==(const DatagramFigures&, const DatagramFigures&) = default;
};

struct RunReport {
  Scenario scenario;
  std::uint64_t trace = 0;  // hash of everything that happened
  Duration simulated{0};
  double real_seconds = 0;
  std::uint64_t happenings = 0;
  std::uint64_t turns = 0;  // of all shards

  std::uint64_t published = 0;
  std::uint64_t expected = 0;   // deliveries, had every message reached every node that was up then
  std::uint64_t delivered = 0;  // of these, the publisher's own included
  std::uint64_t late = 0;       // beside them: to nodes that came up afterwards, or came back
  std::uint64_t received =
      0;  // messages that came in from peers; beyond one per delivery they are duplicates
  // From publishing to delivery at another node.
  std::array<Duration, 4> latency{};  // p50, p90, p99, max
  std::vector<PropagationPoint> propagation;

  DatagramFigures datagrams;

  std::uint64_t bytes_sent = 0;  // by all nodes
  std::uint64_t sessions = 0;    // opened, by all nodes, each end counted
  std::uint64_t heap_peak = 0;   // of the node that used the most, bytes
  std::uint64_t heap_plan = 0;   // what it may use
  Duration recovered{0};         // from the end of the faults until all were connected

  std::vector<Violation> violations;
  std::vector<TraceLine> lines;

  [[nodiscard]] bool ok() const { return violations.empty(); }
};

}  // namespace ringwire::sim
