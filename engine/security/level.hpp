// The levels at which somebody may be over a limit, and what each may spend.
//
//   level          who                                    limited by default
//   ------------   ------------------------------------   -------------------------------------------------
//   global         everybody together                     connections, handshakes, cost
//   network        an IPv6 /48                            connections, handshakes, bytes, cost
//   subnet         an IPv4 /24, an IPv6 /56               connections, handshakes, bytes, cost
//   address        an IPv4 address, an IPv6 /64           connections, handshakes, messages, bytes, cost
//   peer           a proven node id                       messages, bytes, cost
//   message_type   one type of message of one peer        messages: the table in engine/security/charge.cpp
//
// Each limit is wider than those inside it, so that no single source can use up what others share. What one
// level refuses spends nothing at any other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/base/time.hpp"
#include "engine/security/charge.hpp"

namespace ringwire::security {

enum class Level : std::uint8_t { global, network, subnet, address, peer, message_type, count_ };
inline constexpr std::size_t kLevels = static_cast<std::size_t>(Level::count_);
const char* name(Level level);

// Who is short, and of what.
struct Refusal {
  Level level = Level::global;
  Resource resource = Resource::connections;
  Instant retry_at;  // not before; kNever where it depends on others
};

// What each level but message_type may spend.
struct RatePlan {
  std::array<Rates, kLevels> each{};

  constexpr Rates& operator[](Level level) { return each[static_cast<std::size_t>(level)]; }
  constexpr const Rates& operator[](Level level) const { return each[static_cast<std::size_t>(level)]; }
  bool operator==(const RatePlan&) const = default;
};

// Of a whole node. The reasons stand beside the numbers.
RatePlan default_rates();

// The same with the share of one of `shards` shards at the global level: the shares add up to the whole.
// Sources are spread over their owners by a secret hash, so each share is used alike wherever many sources
// are at work; and where few are, their own limits are lower.
RatePlan share_of(const RatePlan& whole, std::uint32_t shards, std::uint32_t shard);

}  // namespace ringwire::security
