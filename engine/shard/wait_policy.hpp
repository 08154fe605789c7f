// How a shard waits: for the first completion, for a batch of them, by looking again, or never asleep.
//
// Problem: waiting for 64 completions or 100 microseconds saves a third to a half of the cost per message
// where packets arrive on another core, above about 30,000 events/s, and costs throughput and latency below
// (measured: README.md). So it follows the load, with a gap between on and off so that it does not flutter.
//
// Rules
//  - The rate is an exponential mean over kMemory of events per second, in integers: same events, same plans.
//    A turn that lasted longer than kMemory replaces the mean: after an idle second there is no memory of
//    load.
//  - Gathering begins at kGatherOn events/s and ends below kGatherOff. Never with `gather` 0 or busy polling.
//  - Spinning: going to sleep and being woken costs 15 to 20 microseconds on both cores. While the mean gap
//    between events is within `spin`, the shard looks again for that long after the last one before it
//    sleeps; not while gathering, which is the cheaper answer to the same load.
//  - Busy polling never sleeps.
//
// Pure: time and events are arguments. Thread: the shard's; counters and state may be read by any. O(1).
// No timers.
#pragma once

#include <cstdint>

#include "codec/base/counter.hpp"
#include "codec/base/time.hpp"
#include "engine/driver/driver.hpp"

namespace ringwire::shard {

struct WaitPolicyConfig {
  bool busy_poll = false;
  Duration gather = 100us;  // 0 = never gather
  Duration spin = 20us;     // about what a sleep and a wake-up cost; 0 = never spin
};

struct WaitPolicyCounters {
  Counter gather_on;   // switches
  Counter gather_off;  // switches
  Counter sleeps;      // plans that may sleep
  Counter looks;       // plans that only look: spinning, busy polling, or something is due
};

class WaitPolicy {
 public:
  static constexpr std::uint32_t kWanted = 64;         // completions worth waking for while gathering
  static constexpr std::uint64_t kGatherOn = 30'000;   // events/s
  static constexpr std::uint64_t kGatherOff = 22'000;  // events/s
  static constexpr Duration kMemory = 8ms;             // about 240 events at the threshold
  static constexpr Duration kSleepMax = 1s;            // a shard turns at least this often

  WaitPolicy(const WaitPolicyConfig& config, Instant now);

  // After each turn: the completions and mailbox messages it found.
  void on_turn(std::uint32_t events, Instant now);

  // How to wait for the next turn. The plan may sleep where its timeout is not 0 and it does not spin: flag
  // the Sleeper then.
  [[nodiscard]] driver::WaitPlan plan(Instant now, Instant next_deadline);

  [[nodiscard]] std::uint64_t events_per_second() const { return rate_.value(); }
  [[nodiscard]] bool gathering() const { return gathering_.value() != 0; }
  [[nodiscard]] const WaitPolicyCounters& counters() const { return counters_; }

 private:
  void update_rate(std::uint32_t events, Duration passed);
  void update_gathering();
  [[nodiscard]] bool looks_again(Instant now) const;

  const WaitPolicyConfig config_;
  Instant last_turn_;
  Instant last_event_;
  std::int64_t rest_ = 0;  // of the division in update_rate: nothing is lost to rounding
  Counter rate_;
  Counter gathering_;  // 0 or 1
  WaitPolicyCounters counters_;
};

}  // namespace ringwire::shard
