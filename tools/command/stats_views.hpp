// What `ringwire stats` shows, made from what a node serves. Pure: documents in, text out.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/command/metrics_text.hpp"

namespace ringwire::command {

// What one look at a node brought: /metrics, and the JSON document that the view is made from, if any.
struct Answers {
  MetricsText metrics;
  std::string document;
};

// One look, and where there was an earlier one, that too: rates are then over the time between them.
struct Looks {
  const Answers& now;
  const Answers* before = nullptr;
};

// Each view as a table for people or as one JSON object without a newline. Throw nlohmann::json::exception
// where the document is none of this version's.
struct View {
  const char* name;
  const char* help;
  const char* document;  // what to GET beside /metrics; null: nothing
  std::string (*table)(const Looks& looks);
  nlohmann::ordered_json (*json)(const Looks& looks);
  const char* legend;  // below --help
};

const View& latency_view();
const View& peers_view();
const View& memory_view();
const View& shards_view();

// "node 3fa2c1d09b7e4455, ringwire 0.1.0 on io_uring, up 3 min 12 s". Only where metrics.is_ringwire().
std::string describe_node(const MetricsText& metrics);

}  // namespace ringwire::command
