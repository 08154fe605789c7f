#include "engine/security/peer_limits.hpp"

namespace ringwire::security {

PeerLimits::PeerLimits(const Rates& rates, const crypto::SipKey& key, Instant now, std::uint32_t peers_max)
    : rates_(rates), peers_(peers_max, crypto::KeyedHash{key}, [&] { return fresh(now); }) {}

PeerLimits::PeerAccount PeerLimits::fresh(Instant now) const {
  PeerAccount peer{Account(rates_, now), {}};
  for (std::size_t i = 0; i < kRatedTypes; ++i) peer.types[i] = TokenBucket(rate_of(i), now);
  return peer;
}

bool PeerLimits::idle(PeerAccount& peer, Instant now) const {
  if (!peer.account.idle(rates_, now)) return false;
  for (std::size_t i = 0; i < kRatedTypes; ++i) {
    if (!peer.types[i].full(rate_of(i), now)) return false;
  }
  return true;
}

PeerLimits::PeerAccount& PeerLimits::peer(const NodeId& node, Instant now) {
  return peers_.get(
      node, [&] { return fresh(now); }, [&](PeerAccount& candidate) { return idle(candidate, now); });
}

std::optional<Refusal> PeerLimits::refusal(const NodeId& node, const Charge& charge, Instant now) {
  Account& account = peer(node, now).account;
  const auto resource = account.short_of(rates_, charge, now);
  if (!resource) return std::nullopt;
  return Refusal{Level::peer, *resource, account.ready_at(rates_, *resource, charge[*resource], now)};
}

void PeerLimits::take(const NodeId& node, const Charge& charge, Instant now) {
  peer(node, now).account.take(rates_, charge, now);
}

std::optional<Refusal> PeerLimits::take_type(const NodeId& node, wire::MessageType type, Instant now) {
  const auto number = rated_number(type);
  if (!number) return std::nullopt;
  const Rate& rate = rate_of(*number);
  TokenBucket& bucket = peer(node, now).types[*number];
  if (bucket.take(rate, kThing, now)) return std::nullopt;
  return Refusal{Level::message_type, Resource::messages, bucket.ready_at(rate, kThing, now)};
}

Footprint PeerLimits::footprint(std::uint32_t peers_max) {
  return {{"security: limits of peers", peers_max,
           IdleTable<NodeId, crypto::KeyedHash, PeerAccount>::footprint_bytes(1)}};
}

}  // namespace ringwire::security
