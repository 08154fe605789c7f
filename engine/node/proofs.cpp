#include "engine/node/proofs.hpp"

namespace ringwire::node {

using session::HandshakeWork;

void Proofs::work(shard::TurnBudget& budget) {
  securing_.give_places();
  while (budget.allows()) {
    Session* session = connections_.proofs().pop_front();
    if (session == nullptr) return;
    work_on(*session, budget);
  }
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
