#include "tools/sim/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/driver/driver.hpp"
#include "tools/sim/duration_text.hpp"

namespace ringwire::sim {
namespace {

constexpr std::size_t kNameBytesMax = 100;  // it stands in a line of a report
constexpr Duration kLengthMax = 24h;
constexpr Duration kWayMax = 10s;  // a longer one is a partition: every timeout of a session is over
// A relay heap takes from 16 MB to 64 GB, as in a node's configuration.
constexpr std::uint32_t kHeapMbMin = 16;
constexpr std::uint32_t kHeapMbMax = 65'536;
constexpr std::uint64_t kBytesPerSecondMin = 1'000;            // with less, one frame takes minutes
constexpr std::uint64_t kBytesPerSecondMax = 100'000'000'000;  // 800 Gbit/s
constexpr std::uint32_t kMillion = 1'000'000;
constexpr std::uint32_t kLostMax = 900'000;  // with all of them lost it is a cut
constexpr std::uint32_t kPerSecondMax = 100'000;
constexpr std::uint32_t kQuestionsPerSecondMax = 10'000;  // what is sent is remembered to the end of the run
constexpr std::int64_t kWallStepMaxMs = 24 * 60 * 60 * 1000;
constexpr std::int64_t kDriftMax = 10'000;  // a hundred times what quartz does in the cold
constexpr std::int64_t kStrangersMax = 100'000;

struct KindEntry {
  const char* name;
  FaultShape shape;
};
// In the order of FaultKind.
constexpr KindEntry kKinds[] = {
    {"partition", {true, false, false, "nodes below node and the others do not hear each other"}},
    {"one-way", {true, true, false, "nothing that node sends reaches other"}},
    {"reset", {false, true, false, "streams between node and other are reset, once"}},
    {"crash", {true, false, false, "node loses its power; it is back after lasts with its key"}},
    {"restart", {true, false, false, "node stops as an operator stops it, and is back after lasts"}},
    {"freeze", {true, false, false, "node gets no turns"}},
    {"slow-shard", {true, true, false, "shard other of node gets no turns"}},
    {"slow-link",
     {true, true, true, "what node and other say to each other passes at amount bytes a second"}},
    {"lossy-link",
     {true, true, true, "amount of a million segments and datagrams between node and other are lost"}},
    {"wall-step", {false, false, true, "the wall clock of node is set amount milliseconds ahead, once"}},
    {"drift", {true, false, true, "the clocks of node run amount millionths too fast"}},
    {"dial-both", {false, true, false, "node and other dial each other at the same moment, once"}},
    {"ban", {true, true, false, "the operator of node bans other"}},
    {"twin", {true, true, false, "another node that has the key of node comes up, and dials other"}},
    {"strangers", {true, false, true, "amount connections that say nothing, or half a handshake reach node"}},
    {"relay", {true, true, false, "node dials other through somebody who passes on every byte"}},
    {"impostor",
     {true, true, false, "who heard node and other shake hands pretends to each to be the other"}},
    {"disk",
     {true, false, true, "a bit on the disk of node rots; amount of a million syncs fail, and sectors tear"}},
};
static_assert(std::size(kKinds) == kFaultKinds);
constexpr KindEntry kNoKind{"none", {}};

const KindEntry& entry_of(FaultKind kind) {
  const auto number = static_cast<std::size_t>(kind);
  return number < kFaultKinds ? kKinds[number] : kNoKind;
}

bool is_known(FaultKind kind) {
  return static_cast<std::uint8_t>(kind) < kFaultKinds;
}

bool other_is_node(FaultKind kind) {
  return shape_of(kind).other && kind != FaultKind::slow_shard;
}

struct AmountRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const char* unit = "";
};
AmountRange amounts_of(FaultKind kind) {
  if (kind == FaultKind::slow_link) {
    return {kBytesPerSecondMin, static_cast<std::int64_t>(kBytesPerSecondMax), "bytes a second"};
  }
  if (kind == FaultKind::lossy_link) return {0, kLostMax, "segments and datagrams of a million"};
  if (kind == FaultKind::wall_step) return {-kWallStepMaxMs, kWallStepMaxMs, "milliseconds"};
  if (kind == FaultKind::drift) return {-kDriftMax, kDriftMax, "millionths"};
  if (kind == FaultKind::disk) return {0, kMillion, "syncs and sectors of a million"};
  return {1, kStrangersMax, "connections"};
}

// A value that is impossible by itself is one finding; what depends on it is not looked at.
class Checker {
 public:
  explicit Checker(const Scenario& scenario) : scenario_(scenario) {}
  std::vector<ScenarioFinding> run();

 private:
  void check_head();
  void check_degree();
  void check_link();
  void check_traffic();
  void check_datagrams();
  void check_fault(const Fault& fault, const std::string& prefix);
  void check_times(const Fault& fault, const std::string& prefix);
  void check_nodes(const Fault& fault, const std::string& prefix);
  void check_shard(const Fault& fault, const std::string& prefix);
  void check_amount(const Fault& fault, const std::string& prefix);

  bool require(bool fits, std::string key, const std::string& accepted, const std::string& given) {
    if (!fits) findings_.push_back({std::move(key), fmt::format("accepted: {}; given: {}", accepted, given)});
    return fits;
  }
  bool number(const std::string& key, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
    return require(low <= value && value <= high, key, fmt::format("a number from {} to {}", low, high),
                   std::to_string(value));
  }
  bool duration(const std::string& key, Duration value, Duration low, Duration high) {
    return require(
        low <= value && value <= high, key,
        fmt::format("a duration, as \"1.5s\", from {} to {}", duration_text(low), duration_text(high)),
        duration_text(value));
  }

  const Scenario& scenario_;
  std::vector<ScenarioFinding> findings_;
  bool nodes_fit_ = false;
  bool shards_fit_ = false;
  bool length_fits_ = false;
};

std::vector<ScenarioFinding> Checker::run() {
  check_head();
  check_link();
  check_traffic();
  check_datagrams();
  const std::vector<Fault>& faults = scenario_.faults;
  if (require(faults.size() <= kFaultsMax, "fault", fmt::format("at most {} of them", kFaultsMax),
              std::to_string(faults.size()))) {
    for (std::size_t i = 0; i < faults.size(); ++i) check_fault(faults[i], fmt::format("fault[{}].", i));
  }
  return std::move(findings_);
}

void Checker::check_head() {
  const Scenario& own = scenario_;
  std::string shown = own.name.substr(0, kNameBytesMax + 1);
  const auto prints = [](char each) { return each >= ' ' && each <= '~'; };
  const bool printable = std::all_of(shown.begin(), shown.end(), prints);
  std::replace_if(
      shown.begin(), shown.end(), [&prints](char each) { return !prints(each); }, '?');
  require(printable && !shown.empty() && shown.size() <= kNameBytesMax, "name",
          fmt::format("a text of 1 to {} ASCII characters that print", kNameBytesMax), '"' + shown + '"');
  nodes_fit_ = number("nodes", own.nodes, 1, kNodesMax);
  shards_fit_ = number("shards", own.shards, 1, kShardsMax);
  check_degree();
  length_fits_ = duration("length", own.length, 1ns, kLengthMax);
  duration("joining", own.joining, 0ns, length_fits_ ? own.length : kLengthMax);
  duration("patience", own.patience, kPatienceMin, own.faults.empty() ? kQuietPatienceMax : kPatienceMax);
  number("heap-mb", own.heap_mb, kHeapMbMin, kHeapMbMax);
}

void Checker::check_degree() {
  const std::uint32_t degree = scenario_.degree;
  const std::string given = std::to_string(degree);
  if (nodes_fit_ && scenario_.nodes > kDegreeMax + 1) {
    require(0 < degree && degree <= kDegreeMax, "degree",
            fmt::format("of more than {} nodes a number from 1 to {}", kDegreeMax + 1, kDegreeMax), given);
    return;
  }
  const std::uint32_t nodes_max = nodes_fit_ ? scenario_.nodes : kNodesMax;
  require(degree < nodes_max, "degree", fmt::format("a number less than nodes, {}", nodes_max), given);
}

void Checker::check_link() {
  const LinkOptions& own = scenario_.link;
  const bool least_fits = duration("link.latency-min", own.latency_min, 0ns, kWayMax);
  const Duration least = least_fits ? own.latency_min : 0ns;
  require(least <= own.latency_max && own.latency_max <= kWayMax, "link.latency-max",
          fmt::format("a duration from latency-min, {}, to {}", duration_text(least), duration_text(kWayMax)),
          duration_text(own.latency_max));
  duration("link.jitter", own.jitter, 0ns, kWayMax);
  const std::uint64_t bytes = own.bytes_per_second;
  require(bytes == 0 || (kBytesPerSecondMin <= bytes && bytes <= kBytesPerSecondMax), "link.bytes-per-second",
          fmt::format("0 for no limit, or a number from {} to {}", kBytesPerSecondMin, kBytesPerSecondMax),
          std::to_string(bytes));
  number("link.lost-per-million", own.lost_per_million, 0, kLostMax);
}

void Checker::check_traffic() {
  const TrafficOptions& own = scenario_.traffic;
  number("traffic.per-second", own.per_second, 0, kPerSecondMax);
  const bool share_fits = number("traffic.topics-per-hundred", own.topics_per_hundred, 0, 100);
  const bool topics_only = !share_fits || own.topics_per_hundred == 100;
  const std::uint32_t low = topics_only ? 1 : kTransactionBytesMin;
  const bool least_fits = number("traffic.bytes-min", own.bytes_min, low, kMessageBytesMax);
  const std::uint32_t least = least_fits ? own.bytes_min : low;
  require(least <= own.bytes_max && own.bytes_max <= kMessageBytesMax, "traffic.bytes-max",
          fmt::format("a number from bytes-min, {}, to {}", least, kMessageBytesMax),
          std::to_string(own.bytes_max));
}

void Checker::check_datagrams() {
  const DatagramOptions& own = scenario_.datagrams;
  number("datagrams.per-second", own.per_second, 0, kQuestionsPerSecondMax);
  number("datagrams.bytes-max", own.bytes_max, kQuestionBytesMin, driver::kDatagramBytesMax);
  number("datagrams.lost-per-million", own.lost_per_million, 0, kLostMax);
  number("datagrams.doubled-per-million", own.doubled_per_million, 0, kMillion);
  number("datagrams.delayed-per-million", own.delayed_per_million, 0, kMillion);
  number("datagrams.corrupted-per-million", own.corrupted_per_million, 0, kLostMax);
}

void Checker::check_fault(const Fault& fault, const std::string& prefix) {
  if (!is_known(fault.kind)) {
    std::string names;
    for (const KindEntry& each : kKinds) names += fmt::format(" {}", each.name);
    require(false, prefix + "kind", "one of" + names, name(fault.kind));
    return;
  }
  check_times(fault, prefix);
  check_nodes(fault, prefix);
  if (fault.kind == FaultKind::slow_shard) check_shard(fault, prefix);
  check_amount(fault, prefix);
}

void Checker::check_times(const Fault& fault, const std::string& prefix) {
  const Duration length = length_fits_ ? scenario_.length : kLengthMax;
  const bool at_fits = duration(prefix + "at", fault.at, 0ns, length);
  const std::string given = duration_text(fault.lasts);
  if (!shape_of(fault.kind).lasts) {
    require(fault.lasts == 0ns, prefix + "lasts", fmt::format("0s: {} happens once", name(fault.kind)),
            given);
    return;
  }
  const Duration at = at_fits ? fault.at : 0ns;
  require(0ns < fault.lasts && fault.lasts <= length - at, prefix + "lasts",
          fmt::format("a duration over 0s that, from {} on, ends within length, {}", duration_text(at),
                      duration_text(length)),
          given);
}

void Checker::check_nodes(const Fault& fault, const std::string& prefix) {
  const bool pair = other_is_node(fault.kind);
  const bool partition = fault.kind == FaultKind::partition;
  if (!shape_of(fault.kind).other) {
    require(fault.other == 0, prefix + "other", fmt::format("0: {} has no other", name(fault.kind)),
            std::to_string(fault.other));
  }
  if (scenario_.nodes == 1 && (pair || partition)) {
    require(false, prefix + "kind", "what can befall a node that is alone", name(fault.kind));
    return;
  }
  const std::uint32_t last = (nodes_fit_ ? scenario_.nodes : kNodesMax) - 1;
  number(prefix + "node", fault.node, partition ? 1 : 0, last);
  if (!pair) return;
  require(fault.other <= last && fault.other != fault.node, prefix + "other",
          fmt::format("a number from 0 to {}, not that of node, {}", last, fault.node),
          std::to_string(fault.other));
}

void Checker::check_shard(const Fault& fault, const std::string& prefix) {
  number(prefix + "other", fault.other, 0, (shards_fit_ ? scenario_.shards : kShardsMax) - 1);
}

void Checker::check_amount(const Fault& fault, const std::string& prefix) {
  const std::string given = std::to_string(fault.amount);
  if (!shape_of(fault.kind).amount) {
    require(fault.amount == 0, prefix + "amount", fmt::format("0: {} has no amount", name(fault.kind)),
            given);
    return;
  }
  const AmountRange range = amounts_of(fault.kind);
  require(range.low <= fault.amount && fault.amount <= range.high, prefix + "amount",
          fmt::format("{} from {} to {}", range.unit, range.low, range.high), given);
}

}  // namespace

const char* name(FaultKind kind) {
  return entry_of(kind).name;
}

const FaultShape& shape_of(FaultKind kind) {
  return entry_of(kind).shape;
}

std::vector<ScenarioFinding> check(const Scenario& scenario) {
  return Checker(scenario).run();
}

}  // namespace ringwire::sim
