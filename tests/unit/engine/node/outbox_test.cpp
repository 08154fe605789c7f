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
  SliceChain message_of(std::uint32_t bytes) {
    SliceChain message(context.heap.make(bytes));
    std::ranges::fill(HeapBuffers::writable(message[0]), std::uint8_t{1});
    return message;
  }
  void relay(const SliceChain& message, wire::MessageType type = wire::MessageType::publish) {
    const std::uint8_t ttl[] = {1};
    outbox.relay(type, ttl, message, {});
  }
  void relay(std::uint32_t bytes) { relay(message_of(bytes)); }
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

  const SliceChain message = message_of(100);
  const auto hog = fill_heap();
  relay(message);
  EXPECT_EQ(context.counters.relay_dropped.value(), 1U);
  EXPECT_EQ(context.counters.shed.value(), 1U);
  ASSERT_EQ(outbox.casualties().size(), 1U);
  EXPECT_EQ(outbox.casualties()[0].connection, slow.id);

  outbox.tell(slow, wire::MessageType::ping, message.contiguous());
  EXPECT_EQ(outbox.casualties().size(), 1U);
}

TEST_F(OutboxTest, AFullHeapTakesTheLowestClassFromTheLongestQueueBeforeItTakesItsPlace) {
  Session& slow = listener(1);
  relay(20'000);
  turn();
  ASSERT_TRUE(slow.egress.in_flight());
  for (const auto type : {wire::MessageType::transactions, wire::MessageType::app_data}) {
    for (int i = 0; i < 3; ++i) relay(message_of(3'000), type);
  }
  relay(3'000);
  turn();
  const std::uint64_t consensus = slow.egress.queued_bytes(wire::TrafficClass::consensus);

  const SliceChain message = message_of(100);
  std::vector<std::vector<Slice>> hogs;
  const auto& shed = outbox.counters().shed;
  hogs.push_back(fill_heap());
  relay(message);
  EXPECT_EQ(shed[static_cast<std::size_t>(wire::TrafficClass::other)].value(), 3U);
  EXPECT_EQ(shed[static_cast<std::size_t>(wire::TrafficClass::transaction)].value(), 0U);
  hogs.push_back(fill_heap());
  relay(message);
  EXPECT_EQ(shed[static_cast<std::size_t>(wire::TrafficClass::transaction)].value(), 3U);
  EXPECT_EQ(slow.egress.queued_bytes(wire::TrafficClass::consensus), consensus);
  EXPECT_TRUE(outbox.casualties().empty());
  EXPECT_EQ(context.counters.relay_dropped.value(), 0U);
  hogs.push_back(fill_heap());
  relay(message);
  EXPECT_EQ(context.counters.shed.value(), 1U);
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
