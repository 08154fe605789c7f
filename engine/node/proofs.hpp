// The expensive part of handshakes, within the turn's CPU budget: signing our proof, checking the peer's.
//
// Attack: a crowd of strangers, each worth 51 us of our time. They wait in one line, oldest first; what does
// not fit the budget waits for the next turn, and the connection's absolute deadline bounds the line. Thread:
// its shard's.
#pragma once

#include "engine/node/connections.hpp"
#include "engine/shard/turn_budget.hpp"

namespace ringwire::node {

class Proofs {
 public:
  Proofs(ShardContext& context, Connections& connections, Outbox& outbox)
      : context_(context), connections_(connections), outbox_(outbox) {}

  void work(shard::TurnBudget& budget);
  [[nodiscard]] bool has_work() { return !connections_.proofs().empty(); }

 private:
  void work_on(Session& session, shard::TurnBudget& budget);

  ShardContext& context_;
  Connections& connections_;
  Outbox& outbox_;
};

}  // namespace ringwire::node
