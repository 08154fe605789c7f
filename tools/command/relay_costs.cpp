#include "tools/command/relay_costs.hpp"

#include "tools/command/http_client.hpp"

namespace ringwire::command {

Result<RelayCosts::Totals, std::string> RelayCosts::look() const {
  Totals totals;
  for (const Endpoint& node : nodes_) {
    const auto metrics = get_metrics(node);
    if (!metrics.ok()) return Failure{metrics.error()};
    totals.copied += metrics->sum("ringwire_copied_bytes_total");
    totals.relayed += metrics->sum("ringwire_relayed_bytes_total");
  }
  return totals;
}

Result<RelayCosts, std::string> RelayCosts::begin(std::vector<Endpoint> nodes) {
  RelayCosts costs(std::move(nodes));
  const auto totals = costs.look();
  if (!totals.ok()) return Failure{totals.error()};
  costs.before_ = *totals;
  return costs;
}

Result<std::optional<double>, std::string> RelayCosts::end() const {
  const auto after = look();
  if (!after.ok()) return Failure{after.error()};
  if (after->relayed <= before_.relayed) return std::optional<double>();
  return std::optional<double>((after->copied - before_.copied) / (after->relayed - before_.relayed));
}

}  // namespace ringwire::command
