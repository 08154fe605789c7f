#include "engine/shard/wait_policy.hpp"

#include <algorithm>

namespace ringwire::shard {
namespace {

constexpr std::int64_t kSecondNs = Duration(1s).count();
constexpr std::int64_t kRateMax = kSecondNs;  // an event per nanosecond; keeps the products within 64 bits

}  // namespace

WaitPolicy::WaitPolicy(const WaitPolicyConfig& config, Instant now)
    : config_(config), last_turn_(now), last_event_(now) {}

void WaitPolicy::on_turn(std::uint32_t events, Instant now) {
  update_rate(events, now - last_turn_);
  update_gathering();
  last_turn_ = now;
  if (events > 0) last_event_ = now;
}

// d(rate)/dt = (events/s now - rate) / kMemory, integrated over a turn: the events of it add
// events * 1 s / kMemory, the time passed takes rate * passed / kMemory away.
void WaitPolicy::update_rate(std::uint32_t events, Duration passed) {
  const std::int64_t weighted = std::int64_t{events} * kSecondNs;
  if (passed >= kMemory) {
    rate_.set(static_cast<std::uint64_t>(weighted / passed.count()));
    rest_ = 0;
    return;
  }
  const auto rate = static_cast<std::int64_t>(rate_.value());
  const std::int64_t change = weighted - rate * passed.count() + rest_;
  const std::int64_t updated = std::clamp<std::int64_t>(rate + change / kMemory.count(), 0, kRateMax);
  rest_ = change % kMemory.count();
  rate_.set(static_cast<std::uint64_t>(updated));
}

void WaitPolicy::update_gathering() {
  if (config_.gather == 0ns || config_.busy_poll) return;
  if (!gathering() && rate_.value() >= kGatherOn) {
    gathering_.set(1);
    counters_.gather_on.add();
  } else if (gathering() && rate_.value() < kGatherOff) {
    gathering_.set(0);
    counters_.gather_off.add();
  }
}

bool WaitPolicy::looks_again(Instant now) const {
  if (gathering() || config_.spin == 0ns || rate_.value() == 0) return false;
  const Duration mean_gap(kSecondNs / static_cast<std::int64_t>(rate_.value()));
  return mean_gap <= config_.spin && now - last_event_ < config_.spin;
}

driver::WaitPlan WaitPolicy::plan(Instant now, Instant next_deadline) {
  driver::WaitPlan plan;
  plan.spin = config_.busy_poll;
  const bool due = next_deadline <= now;
  if (due || config_.busy_poll || looks_again(now)) {
    counters_.looks.add();
    return plan;
  }
  counters_.sleeps.add();
  plan.timeout = std::min(next_deadline - now, kSleepMax);
  if (gathering()) {
    plan.wanted = kWanted;
    plan.gather = config_.gather;
  }
  return plan;
}

}  // namespace ringwire::shard
