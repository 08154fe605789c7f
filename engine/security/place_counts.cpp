#include "engine/security/place_counts.hpp"

#include "codec/base/check.hpp"

namespace ringwire::security {
namespace {

// From the narrowest to the widest that the family has.
template <class Visit>
void for_each_scope(const IpAddress& address, Visit&& visit) {
  for (std::size_t i = 0; i < kScopes; ++i) {
    const auto scope = static_cast<Scope>(i);
    if (const auto prefix = prefix_of(address, scope)) visit(scope, *prefix);
  }
}

}  // namespace

std::uint32_t PlaceLimits::of(Scope scope) const {
  switch (scope) {
    case Scope::address:
      return address;
    case Scope::subnet:
      return subnet;
    case Scope::network:
    case Scope::count_:
      break;
  }
  return network;
}

std::optional<Scope> PlaceCounts::take(const IpAddress& address) {
  std::optional<Scope> full;
  for_each_scope(address, [&](Scope scope, const Prefix& prefix) {
    if (!full && held(prefix) >= limits_.of(scope)) full = scope;
  });
  if (full) return full;
  for_each_scope(address, [&](Scope, const Prefix& prefix) { ++held_[prefix]; });
  return std::nullopt;
}

void PlaceCounts::give_back(const IpAddress& address) {
  for_each_scope(address, [&](Scope, const Prefix& prefix) {
    const auto found = held_.find(prefix);
    RW_ASSERT(found != held_.end());
    if (--found->second == 0) held_.erase(found);
  });
}

std::uint32_t PlaceCounts::held(const Prefix& prefix) const {
  const auto found = held_.find(prefix);
  return found == held_.end() ? 0 : found->second;
}

Footprint PlaceCounts::footprint(std::uint32_t connections) {
  constexpr std::size_t kEntryBytes = sizeof(Prefix) + sizeof(std::uint32_t) + 4 * sizeof(void*);
  return {{"security: places of sources", connections * std::uint64_t{kScopes}, kEntryBytes}};
}

}  // namespace ringwire::security
