// What a port makes of what shards tell it, in any order, and when it takes nothing more.
#include "engine/node/app_port.hpp"

#include <gtest/gtest.h>

#include <set>

#include "engine/driver/event_waker.hpp"
#include "engine/session/open_requests.hpp"

namespace ringwire::node {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = PeerEventKind;
using session::ConnectionRef;

constexpr NodeId kPeer{{0x11}};
constexpr ConnectionRef kFirst{0, 3, 1};
constexpr ConnectionRef kSecond{1, 5, 1};
constexpr std::uint64_t kQueueBytes = 1 << 20;

struct AppPortTest : testing::Test {
  ~AppPortTest() override {
    port.close();
    for (auto& link : port.rings().links) {
      while (link->orders.receive([](const OrderMeta&, SliceChain&&) {}, 1) > 0) continue;
      link->events.close();
    }
    port.drain();
    for (auto& link : port.rings().links) EXPECT_TRUE(link->events.settled());
    EXPECT_TRUE(port.settled());
  }

  AppLink& link(ShardId shard) { return *port.rings().links[shard]; }
  void tell(Kind kind, const ConnectionRef& from, std::uint64_t number = 0) {
    ASSERT_TRUE(link(from.shard).events.send({kind, from, kPeer, number, Instant{7}}));
    link(from.shard).events.publish();
  }
  void expect(Kind kind, RequestNumber request = 0) {
    const auto event = port.next();
    ASSERT_TRUE(event.has_value()) << name(kind);
    EXPECT_STREQ(name(event->kind), name(kind));
    EXPECT_EQ(event->request, request);
    EXPECT_EQ(event->peer, kPeer);
  }
  void expect_nothing() { EXPECT_FALSE(port.next().has_value()); }
  std::vector<OrderMeta> take(ShardId shard) {
    std::vector<OrderMeta> orders;
    link(shard).orders.receive([&](const OrderMeta& order, SliceChain&&) { orders.push_back(order); },
                               kOrderDepth);
    return orders;
  }
  RequestNumber ask() {
    const auto number = port.send_request(kPeer, Bytes(1), 5s);
    EXPECT_TRUE(number.ok());
    return number.ok() ? *number : 0;
  }
  SendResult refused() {
    const auto number = port.send_request(kPeer, Bytes(1), 5s);
    return number.ok() ? SendResult::accepted : number.error();
  }

  driver::EventWaker waker;
  shard::Sleeper sleeper{waker};
  bool stopping = false;
  Instant now{1'000'000'000};
  std::set<ShardId> notified;
  AppPort port{{8, 8},
               kQueueBytes,
               sleeper,
               {[this](ShardId shard) { notified.insert(shard); }, [this] { return stopping; },
                [this] { return now; }}};
};

TEST_F(AppPortTest, OrdersGoToTheShardOfTheSession) {
  EXPECT_EQ(port.send_data(kPeer, Bytes(1)), SendResult::no_such_peer);
  tell(Kind::began, kSecond);
  expect(Kind::began);
  EXPECT_EQ(port.send_data(kPeer, Bytes(1)), SendResult::accepted);
  EXPECT_EQ(notified, std::set<ShardId>{1});
  const auto orders = take(1);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].to, kSecond);
  stopping = true;
  EXPECT_EQ(port.send_data(kPeer, Bytes(1)), SendResult::stopped);
  EXPECT_EQ(refused(), SendResult::stopped);
}

TEST_F(AppPortTest, ADeadlineIsCutAtTheLongestThatPeersRemember) {
  tell(Kind::began, kFirst);
  expect(Kind::began);
  for (const Duration deadline : {Duration{5s}, Duration{-1s}, Duration{1h}})
    EXPECT_TRUE(port.send_request(kPeer, Bytes(1), deadline).ok());
  const auto orders = take(0);
  ASSERT_EQ(orders.size(), 3U);
  EXPECT_EQ(orders[0].deadline, now + 5s);
  EXPECT_EQ(orders[1].deadline, now);
  EXPECT_EQ(orders[2].deadline, now + session::kRequestTimeMax);
}

// The shards of two sessions of one node do not wait for each other.
TEST_F(AppPortTest, ASecondSessionEndsTheFirstWhateverComesFirst) {
  tell(Kind::began, kFirst);
  expect(Kind::began);
  const RequestNumber old = ask();
  tell(Kind::began, kSecond);
  expect(Kind::gone, old);
  expect(Kind::ended);
  expect(Kind::began);
  const RequestNumber next = ask();
  // What the first one's shard still has to say.
  tell(Kind::timed_out, kFirst, old);
  tell(Kind::ended, kFirst);
  expect_nothing();
  EXPECT_FALSE(port.cancel(old));
  EXPECT_EQ(take(1).size(), 1U);
  tell(Kind::answered, kSecond, next);
  expect(Kind::answered, next);
  tell(Kind::ended, kSecond);
  expect(Kind::ended);
  EXPECT_EQ(port.send_data(kPeer, Bytes(1)), SendResult::no_such_peer);
}

TEST_F(AppPortTest, ARequestEndsOnceAndItsNumberNeverComesBack) {
  tell(Kind::began, kFirst);
  expect(Kind::began);
  std::set<RequestNumber> numbers;
  for (int i = 0; i < 1000; ++i) {
    const RequestNumber number = ask();
    EXPECT_NE(number, 0U);
    EXPECT_TRUE(numbers.insert(number).second);
    tell(i % 2 == 0 ? Kind::answered : Kind::timed_out, kFirst, number);
    tell(Kind::cancelled, kFirst, number);
    expect(i % 2 == 0 ? Kind::answered : Kind::timed_out, number);
    expect_nothing();
    take(0);
    link(0).left[kFirst.slot].set(link(0).left[kFirst.slot].value() + 1 + kMessageCost);
  }
  EXPECT_FALSE(port.cancel(0));
  EXPECT_FALSE(port.cancel(*numbers.begin()));
  EXPECT_FALSE(port.cancel(UINT64_MAX));
}

TEST_F(AppPortTest, OnePeerMayHaveSoManyRequestsOpen) {
  tell(Kind::began, kFirst);
  expect(Kind::began);
  const RequestNumber first = ask();
  for (std::size_t i = 1; i < session::kOpenRequestsMax; ++i) ask();
  EXPECT_EQ(refused(), SendResult::full);
  EXPECT_EQ(port.send_data(kPeer, Bytes(1)), SendResult::accepted);
  tell(Kind::timed_out, kFirst, first);
  EXPECT_EQ(refused(), SendResult::full) << "its end has not been read";
  expect(Kind::timed_out, first);
  EXPECT_EQ(refused(), SendResult::accepted);
}

TEST_F(AppPortTest, ARefusedRequestLeavesNothingBehind) {
  tell(Kind::began, kFirst);
  expect(Kind::began);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(port.send_request(kPeer, Bytes(kQueueBytes / 2), 5s).error(), SendResult::too_large);
    EXPECT_EQ(port.send_request(kPeer, Bytes(1 << 20), 5s).error(), SendResult::too_large);
  }
  for (std::size_t i = 0; i < session::kOpenRequestsMax; ++i) ask();
}

TEST_F(AppPortTest, AWindowIsUsedUpAndOpensAsBytesLeave) {
  constexpr std::uint64_t kBase = 12'345;  // what earlier sessions in this slot were sent
  constexpr std::size_t kBytes = 100'000;
  link(0).left[kFirst.slot].set(kBase);
  tell(Kind::began, kFirst, kBase);
  expect(Kind::began);
  std::uint64_t sent = 0;
  while (port.send_data(kPeer, Bytes(kBytes)) == SendResult::accepted) ++sent;
  EXPECT_EQ(sent, kQueueBytes / 2 / (kBytes + kMessageCost));
  EXPECT_TRUE(link(0).wants_room.load());
  EXPECT_FALSE(link(1).wants_room.load());
  take(0);
  EXPECT_EQ(port.send_data(kPeer, Bytes(kBytes)), SendResult::full) << "taken is not sent";
  link(0).left[kFirst.slot].set(kBase + kBytes + kMessageCost);
  EXPECT_EQ(port.send_data(kPeer, Bytes(kBytes)), SendResult::accepted);
  EXPECT_EQ(port.send_data(kPeer, Bytes(kBytes)), SendResult::full);
}

TEST_F(AppPortTest, WhereTheShardTakesNothingItIsFullAndAsksToBeTold) {
  tell(Kind::began, kFirst);
  expect(Kind::began);
  // Small ones until the lane is full.
  std::size_t sent = 0;
  while (port.send_data(kPeer, {}) == SendResult::accepted) {
    ++sent;
    link(0).left[kFirst.slot].set(link(0).left[kFirst.slot].value() + kMessageCost);
  }
  EXPECT_EQ(sent, kOrderDepth);
  EXPECT_EQ(take(0).size(), kOrderDepth);
  EXPECT_TRUE(link(0).orders.sender_waits());
  EXPECT_EQ(port.send_data(kPeer, {}), SendResult::accepted);
}

TEST_F(AppPortTest, ACancelThatFindsNoRoomIsSentLater) {
  tell(Kind::began, kFirst);
  expect(Kind::began);
  const RequestNumber cancelled = ask();
  const RequestNumber ended = ask();
  while (port.send_data(kPeer, {}) == SendResult::accepted)
    link(0).left[kFirst.slot].set(link(0).left[kFirst.slot].value() + kMessageCost);
  EXPECT_TRUE(port.cancel(cancelled));
  EXPECT_TRUE(port.cancel(ended));
  tell(Kind::answered, kFirst, ended);
  expect(Kind::answered, ended);
  take(0);
  expect_nothing();
  const auto orders = take(0);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].kind, OrderKind::cancel);
  EXPECT_EQ(orders[0].number, cancelled);
}

TEST_F(AppPortTest, AnAnswerGoesToTheSessionThatAskedOrNowhere) {
  tell(Kind::began, kFirst);
  expect(Kind::began);
  ASSERT_TRUE(link(0).events.send({Kind::request, kFirst, kPeer, 42, Instant{7}}));
  link(0).events.publish();
  const auto request = port.next();
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(port.answer(request->token, Bytes(1)), SendResult::accepted);
  const auto orders = take(0);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].kind, OrderKind::answer);
  EXPECT_EQ(orders[0].number, 42U);
  tell(Kind::began, kSecond);
  expect(Kind::ended);
  expect(Kind::began);
  EXPECT_EQ(port.answer(request->token, Bytes(1)), SendResult::no_such_peer);
  EXPECT_EQ(port.answer({}, Bytes(1)), SendResult::no_such_peer);
}

}  // namespace
}  // namespace ringwire::node
