#include "tools/command/stats_views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/command/table.hpp"

namespace ringwire::command {
namespace {

using Json = nlohmann::ordered_json;
using Align = Table::Align;

// Enough of an id to tell nodes apart and to search for it.
constexpr std::size_t kShortId = 16;

// --- latency

const char* meaning(const std::string& subsystem) {
  static const std::map<std::string, const char*> kMeanings{
      {"turn", "one turn of a shard's loop, without its wait"},
      {"handshake", "accepted or dialled, until established"},
      {"ping", "our ping, until its pong"},
      {"crossing", "handed to the owner's shard, until taken there"},
      {"decision", "offered to its owner, until decided"},
      {"send", "not wholly taken by the kernel, until it was"},
      {"delivery", "decided, until the application took it"},
  };
  const auto found = kMeanings.find(subsystem);
  return found == kMeanings.end() ? "" : found->second;
}

std::string latency_table(const Looks& looks) {
  Table table({{"subsystem", Align::left},
               {"where", Align::left},
               {"count"},
               {"mean"},
               {"p50"},
               {"p99"},
               {"p99.9"},
               {"max"},
               {"what it is", Align::left}});
  const Json document = Json::parse(looks.now.document);
  for (const Json& row : document.at("latencies")) {
    const auto subsystem = row.at("subsystem").get<std::string>();
    const auto where = row.at("where").get<std::string>();
    const bool is_first = where == "all";
    const auto count = row.at("count").get<std::uint64_t>();
    std::vector<std::string> cells{is_first ? subsystem : "", where, fmt::to_string(count)};
    for (const char* quantile : {"mean", "p50", "p99", "p999", "max"}) {
      const auto delay = row.at("latency_us").at(quantile).get<double>();
      cells.push_back(count == 0 ? "-" : format_delay(delay));
    }
    cells.emplace_back(is_first ? meaning(subsystem) : "");
    table.add(std::move(cells));
  }
  return table.text();
}

// --- peers

std::string peers_table(const Looks& looks) {
  const Json document = Json::parse(looks.now.document);
  std::vector<Json> peers = document.at("peers").get<std::vector<Json>>();
  std::stable_sort(peers.begin(), peers.end(), [](const Json& a, const Json& b) {
    return a.at("connected_seconds").get<double>() > b.at("connected_seconds").get<double>();
  });
  Table table({{"id", Align::left},
               {"address", Align::left},
               {"dir", Align::left},
               {"shard"},
               {"connected"},
               {"ping"},
               {"queued"},
               {"in"},
               {"out"},
               {"client", Align::left}});
  for (const Json& peer : peers) {
    const Json& ping = peer.at("round_trip_us");
    table.add({peer.at("id").get<std::string>().substr(0, kShortId), peer.at("address"), peer.at("direction"),
               fmt::to_string(peer.at("shard").get<unsigned>()),
               format_age(peer.at("connected_seconds").get<double>()),
               ping.is_null() ? "-" : format_delay(ping.get<double>()),
               format_bytes(peer.at("queued_bytes").get<double>()),
               format_bytes(peer.at("received_bytes").get<double>()),
               format_bytes(peer.at("sent_bytes").get<double>()), peer.at("client")});
  }
  return table.text() + fmt::format("{} peers\n", peers.size());
}

Json document_as_it_is(const Looks& looks) {
  return Json::parse(looks.now.document);
}

// --- memory

struct Part {
  std::string name;
  double plan = 0;
  std::optional<double> used;
};

std::vector<Part> parts_of(const MetricsText& metrics) {
  std::vector<Part> parts;
  for (const auto* planned : metrics.find("ringwire_memory_plan_bytes")) {
    Part part{planned->labels.at("part"), planned->value, {}};
    const auto used = metrics.find("ringwire_memory_used_bytes", {{"part", part.name}});
    if (!used.empty()) part.used = used.front()->value;
    parts.push_back(std::move(part));
  }
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.plan > b.plan; });
  return parts;
}

std::string memory_table(const Looks& looks) {
  Table table({{"part", Align::left}, {"plan"}, {"in use"}, {"of plan"}});
  double total = 0;
  for (const Part& part : parts_of(looks.now.metrics)) {
    total += part.plan;
    const std::string share =
        part.used && part.plan > 0 ? fmt::format("{:.1f} %", *part.used * 100 / part.plan) : "-";
    table.add({part.name, format_bytes(part.plan), part.used ? format_bytes(*part.used) : "-", share});
  }
  const double resident = looks.now.metrics.sum("process_resident_memory_bytes");
  table.add({"all of it (in use: RAM of the process)", format_bytes(total), format_bytes(resident),
             total > 0 ? fmt::format("{:.1f} %", resident * 100 / total) : "-"});
  return table.text();
}

Json memory_json(const Looks& looks) {
  Json report{{"plan_bytes", 0}, {"resident_bytes", looks.now.metrics.sum("process_resident_memory_bytes")}};
  double total = 0;
  report["parts"] = Json::array();
  for (const Part& part : parts_of(looks.now.metrics)) {
    total += part.plan;
    report["parts"].push_back(
        {{"part", part.name},
         {"plan_bytes", static_cast<std::uint64_t>(part.plan)},
         {"used_bytes", part.used ? Json(static_cast<std::uint64_t>(*part.used)) : Json()}});
  }
  report["plan_bytes"] = static_cast<std::uint64_t>(total);
  report["resident_bytes"] = static_cast<std::uint64_t>(report["resident_bytes"].get<double>());
  return report;
}

// --- shards

struct ShardRow {
  std::string shard;
  std::string wait;
  double connections = 0, sessions = 0, queued = 0, paused = 0, heap = 0;                        // now
  double turns = 0, events = 0, cpu = 0, system_calls = 0, received = 0, sent = 0, decided = 0;  // per second
};

double uptime(const MetricsText& metrics) {
  return metrics.sum("ringwire_uptime_seconds");
}

std::string wait_mode(const MetricsText& metrics, const MetricsText::Labels& shard) {
  if (metrics.sum("ringwire_shard_busy_poll", shard) > 0) return "busy poll";
  return metrics.sum("ringwire_shard_gathering", shard) > 0 ? "gather" : "sleep";
}

ShardRow row_of(const Looks& looks, const std::string& name) {
  const MetricsText& now = looks.now.metrics;
  const MetricsText::Labels shard{{"shard", name}};
  const double seconds = uptime(now) - (looks.before != nullptr ? uptime(looks.before->metrics) : 0);
  const auto rate = [&](const char* metric) {
    const double before = looks.before != nullptr ? looks.before->metrics.sum(metric, shard) : 0;
    return seconds > 0 ? (now.sum(metric, shard) - before) / seconds : 0;
  };
  ShardRow row{.shard = name, .wait = wait_mode(now, shard)};
  row.connections = now.sum("ringwire_connections", shard);
  row.sessions = now.sum("ringwire_sessions", shard);
  row.queued = now.sum("ringwire_gossip_queued", shard) + now.sum("ringwire_gossip_awaiting", shard);
  row.paused = now.sum("ringwire_paused", shard);
  row.heap = now.sum("ringwire_heap_used_bytes", shard);
  row.turns = rate("ringwire_driver_turns_total");
  row.decided = rate("ringwire_gossip_decided_total");
  row.cpu = rate("ringwire_shard_cpu_seconds_total") * 100;
  row.system_calls = rate("ringwire_driver_system_calls_total");
  row.received = rate("ringwire_driver_received_bytes_total");
  row.sent = rate("ringwire_driver_sent_bytes_total");
  return row;
}

std::vector<ShardRow> rows_of(const Looks& looks) {
  std::vector<ShardRow> rows;
  for (const std::string& name : looks.now.metrics.values_of("ringwire_driver_turns_total", "shard"))
    rows.push_back(row_of(looks, name));
  return rows;
}

ShardRow sum_of(const std::vector<ShardRow>& rows) {
  ShardRow all{.shard = "all", .wait = ""};
  for (const ShardRow& row : rows) {
    for (double ShardRow::*field :
         {&ShardRow::connections, &ShardRow::sessions, &ShardRow::queued, &ShardRow::paused, &ShardRow::heap,
          &ShardRow::turns, &ShardRow::cpu, &ShardRow::system_calls, &ShardRow::received, &ShardRow::sent,
          &ShardRow::decided}) {
      all.*field += row.*field;
    }
  }
  return all;
}

std::string shards_table(const Looks& looks) {
  Table table({{"shard", Align::left},
               {"connections"},
               {"sessions"},
               {"cpu"},
               {"wait", Align::left},
               {"turns/s"},
               {"syscalls/s"},
               {"decided/s"},
               {"queued"},
               {"paused"},
               {"in/s"},
               {"out/s"},
               {"heap"}});
  std::vector<ShardRow> rows = rows_of(looks);
  rows.push_back(sum_of(rows));
  for (const ShardRow& row : rows) {
    table.add({row.shard, fmt::format("{:.0f}", row.connections), fmt::format("{:.0f}", row.sessions),
               fmt::format("{:.1f} %", row.cpu), row.wait, format_rate(row.turns),
               format_rate(row.system_calls), format_rate(row.decided), fmt::format("{:.0f}", row.queued),
               fmt::format("{:.0f}", row.paused), format_bytes(row.received), format_bytes(row.sent),
               format_bytes(row.heap)});
  }
  const double seconds = uptime(looks.now.metrics);
  const std::string span = looks.before == nullptr
                               ? "since the start, " + format_age(seconds) + " ago"
                               : "over the last " + format_age(seconds - uptime(looks.before->metrics));
  return table.text() + "rates and CPU: " + span + "\n";
}

Json shards_json(const Looks& looks) {
  const double seconds =
      uptime(looks.now.metrics) - (looks.before != nullptr ? uptime(looks.before->metrics) : 0);
  Json report{{"seconds", seconds}, {"shards", Json::array()}};
  for (const ShardRow& row : rows_of(looks)) {
    report["shards"].push_back({{"shard", std::stoi(row.shard)},
                                {"connections", static_cast<std::uint64_t>(row.connections)},
                                {"sessions", static_cast<std::uint64_t>(row.sessions)},
                                {"cpu_percent", row.cpu},
                                {"wait", row.wait},
                                {"turns_per_second", row.turns},
                                {"system_calls_per_second", row.system_calls},
                                {"decided_per_second", row.decided},
                                {"queued", static_cast<std::uint64_t>(row.queued)},
                                {"paused", static_cast<std::uint64_t>(row.paused)},
                                {"received_bytes_per_second", row.received},
                                {"sent_bytes_per_second", row.sent},
                                {"heap_bytes", static_cast<std::uint64_t>(row.heap)}});
  }
  return report;
}

std::string label_or(const MetricsText::Labels& labels, const char* key) {
  const auto found = labels.find(key);
  return found == labels.end() ? "?" : found->second;
}

}  // namespace

const View& latency_view() {
  static constexpr View kView{
      "latency",
      "How long things take, by subsystem",
      "/latency",
      latency_table,
      document_as_it_is,
      "Each subsystem over the whole node first, then by shard or port where it was "
      "measured. Percentiles are at most 3.2 % above the true ones, the maximum is exact. "
      "All since the node started."};
  return kView;
}

const View& peers_view() {
  static constexpr View kView{
      "peers",
      "Who is connected, the longest first",
      "/peers",
      peers_table,
      document_as_it_is,
      "ping: smoothed round trip, - before the first pong. queued: bytes that wait for this "
      "peer. in, out: bytes since it connected. client: what it says it runs."};
  return kView;
}

const View& memory_view() {
  static constexpr View kView{
      "memory",
      "The memory plan beside what is in use, the largest part first",
      nullptr,
      memory_table,
      memory_json,
      "The plan is a ceiling: --explain-memory of `ringwire node` prints it before a start. "
      "A part without `in use` is taken whole at the start."};
  return kView;
}

const View& shards_view() {
  static constexpr View kView{
      "shards",
      "What each shard does, and what waits on it",
      nullptr,
      shards_table,
      shards_json,
      "wait: sleep until something happens; gather completions under load; busy poll. "
      "decided: messages whose relay was decided. queued: messages that wait for that. "
      "paused: connections held back because of it. cpu: of one core."};
  return kView;
}

std::string describe_node(const MetricsText& metrics) {
  const MetricsText::Labels& labels = metrics.find("ringwire_node_info").at(0)->labels;
  return fmt::format("node {}, ringwire {} on {}, up {}", label_or(labels, "id").substr(0, kShortId),
                     label_or(labels, "version"), label_or(labels, "driver"), format_age(uptime(metrics)));
}

}  // namespace ringwire::command
