// May this stranger connect? The limits of addresses and of the networks around them, exact over all shards.
//
// Attack: connections are cheap to make and dear to answer, and the kernel spreads those of one address over
// all shards, so that a limit for each shard would be as many times what it says.
//
//   here              may_connect()   --lease_request-->  owner of the address, unless tokens are here
//                     on_grant()      <--lease_grant----  owner: ask again
//                     take_place()    --place_taken----->  owner: one more connection of it
//                                     <--place_denied----  owner: it has too many; end this one
//                     leave_place()   --place_left------>  owner
//
// A place is taken first and denied afterwards: the few that are too many live for the way to the owner and
// back, some 50 us, and nobody waits. Rates are asked before anything of a connection is read.
//
// Local addresses are exempt, unless limits.treat-loopback-as-public says otherwise, and so are the
// addresses of trusted peers: whoever connects from there is refused later, by his identity.
//
// Timer: leases end (engine/security/borrower.hpp). Thread: its shard's.
#pragma once

#include <set>
#include <vector>

#include "engine/node/shard_context.hpp"
#include "engine/security/borrower.hpp"
#include "engine/security/lender.hpp"
#include "engine/security/place_counts.hpp"

namespace ringwire::node {

class SourceDesk {
 public:
  using Answer = security::LeaseAnswer;

  // `key` is the same on all shards: it names the owners.
  SourceDesk(ShardContext& context, const crypto::SipKey& key);

  // --- as the shard that somebody has connected to
  // `wait`: ask again after the next on_grant() for that address.
  [[nodiscard]] Answer may_connect(const IpAddress& from);
  void on_grant(const ControlMessage& message);
  // An inbound connection got a slot here. False where its address is exempt: then there is none to leave.
  bool take_place(const ConnectionRef& connection, const IpAddress& from);
  void leave_place(const ConnectionRef& connection, const IpAddress& from);

  // --- as owner
  void on_request(const ControlMessage& message);
  void on_place_taken(const ControlMessage& message);
  void on_place_left(const ControlMessage& message);

  [[nodiscard]] Instant next_deadline() const { return borrower_.next_deadline(); }
  void on_deadline();

  [[nodiscard]] const session::CounterPer<security::Level>& refused() const { return refused_; }
  [[nodiscard]] const session::CounterPer<security::Scope>& denied() const { return denied_; }
  [[nodiscard]] const security::LenderCounters& lender() const { return lender_.counters(); }
  [[nodiscard]] const security::BorrowerCounters& borrower() const { return borrower_.counters(); }
  static Footprint footprint(const Settings& settings);

 private:
  [[nodiscard]] bool is_exempt(const IpAddress& from) const;
  [[nodiscard]] ShardId owner(const IpAddress& address) const;
  void send_requests();

  ShardContext& context_;
  const crypto::SipKey key_;
  security::SourceLimits limits_;
  security::Lender lender_;
  security::Borrower borrower_;
  std::vector<security::LeaseRequest> requests_;
  security::PlaceCounts places_;
  std::set<ConnectionRef> held_;  // of those addresses that this shard owns
  session::CounterPer<security::Level> refused_;
  session::CounterPer<security::Scope> denied_;
};

}  // namespace ringwire::node
