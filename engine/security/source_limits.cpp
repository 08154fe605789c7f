#include "engine/security/source_limits.hpp"

namespace ringwire::security {
namespace {

constexpr std::array<Scope, kScopes> kNarrowToWide{Scope::address, Scope::subnet, Scope::network};

constexpr Level level_of(Scope scope) {
  switch (scope) {
    case Scope::address:
      return Level::address;
    case Scope::subnet:
      return Level::subnet;
    case Scope::network:
    case Scope::count_:
      break;
  }
  return Level::network;
}

}  // namespace

SourceLimits::SourceLimits(const RatePlan& plan, const crypto::SipKey& key, Instant now,
                           std::uint32_t sources_max)
    : plan_(plan),
      tables_{Table(sources_max, PrefixHash{key}, [&] { return Account(plan[Level::address], now); }),
              Table(sources_max, PrefixHash{key}, [&] { return Account(plan[Level::subnet], now); }),
              Table(sources_max, PrefixHash{key}, [&] { return Account(plan[Level::network], now); })},
      everybody_(plan[Level::global], now) {}

SourceLimits::Chain SourceLimits::chain(const IpAddress& address, Instant now) {
  Chain chain;
  for (const Scope scope : kNarrowToWide) {
    const auto prefix = prefix_of(address, scope);
    if (!prefix) continue;
    const Level level = level_of(scope);
    const Rates& rates = plan_[level];
    Account& account = tables_[static_cast<std::size_t>(scope)].get(
        *prefix, [&] { return Account(rates, now); },
        [&](Account& candidate) { return candidate.idle(rates, now); });
    chain.add({level, &rates, &account});
  }
  chain.add({Level::global, &plan_[Level::global], &everybody_});
  return chain;
}

std::optional<Refusal> SourceLimits::refusal(const Chain& chain, const Charge& charge, Instant now) {
  for (const Link& link : chain) {
    const auto resource = link.account->short_of(*link.rates, charge, now);
    if (!resource) continue;
    return Refusal{link.level, *resource,
                   link.account->ready_at(*link.rates, *resource, charge[*resource], now)};
  }
  return std::nullopt;
}

std::optional<Refusal> SourceLimits::refusal(const IpAddress& address, const Charge& charge, Instant now) {
  return refusal(chain(address, now), charge, now);
}

std::optional<Refusal> SourceLimits::take(const IpAddress& address, const Charge& charge, Instant now) {
  const Chain links = chain(address, now);
  if (auto refused = refusal(links, charge, now)) return refused;
  for (const Link& link : links) link.account->take(*link.rates, charge, now);
  return std::nullopt;
}

Footprint SourceLimits::footprint(std::uint32_t sources_max) {
  return {{"security: limits of sources", kScopes, Table::footprint_bytes(sources_max)}};
}

}  // namespace ringwire::security
