#include "engine/node/latency_report.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>

#include "engine/node/latencies.hpp"

namespace ringwire::node {
namespace {

using metrics::Histogram;

LatencyInfo describe(std::string_view subsystem, std::string where, const Histogram& histogram) {
  LatencyInfo info;
  info.subsystem = subsystem;
  info.where = std::move(where);
  info.count = histogram.count();
  if (info.count > 0) info.mean = Duration(static_cast<std::int64_t>(histogram.sum_ns() / info.count));
  info.p50 = histogram.quantile_ppm(500'000);
  info.p99 = histogram.quantile_ppm(990'000);
  info.p999 = histogram.quantile_ppm(999'000);
  info.max = histogram.max();
  return info;
}

std::string place_of(std::string_view labels) {
  if (const auto shard = metrics::label(labels, "shard"); !shard.empty())
    return fmt::format("shard {}", shard);
  return fmt::format("port {}", metrics::label(labels, "port"));
}

double micros(Duration value) {
  return static_cast<double>(value.count()) / 1000;
}

}  // namespace

const char* name(Delay delay) {
  switch (delay) {
    case Delay::turn:
      return "turn";
    case Delay::securing:
      return "securing";
    case Delay::handshake:
      return "handshake";
    case Delay::ping:
      return "ping";
    case Delay::crossing:
      return "crossing";
    case Delay::decision:
      return "decision";
    case Delay::send:
      return "send";
    case Delay::count_:
      break;
  }
  return "unknown";
}

std::vector<LatencyInfo> latencies(const metrics::Registry& registry) {
  struct Subsystem {
    Histogram all;
    std::vector<LatencyInfo> each;
  };
  std::vector<std::string_view> order;
  std::map<std::string_view, Subsystem> subsystems;
  for (const auto& [name, labels, histogram] : registry.histograms()) {
    if (name != kLatencyMetric) continue;
    const std::string_view subsystem = metrics::label(labels, "subsystem");
    const auto [found, is_new] = subsystems.try_emplace(subsystem);
    if (is_new) order.push_back(subsystem);
    found->second.all.merge(*histogram);
    if (histogram->count() == 0) continue;
    found->second.each.push_back(describe(subsystem, place_of(labels), *histogram));
  }
  std::vector<LatencyInfo> infos;
  for (const std::string_view subsystem : order) {
    Subsystem& found = subsystems.at(subsystem);
    infos.push_back(describe(subsystem, "all", found.all));
    std::move(found.each.begin(), found.each.end(), std::back_inserter(infos));
  }
  return infos;
}

// Every text in it is a word of ours: nothing needs escaping.
std::string latency_json(const metrics::Registry& registry) {
  std::string json = "{\"latencies\":[";
  for (const LatencyInfo& info : latencies(registry)) {
    if (json.back() == '}') json += ',';
    fmt::format_to(std::back_inserter(json),
                   R"({{"subsystem":"{}","where":"{}","count":{},"latency_us":)"
                   R"({{"mean":{:.3f},"p50":{:.3f},"p99":{:.3f},"p999":{:.3f},"max":{:.3f}}}}})",
                   info.subsystem, info.where, info.count, micros(info.mean), micros(info.p50),
                   micros(info.p99), micros(info.p999), micros(info.max));
  }
  return json + "]}\n";
}

}  // namespace ringwire::node
