// Reads the Prometheus text that a node serves (exposition format 0.0.4).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base/result.hpp"

namespace ringwire::command {

class MetricsText {
 public:
  using Labels = std::map<std::string, std::string, std::less<>>;
  struct Sample {
    std::string name;
    Labels labels;
    double value = 0;
  };

  // The error names the line that is none of the format.
  static Result<MetricsText, std::string> parse(std::string_view text);

  // Whether a ringwire node wrote them.
  [[nodiscard]] bool is_ringwire() const { return !find("ringwire_node_info").empty(); }
  // In the order of the text.
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }
  // Every sample of this name whose labels include all of `wanted`.
  [[nodiscard]] std::vector<const Sample*> find(std::string_view name, const Labels& wanted = {}) const;
  [[nodiscard]] double sum(std::string_view name, const Labels& wanted = {}) const;
  // The values of a label, each once, in the order of the text.
  [[nodiscard]] std::vector<std::string> values_of(std::string_view name, std::string_view label) const;

 private:
  std::vector<Sample> samples_;
};

}  // namespace ringwire::command
