#include "engine/security/borrower.hpp"

#include <algorithm>

namespace ringwire::security {

Borrower::Borrower(const crypto::SipKey& key, Instant now, std::uint32_t leases_max)
    : leases_max_(leases_max), leases_(leases_max, PrefixHash{key}), unproven_(kUnprovenRequests, now) {}

Borrower::Verdict Borrower::refuse(Level level, Resource resource, Instant retry_at) {
  return {LeaseAnswer::no, {level, resource, retry_at}};
}

bool Borrower::holds(const Lease& lease, const Charge& charge, Instant now) {
  if (now >= lease.valid_until) return false;
  for (std::size_t i = 0; i < kResources; ++i) {
    if (lease.held.each[i] < charge.each[i]) return false;
  }
  return true;
}

Borrower::Verdict Borrower::ask(const IpAddress& address, const Charge& charge, SourceProof proof,
                                Instant now, std::vector<LeaseRequest>& out) {
  const Prefix source = *prefix_of(address, Scope::address);
  const auto found = leases_.find(source);
  Lease* lease = found == leases_.end() ? nullptr : &found->second;
  if (lease != nullptr && holds(*lease, charge, now)) {
    for (std::size_t i = 0; i < kResources; ++i) {
      lease->held.each[i] -= charge.each[i];
      lease->spent.each[i] = saturating_add(lease->spent.each[i], charge.each[i]);
    }
    counters_.from_lease.add();
    return {LeaseAnswer::yes, {}};
  }
  if (lease != nullptr && lease->asking) return {LeaseAnswer::wait, {}};
  const bool dry = lease != nullptr && now < lease->refusal.retry_at && charge[lease->refusal.resource] > 0;
  if (dry) {
    counters_.dry.add();
    return {LeaseAnswer::no, lease->refusal};
  }
  if (proof == SourceProof::none && !unproven_.take(kUnprovenRequests, 1, now)) {
    counters_.unproven.add();
    return refuse(Level::global, Resource::messages, unproven_.ready_at(kUnprovenRequests, 1, now));
  }
  if (lease == nullptr) lease = place_for(source, out);
  if (lease == nullptr) {
    counters_.crowded.add();
    return refuse(Level::global, Resource::connections, now + kLeaseTime);
  }
  lease->asking = true;
  lease->unlink();
  out.push_back({source, charge, report_of(*lease)});
  counters_.requests.add();
  return {LeaseAnswer::wait, {}};
}

Borrower::Lease* Borrower::place_for(const Prefix& source, std::vector<LeaseRequest>& out) {
  if (leases_.size() >= leases_max_) {
    Lease* const oldest = granted_.front();
    if (oldest == nullptr) return nullptr;
    counters_.evicted.add();
    give_back(*oldest, out);
  }
  Lease& lease = leases_[source];
  lease.source = source;
  return &lease;
}

LeaseReport Borrower::report_of(Lease& lease) {
  const LeaseReport report{lease.spent, lease.held, lease.valid_until};
  const bool empty = report.spent == Charge{} && report.returned == Charge{};
  lease.spent = {};
  lease.held = {};
  return empty ? LeaseReport{} : report;
}

void Borrower::on_grant(const LeaseGrant& grant, Instant now) {
  const auto found = leases_.find(grant.source);
  // An entry that asks stays until it is answered.
  RW_ASSERT(found != leases_.end() && found->second.asking);
  Lease& lease = found->second;
  lease.asking = false;
  lease.held = grant.tokens;
  lease.valid_until = grant.valid_until;
  lease.refusal = grant.granted ? Refusal{} : Refusal{grant.level, grant.resource, grant.retry_at};
  lease.ends_at = now + kLeaseTime;
  granted_.push_back(lease);
}

Instant Borrower::next_deadline() const {
  const Lease* const oldest = granted_.front();
  return oldest == nullptr ? kNever : oldest->ends_at;
}

void Borrower::on_deadline(Instant now, std::vector<LeaseRequest>& out) {
  for (Lease* oldest = granted_.front(); oldest != nullptr && oldest->ends_at <= now;
       oldest = granted_.front()) {
    give_back(*oldest, out);
  }
}

void Borrower::give_back(Lease& lease, std::vector<LeaseRequest>& out) {
  const LeaseReport report = report_of(lease);
  if (!(report == LeaseReport{})) out.push_back({lease.source, {}, report});
  leases_.erase(Prefix(lease.source));
}

Footprint Borrower::footprint(std::uint32_t leases_max) {
  return {{"security: leases", leases_max, sizeof(Lease) + sizeof(Prefix) + 4 * sizeof(void*)}};
}

}  // namespace ringwire::security
