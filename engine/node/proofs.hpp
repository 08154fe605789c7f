// The expensive part of handshakes, within the turn's CPU budget: the steps of TLS, signing our proof,
// checking the peer's.
//
// Attack: a crowd of strangers, each worth 51 us of our time, and half a millisecond with TLS. Who was
// accepted is worked for only where the limits of its address allow another handshake (source_desk.hpp); who
// has to wait for an answer about that stands aside. The others wait in one line, oldest first; what does not
// fit the budget waits for the next turn, and the connection's absolute deadline bounds the line.
//
// Thread: its shard's. Timers: those of securing.hpp.
#pragma once

#include "engine/node/connections.hpp"
#include "engine/node/securing.hpp"
#include "engine/shard/turn_budget.hpp"

namespace ringwire::node {

class Proofs {
 public:
  Proofs(Connections& connections, Outbox& outbox, Securing& securing, SourceDesk& sources)
      : connections_(connections), outbox_(outbox), securing_(securing), sources_(sources) {}

  void work(shard::TurnBudget& budget);
  // Somebody's address got its answer.
  void on_grant();
  [[nodiscard]] Instant next_deadline() { return securing_.next_deadline(); }
  [[nodiscard]] bool has_work() { return !connections_.proofs().empty() || securing_.has_work(); }

 private:
  void work_on(Session& session, shard::TurnBudget& budget);
  [[nodiscard]] bool may_work_on(Session& session);

  Connections& connections_;
  Outbox& outbox_;
  Securing& securing_;
  SourceDesk& sources_;
  IntrusiveList<Session, ProofTag> asking_;
};

}  // namespace ringwire::node
