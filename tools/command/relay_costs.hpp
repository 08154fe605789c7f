// How many bytes nodes copied for each byte they relayed, between two looks at their metrics.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "codec/base/result.hpp"

namespace ringwire::command {

class RelayCosts {
 public:
  // The first look. The error is http_get's, or names an address that is no node's.
  static Result<RelayCosts, std::string> begin(std::vector<Endpoint> nodes);
  // The second. Nothing where nothing was relayed in between.
  [[nodiscard]] Result<std::optional<double>, std::string> end() const;

 private:
  struct Totals {
    double copied = 0;   // ringwire_copied_bytes_total
    double relayed = 0;  // ringwire_relayed_bytes_total
  };
  explicit RelayCosts(std::vector<Endpoint> nodes) : nodes_(std::move(nodes)) {}
  [[nodiscard]] Result<Totals, std::string> look() const;

  std::vector<Endpoint> nodes_;
  Totals before_;
};

}  // namespace ringwire::command
