// What arrives on a connection that waits is held where there is room for it.
#include "engine/node/inbox.hpp"

#include "tests/unit/engine/node/one_shard.hpp"

namespace ringwire::node {
namespace {

class HoldTest : public OneShard {
 protected:
  static constexpr std::uint32_t kBufferBytes = 16 * 1024;

  HoldTest() {
    for (Slice taken = context.heap.make(1); !taken.empty(); taken = context.heap.make(1))
      heap_filled_.push_back(std::move(taken));
  }

  ~HoldTest() override { session_.held.clear(); }

  // Established as far as reading goes, and waiting for room.
  Session& accepted() {
    const driver::ConnectionId id = accept();
    connections_.on_accepted(id);
    Session* const session = sessions.find(id);
    RW_ASSERT(session != nullptr);
    session->state = session::ConnectionState::established;
    session->liveness.emplace(session::LivenessConfig{}, context.time(), context.counters.sessions.liveness);
    session->interrupted = std::make_unique<Interrupted>();
    return *session;
  }

  // A small piece in a buffer of a receive pool.
  Slice piece() { return pool_.make(kBufferBytes).sub(0, 10); }

  HeapBuffers pool_{kHeapBytes};
  std::vector<ShardLoad> loads_{1};
  shard::TimerWheel timers_{context.time()};
  Relief relief_{context, sessions};
  Outbox outbox_{context, sessions};
  LedgerDesk ledger_{context, {}};
  Connections connections_{context, sessions, outbox_, timers_, ledger_, loads_};
  ClaimsDesk claims_{context, sessions, connections_, outbox_};
  GossipDesk gossip_{context, outbox_, {}};
  Inbox inbox_{context, connections_, claims_, gossip_, outbox_, relief_};
  Session& session_ = accepted();
  std::vector<Slice> heap_filled_;
};

TEST_F(HoldTest, AFullHeapCostsNobodyHisPlaceWhileThereAreReceiveBuffers) {
  inbox_.on_received(session_, piece());
  EXPECT_TRUE(session_.established());
  EXPECT_EQ(session_.held.size(), 1U);
  EXPECT_EQ(context.counters.out_of_heap.value(), 0U);
}

}  // namespace
}  // namespace ringwire::node
