#include "engine/security/rate_limits.hpp"

#include <algorithm>
#include <array>

namespace ringwire::security {
namespace {

constexpr std::size_t kUnknownType = SIZE_MAX;

// Where a type's bucket is.
std::size_t index_of(wire::MessageType type) {
  static const auto table = [] {
    std::array<std::size_t, 256> indices{};
    std::fill(indices.begin(), indices.end(), kUnknownType);
    const auto costs = message_costs();
    for (std::size_t i = 0; i < costs.size(); ++i) indices[static_cast<std::uint8_t>(costs[i].type)] = i;
    return indices;
  }();
  return table[static_cast<std::uint8_t>(type)];
}

}  // namespace

RateLimits::RateLimits(const Options& options, Instant now)
    : options_(options),
      sources_(options.plan, options.key, now, options.sources_max),
      peers_(options.peers_max, crypto::KeyedHash{options.key}, [&] { return fresh_peer(now); }) {}

RateLimits::PeerAccount RateLimits::fresh_peer(Instant now) const {
  PeerAccount fresh{Account(options_.plan[Level::peer], now), {}};
  fresh.types.reserve(message_costs().size());
  for (const MessageCost& cost : message_costs()) fresh.types.emplace_back(cost.rate, now);
  return fresh;
}

bool RateLimits::idle(PeerAccount& peer, Instant now) const {
  if (!peer.account.idle(options_.plan[Level::peer], now)) return false;
  const auto costs = message_costs();
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i].rate != kUnlimited && !peer.types[i].full(costs[i].rate, now)) return false;
  }
  return true;
}

RateLimits::PeerAccount& RateLimits::peer(const NodeId& node, Instant now) {
  return peers_.get(
      node, [&] { return fresh_peer(now); }, [&](PeerAccount& candidate) { return idle(candidate, now); });
}

std::optional<Refusal> RateLimits::refusal(PeerAccount& peer, bool trusted, wire::MessageType type,
                                           const Charge& charge, Instant now) {
  const std::size_t index = index_of(type);
  if (index != kUnknownType) {
    const Rate& rate = message_costs()[index].rate;
    if (rate != kUnlimited && peer.types[index].available(rate, now) < kThing) {
      return Refusal{Level::message_type, Resource::messages, peer.types[index].ready_at(rate, kThing, now)};
    }
  }
  if (trusted) return std::nullopt;
  const Rates& rates = options_.plan[Level::peer];
  const auto resource = peer.account.short_of(rates, charge, now);
  if (!resource) return std::nullopt;
  return Refusal{Level::peer, *resource, peer.account.ready_at(rates, *resource, charge[*resource], now)};
}

void RateLimits::take(PeerAccount& peer, bool trusted, wire::MessageType type, const Charge& charge,
                      Instant now) {
  const std::size_t index = index_of(type);
  if (index != kUnknownType) {
    const Rate& rate = message_costs()[index].rate;
    if (rate != kUnlimited) RW_ASSERT(peer.types[index].take(rate, kThing, now));
  }
  if (!trusted) peer.account.take(options_.plan[Level::peer], charge, now);
}

std::optional<Refusal> RateLimits::count(const std::optional<Refusal>& refusal) {
  if (refusal) {
    counters_.refused[refusal->level].add();
  } else {
    counters_.admitted.add();
  }
  return refusal;
}

std::optional<Refusal> RateLimits::ask_source(const IpAddress& from, const Charge& charge, Instant now) {
  if (is_exempt(from, options_.treat_loopback_as_public)) return count(std::nullopt);
  return count(sources_.take(from, charge, now));
}

std::optional<Refusal> RateLimits::ask_connection(const IpAddress& from, Instant now) {
  return ask_source(from, connection_charge(), now);
}

std::optional<Refusal> RateLimits::ask_handshake(const IpAddress& from, Instant now) {
  return ask_source(from, handshake_charge(), now);
}

std::optional<Refusal> RateLimits::ask_peer(const Sender& sender, wire::MessageType type,
                                            std::uint32_t payload_bytes, Instant now) {
  const Charge charge = message_charge(type, payload_bytes);
  PeerAccount& account = peer(sender.node, now);
  const auto refused = refusal(account, sender.trusted, type, charge, now);
  if (!refused) take(account, sender.trusted, type, charge, now);
  return count(refused);
}

std::optional<Refusal> RateLimits::ask_message(const IpAddress& from, const Sender& sender,
                                               wire::MessageType type, std::uint32_t payload_bytes,
                                               Instant now) {
  const Charge charge = message_charge(type, payload_bytes);
  PeerAccount& account = peer(sender.node, now);
  auto refused = refusal(account, sender.trusted, type, charge, now);
  if (!refused && !sender.trusted && !is_exempt(from, options_.treat_loopback_as_public))
    refused = sources_.take(from, charge, now);
  if (!refused) take(account, sender.trusted, type, charge, now);
  return count(refused);
}

Footprint RateLimits::footprint(const Options& options) {
  Footprint footprint = SourceLimits::footprint(options.sources_max);
  const std::uint64_t types = message_costs().size() * sizeof(TokenBucket);
  footprint.push_back({"security: limits of peers", options.peers_max,
                       IdleTable<NodeId, crypto::KeyedHash, PeerAccount>::footprint_bytes(1) + types});
  return footprint;
}

}  // namespace ringwire::security
