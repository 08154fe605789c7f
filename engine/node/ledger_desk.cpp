#include "engine/node/ledger_desk.hpp"

#include "engine/node/why_report.hpp"

namespace ringwire::node {

using security::Decision;
using security::Subject;

std::optional<security::Reason> offence_of(session::HandshakeFailure failure) {
  switch (failure) {
    case session::HandshakeFailure::malformed_handshake:
    case session::HandshakeFailure::wrong_role:
    case session::HandshakeFailure::duplicate_handshake:
    case session::HandshakeFailure::ack_before_handshake:
    case session::HandshakeFailure::malformed_ack:
    case session::HandshakeFailure::duplicate_ack:
    case session::HandshakeFailure::unexpected_type:
      return security::Reason::bad_handshake;
    case session::HandshakeFailure::bad_recovery_id:
    case session::HandshakeFailure::signature_out_of_range:
    case session::HandshakeFailure::high_s:
    case session::HandshakeFailure::no_key:
    case session::HandshakeFailure::wrong_signer:
      return security::Reason::bad_proof;
    case session::HandshakeFailure::self:
    case session::HandshakeFailure::wrong_network:
    case session::HandshakeFailure::no_common_version:
    case session::HandshakeFailure::unexpected_peer:
    case session::HandshakeFailure::expects_another:
    case session::HandshakeFailure::count_:
      break;
  }
  return std::nullopt;
}

std::optional<security::Reason> offence_of(transport::TlsFailure failure) {
  using transport::TlsFailure;
  switch (failure) {
    case TlsFailure::not_tls:
    case TlsFailure::empty_record:
    case TlsFailure::record_too_long:
    case TlsFailure::too_many_records:
    case TlsFailure::too_many_bytes:
    case TlsFailure::unexpected_record:
    case TlsFailure::bad_change_cipher_spec:
    case TlsFailure::repeated_change_cipher_spec:
    case TlsFailure::several_messages:
    case TlsFailure::hello_too_long:
    case TlsFailure::malformed_hello:
    case TlsFailure::bad_key_share:
    case TlsFailure::bad_signature:
    case TlsFailure::bad_record:
    case TlsFailure::unexpected_message:
    case TlsFailure::malformed_message:
      return security::Reason::bad_handshake;
    case TlsFailure::no_tls13:
    case TlsFailure::no_alpn:
    case TlsFailure::peer_alert:
    case TlsFailure::no_common_parameters:
    case TlsFailure::wrong_version:
    case TlsFailure::wrong_alpn:
    case TlsFailure::no_certificate:
    case TlsFailure::untrusted_certificate:
    case TlsFailure::expired_certificate:
    case TlsFailure::bad_certificate:
    case TlsFailure::out_of_memory:
    case TlsFailure::library:
    case TlsFailure::count_:
      break;
  }
  return std::nullopt;
}

std::optional<security::Reason> offence_of(session::RecordError error) {
  using session::RecordError;
  switch (error) {
    case RecordError::no_type:
    case RecordError::unexpected_type:
    case RecordError::empty_message:
    case RecordError::too_many_empty:
    case RecordError::interleaved:
    case RecordError::key_update:
    case RecordError::unexpected_handshake:
    case RecordError::too_many_tickets:
    case RecordError::malformed_alert:
      return security::Reason::bad_frame;
    case RecordError::unexpected_record:
    case RecordError::bad_version:
    case RecordError::too_long:
    case RecordError::too_short:
    case RecordError::not_authentic:
    case RecordError::peer_alert:
    case RecordError::truncated:
    case RecordError::exhausted:
    case RecordError::no_memory:
    case RecordError::count_:
      break;
  }
  return std::nullopt;
}

LedgerDesk::LedgerDesk(ShardContext& context, const crypto::SipKey& key)
    : context_(context), key_(key), ledger_(context.settings.ledger) {
  for (const TrustedPeer& peer : context.settings.trusted) {
    ledger_.trust(peer.node);
    ledger_.trust(peer.address);
  }
}

ShardId LedgerDesk::owner(const Subject& subject) const {
  return security::owner_of(subject, key_, context_.links.shards());
}

void LedgerDesk::offence(const Session& session, security::Reason reason) {
  const bool proven = !session::pending(session.state);
  const Subject node = security::subject_of(session.node);
  ControlMessage message;
  message.kind = ControlKind::charge;
  message.connection = {context_.id, session.id.slot, session.id.generation};
  message.node = session.node;
  message.endpoint = session.remote;
  message.charge = {reason, proven ? Charged::node : Charged::unproven_address};
  if (proven) charge(node, message);
  if (proven && ledger_.trusts(node)) return;
  if (proven) message.charge.whom = Charged::address;
  if (proven || session.inbound) charge(security::subject_of(session.remote.address), message);
}

void LedgerDesk::charge(const Subject& subject, const ControlMessage& message) {
  context_.links.send(owner(subject), message);
}

security::Verdict LedgerDesk::judge(const ControlMessage& message) {
  const security::Reason reason = message.charge.reason;
  switch (message.charge.whom) {
    case Charged::node:
      return ledger_.charge(message.node, reason, context_.now);
    case Charged::address:
      return ledger_.charge(message.endpoint.address, reason, context_.now);
    case Charged::unproven_address:
      break;
  }
  return ledger_.charge_unproven(message.endpoint.address, reason, context_.now);
}

void LedgerDesk::on_explain(const ControlMessage& message) {
  const Subject& subject = message.why->subject;
  message.why->json = to_json(subject, ledger_.why(subject, context_.time()), context_.now);
  context_.links.send(0, {.kind = ControlKind::explained, .why = message.why});
}

void LedgerDesk::on_charge(const ControlMessage& message) {
  const security::Verdict verdict = judge(message);
  if (verdict.decision == Decision::none) return;
  ControlMessage order = message;
  if (verdict.decision == Decision::disconnect) {
    order.kind = ControlKind::punish;
    return context_.links.send(message.connection.shard, order);
  }
  const bool is_node = message.charge.whom == Charged::node;
  order.kind = is_node ? ControlKind::ban_node : ControlKind::ban_address;
  order.instant = verdict.until;
  order.value = verdict.count;
  context_.links.send(context_.id, order);
  context_.links.send_to_others(order);
}

}  // namespace ringwire::node
