#include "engine/log/logger.hpp"

#include <algorithm>
#include <optional>

namespace ringwire::log {

void Logger::write(LogLevel level, std::uint32_t reason, const Site& site, fmt::string_view text,
                   fmt::format_args args) {
  const std::optional<std::uint32_t> suppressed = limiter_.admit(site, reason, now_.monotonic);
  if (!suppressed) {
    counters_.suppressed.add();
    return;
  }
  Record record;
  const auto written = fmt::vformat_to_n(record.text, Record::kTextMax, text, args);
  record.wall = now_.wall;
  record.site = site;
  record.suppressed = *suppressed;
  record.length = static_cast<std::uint16_t>(std::min(written.size, Record::kTextMax));
  record.level = level;
  record.truncated = written.size > Record::kTextMax;
  (ring_.push(record) ? counters_.written : counters_.dropped).add();
}

}  // namespace ringwire::log
