#include "engine/node/outbox.hpp"

#include "tests/unit/engine/node/one_shard.hpp"

namespace ringwire::node {
namespace {

struct OutboxTest : OneShard {
  Outbox outbox{context, sessions};

  ~OutboxTest() override {
    sessions.for_each([&](Session& session) {
      outbox.forget(session);
      sessions.close(session);
    });
    outbox.clear();
  }

  Session& listener(std::uint64_t source) {
    Session& session = peer(source);
    outbox.join(session);
    return session;
  }
  void relay(std::uint32_t bytes) {
    SliceChain message(context.heap.make(bytes));
    std::ranges::fill(HeapBuffers::writable(message[0]), std::uint8_t{1});
    const std::uint8_t ttl[] = {1};
    outbox.relay(wire::MessageType::publish, ttl, message, {});
  }
  [[nodiscard]] std::vector<Slice> fill_heap() {
    std::vector<Slice> hog;
    for (std::uint32_t size = 1 << 16; size >= 128; size /= 2) {
      for (Slice slice = context.heap.make(size); !slice.empty(); slice = context.heap.make(size))
        hog.push_back(std::move(slice));
    }
    return hog;
  }
  void turn() {
    outbox.commit();
    driver->wait({});
    outbox.after_wait();
  }
};

TEST_F(OutboxTest, AFullHeapCostsAPeerOnceAndOneWhoseRestIsStillBeingSentIsNoHelp) {
  Session& slow = listener(1);
  relay(20'000);
  turn();
  ASSERT_TRUE(slow.egress.in_flight());
  ASSERT_GT(slow.egress.queued_bytes(), 0U);

  SliceChain message(context.heap.make(100));
  std::ranges::fill(HeapBuffers::writable(message[0]), std::uint8_t{1});
  const auto hog = fill_heap();
  const std::uint8_t ttl[] = {1};
  outbox.relay(wire::MessageType::publish, ttl, message, {});
  EXPECT_EQ(context.counters.relay_dropped.value(), 1U);
  EXPECT_EQ(context.counters.shed.value(), 1U);
  ASSERT_EQ(outbox.casualties().size(), 1U);
  EXPECT_EQ(outbox.casualties()[0].connection, slow.id);

  outbox.tell(slow, wire::MessageType::ping, message.contiguous());
  EXPECT_EQ(outbox.casualties().size(), 1U);
}

TEST_F(OutboxTest, WhoIsGivenUpInTheMiddleOfAFrameIsToldNothing) {
  Session& slow = listener(1);
  for (int i = 0; i < 100; ++i) relay(100);
  outbox.commit();
  driver->wait({});
  ASSERT_FALSE(driver->unsent().empty());
  const auto hog = fill_heap();
  outbox.after_wait();
  EXPECT_EQ(context.counters.too_slow.value(), 1U);
  ASSERT_EQ(outbox.casualties().size(), 1U);
  EXPECT_EQ(outbox.casualties()[0].connection, slow.id);
  EXPECT_FALSE(outbox.casualties()[0].can_be_told);
}

}  // namespace
}  // namespace ringwire::node
