// From an offence to what follows from it. The shard that saw it names the reason; the shards that own the
// peer's id and its address keep the score (engine/security/ledger.hpp); what their ledgers say is carried
// out where the peer is.
//
//   seen here        offence()     --charge-->  owner of the node id, if it is proven
//                                  --charge-->  owner of the address
//   owner            on_charge()   --punish-->  the shard of that connection: disconnect
//                                  --ban----->  every shard: refuse, and disconnect
//
// Who is charged. A proven peer, and its address a little. Of an unproven connection only the address, and
// only if it came to us: where we dialled, somebody else may have named the address, and what answers there
// did nothing. A trusted peer's address is left alone.
//
// Thread: its shard's. Timers: none.
#pragma once

#include "engine/node/session.hpp"
#include "engine/node/shard_context.hpp"
#include "engine/security/ledger.hpp"

namespace ringwire::node {

// What a refused handshake says about the address it came from. Other networks, versions and nodes that look
// for somebody else make no offence.
std::optional<security::Reason> offence_of(session::HandshakeFailure failure);
// Of a TLS handshake: what no TLS library says. Another version, protocol or authority makes no offence.
std::optional<security::Reason> offence_of(transport::TlsFailure failure);
// Only what came under the peer's keys is the peer's: anybody on the path can damage a record.
std::optional<security::Reason> offence_of(session::RecordError error);

class LedgerDesk {
 public:
  // `key` is the same on all shards: it names the owners.
  LedgerDesk(ShardContext& context, const crypto::SipKey& key);

  // --- as the shard that saw it, before the session is touched for it
  void offence(const Session& session, security::Reason reason);

  // --- as owner
  void on_charge(const ControlMessage& message);
  void on_explain(const ControlMessage& message);

  [[nodiscard]] security::Ledger& ledger() { return ledger_; }
  [[nodiscard]] const security::Ledger& ledger() const { return ledger_; }
  [[nodiscard]] ShardId owner(const security::Subject& subject) const;

 private:
  void charge(const security::Subject& subject, const ControlMessage& message);
  [[nodiscard]] security::Verdict judge(const ControlMessage& message);

  ShardContext& context_;
  const crypto::SipKey key_;
  security::Ledger ledger_;
};

}  // namespace ringwire::node
