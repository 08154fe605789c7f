// May this session's next message be worked on? The limits of its peer and of where it comes from.
//
// Attack: a peer that has proven who it is sends as fast as it can, or what costs us most, alone or together
// with others from the same network. It gets what its level allows and is not read for as long as it is
// over: TCP holds it back, and nothing that it sent is lost. Who is over for kOverMax (engine/security/
// meter.hpp) without a pause offends (over_limit).
//
//   admits()   false: nothing was spent; the message waits, and is asked about again. When it is worth asking
//              the session's timer knows, or a lease_grant brings it about (source_desk.hpp).
//
// Sessions with exempt addresses have no limits. Trusted peers have those of types of messages only. What we
// asked for is free.
//
// Thread: its shard's. Timers: the session's own (connections.hpp). Complexity: O(1); for most messages five
// comparisons.
#pragma once

#include "engine/node/connections.hpp"
#include "engine/security/peer_limits.hpp"

namespace ringwire::node {

class RateDesk {
 public:
  RateDesk(ShardContext& context, Connections& connections, SourceDesk& sources, const crypto::SipKey& key);

  // A whole message of that type.
  [[nodiscard]] bool admits(Session& session, wire::MessageType type, std::uint64_t payload_bytes);
  // A transaction in it that is new here. Asked for before, spent only once it was handed over.
  [[nodiscard]] bool admits_transaction(Session& session);
  static void spend_transaction(Session& session);
  // It was refused, and it is too early to ask again.
  [[nodiscard]] bool holds_back(const Session& session) const {
    return session.meter && session.meter->holds_back(context_.time());
  }

  // Sessions that had to wait, by who was short.
  [[nodiscard]] const session::CounterPer<security::Level>& refused() const { return refused_; }
  static Footprint footprint(const Settings& settings);

 private:
  void open(Session& session);
  [[nodiscard]] bool draw(Session& session, const security::Charge& charge);
  void hold_back(Session& session, const security::Refusal& refusal);

  ShardContext& context_;
  Connections& connections_;
  SourceDesk& sources_;
  security::PeerLimits peers_;
  session::CounterPer<security::Level> refused_;
};

}  // namespace ringwire::node
