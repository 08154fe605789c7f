// What a proven peer may send: so much of everything together, and so many of some types of message.
//
// Attack: many identities behind one address are limited at its level; one identity that comes from many
// addresses, or that leaves and comes back, and one that found the dear message, are limited here.
//
// Rules
//  - The limits are the identity's: they survive its connection, so that a reconnect pays no debt.
//  - refusal(), then take(): what is drawn for a session (meter.hpp) is asked from the levels of sources in
//    between, and nothing is taken anywhere unless all of them have it.
//  - A type with a rate of its own (charge.hpp) is asked for each message. A trusted peer is exempt from
//    everything else, so that a mistake there cannot ask for walks over the trie without end.
//
// Bounded: engine/security/idle_table.hpp. Memory: footprint(). Complexity: O(1). Thread: its shard's.
// Timers: none.
#pragma once

#include <array>
#include <optional>

#include "codec/base/footprint.hpp"
#include "codec/base/ids.hpp"
#include "codec/crypto/siphash.hpp"
#include "engine/security/account.hpp"
#include "engine/security/idle_table.hpp"
#include "engine/security/level.hpp"

namespace ringwire::security {

class PeerLimits {
 public:
  // Sessions of a node and those that left with a debt.
  static constexpr std::uint32_t kPeersMax = 4'096;

  PeerLimits(const Rates& rates, const crypto::SipKey& key, Instant now, std::uint32_t peers_max = kPeersMax);
  PeerLimits(const PeerLimits&) = delete;
  PeerLimits& operator=(const PeerLimits&) = delete;

  // Nothing where `charge` may be taken.
  [[nodiscard]] std::optional<Refusal> refusal(const NodeId& node, const Charge& charge, Instant now);
  // What was not refused in this moment.
  void take(const NodeId& node, const Charge& charge, Instant now);

  // One more message of a type; takes it where it may. Types without a rate always may.
  [[nodiscard]] std::optional<Refusal> take_type(const NodeId& node, wire::MessageType type, Instant now);

  [[nodiscard]] const TableCounters& counters() const { return peers_.counters(); }
  static Footprint footprint(std::uint32_t peers_max = kPeersMax);

 private:
  struct PeerAccount {
    Account account;
    std::array<TokenBucket, kRatedTypes> types;
  };

  [[nodiscard]] PeerAccount fresh(Instant now) const;
  [[nodiscard]] bool idle(PeerAccount& peer, Instant now) const;
  PeerAccount& peer(const NodeId& node, Instant now);

  const Rates rates_;
  IdleTable<NodeId, crypto::KeyedHash, PeerAccount> peers_;
};

}  // namespace ringwire::security
