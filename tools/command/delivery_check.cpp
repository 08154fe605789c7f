#include "tools/command/delivery_check.hpp"

namespace ringwire::command {

DeliveryCheck::DeliveryCheck(const std::vector<std::string>& logs) {
  for (const std::string& path : logs) logs_.emplace_back(path);
}

void DeliveryCheck::publish(const Hash32& id, std::int64_t unix_ns) {
  entries_.emplace(id, Entry{unix_ns, std::vector<std::uint16_t>(logs_.size())});
}

std::string DeliveryCheck::read_new(LoadReport& report) {
  for (std::size_t node = 0; node < logs_.size(); ++node) {
    const bool ok = logs_[node].read_new([&](std::string_view kind, const Hash32& id, std::int64_t unix_ns) {
      if (kind == "tx") deliver(node, id, unix_ns, report);
    });
    if (!ok) return logs_[node].error();
  }
  return {};
}

void DeliveryCheck::deliver(std::size_t node, const Hash32& id, std::int64_t unix_ns, LoadReport& report) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    ++report.unknown;
  } else if (++found->second.times[node] == 1) {
    report.latency.record(Duration(unix_ns - found->second.published_unix_ns));
    ++deliveries_;
  }
}

void DeliveryCheck::settle(LoadReport& report) const {
  for (const auto& [id, entry] : entries_) {
    bool exact = true;
    for (const std::uint16_t times : entry.times) {
      report.lost += times == 0 ? 1 : 0;
      report.duplicated += times > 1 ? times - 1U : 0U;
      exact = exact && times == 1;
    }
    report.delivered += exact ? 1 : 0;
  }
  report.nodes = logs_.size();
  report.checked = true;
}

}  // namespace ringwire::command
