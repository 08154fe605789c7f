#include "engine/security/prefix.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "codec/base/check.hpp"

namespace ringwire::security {
namespace {

using Family = IpAddress::Family;

// RFC 6052: a NAT64 writes the IPv4 address into the last four bytes.
constexpr std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xff, 0x9b};

IpAddress one_name(const IpAddress& address) {
  if (address.family == Family::v4) return address;
  const auto& bytes = address.bytes;
  if (std::equal(kNat64.begin(), kNat64.end(), bytes.begin()))
    return IpAddress::v4(bytes[12], bytes[13], bytes[14], bytes[15]);
  return IpAddress::v6(bytes);  // which knows the mapped ones
}

constexpr std::uint8_t width_of(Family family) {
  return family == Family::v4 ? 32 : 128;
}

// 0: the family has no such scope.
constexpr std::uint8_t bits_of(Family family, Scope scope) {
  const bool v4 = family == Family::v4;
  switch (scope) {
    case Scope::address:
      return v4 ? 32 : 64;
    case Scope::subnet:
      return v4 ? 24 : 56;
    case Scope::network:
      return v4 ? 0 : 48;
    case Scope::count_:
      break;
  }
  return 0;
}

}  // namespace

const char* name(Scope scope) {
  switch (scope) {
    case Scope::address:
      return "address";
    case Scope::subnet:
      return "subnet";
    case Scope::network:
      return "network";
    case Scope::count_:
      break;
  }
  return "unknown";
}

std::string Prefix::to_string() const {
  if (base.family == Family::v4 && bits == 32) return base.to_string();
  return base.to_string() + "/" + std::to_string(bits);
}

Prefix prefix_of(const IpAddress& address, std::uint8_t bits) {
  Prefix prefix{one_name(address), bits};
  RW_ASSERT(bits <= width_of(prefix.base.family));
  for (std::size_t i = 0; i < prefix.base.bytes.size(); ++i) {
    const std::size_t kept = bits > 8 * i ? std::min<std::size_t>(8, bits - 8 * i) : 0;
    prefix.base.bytes[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
  return prefix;
}

std::optional<Prefix> prefix_of(const IpAddress& address, Scope scope) {
  const IpAddress named = one_name(address);
  const std::uint8_t bits = bits_of(named.family, scope);
  if (bits == 0) return std::nullopt;
  return prefix_of(named, bits);
}

Prefix ban_prefix(const IpAddress& address) {
  const IpAddress named = one_name(address);
  return prefix_of(named, bits_of(named.family, named.family == Family::v4 ? Scope::address : Scope::subnet));
}

std::optional<Prefix> parse_ban_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const Prefix prefix = ban_prefix(*address);
  if (slash == std::string_view::npos) return prefix;
  std::uint8_t bits = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + slash + 1, end, bits);
  if (error != std::errc{} || at != end || bits != prefix.bits) return std::nullopt;
  return prefix;
}

bool contains(const Prefix& prefix, const IpAddress& address) {
  const IpAddress named = one_name(address);
  return named.family == prefix.base.family && prefix_of(named, prefix.bits) == prefix;
}

bool is_local(const IpAddress& address) {
  const IpAddress named = one_name(address);
  const auto& bytes = named.bytes;
  if (named.is_loopback()) return true;
  if (named.family == Family::v6) {
    const bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
    const bool unique_local = (bytes[0] & 0xfe) == 0xfc;
    return link_local || unique_local;
  }
  return bytes[0] == 10 || (bytes[0] == 172 && (bytes[1] & 0xf0) == 16) ||
         (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254);
}

std::uint64_t hash_of(const Prefix& prefix, const crypto::SipKey& key) {
  std::array<std::uint8_t, 18> name{};
  name[0] = static_cast<std::uint8_t>(prefix.base.family);
  name[1] = prefix.bits;
  std::copy(prefix.base.bytes.begin(), prefix.base.bytes.end(), name.begin() + 2);
  return crypto::siphash13(key, name);
}

ShardId owner_of(const IpAddress& address, const crypto::SipKey& key, ShardId shards) {
  RW_ASSERT(shards > 0);
  auto widest = prefix_of(address, Scope::network);
  if (!widest) widest = prefix_of(address, Scope::subnet);
  return static_cast<ShardId>(hash_of(*widest, key) % shards);
}

}  // namespace ringwire::security
