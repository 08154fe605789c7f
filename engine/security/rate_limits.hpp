// One admission question, answered by all levels together: global, network, subnet, address, peer, message
// type (engine/security/level.hpp).
//
// Attack: a flood comes as one source, as a network of them, as many identities behind one address, or as one
// peer that found the dear message. Each is limited at its own level, and none gets at what the others have.
//
// Rules
//  - All levels or none: what is refused has spent nothing anywhere.
//  - The narrowest level that is short is named. Each refusal says when to ask again.
//  - A peer's limits are its identity's: they survive its connection, so that a reconnect pays no debt.
//  - Local addresses are exempt from the levels of sources, not from those of peers; a trusted peer is exempt
//    from everything but its message types.
//
// What the caller does: closes with a reset what was not yet proven (no TIME_WAIT for a stranger); stops
// reading a session until `retry_at`, and disconnects (over_limit) who stays over for long.
//
// With several shards the levels of sources are exact only at their owner: use ask_peer() here and borrow
// (engine/security/borrower.hpp). Memory: footprint(). Complexity: O(1). Thread: its shard's. Timers: none.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "codec/base/ids.hpp"
#include "engine/security/source_limits.hpp"
#include "engine/session/counters.hpp"

namespace ringwire::security {

// A proven peer. Its id is compared, never trusted from a claim.
struct Sender {
  NodeId node;
  bool trusted = false;
};

struct RateLimitCounters {
  session::CounterPer<Level> refused;
  Counter admitted;
};

class RateLimits {
 public:
  // Sessions of a node and those that left with a debt.
  static constexpr std::uint32_t kPeersMax = 4'096;

  struct Options {
    RatePlan plan = default_rates();
    crypto::SipKey key;
    bool treat_loopback_as_public = false;
    std::uint32_t sources_max = SourceLimits::kSourcesMax;
    std::uint32_t peers_max = kPeersMax;
  };
  RateLimits(const Options& options, Instant now);
  RateLimits(const RateLimits&) = delete;
  RateLimits& operator=(const RateLimits&) = delete;

  // --- all levels; nothing where it is admitted
  std::optional<Refusal> ask_connection(const IpAddress& from, Instant now);
  std::optional<Refusal> ask_handshake(const IpAddress& from, Instant now);
  std::optional<Refusal> ask_message(const IpAddress& from, const Sender& sender, wire::MessageType type,
                                     std::uint32_t payload_bytes, Instant now);

  // --- the levels of peers alone
  std::optional<Refusal> ask_peer(const Sender& sender, wire::MessageType type, std::uint32_t payload_bytes,
                                  Instant now);

  [[nodiscard]] SourceLimits& sources() { return sources_; }
  [[nodiscard]] const RateLimitCounters& counters() const { return counters_; }
  [[nodiscard]] const TableCounters& peer_counters() const { return peers_.counters(); }
  static Footprint footprint(const Options& options);

 private:
  struct PeerAccount {
    Account account;
    std::vector<TokenBucket> types;  // as message_costs()
  };

  [[nodiscard]] PeerAccount fresh_peer(Instant now) const;
  [[nodiscard]] bool idle(PeerAccount& peer, Instant now) const;
  PeerAccount& peer(const NodeId& node, Instant now);
  [[nodiscard]] std::optional<Refusal> refusal(PeerAccount& peer, bool trusted, wire::MessageType type,
                                               const Charge& charge, Instant now);
  void take(PeerAccount& peer, bool trusted, wire::MessageType type, const Charge& charge, Instant now);
  std::optional<Refusal> ask_source(const IpAddress& from, const Charge& charge, Instant now);
  std::optional<Refusal> count(const std::optional<Refusal>& refusal);

  const Options options_;
  SourceLimits sources_;
  IdleTable<NodeId, crypto::KeyedHash, PeerAccount> peers_;
  RateLimitCounters counters_;
};

}  // namespace ringwire::security
