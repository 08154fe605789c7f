#include "bench/compare/mailbox.hpp"

#include "bench/compare/placement.hpp"
#include "bench/micro/engine/shard/mailbox_race.hpp"

namespace ringwire::compare {
namespace {

using bench::BoostMailbox;
using bench::RingwireMailbox;

constexpr std::uint64_t kItems = 2'000'000;  // of one race: short, so that seconds can be divided

using Race = void (*)(std::uint64_t items);

// Millions of items per second.
double rate(Race race, double seconds) {
  (void)on_two_cores();  // throws where there is one
  double spent = 0;
  double items = 0;
  while (spent < seconds) {
    spent += bench::seconds_of([&] { race(kItems); });
    items += kItems;
  }
  return items / spent / 1e6;
}

RunOnce running(Race race) {
  return [race](double seconds) { return Sample{.value = rate(race, seconds)}; };
}

RunOnce running_beside(Race race, const char* name, Race other) {
  return [=](double seconds) {
    return Sample{.value = rate(race, seconds / 2), .also = {{name, rate(other, seconds / 2)}}};
  };
}

Comparison row(const std::string& workload, Goal goal, RunOnce subject, RunOnce baseline) {
  return {workload, "ringwire-ring",    "boost-spsc",       {"million_items_per_second", true},
          goal,     std::move(subject), std::move(baseline)};
}

}  // namespace

std::vector<Comparison> mailbox_rows() {
  const RunOnce batches =
      running_beside(bench::race_one_by_one<BoostMailbox>, "million items per second in the same batches",
                     bench::race_in_batches<BoostMailbox>);
  return {row("mailbox-1", Goal::at_least(1.3), running(bench::race_one_by_one<RingwireMailbox>),
              running(bench::race_one_by_one<BoostMailbox>)),
          row("mailbox-32", Goal::at_least(4), running(bench::race_in_batches<RingwireMailbox>), batches)};
}

}  // namespace ringwire::compare
