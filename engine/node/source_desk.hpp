// What may come from this address? The limits of addresses and of the networks around them, exact over all
// shards: connections, handshakes, and what sessions are told (rate_desk.hpp).
//
// Attack: connections are cheap to make and dear to answer, and the kernel spreads those of one address over
// all shards, so that a limit for each shard would be as many times what it says.
//
//   here              ask()           --lease_request-->  owner of the address, unless tokens are here
//                     on_grant()      <--lease_grant----  owner: ask again
//                     take_place()    --place_taken----->  owner: one more connection of it
//                                     <--place_denied----  owner: it has too many; end this one
//                     leave_place()   --place_left------>  owner
//
// A place is taken first and denied afterwards: the few that are too many live for the way to the owner and
// back, some 50 us, and nobody waits. Rates are asked before anything of a connection is read, and again
// before a handshake costs a signature or an object of the TLS library.
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
  [[nodiscard]] bool is_exempt(const IpAddress& from) const;
  // Takes `charge` where it may. `wait`: ask again after the next on_grant() for that address.
  [[nodiscard]] security::Borrower::Verdict ask(const IpAddress& from, const security::Charge& charge);
  [[nodiscard]] Answer may_connect(const IpAddress& from);
  [[nodiscard]] Answer may_shake_hands(const IpAddress& from);
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

  // Who was short, by what was asked.
  [[nodiscard]] const session::CounterPer<security::Level>& connections_refused() const {
    return connections_refused_;
  }
  [[nodiscard]] const session::CounterPer<security::Level>& handshakes_refused() const {
    return handshakes_refused_;
  }
  [[nodiscard]] const session::CounterPer<security::Scope>& denied() const { return denied_; }
  [[nodiscard]] const security::LenderCounters& lender() const { return lender_.counters(); }
  [[nodiscard]] const security::BorrowerCounters& borrower() const { return borrower_.counters(); }
  static Footprint footprint(const Settings& settings);

 private:
  Answer ask(const IpAddress& from, const security::Charge& charge,
             session::CounterPer<security::Level>& refused);
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
  session::CounterPer<security::Level> connections_refused_;
  session::CounterPer<security::Level> handshakes_refused_;
  session::CounterPer<security::Scope> denied_;
};

}  // namespace ringwire::node
