// Both ends of the question "may this connection be THE session with its node?": the owner shard answers out
// of its claim table (engine/session/peer_claims.hpp); the shard that holds a connection carries the answer
// out and pings when it is probed.
//
// Timer: the claim table's probes. Thread: its shard's.
#pragma once

#include <map>
#include <vector>

#include "engine/node/connections.hpp"
#include "engine/session/peer_claims.hpp"

namespace ringwire::node {

class ClaimsDesk {
 public:
  ClaimsDesk(ShardContext& context, SessionTable& sessions, Connections& connections, Outbox& outbox);

  // --- as owner
  void on_claim(const ControlMessage& message);
  void on_released(const ControlMessage& message);
  void on_probe_answered(const ControlMessage& message);
  [[nodiscard]] Instant next_deadline() const { return claims_.next_deadline(); }
  void on_deadline();

  // --- as holder
  void on_verdict(const ControlMessage& message);
  void on_probe(const ControlMessage& message);
  // A pong came: was it the answer to a probe?
  void on_pong(const Session& session, std::uint64_t nonce);

  [[nodiscard]] const session::ClaimCounters& counters() const { return claims_.counters(); }

 private:
  void tell(std::vector<session::ClaimNotice>& notices);
  [[nodiscard]] Session* find(const ControlMessage& message);

  ShardContext& context_;
  SessionTable& sessions_;
  Connections& connections_;
  Outbox& outbox_;
  session::PeerClaims claims_;
  std::vector<session::ClaimNotice> notices_;
};

}  // namespace ringwire::node
