// What counts as one source: an address and the networks around it.
//
// Attack: limits and bans by full address are evaded from the next address of one's own network. Whoever has
// one IPv6 line has 2^64 addresses, usually 2^72 of them; one virtual server has 2^64. Limits by wide network
// alone punish strangers who share it.
//
//   scope     IPv4   IPv6   who that is
//   -------   ----   ----   -----------------------------------------------------------------------------
//   address   /32    /64    one host: in IPv6 it chooses the low half by itself, so that half says nothing
//   subnet    /24    /56    IPv4: one small provider or rack. IPv6: one customer, what a line is given
//   network    -     /48    IPv6: one company, or a provider's tunnel users
//
// Rates count by all three, each wider one with a larger limit. Bans are by IPv4 address and IPv6 /56: a
// banned customer would come back from the next of its 256 /64. Where a provider puts several servers into
// one /56, a ban hits its neighbours for minutes: bans of addresses begin short (engine/security/ledger.hpp).
// Connections that are not proven yet are shared out by address
// (engine/transport/connection_manager.hpp): there neighbours only compete.
//
// One host has one name: ::ffff:a.b.c.d and 64:ff9b::a.b.c.d (behind NAT64) are the IPv4 address they carry.
//
// Addresses that no stranger on the internet can have are exempt from all of this, unless
// `treat_loopback_as_public` is set: loopback, private (RFC 1918), link-local and unique local (RFC 4193)
// ones. The shared addresses of carriers (100.64.0.0/10) are not: strangers of the same provider have them.
//
// Pure values. Complexity: O(1), no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/base/endpoint.hpp"
#include "codec/base/ids.hpp"
#include "codec/crypto/siphash.hpp"

namespace ringwire::security {

enum class Scope : std::uint8_t { address, subnet, network, count_ };
inline constexpr std::size_t kScopes = static_cast<std::size_t>(Scope::count_);
const char* name(Scope scope);

struct Prefix {
  IpAddress base;  // bits beyond the first `bits` are 0
  std::uint8_t bits = 0;

  auto operator<=>(const Prefix&) const = default;
  // "192.0.2.1" for a whole IPv4 address, else "2001:db8::/56".
  [[nodiscard]] std::string to_string() const;
};

// `bits` at most 32 for IPv4, 128 for IPv6. The address gets its one name first.
Prefix prefix_of(const IpAddress& address, std::uint8_t bits);
// Nothing where the family has no such scope: the /48 of an IPv4 address.
std::optional<Prefix> prefix_of(const IpAddress& address, Scope scope);
// What is banned when this address is.
Prefix ban_prefix(const IpAddress& address);
// As to_string() writes it, or any address: then what is banned with it.
std::optional<Prefix> parse_ban_prefix(std::string_view text);

bool contains(const Prefix& prefix, const IpAddress& address);

// Loopback, private, link-local, unique local.
bool is_local(const IpAddress& address);
inline bool is_exempt(const IpAddress& address, bool treat_loopback_as_public) {
  return !treat_loopback_as_public && is_local(address);
}

// For tables and owners. Keyed: whoever chooses addresses cannot choose where they land.
std::uint64_t hash_of(const Prefix& prefix, const crypto::SipKey& key);

// The shard that decides about `address` and all networks around it: one owner for the widest of its scopes,
// so that a question about one address is asked once. All shards have the same key.
ShardId owner_of(const IpAddress& address, const crypto::SipKey& key, ShardId shards);

}  // namespace ringwire::security
