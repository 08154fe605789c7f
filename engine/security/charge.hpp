// What a peer's doing costs us, in the five things we have little of.
//
// Attack: limits in messages are evaded by large ones, limits in bytes by costly ones (one transaction is a
// signature to recover, 100 bytes of ping are nothing). So each is counted, and the cost in CPU time comes
// from a table, not from measuring: the same messages cost the same on a busy day, and in the simulator.
//
//   resource      unit            what spends it
//   -----------   -------------   -----------------------------------------------------------------------
//   connections   kThing each     an accepted TCP connection, before anything is read of it
//   handshakes    kThing each     a handshake that is about to cost elliptic-curve work
//   messages      kThing each     a message of an established session, whole
//   bytes         byte            its payload
//   cost          microsecond     of one core, about, to decode, verify and answer it: message_costs()
//
// A thing is 60 tokens, so that N tokens a second are N things a minute: limits below one a second are whole
// numbers too.
//
// Answers to our own questions are free: what we ask for is limited where we ask. One that we did not ask for
// is an offence (engine/security/reason.hpp). A fragment costs the CPU time it takes; what is inside is
// charged when it is whole. A transaction is charged by itself where it is new here, for most are copies.
//
// Pure values. Complexity: O(1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/wire/message_type.hpp"
#include "engine/security/token_bucket.hpp"

namespace ringwire::security {

enum class Resource : std::uint8_t { connections, handshakes, messages, bytes, cost, count_ };
inline constexpr std::size_t kResources = static_cast<std::size_t>(Resource::count_);
const char* name(Resource resource);

inline constexpr std::uint64_t kThing = 60;

template <class Value>
struct PerResource {
  std::array<Value, kResources> each{};

  constexpr Value& operator[](Resource resource) { return each[static_cast<std::size_t>(resource)]; }
  constexpr const Value& operator[](Resource resource) const {
    return each[static_cast<std::size_t>(resource)];
  }
  bool operator==(const PerResource&) const = default;
};

using Charge = PerResource<std::uint64_t>;
using Rates = PerResource<Rate>;

// N things a minute, `burst` of them at once.
constexpr Rate things_per_minute(std::uint64_t count, std::uint64_t burst) {
  return {count, saturating_mul(burst, kThing)};
}

struct MessageCost {
  wire::MessageType type;
  std::uint32_t base_us;     // for each message; none and none per KiB: it is free
  std::uint32_t per_kib_us;  // for each KiB of payload begun
  Rate rate;                 // of this type from one peer, in things
};

// Every known type, in the order of wire::message_rules(). Beside each group stands the reason.
std::span<const MessageCost> message_costs();

// Those with a rate of their own, by number.
inline constexpr std::size_t kRatedTypes = 25;
std::optional<std::size_t> rated_number(wire::MessageType type);
const Rate& rate_of(std::size_t rated_number);

Charge connection_charge();
// With TLS or without.
Charge handshake_charge(bool tls);
// A transaction to be decided.
Charge transaction_charge();
// A type this version does not know costs what reading its header does.
Charge message_charge(wire::MessageType type, std::uint32_t payload_bytes);

}  // namespace ringwire::security
