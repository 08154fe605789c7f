#include "bench/compare/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codec/base/check.hpp"

namespace ringwire::compare {
namespace {

template <class Projection>
std::vector<double> each(const std::vector<Sample>& samples, const Projection& projection) {
  std::vector<double> values(samples.size());
  std::ranges::transform(samples, values.begin(), projection);
  return values;
}

std::vector<double> values_of(const std::vector<Sample>& samples) {
  return each(samples, [](const Sample& sample) { return sample.value; });
}

Figures medians_of_figures(const std::vector<Sample>& samples) {
  Figures medians;
  for (std::size_t i = 0; i < samples.front().also.size(); ++i) {
    const auto values = each(samples, [i](const Sample& sample) { return sample.also.at(i).second; });
    medians.emplace_back(samples.front().also[i].first, summarise(values).median);
  }
  return medians;
}

Side summarise_side(const std::vector<Sample>& samples) {
  const auto rates = each(samples, [](const Sample& sample) { return sample.messages_per_second; });
  return {summarise(values_of(samples)), summarise(rates), medians_of_figures(samples)};
}

std::vector<double> ratios(const Comparison& comparison, const std::vector<double>& subject,
                           const std::vector<double>& baseline) {
  switch (comparison.goal.kind) {
    case Goal::Kind::ratio_at_least:
      return paired_ratios(subject, baseline, comparison.metric.larger_is_better);
    case Goal::Kind::ratio_at_most:
      return paired_ratios(subject, baseline, true);
    case Goal::Kind::value_at_most:
      break;
  }
  std::vector<double> to_limit = subject;
  for (double& value : to_limit) value /= comparison.goal.bound == 0 ? 1 : comparison.goal.bound;
  return to_limit;
}

Summary geometric_mean(const std::vector<Measured>& rows, const Summary& (*part)(const Measured&)) {
  Summary logarithms;
  for (const Measured& row : rows) {
    logarithms.median += std::log(part(row).median);
    logarithms.low += std::log(part(row).low);
    logarithms.high += std::log(part(row).high);
  }
  const auto count = static_cast<double>(rows.size());
  return {std::exp(logarithms.median / count), std::exp(logarithms.low / count),
          std::exp(logarithms.high / count)};
}

}  // namespace

double Measured::ratio_goal() const {
  if (goal.kind != Goal::Kind::value_at_most) return goal.bound;
  return goal.bound == 0 ? 0 : 1;
}

bool Measured::met() const {
  return goal.kind == Goal::Kind::ratio_at_least ? ratio.median >= ratio_goal()
                                                 : ratio.median <= ratio_goal();
}

Measured measure(const Comparison& comparison, const RunPlan& plan,
                 const std::function<void(const std::string&)>& progress) {
  RW_ASSERT(plan.repetitions > 0);
  const bool has_baseline = comparison.goal.kind != Goal::Kind::value_at_most;
  std::vector<Sample> subject, baseline;
  const auto run = [&](const std::string& who, const RunOnce& once, std::vector<Sample>& samples) {
    progress(
        fmt::format("{}: {}, run {} of {}", comparison.workload, who, samples.size() + 1, plan.repetitions));
    samples.push_back(once(plan.seconds));
  };
  for (int i = 0; i < plan.repetitions; ++i) {
    // A, B, B, A, ...: whoever runs second finds the caches of the other.
    if (i % 2 == 0) run(comparison.subject, comparison.run_subject, subject);
    if (has_baseline) run(comparison.baseline, comparison.run_baseline, baseline);
    if (i % 2 == 1) run(comparison.subject, comparison.run_subject, subject);
  }
  if (!has_baseline) baseline.assign(subject.size(), {.value = comparison.goal.bound});
  return {comparison.workload,      comparison.subject,
          comparison.baseline,      comparison.metric,
          comparison.goal,          summarise_side(subject),
          summarise_side(baseline), summarise(ratios(comparison, values_of(subject), values_of(baseline))),
          plan.repetitions};
}

Measured geometric_mean(const std::string& workload, const std::vector<Measured>& rows, Goal goal) {
  Measured mean = rows.at(0);
  mean.workload = workload;
  mean.goal = goal;
  const auto of = [&](const Summary& (*part)(const Measured&)) { return geometric_mean(rows, part); };
  mean.ratio = of([](const Measured& m) -> const Summary& { return m.ratio; });
  mean.subject = {of([](const Measured& m) -> const Summary& { return m.subject.value; }),
                  of([](const Measured& m) -> const Summary& { return m.subject.messages_per_second; }),
                  {}};
  mean.baseline = {of([](const Measured& m) -> const Summary& { return m.baseline.value; }),
                   of([](const Measured& m) -> const Summary& { return m.baseline.messages_per_second; }),
                   {}};
  return mean;
}

}  // namespace ringwire::compare
