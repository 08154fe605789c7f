#include "engine/node/why_report.hpp"

#include <fmt/format.h>

#include <iterator>

namespace ringwire::node {
namespace {

double points(security::Points value) {
  return static_cast<double>(value) / security::kPoint;
}
double seconds(Duration value) {
  return static_cast<double>(value.count()) / 1e9;
}

std::string time_left(const std::optional<Instant>& until, Instant now) {
  if (!until) return "null";
  return *until == kNever ? "\"until lifted\"" : fmt::format("{:.1f}", seconds(*until - now));
}

std::string to_json(const security::Change& change, Instant now) {
  return fmt::format(
      R"({{"unix_ms":{},"seconds_ago":{:.1f},"reason":"{}","points":{:.3f},"score":{:.3f},"decision":"{}"}})",
      change.at.wall.ms, seconds(now - change.at.monotonic), name(change.reason), points(change.points),
      points(change.score), name(change.decision));
}

}  // namespace

// No text in it needs escaping.
std::string to_json(const security::Subject& subject, const std::optional<security::Explanation>& why,
                    const Now& now) {
  const bool is_node = subject.kind == security::Subject::Kind::node;
  std::string json = fmt::format(R"({{"subject":"{}","kind":"{}","known":{})", subject.to_string(),
                                 is_node ? "node" : "address", why.has_value());
  if (!why) return json + "}\n";
  fmt::format_to(std::back_inserter(json),
                 R"(,"score":{:.3f},"half_life_seconds":{:.0f},"disconnect_at":{:.0f},"ban_at":{:.0f},)"
                 R"("trusted":{},"banned_for_seconds":{},"bans":{},"changes_total":{},"changes":[)",
                 points(why->score), seconds(security::Score::kHalfLife), points(security::kDisconnectAt),
                 points(security::kBanAt), why->trusted, time_left(why->banned_until, now.monotonic),
                 why->bans, why->changes_total);
  for (const security::Change& change : why->changes) {
    if (json.back() == '}') json += ',';
    json += to_json(change, now.monotonic);
  }
  return json + "]}\n";
}

}  // namespace ringwire::node
