// What a run of the traffic generator found out, for people and for scripts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/metrics/histogram.hpp"

namespace ringwire::command {

struct LoadReport {
  std::string kind;
  std::uint32_t connections = 0;
  std::uint64_t published = 0;
  std::uint64_t delivered = 0;   // on every node exactly once (tx), or answered (ping, request)
  std::uint64_t lost = 0;        // missing on some node, counted per node
  std::uint64_t duplicated = 0;  // deliveries beyond the first, counted per node
  std::uint64_t unknown = 0;     // deliveries of something this run did not publish, answers to nothing
  std::uint64_t altered = 0;     // answered with other bytes than asked
  std::uint64_t late = 0;        // answered, but after a deadline that programs use
  double seconds = 0;
  bool checked = false;
  std::size_t nodes = 0;                     // whose delivery logs were read
  std::optional<double> copied_per_relayed;  // over the nodes whose metrics were read
  metrics::Histogram latency;                // publish to delivery on each node (tx), or to the answer
  std::map<std::string, std::uint32_t> failures;

  [[nodiscard]] bool good() const {
    return published > 0 && lost == 0 && duplicated == 0 && altered == 0 && failures.empty();
  }
  [[nodiscard]] double rate() const { return seconds > 0 ? static_cast<double>(published) / seconds : 0; }
  [[nodiscard]] std::string to_table() const;
  [[nodiscard]] std::string to_json() const;
};

}  // namespace ringwire::command
