#include "tools/command/echo.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "codec/base/heap_buffer.hpp"

namespace ringwire::command {
namespace {

// Has the events that a test gives it, and notes what is answered.
class FakePort final : public Port {
 public:
  bool subscribe(MessageKind, Decider) override { return true; }
  std::optional<Delivery> next_delivery() override { return std::nullopt; }
  void decide(const Hash32&, Verdict) override {}
  PublishResult publish_transaction(ByteView) override { return PublishResult::stopped; }
  PublishResult publish_topic(std::string_view, ByteView) override { return PublishResult::stopped; }
  PublishResult publish_signed(std::string_view, ByteView) override { return PublishResult::stopped; }
  bool subscribe_to_peers() override { return true; }
  std::optional<PeerEvent> next_peer_event() override {
    if (events.empty()) return std::nullopt;
    PeerEvent event = std::move(events.front());
    events.pop_front();
    return event;
  }
  SendResult send_data(const NodeId&, ByteView) override { return SendResult::stopped; }
  Result<RequestNumber, SendResult> send_request(const NodeId&, ByteView, Duration) override {
    return Failure{SendResult::stopped};
  }
  bool cancel(RequestNumber) override { return false; }
  SendResult answer(const AnswerToken& token, ByteView bytes) override {
    if (result == SendResult::accepted)
      answered.emplace_back(token.id, std::vector(bytes.begin(), bytes.end()));
    return result;
  }
  bool wait(Duration) override { return false; }
  [[nodiscard]] int descriptor() const override { return -1; }

  std::deque<PeerEvent> events;
  std::vector<std::pair<std::uint64_t, std::vector<std::uint8_t>>> answered;
  SendResult result = SendResult::accepted;
};

struct EchoTest : testing::Test {
  void give(PeerEventKind kind, std::uint64_t id, std::uint8_t byte) {
    PeerEvent event;
    event.kind = kind;
    event.token.id = id;
    const Slice slice = heap.make(3);
    std::ranges::fill(HeapBuffers::writable(slice), byte);
    event.bytes = SliceChain(slice);
    port.events.push_back(std::move(event));
  }

  HeapBuffers heap{1 << 20};
  FakePort port;
  Echo echo{port};
  Instant now{1'000};
};

TEST_F(EchoTest, AnswersRequestsWithTheirBytesAndNothingElse) {
  give(PeerEventKind::began, 0, 0);
  give(PeerEventKind::request, 1, 0xA1);
  give(PeerEventKind::data, 0, 0xDD);
  give(PeerEventKind::request, 2, 0xA2);
  EXPECT_EQ(echo.run(100, now), 4);
  ASSERT_EQ(port.answered.size(), 2U);
  EXPECT_EQ(port.answered[0], (std::pair<std::uint64_t, std::vector<std::uint8_t>>{1, {0xA1, 0xA1, 0xA1}}));
  EXPECT_EQ(port.answered[1].first, 2U);
  EXPECT_EQ(echo.run(100, now), 0);
  EXPECT_EQ(heap.used_bytes(), 0U);
}

TEST_F(EchoTest, TakesNoMoreThanItIsTold) {
  for (std::uint64_t id = 1; id <= 5; ++id) give(PeerEventKind::request, id, 1);
  EXPECT_EQ(echo.run(2, now), 2);
  EXPECT_EQ(port.answered.size(), 2U);
  EXPECT_EQ(echo.run(2, now), 2);
  EXPECT_EQ(echo.run(2, now), 1);
}

TEST_F(EchoTest, AnAnswerWithoutRoomWaitsAndHoldsNoReference) {
  port.result = SendResult::full;
  give(PeerEventKind::request, 1, 0xA1);
  EXPECT_EQ(echo.run(100, now), 0);
  EXPECT_TRUE(echo.stuck());
  EXPECT_EQ(heap.used_bytes(), 0U);
  give(PeerEventKind::request, 2, 0xA2);
  EXPECT_EQ(echo.run(100, now + Echo::kPatience), 0) << "behind the first one";
  port.result = SendResult::accepted;
  EXPECT_EQ(echo.run(100, now + Echo::kPatience), 2);
  EXPECT_FALSE(echo.stuck());
  ASSERT_EQ(port.answered.size(), 2U);
  EXPECT_EQ(port.answered[0].second.front(), 0xA1);
}

TEST_F(EchoTest, OneThatNobodyReadsIsDroppedAfterAWhile) {
  port.result = SendResult::full;
  give(PeerEventKind::request, 1, 1);
  echo.run(100, now);
  give(PeerEventKind::request, 2, 2);
  now = now + Echo::kPatience + 1ns;
  EXPECT_EQ(echo.run(100, now), 1);
  EXPECT_TRUE(echo.stuck()) << "the next one has its own time";
  port.result = SendResult::no_such_peer;
  EXPECT_EQ(echo.run(100, now), 1);
  EXPECT_FALSE(echo.stuck());
}

}  // namespace
}  // namespace ringwire::command
