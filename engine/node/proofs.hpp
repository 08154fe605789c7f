// The expensive part of handshakes, within the turn's CPU budget: the steps of TLS, signing our proof,
// checking the peer's.
//
// Attack: a crowd of strangers, each worth 51 us of our time, and half a millisecond with TLS. They wait
// in one line, oldest first; what does not fit the budget waits for the next turn, and the connection's
// absolute deadline bounds the line. Thread: its shard's.
#pragma once

#include "engine/node/connections.hpp"
#include "engine/node/securing.hpp"
#include "engine/shard/turn_budget.hpp"

namespace ringwire::node {

class Proofs {
 public:
  Proofs(Connections& connections, Outbox& outbox, Securing& securing)
      : connections_(connections), outbox_(outbox), securing_(securing) {}

  void work(shard::TurnBudget& budget);
  [[nodiscard]] bool has_work() { return !connections_.proofs().empty() || securing_.has_work(); }

 private:
  void work_on(Session& session, shard::TurnBudget& budget);

  Connections& connections_;
  Outbox& outbox_;
  Securing& securing_;
};

}  // namespace ringwire::node
