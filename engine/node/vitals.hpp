// What a shard knows about itself that none of its parts counts: how long its turns take, and the CPU time of
// its thread.
//
// A busy shard looks at every kSampledTurn-th turn and counts it for the others: a clock read per turn would
// be half a per cent of a busy core. The kernel is asked for CPU time only when somebody reads it.
//
// Thread: its shard; cpu_ns() any.
#pragma once

#include <atomic>
#include <climits>
#include <ctime>

#include "engine/node/shard_context.hpp"
#include "engine/shard/wait_policy.hpp"

namespace ringwire::node {

class Vitals {
 public:
  Vitals(ShardContext& context, const shard::WaitPolicy& policy) : context_(context), policy_(policy) {}

  // On the shard's thread, before its first turn and after its last.
  void begin();
  void end();
  // Everything of the turn is done but the next wait.
  void end_turn();

  // CPU time of the shard's thread so far.
  [[nodiscard]] std::uint64_t cpu_ns() const;

 private:
  static constexpr std::uint64_t kBusyEvents = 10'000;  // per second
  static constexpr std::uint64_t kSampledTurn = 16;
  static constexpr clockid_t kNoClock = INT_MAX;

  ShardContext& context_;
  const shard::WaitPolicy& policy_;
  std::atomic<clockid_t> clock_{kNoClock};  // of the thread while it runs
  Counter final_cpu_ns_;
};

}  // namespace ringwire::node
