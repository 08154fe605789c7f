// How many connections an address, and the networks around it, hold at the same time.
//
// Attack: rates let a patient stranger collect every place of a node, one connection a minute. So what one
// source may hold has an end, too, with the wider network's above the narrower's, and a stranger fills only
// what his own network may have.
//
// One question takes a place at every level or at none. Exempt addresses are the caller's to leave out.
//
// Memory: an entry per level and source that holds a place; the caller's connections bound it: footprint().
// Complexity: O(1). Thread: the shard that owns the address (engine/security/prefix.hpp). Timers: none.
#pragma once

#include <optional>
#include <unordered_map>

#include "codec/base/footprint.hpp"
#include "engine/security/prefix.hpp"
#include "engine/security/source_limits.hpp"

namespace ringwire::security {

// Of each scope, at once.
struct PlaceLimits {
  std::uint32_t address = 8;   // several nodes behind one address translator
  std::uint32_t subnet = 32;   // IPv4 /24, IPv6 /56
  std::uint32_t network = 64;  // IPv6 /48

  [[nodiscard]] std::uint32_t of(Scope scope) const;
};

class PlaceCounts {
 public:
  PlaceCounts(const PlaceLimits& limits, const crypto::SipKey& key)
      : limits_(limits), held_(0, PrefixHash{key}) {}

  // Nothing: taken. Else the narrowest scope that holds as many as it may.
  std::optional<Scope> take(const IpAddress& address);
  // One that was taken.
  void give_back(const IpAddress& address);

  [[nodiscard]] std::uint32_t held(const Prefix& prefix) const;
  [[nodiscard]] bool empty() const { return held_.empty(); }
  static Footprint footprint(std::uint32_t connections);

 private:
  const PlaceLimits limits_;
  std::unordered_map<Prefix, std::uint32_t, PrefixHash> held_;
};

}  // namespace ringwire::security
