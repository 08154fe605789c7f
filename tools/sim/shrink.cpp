#include "tools/sim/shrink.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace ringwire::sim {
namespace {

// `other` of a slow shard is a shard.
bool names_two_nodes(FaultKind kind) {
  return shape_of(kind).other && kind != FaultKind::slow_shard;
}

// Where the bigger amount is the worse one, and 0 is none.
bool grows_with_amount(FaultKind kind) {
  return kind == FaultKind::lossy_link || kind == FaultKind::wall_step || kind == FaultKind::drift ||
         kind == FaultKind::strangers || kind == FaultKind::disk;
}

Duration half(Duration duration) {
  const auto half = std::chrono::floor<std::chrono::milliseconds>(duration / 2);
  return half > 1s ? Duration(std::chrono::floor<std::chrono::seconds>(half)) : Duration(half);
}

class Shrinker {
 public:
  Shrinker(const Scenario& scenario, const std::function<bool(const Scenario&)>& still_fails,
           const ShrinkLimits& limits)
      : best_(scenario), still_fails_(still_fails), tries_left_(limits.tries) {}

  Scenario run() {
    for (Scenario before = best_; tries_left_ > 0; before = best_) {
      drop_faults();
      drop_nodes();
      shorten();
      simplify();
      shorten_faults();
      if (before == best_) break;
    }
    return std::move(best_);
  }

 private:
  // Keeps `candidate` if it fails.
  bool keep_if_failing(Scenario candidate) {
    if (tries_left_ == 0 || candidate == best_ || !check(candidate).empty()) return false;
    --tries_left_;
    if (!still_fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }
  // As above, of the best one with a change.
  template <class Change>
  bool keep_changed(Change&& change) {
    Scenario candidate = best_;
    change(candidate);
    return keep_if_failing(std::move(candidate));
  }

  // Calls drop(first, count) for parts of what there is, ever smaller ones, from the end: numbers of what was
  // not looked at yet stay as they are. It says whether they could be left out.
  template <class Size, class Drop>
  void drop_parts(Size&& size, Drop&& drop) {
    for (std::size_t part = size(); part > 0; part /= 2) {
      for (std::size_t end = size(); end > 0;) {
        const std::size_t count = std::min(part, end);
        drop(end - count, count);
        end -= count;
      }
    }
  }

  void drop_faults();
  void drop_nodes();
  void shorten();
  void simplify();
  void simplify_link();
  void simplify_traffic();
  void simplify_datagrams();
  void shorten_faults();

  Scenario best_;
  const std::function<bool(const Scenario&)>& still_fails_;
  std::uint32_t tries_left_;
};

void Shrinker::drop_faults() {
  drop_parts([this] { return best_.faults.size(); },
             [this](std::size_t first, std::size_t count) {
               keep_changed([first, count](Scenario& scenario) {
                 const auto begin = scenario.faults.begin() + static_cast<std::ptrdiff_t>(first);
                 scenario.faults.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
               });
             });
}

void Shrinker::drop_nodes() {
  drop_parts([this] { return std::size_t{best_.nodes}; },
             [this](std::size_t first, std::size_t count) {
               keep_if_failing(without_nodes(best_, static_cast<std::uint32_t>(first),
                                             static_cast<std::uint32_t>(count)));
             });
  keep_changed([](Scenario& scenario) { scenario.degree = 0; });
}

void Shrinker::shorten() {
  keep_changed([](Scenario& scenario) { scenario.joining = Duration(0); });
  while (best_.length > 1ms && keep_if_failing(cut(best_, half(best_.length)))) continue;
  // A half was too much: a quarter, an eighth.
  for (const int part : {4, 8}) keep_if_failing(cut(best_, best_.length - half(best_.length * 2 / part)));
}

void Shrinker::simplify() {
  keep_changed([](Scenario& scenario) {
    scenario.shards = 1;
    std::erase_if(scenario.faults,
                  [](const Fault& fault) { return fault.kind == FaultKind::slow_shard && fault.other > 0; });
  });
  keep_changed([](Scenario& scenario) { scenario.tls = false; });
  simplify_link();
  simplify_traffic();
  simplify_datagrams();
}

void Shrinker::simplify_link() {
  keep_changed([](Scenario& scenario) { scenario.link.lost_per_million = 0; });
  keep_changed([](Scenario& scenario) { scenario.link.jitter = Duration(0); });
  keep_changed([](Scenario& scenario) { scenario.link.split = false; });
  keep_changed([](Scenario& scenario) { scenario.link.bytes_per_second = 0; });
  keep_changed([](Scenario& scenario) { scenario.link.latency_max = scenario.link.latency_min; });
}

void Shrinker::simplify_traffic() {
  keep_changed([](Scenario& scenario) { scenario.traffic.topics_per_hundred = 0; });
  keep_changed([](Scenario& scenario) {
    scenario.traffic.bytes_min = std::min(scenario.traffic.bytes_min, kTransactionBytesMin);
    scenario.traffic.bytes_max = scenario.traffic.bytes_min;
  });
  keep_changed([](Scenario& scenario) { scenario.traffic.bytes_max = scenario.traffic.bytes_min; });
  if (keep_changed([](Scenario& scenario) { scenario.traffic.per_second = 0; })) return;
  while (keep_changed([](Scenario& scenario) { scenario.traffic.per_second /= 2; })) continue;
}

void Shrinker::simplify_datagrams() {
  keep_changed([](Scenario& scenario) { scenario.datagrams = {}; });
  if (best_.datagrams.per_second == 0) return;
  keep_changed([](Scenario& scenario) { scenario.datagrams.bytes_max = kQuestionBytesMin; });
  for (const auto share : {&DatagramOptions::lost_per_million, &DatagramOptions::doubled_per_million,
                           &DatagramOptions::delayed_per_million, &DatagramOptions::corrupted_per_million})
    keep_changed([share](Scenario& scenario) { scenario.datagrams.*share = 0; });
  while (keep_changed([](Scenario& scenario) { scenario.datagrams.per_second /= 2; })) continue;
}

void Shrinker::shorten_faults() {
  for (std::size_t i = 0; i < best_.faults.size(); ++i) {
    const auto shorter = [i](Scenario& scenario) {
      scenario.faults[i].lasts = half(scenario.faults[i].lasts);
    };
    while (best_.faults[i].lasts > 1ms && keep_changed(shorter)) continue;
    const auto less = [i](Scenario& scenario) { scenario.faults[i].amount /= 2; };
    while (grows_with_amount(best_.faults[i].kind) && keep_changed(less)) continue;
  }
}

// The number of a node after `count` from `first` on are gone.
struct Renumbered {
  std::uint32_t first;
  std::uint32_t count;
  [[nodiscard]] bool gone(std::uint32_t node) const { return node >= first && node - first < count; }
  // Of one that is gone: of the next one above.
  [[nodiscard]] std::uint32_t now(std::uint32_t node) const {
    return node < first ? node : std::max(first, node - std::min(node, count));
  }
};

// False: it cannot be without those who are gone.
bool renumber(Fault& fault, const Renumbered& nodes, std::uint32_t left) {
  if (fault.kind == FaultKind::partition) {
    fault.node = nodes.now(fault.node);
    return fault.node > 0 && fault.node < left;
  }
  if (nodes.gone(fault.node)) return false;
  fault.node = nodes.now(fault.node);
  if (!names_two_nodes(fault.kind)) return true;
  if (nodes.gone(fault.other)) return false;
  fault.other = nodes.now(fault.other);
  return true;
}

}  // namespace

Scenario without_nodes(const Scenario& scenario, std::uint32_t first, std::uint32_t count) {
  Scenario smaller = scenario;
  smaller.nodes -= count;
  const Renumbered nodes{first, count};
  smaller.faults.clear();
  for (Fault fault : scenario.faults) {
    if (renumber(fault, nodes, smaller.nodes)) smaller.faults.push_back(fault);
  }
  if (smaller.degree > 0 && smaller.degree >= smaller.nodes) smaller.degree = 0;
  return smaller;
}

Scenario cut(const Scenario& scenario, Duration length) {
  Scenario shorter = scenario;
  shorter.length = length;
  shorter.joining = std::min(shorter.joining, length);
  std::erase_if(shorter.faults, [length](const Fault& fault) { return fault.at >= length; });
  for (Fault& fault : shorter.faults) fault.lasts = std::min(fault.lasts, length - fault.at);
  return shorter;
}

Scenario shrink(const Scenario& scenario, const std::function<bool(const Scenario&)>& still_fails,
                const ShrinkLimits& limits) {
  return Shrinker(scenario, still_fails, limits).run();
}

}  // namespace ringwire::sim
