#include "engine/node/claims_desk.hpp"

#include "codec/wire/session_records.hpp"
#include "engine/node/naming.hpp"

namespace ringwire::node {
namespace {

ControlKind kind_of(session::ClaimVerdict verdict) {
  switch (verdict) {
    case session::ClaimVerdict::granted:
      return ControlKind::claim_granted;
    case session::ClaimVerdict::denied_duplicate:
    case session::ClaimVerdict::denied_full:
      return ControlKind::claim_denied;
    case session::ClaimVerdict::revoked:
      return ControlKind::evict;
    case session::ClaimVerdict::probe:
      break;
  }
  return ControlKind::probe;
}

}  // namespace

// All connections of the node may belong to ids that one shard owns.
ClaimsDesk::ClaimsDesk(ShardContext& context, SessionTable& sessions, Connections& connections,
                       Outbox& outbox)
    : context_(context),
      sessions_(sessions),
      connections_(connections),
      outbox_(outbox),
      claims_(context.local.id, context.settings.connections.places() * context.settings.shards) {}

// --- as owner

void ClaimsDesk::tell(std::vector<session::ClaimNotice>& notices) {
  for (const session::ClaimNotice& notice : notices) {
    ControlMessage message;
    message.kind = kind_of(notice.verdict);
    message.connection = notice.to;
    message.node = notice.node;
    message.flag = notice.verdict == session::ClaimVerdict::denied_full;
    context_.links.send(notice.to.shard, message);
  }
  notices.clear();
}

void ClaimsDesk::on_claim(const ControlMessage& message) {
  const auto dialler = message.flag ? session::Dialler::us : session::Dialler::them;
  claims_.claim(message.node, message.connection, dialler, context_.time(), notices_);
  tell(notices_);
}

void ClaimsDesk::on_released(const ControlMessage& message) {
  claims_.release(message.node, message.connection, context_.time(), notices_);
  tell(notices_);
}

void ClaimsDesk::on_probe_answered(const ControlMessage& message) {
  claims_.on_probe_answered(message.node, message.connection, notices_);
  tell(notices_);
}

void ClaimsDesk::on_deadline() {
  claims_.on_deadline(context_.time(), notices_);
  tell(notices_);
}

// --- as holder

Session* ClaimsDesk::find(const ControlMessage& message) {
  return sessions_.find({message.connection.slot, message.connection.generation});
}

void ClaimsDesk::on_verdict(const ControlMessage& message) {
  Session* session = find(message);
  if (session == nullptr) return;
  if (message.kind == ControlKind::claim_granted) {
    return connections_.on(*session, session::ConnectionEvent::claim_granted);
  }
  if (message.kind == ControlKind::evict) {
    return connections_.on(*session, session::ConnectionEvent::claim_revoked);
  }
  const auto reason =
      message.flag ? wire::DisconnectReason::too_many_peers : wire::DisconnectReason::duplicate;
  connections_.refuse(*session, session::ConnectionEvent::claim_denied, reason);
}

void ClaimsDesk::on_probe(const ControlMessage& message) {
  Session* session = find(message);
  if (session == nullptr || !session->established()) return;
  session->probe_nonce = session->liveness->probe(context_.prng, context_.time());
  std::array<std::uint8_t, wire::kPingBytesMin> ping;
  wire::encode_ping(*session->probe_nonce, ping);
  outbox_.tell(*session, wire::MessageType::ping, ping);
}

void ClaimsDesk::on_pong(const Session& session, std::uint64_t nonce) {
  if (session.probe_nonce != nonce) return;
  ControlMessage message;
  message.kind = ControlKind::probe_ended;
  message.connection = {context_.id, session.id.slot, session.id.generation};
  message.node = session.node;
  context_.links.send(owner_of(session.node, context_.links.shards()), message);
}

}  // namespace ringwire::node
