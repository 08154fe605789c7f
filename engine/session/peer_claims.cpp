#include "engine/session/peer_claims.hpp"

#include "codec/base/check.hpp"

namespace ringwire::session {

// Rule 1: whether `candidate` was dialled by the smaller of the two ids.
bool PeerClaims::wins(const NodeId& node, const Candidate& candidate) const {
  return (candidate.dialler == Dialler::us) == (self_ < node);
}

void PeerClaims::claim(const NodeId& node, ConnectionRef connection, Dialler dialler, Instant now,
                       std::vector<ClaimNotice>& out) {
  RW_ASSERT(node != self_);
  const Candidate candidate{connection, dialler};
  const auto found = claims_.find(node);
  if (found != claims_.end()) return challenge(found->second, candidate, now, out);
  if (claims_.size() >= claims_max_) {
    counters_.denied_full.add();
    out.push_back({connection, node, ClaimVerdict::denied_full});
    return;
  }
  Claim& fresh = claims_[node];
  fresh.node = node;
  counters_.held.set(claims_.size());
  grant(fresh, candidate, now, out);
}

void PeerClaims::challenge(Claim& claim, const Candidate& candidate, Instant now,
                           std::vector<ClaimNotice>& out) {
  const bool from_the_other_end = candidate.dialler != claim.holder.dialler;
  const bool settled = now - claim.since > kSettledAge;
  if (from_the_other_end && !settled) {
    if (!wins(claim.node, candidate)) return deny(claim.node, candidate.connection, out);
    counters_.revoked_simultaneous.add();
    out.push_back({claim.holder.connection, claim.node, ClaimVerdict::revoked});
    if (claim.challenger) deny(claim.node, claim.challenger->connection, out);
    return grant(claim, candidate, now, out);
  }
  if (!claim.challenger) return probe(claim, candidate, now, out);
  const bool crossing = candidate.dialler != claim.challenger->dialler;
  if (!crossing || !wins(claim.node, candidate)) return deny(claim.node, candidate.connection, out);
  deny(claim.node, claim.challenger->connection, out);
  claim.challenger = candidate;
}

void PeerClaims::grant(Claim& claim, const Candidate& candidate, Instant now, std::vector<ClaimNotice>& out) {
  claim.holder = candidate;
  claim.since = now;
  claim.challenger.reset();
  claim.unlink();
  counters_.granted.add();
  out.push_back({candidate.connection, claim.node, ClaimVerdict::granted});
}

void PeerClaims::deny(const NodeId& node, ConnectionRef connection, std::vector<ClaimNotice>& out) {
  counters_.denied_duplicate.add();
  out.push_back({connection, node, ClaimVerdict::denied_duplicate});
}

void PeerClaims::probe(Claim& claim, const Candidate& challenger, Instant now,
                       std::vector<ClaimNotice>& out) {
  claim.challenger = challenger;
  claim.probe_deadline = now + kProbeTime;
  probes_.push_back(claim);
  counters_.probes.add();
  out.push_back({claim.holder.connection, claim.node, ClaimVerdict::probe});
}

void PeerClaims::release(const NodeId& node, ConnectionRef connection, Instant now,
                         std::vector<ClaimNotice>& out) {
  const auto found = claims_.find(node);
  if (found == claims_.end()) return counters_.stale_releases.add();
  Claim& claim = found->second;
  if (claim.challenger && claim.challenger->connection == connection) {
    claim.challenger.reset();
    return claim.unlink();
  }
  if (claim.holder.connection != connection) return counters_.stale_releases.add();
  if (claim.challenger) return grant(claim, Candidate(*claim.challenger), now, out);
  claims_.erase(found);
  counters_.held.set(claims_.size());
}

void PeerClaims::on_probe_answered(const NodeId& node, ConnectionRef connection,
                                   std::vector<ClaimNotice>& out) {
  const auto found = claims_.find(node);
  if (found == claims_.end()) return;
  Claim& claim = found->second;
  if (!claim.challenger || claim.holder.connection != connection) return;
  deny(node, claim.challenger->connection, out);
  claim.challenger.reset();
  claim.unlink();
}

Instant PeerClaims::next_deadline() const {
  const Claim* oldest = probes_.front();
  return oldest == nullptr ? kNever : oldest->probe_deadline;
}

void PeerClaims::on_deadline(Instant now, std::vector<ClaimNotice>& out) {
  while (!probes_.empty() && probes_.front()->probe_deadline <= now) {
    Claim& claim = *probes_.front();
    counters_.revoked_unresponsive.add();
    out.push_back({claim.holder.connection, claim.node, ClaimVerdict::revoked});
    grant(claim, Candidate(*claim.challenger), now, out);
  }
}

std::optional<ConnectionRef> PeerClaims::holder(const NodeId& node) const {
  const auto found = claims_.find(node);
  if (found == claims_.end()) return std::nullopt;
  return found->second.holder.connection;
}

Footprint PeerClaims::footprint(std::uint32_t claims_max) {
  constexpr std::uint64_t kTreeLinksBytes = 32;
  return {{"session: claims of nodes", claims_max, sizeof(Claim) + sizeof(NodeId) + kTreeLinksBytes}};
}

}  // namespace ringwire::session
