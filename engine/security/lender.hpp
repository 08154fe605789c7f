// The owner's side of leases: tokens of the addresses that this shard owns, lent to other shards.
//
// How much. Of each resource that is needed: what is needed, and where there is more, the borrower's part of
// half of what is there at every level. So slices are large while there is plenty, and exactly what was asked
// for when it is scarce; what one shard holds idle is what another one lacks for kLeaseTime at most.
//
// Where there is too little, the borrower is told when to ask again: when kPaceTime's worth of tokens has
// gathered, or what it needs if that is more, but no later than kLeaseTime. So a flood of questions makes at
// most two requests for each address and shard in kPaceTime: one that is refused, one that is granted.
//
// Nothing is remembered about borrowers: an account counts what is away, and forgets what is overdue. A
// borrower that vanishes costs tokens, not memory.
//
// Complexity: O(levels x resources). Thread: the owner's. Timers: none.
#pragma once

#include "codec/base/counter.hpp"
#include "engine/security/lease.hpp"
#include "engine/security/source_limits.hpp"

namespace ringwire::security {

struct LenderCounters {
  Counter granted;
  Counter refused;
  Counter returns;
  Counter late;  // reports of leases that were forgotten
};

class Lender {
 public:
  static constexpr Duration kPaceTime = 2ms;
  // Of each resource at once: a lease crosses in 32 bits.
  static constexpr std::uint64_t kSliceMax = 1ULL << 31;

  // `shards` share what is there.
  Lender(SourceLimits& limits, ShardId shards) : limits_(limits), shards_(shards) {}

  // The answer goes back to the borrower. Not for returns.
  [[nodiscard]] LeaseGrant on_request(const LeaseRequest& request, Instant now);
  void on_return(const LeaseRequest& request, Instant now);

  [[nodiscard]] const LenderCounters& counters() const { return counters_; }

 private:
  void settle(const SourceLimits::Chain& chain, const LeaseReport& report, Instant now);
  [[nodiscard]] Charge slice(const SourceLimits::Chain& chain, const Charge& need, Instant now) const;
  [[nodiscard]] Instant retry_at(const SourceLimits::Link& link, Resource resource, std::uint64_t need,
                                 Instant now) const;

  SourceLimits& limits_;
  const ShardId shards_;
  LenderCounters counters_;
};

}  // namespace ringwire::security
