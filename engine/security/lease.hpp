// What shards say to each other about tokens on loan.
//
// Problem: the kernel spreads the connections of one address over all shards, and the address must get its
// rate, once, exactly. Asking the owner for every question costs a round trip each; a fixed share per shard
// gives an address that lands on one shard half of its due. So the owner of an address lends tokens in
// slices, and what is not used comes back.
//
//   message   from -> to           carries
//   -------   ------------------   ------------------------------------------------------------------------
//   request   borrower -> lender   what it needs now, and the report about its last lease
//   return    borrower -> lender   the report alone: a request that needs nothing; no answer
//   grant     lender -> borrower   tokens until `valid_until`, or who is short and when to ask again
//
// They are small and typed, and travel by the control ring, which loses nothing; a shard that owns the
// address itself asks its SourceLimits without any of this. A lease covers an address and every level around
// it: one question, one owner.
//
// Bounds, whatever is asked and however late messages come (engine/security/account.hpp says why):
//  - never above: in no window of time do all shards together admit more than burst + rate x time;
//  - within 1 % below where demand is constant and the burst is at least the tokens of 100 round trips
//    between shards, or four slices of each shard. A smaller one loses what would be earned while the only
//    tokens are under way.
#pragma once

#include "engine/security/level.hpp"
#include "engine/security/prefix.hpp"

namespace ringwire::security {

// Long against a message between shards (some 50 us), short against the patience of who waits for tokens that
// another shard does not use.
inline constexpr Duration kLeaseTime = 100ms;

struct LeaseReport {
  Charge spent;
  Charge returned;
  Instant valid_until;  // of that lease: a report too late for the lender to remember it counts for nothing

  bool operator==(const LeaseReport&) const = default;
};

struct LeaseRequest {
  Prefix source;  // of scope `address`
  Charge need;    // less is of no use; nothing: a return
  LeaseReport report;
};

struct LeaseGrant {
  Prefix source;
  Charge tokens;  // at least what was needed; nothing where it was refused
  Instant valid_until;
  bool granted = false;
  // Where it was refused:
  Level level = Level::global;
  Resource resource = Resource::connections;
  Instant retry_at;
};

}  // namespace ringwire::security
