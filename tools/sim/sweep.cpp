#include "tools/sim/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "tools/sim/run.hpp"

namespace ringwire::sim {
namespace {

// One seed, run once or twice.
class SeedRun {
 public:
  SeedRun(std::uint64_t seed, Scenario scenario, const IsolateOptions& options, bool twice)
      : seed_(seed), scenario_(std::move(scenario)), twice_(twice), run_(scenario_, options) {}

  // As IsolatedRun::step.
  bool step(const IsolateOptions& options) {
    if (!run_.step()) return false;
    Outcome outcome = run_.take();
    if (first_) {
      compare(outcome);
    } else if (twice_ && outcome.ok()) {
      first_ = std::move(outcome);
      run_ = IsolatedRun(scenario_, options);
      return false;
    }
    last_ = std::move(outcome);
    return true;
  }

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] const IsolatedRun& run() const { return run_; }
  [[nodiscard]] const std::optional<Outcome>& first() const { return first_; }  // none: was run once
  [[nodiscard]] Outcome& last() { return last_; }

 private:
  void compare(Outcome& second) const {
    if (!second.ok() || second.trace == first_->trace) return;
    second.violations.push_back(
        {kTraceDiffers, second.simulated,
         fmt::format("trace {:016x} at first, then {:016x}", first_->trace, second.trace)});
  }

  std::uint64_t seed_;
  Scenario scenario_;
  bool twice_;
  IsolatedRun run_;
  std::optional<Outcome> first_;
  Outcome last_;
};

class Sweep {
 public:
  Sweep(const SweepOptions& options, const SweepHooks& hooks) : options_(options), hooks_(hooks) {}
  SweepReport run();

 private:
  [[nodiscard]] bool may_begin() const;
  void begin();
  void await() const;
  void conclude(SeedRun& run);
  void count(const Outcome& outcome);

  const SweepOptions& options_;
  const SweepHooks& hooks_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<SeedRun> running_;
  std::uint64_t begun_ = 0;
  std::uint64_t twice_due_ = 0;
  SweepReport report_;
};

SweepReport Sweep::run() {
  const std::size_t jobs = std::max<std::size_t>(options_.jobs, 1);
  for (;;) {
    while (running_.size() < jobs && may_begin()) begin();
    if (running_.empty()) break;
    await();
    for (std::size_t i = 0; i < running_.size();) {
      if (!running_[i].step(options_.isolate)) {
        ++i;
        continue;
      }
      conclude(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  std::sort(report_.failed.begin(), report_.failed.end(),
            [](const FailedSeed& a, const FailedSeed& b) { return a.seed < b.seed; });
  return std::move(report_);
}

bool Sweep::may_begin() const {
  if (begun_ == options_.seeds) return false;
  if (options_.stop_after_failures > 0 && report_.failed.size() >= options_.stop_after_failures) return false;
  return options_.time_limit == std::chrono::milliseconds(0) ||
         std::chrono::steady_clock::now() - started_ < options_.time_limit;
}

void Sweep::begin() {
  const std::uint64_t seed = options_.first_seed + begun_;
  Scenario scenario = options_.make(seed);
  if (options_.twice_every > 0 && begun_ % options_.twice_every == 0) ++twice_due_;
  const bool twice = twice_due_ > 0 && repeats(scenario);
  if (twice) --twice_due_;
  running_.emplace_back(seed, std::move(scenario), options_.isolate, twice);
  ++begun_;
}

void Sweep::await() const {
  std::vector<const IsolatedRun*> runs;
  for (const SeedRun& each : running_) runs.push_back(&each.run());
  await_any(runs);
}

void Sweep::conclude(SeedRun& run) {
  ++report_.seeds;
  if (run.first()) {
    ++report_.seeds_twice;
    count(*run.first());
  }
  Outcome& last = run.last();
  count(last);
  if (!last.ok()) {
    report_.failed.push_back({run.seed(), std::move(last.violations.front()), std::move(last.said)});
    if (hooks_.on_failure) hooks_.on_failure(report_.failed.back());
  }
  if (hooks_.on_seed) hooks_.on_seed(report_);
}

void Sweep::count(const Outcome& outcome) {
  report_.published += outcome.published;
  report_.expected += outcome.expected;
  report_.delivered += outcome.delivered;
  report_.simulated += outcome.simulated;
}

}  // namespace

SweepReport sweep(const SweepOptions& options, const SweepHooks& hooks) {
  return Sweep(options, hooks).run();
}

bool fails_alike(const Violation& wanted, const Outcome& outcome) {
  return std::any_of(outcome.violations.begin(), outcome.violations.end(), [&wanted](const Violation& each) {
    return each.rule == wanted.rule && (wanted.rule != kCrashed || each.text == wanted.text);
  });
}

Outcome run_compared(const Scenario& scenario, const IsolateOptions& options, bool twice) {
  SeedRun run(scenario.seed, scenario, options, twice && repeats(scenario));
  while (!run.step(options)) {
    const IsolatedRun* const runs[] = {&run.run()};
    await_any(runs);
  }
  return std::move(run.last());
}

}  // namespace ringwire::sim
