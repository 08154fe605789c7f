#include "bench/compare/relay_figures.hpp"

namespace ringwire::compare {

double copied_per_relayed_byte(const RelayCount& count, CopyReason reason) {
  const double relayed = count.rise("ringwire_relayed_bytes_total");
  const std::string label = std::string("reason=\"") + name(reason) + "\"";
  return relayed == 0 ? 0 : count.rise("ringwire_copied_bytes_total", label) / relayed;
}

double copied_per_relayed_byte(const RelayCount& count) {
  double total = 0;
  for (std::size_t i = 0; i < kCopyReasons; ++i) {
    total += copied_per_relayed_byte(count, static_cast<CopyReason>(i));
  }
  return total;
}

double copied_in_relay(const RelayCount& count) {
  double total = 0;
  for (const CopyReason reason :
       {CopyReason::outbound_log, CopyReason::gather_limit, CopyReason::backlog, CopyReason::relay_heap}) {
    total += copied_per_relayed_byte(count, reason);
  }
  return total;
}

Figures relay_figures(const RelayCount& count) {
  const double sends = count.rise("ringwire_egress_sends_total");
  return {{"messages per send", sends == 0 ? 0 : count.deliveries / sends},
          {"bytes copied per byte relayed", copied_per_relayed_byte(count)}};
}

Figures turn_figures(const RelayCount& count) {
  const double turns = count.rise("ringwire_driver_turns_total");
  const double calls = count.rise("ringwire_driver_system_calls_total");
  return {{"messages per turn", turns == 0 ? 0 : count.deliveries / turns},
          {"system calls per message", calls / count.deliveries}};
}

Figures copy_figures(const RelayCount& count) {
  Figures figures{{"bytes copied per byte relayed, all reasons", copied_per_relayed_byte(count)}};
  for (std::size_t i = 0; i < kCopyReasons; ++i) {
    const auto reason = static_cast<CopyReason>(i);
    figures.emplace_back(std::string("of these: ") + name(reason), copied_per_relayed_byte(count, reason));
  }
  return figures;
}

}  // namespace ringwire::compare
