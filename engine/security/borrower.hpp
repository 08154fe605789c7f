// A shard's side of leases: answers about addresses that other shards own, from tokens it has borrowed.
//
// An answer is yes, no, or wait: then a request has gone to the owner, and the question is asked again when
// the grant is here. A refusal holds until the moment that the owner named, without asking.
//
// Spoofed sources. A TCP connection has proven its address; a datagram has not, and a flood of datagrams
// under invented addresses must not become a flood of requests to other shards. So each request that a
// datagram causes is paid from one bucket of this shard first, for all of them together.
//
// Bounded. At most leases_max addresses; for a new one the oldest lease is given back. Where all of them wait
// for answers the question is refused (`crowded`): that many requests are on their way.
//
// Timer: each lease ends kLeaseTime after its grant came: unused tokens and the report go back
// (next_deadline(), on_deadline()). Everything to be sent is appended to `out`, for the owner of its source.
// Memory: footprint(). Complexity: O(1). Thread: its shard's.
#pragma once

#include <unordered_map>
#include <vector>

#include "codec/base/counter.hpp"
#include "codec/base/footprint.hpp"
#include "codec/base/intrusive_list.hpp"
#include "engine/security/lease.hpp"
#include "engine/security/source_limits.hpp"

namespace ringwire::security {

enum class SourceProof : std::uint8_t {
  round_trip,  // it answered from that address: TCP, or a datagram with our token
  none,        // a datagram that anybody may have sent
};

enum class LeaseAnswer : std::uint8_t {
  yes,   // spent
  wait,  // ask again when the owner has answered
  no,    // refused: see Refusal
};

struct BorrowerCounters {
  Counter requests;
  Counter from_lease;  // answered yes without asking anybody
  Counter dry;         // refused without asking anybody
  Counter unproven;    // refused: too many requests for addresses that are not proven
  Counter crowded;     // refused: every lease waits for its answer
  Counter evicted;     // leases given back before their time
};

struct LeaseTag;

class Borrower {
 public:
  static constexpr std::uint32_t kLeasesMax = 8'192;
  // Requests that unproven sources may cause here: a discovery that is attacked answers slower, and the other
  // shards do not notice.
  static constexpr Rate kUnprovenRequests{2'000, 500};

  Borrower(const crypto::SipKey& key, Instant now, std::uint32_t leases_max = kLeasesMax);
  Borrower(const Borrower&) = delete;
  Borrower& operator=(const Borrower&) = delete;

  struct Verdict {
    LeaseAnswer answer = LeaseAnswer::no;
    Refusal refusal;  // where it is `no`
  };
  Verdict ask(const IpAddress& address, const Charge& charge, SourceProof proof, Instant now,
              std::vector<LeaseRequest>& out);
  // Then ask again what waited for this source. It is here that a lease begins.
  void on_grant(const LeaseGrant& grant, Instant now);

  [[nodiscard]] Instant next_deadline() const;
  void on_deadline(Instant now, std::vector<LeaseRequest>& out);

  [[nodiscard]] std::size_t size() const { return leases_.size(); }
  [[nodiscard]] const BorrowerCounters& counters() const { return counters_; }
  static Footprint footprint(std::uint32_t leases_max = kLeasesMax);

 private:
  struct Lease : ListNode<LeaseTag> {
    Prefix source;
    bool asking = false;
    Charge held;
    Charge spent;
    Instant valid_until;  // of the tokens
    Instant ends_at;      // of the entry
    Refusal refusal;      // until its retry_at
  };

  [[nodiscard]] static bool holds(const Lease& lease, const Charge& charge, Instant now);
  [[nodiscard]] Lease* place_for(const Prefix& source, std::vector<LeaseRequest>& out);
  [[nodiscard]] static LeaseReport report_of(Lease& lease);
  void give_back(Lease& lease, std::vector<LeaseRequest>& out);
  static Verdict refuse(Level level, Resource resource, Instant retry_at);

  const std::uint32_t leases_max_;
  std::unordered_map<Prefix, Lease, PrefixHash> leases_;
  mutable IntrusiveList<Lease, LeaseTag> granted_;  // not asking; in order of ends_at
  TokenBucket unproven_;
  BorrowerCounters counters_;
};

}  // namespace ringwire::security
