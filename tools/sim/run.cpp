#include "tools/sim/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "codec/base/check.hpp"
#include "engine/node/stepped/sim_node.hpp"
#include "tools/sim/fault_script.hpp"
#include "tools/sim/fleet.hpp"
#include "tools/sim/questions.hpp"
#include "tools/sim/rules.hpp"
#include "tools/sim/traffic.hpp"

namespace ringwire::sim {
namespace {

constexpr Duration kLook = 250ms;   // between two looks of the rules
constexpr Duration kHearing = 10s;  // for the last word of each node to reach all others
constexpr std::uint32_t kSpeakersMax = 100;
constexpr Duration kStopping = 10s;  // for all nodes to stop
constexpr std::size_t kViolationsMax = 1'000;
constexpr std::uint32_t kNamed = 5;  // of many that a rule was broken by

class Run {
 public:
  Run(const Scenario& scenario, const RunHooks& hooks)
      : scenario_(scenario),
        hooks_(hooks),
        world_(scenario.seed),
        watch_(scenario.nodes),
        fleet_(
            world_, scenario_,
            [this](std::uint32_t node, std::uint32_t life, const Delivery& delivery) {
              watch_.on_delivered(node, life, delivery, world_.time());
            },
            [this](std::uint32_t node) { rules_.on_end(node); }),
        rules_(world_, fleet_),
        faults_(world_, fleet_, scenario_,
                [this](const char* what, const std::string& text) { tell(what, text); }),
        traffic_(world_, fleet_, watch_, scenario_.traffic) {
    if (scenario_.datagrams.per_second > 0) questions_.emplace(world_, scenario_.nodes, scenario_.datagrams);
    world_.shuffle(true);
    world_.network().set_links([&scenario](const IpAddress& one, const IpAddress& other) {
      const auto number = [](const IpAddress& address) {
        return load_be<std::uint32_t>(address.bytes.data());
      };
      return draw_link(scenario, number(one), number(other));
    });
  }

  RunReport run() {
    const auto began = std::chrono::steady_clock::now();
    start_nodes();
    look();
    traffic_.run(scenario_.length);
    if (questions_) questions_->run(scenario_.length);
    faults_.begin();
    pass(scenario_.length);
    faults_.end();
    recover();
    hear();
    stop();
    report_.simulated = world_.time() - Instant{};
    report_.real_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return report();
  }

 private:
  void start_nodes();
  void recover();
  void hear();
  void stop();
  void look();
  void pass(Duration time);
  RunReport report();
  void take_violations();
  void violated(const char* rule, const std::string& text) {
    report_.violations.push_back({rule, world_.time() - Instant{}, text});
  }
  void tell(const char* what, const std::string& text) {
    report_.lines.push_back({world_.time() - Instant{}, what, text});
    if (hooks_.on_line) hooks_.on_line(report_.lines.back());
  }

  const Scenario scenario_;
  const RunHooks& hooks_;
  RunReport report_;
  World world_;
  DeliveryWatch watch_;
  Fleet fleet_;
  Rules rules_;
  FaultScript faults_;
  Traffic traffic_;
  std::optional<Questions> questions_;
  bool looking_ = true;
};

void Run::start_nodes() {
  const auto joining = static_cast<std::uint64_t>(scenario_.joining.count());
  for (std::uint32_t number = 0; number < fleet_.size(); ++number) {
    const auto at = Duration(static_cast<std::int64_t>(joining * number / fleet_.size()));
    world_.after(at, [this, number] { fleet_.start(number); });
  }
  tell("start", fmt::format("{} nodes within {:g} s", fleet_.size(),
                            std::chrono::duration<double>(scenario_.joining).count()));
}

// As long as the world goes on.
void Run::look() {
  if (!looking_) return;
  rules_.look(faults_);
  take_violations();
  world_.after(kLook, [this] { look(); });
}

void Run::pass(Duration time) {
  for (Duration passed{0}; passed < time; passed += 1s) {
    world_.run_for(std::min<Duration>(1s, time - passed));
    if (hooks_.on_progress) hooks_.on_progress(world_.time() - Instant{});
  }
}

void Run::recover() {
  tell("quiet", "faults and traffic have ended");
  const Instant began = world_.time();
  // What was cut and is open again may be too late for a session: one that was heard since is alive.
  const auto missing_now = [&] { return fleet_.unconnected(world_.time() - began); };
  const auto whole = [&] { return fleet_.all_up() && missing_now().empty(); };
  while (!whole() && world_.time() - began < Scenario::kRecovery) world_.run_for(50ms);
  report_.recovered = world_.time() - began;
  const auto missing = missing_now();
  if (missing.empty()) return tell("mesh", "all are connected");
  std::string pairs;
  for (std::size_t i = 0; i < std::min<std::size_t>(missing.size(), kNamed); ++i)
    pairs += fmt::format("{}{}-{}", i == 0 ? "" : ", ", missing[i].first, missing[i].second);
  violated("not-connected",
           fmt::format("{} pairs are not connected {:g} s after the faults: {}", missing.size(),
                       std::chrono::duration<double>(Scenario::kRecovery).count(), pairs));
}

// Every node says something, of many nodes every so-many-th, and every other one hears it. Every host asks
// others in datagrams, and is answered.
void Run::hear() {
  std::vector<std::pair<std::uint32_t, Hash32>> said;
  const std::uint32_t step = (fleet_.size() + kSpeakersMax - 1) / kSpeakersMax;
  for (std::uint32_t number = 0; number < fleet_.size(); number += step) {
    if (!fleet_.up(number)) continue;
    const auto id = traffic_.publish(number);
    if (id) said.emplace_back(number, *id);
    if (!id) violated("not-published", fmt::format("node {} has no room for a message", number));
  }
  if (questions_) questions_->ask_neighbours();
  const auto heard = [&] {
    if (questions_ && questions_->open() > 0) return false;
    return std::all_of(said.begin(), said.end(),
                       [&](const auto& word) { return watch_.reached(word.second) == fleet_.size(); });
  };
  if (!world_.run_until(heard, kHearing)) {
    std::uint32_t named = 0;
    for (const auto& [number, id] : said) {
      const std::uint32_t reached = watch_.reached(id);
      if (reached < fleet_.size() && named++ < kNamed)
        violated("not-heard", fmt::format("the last word of node {} reached {} of {} nodes", number, reached,
                                          fleet_.size()));
    }
    if (questions_ && questions_->open() > 0)
      violated("not-answered", fmt::format("{} questions, each asked again and again: {}", questions_->open(),
                                           questions_->describe_open()));
  }
  world_.run_for(1s);  // what comes a second time comes late
  looking_ = false;
  if (fleet_.unconnected().empty()) rules_.look_at_claims();
}

void Run::stop() {
  std::uint32_t stopped = 0;
  std::uint32_t asked = 0;
  for (std::uint32_t number = 0; number < fleet_.size(); ++number) {
    if (!fleet_.up(number)) continue;
    ++asked;
    fleet_.stop(number, [&stopped] { ++stopped; });
  }
  if (!world_.run_until([&] { return stopped == asked; }, kStopping))
    violated("not-stopped", fmt::format("{} of {} nodes did not stop", asked - stopped, asked));
  tell("end", "all have stopped");
}

void Run::take_violations() {
  for (Violation& each : watch_.take_violations()) report_.violations.push_back(std::move(each));
  for (Violation& each : rules_.take_violations()) report_.violations.push_back(std::move(each));
  if (!questions_) return;
  for (Violation& each : questions_->take_violations()) report_.violations.push_back(std::move(each));
}

RunReport Run::report() {
  take_violations();
  if (report_.violations.size() > kViolationsMax) report_.violations.resize(kViolationsMax);
  report_.scenario = scenario_;
  watch_.write(report_);
  if (questions_) report_.datagrams = questions_->figures();
  report_.trace = world_.network().trace_hash();
  report_.happenings = world_.network().happenings();
  report_.turns = world_.turns();
  report_.received = rules_.totals().received;
  report_.bytes_sent = rules_.totals().bytes_sent;
  report_.sessions = rules_.totals().sessions;
  report_.heap_peak = rules_.heap_peak();
  report_.heap_plan = std::uint64_t{scenario_.heap_mb} * scenario_.shards << 20;
  return std::move(report_);
}

}  // namespace

bool repeats(const Scenario& scenario) {
  return !scenario.tls || stepped::SimNode::repeats_under_tls();
}

RunReport run(const Scenario& scenario, const RunHooks& hooks) {
  RW_ASSERT(check(scenario).empty());
  return Run(scenario, hooks).run();
}

}  // namespace ringwire::sim
