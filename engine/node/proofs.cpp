#include "engine/node/proofs.hpp"

namespace ringwire::node {

using session::HandshakeWork;

void Proofs::work(shard::TurnBudget& budget) {
  securing_.give_places();
  while (budget.allows()) {
    Session* session = connections_.proofs().pop_front();
    if (session == nullptr) return;
    if (may_work_on(*session)) work_on(*session, budget);
  }
}

// Once for each connection, before it costs anything.
bool Proofs::may_work_on(Session& session) {
  if (!session.inbound || session.may_shake_hands) return true;
  switch (sources_.may_shake_hands(session.remote.address)) {
    case SourceDesk::Answer::yes:
      session.may_shake_hands = true;
      return true;
    case SourceDesk::Answer::wait:
      asking_.push_back(session);
      return false;
    case SourceDesk::Answer::no:
      break;
  }
  connections_.disconnect(session, wire::DisconnectReason::too_many_peers);
  return false;
}

void Proofs::on_grant() {
  while (Session* const session = asking_.pop_front()) connections_.proofs().push_back(*session);
}

void Proofs::work_on(Session& session, shard::TurnBudget& budget) {
  if (session.state == session::ConnectionState::securing) return securing_.work(session, budget);
  session::Handshake& handshake = *session.handshake;
  const HandshakeWork work = handshake.pending_work();
  budget.charge(session::cost_of(work));
  if (work == HandshakeWork::none) return;
  if (work == HandshakeWork::sign_ack) {
    outbox_.tell(session, wire::MessageType::handshake_ack, handshake.sign_ack().view());
    if (handshake.pending_work() != HandshakeWork::none) connections_.proofs().push_back(session);
    return;
  }
  const session::ConnectionEvent outcome = handshake.verify_ack();
  if (outcome == session::ConnectionEvent::ack_ok) return connections_.on(session, outcome);
  connections_.refuse_handshake(session, outcome);
}

}  // namespace ringwire::node
