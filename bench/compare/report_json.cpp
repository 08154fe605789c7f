#include <nlohmann/json.hpp>

#include "bench/compare/report.hpp"

namespace ringwire::compare {

std::string report_json(const Facts& machine, const std::vector<Measured>& rows) {
  nlohmann::ordered_json json;
  json["machine"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : machine) json["machine"][name] = value;
  json["results"] = nlohmann::ordered_json::array();
  for (const Measured& row : rows) {
    const bool at_least = row.goal.kind == Goal::Kind::ratio_at_least;
    json["results"].push_back({{"workload", row.workload},
                               {"subject", row.subject_name},
                               {"baseline", row.baseline_name},
                               {"metric", row.metric.name + (at_least ? "" : "_at_most")},
                               {"subject_value", row.subject.value.median},
                               {"baseline_value", row.baseline.value.median},
                               {"ratio", row.ratio.median},
                               {"spread", row.ratio.spread()},
                               {"repetitions", row.repetitions},
                               {"goal", row.ratio_goal()},
                               {"met", row.met()}});
  }
  return json.dump(2) + "\n";
}

}  // namespace ringwire::compare
