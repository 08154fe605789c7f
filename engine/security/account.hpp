// What one source has left of each resource, and what other shards hold of it on loan.
//
// Problem: a shard that spends tokens it borrowed must not make their owner believe that there is room for
// new ones. While tokens are away the bucket holds that much less at most: what is here and what is away are
// never more than the burst together, so no window of time sees more than burst + rate x time.
//
// A loan ends when the borrower reports: spent, or given back. What it never reports counts as spent, kGrace
// after its time: borrowers stop using it at its end, by the same monotonic clock, at most one turn late.
//
// Complexity: O(resources). Thread: the shard that owns the source.
#pragma once

#include <optional>

#include "engine/security/charge.hpp"

namespace ringwire::security {

class Account {
 public:
  static constexpr Duration kGrace = 1s;  // longer than any turn

  Account(const Rates& rates, Instant now);

  // The first resource of which there is too little.
  [[nodiscard]] std::optional<Resource> short_of(const Rates& rates, const Charge& charge, Instant now);
  [[nodiscard]] std::uint64_t available(const Rates& rates, Resource resource, Instant now);
  // When `amount` will be there if nothing is spent; kNever where never, or not before a loan ends.
  [[nodiscard]] Instant ready_at(const Rates& rates, Resource resource, std::uint64_t amount, Instant now);

  // Only where it is not short of anything in `charge`.
  void take(const Rates& rates, const Charge& charge, Instant now);
  void lend(const Rates& rates, const Charge& charge, Instant until, Instant now);
  // The borrower's report about loans of before. More than was lent means nothing.
  void settle(const Rates& rates, const Charge& spent, const Charge& returned, Instant now);

  // Full and nothing away: as good as one that was never there.
  [[nodiscard]] bool idle(const Rates& rates, Instant now);

 private:
  [[nodiscard]] Rate holds(const Rates& rates, Resource resource) const;
  void forget_overdue(Instant now);

  PerResource<TokenBucket> buckets_;
  Charge lent_;
  Instant lent_until_;  // of the loan that ends last
};

}  // namespace ringwire::security
