// The embedder's own messages between whole nodes, and everything that can become of a request.
#include "engine/node/app_desk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "tests/unit/engine/node/embedder.hpp"

namespace ringwire::node {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = PeerEventKind;
using wire::MessageType;

Bytes pattern(std::size_t size, std::uint32_t seed) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + seed);
  return bytes;
}

Bytes copy_of(const PeerEvent& event) {
  Bytes copy(event.bytes.bytes());
  event.bytes.copy_to(copy, CopyReason::cross_thread);
  return copy;
}

// Two nodes of two shards, connected from shard 1 to shard 0 or 1.
struct AppDeskTest : ::testing::Test {
  static SimNode::Options options(std::uint32_t number) {
    SimNode::Options options = peer_options(number);
    options.config = small_config(2);
    return options;
  }

  AppDeskTest() {
    a.dial(1, b);
    EXPECT_TRUE(world.run_until([&] { return a.established() == 1 && b.established() == 1; }));
  }

  std::uint64_t dropped(const SimNode& node, AppDrop reason) {
    return node.sum(
        [&](const Shard& shard) -> const Counter& { return shard.app().counters().dropped[reason]; });
  }
  template <class Pick>
  std::uint64_t count(const SimNode& node, Pick pick) {
    return node.sum([&](const Shard& shard) -> const Counter& { return shard.app().counters().*pick; });
  }
  std::uint64_t charges(const SimNode& node) {
    return node.sum([](const Shard& shard) -> const Counter& {
      return shard.ledger().ledger().counters().charged[security::Reason::unasked_answer];
    });
  }
  // What no correct node says: `id` and bytes to all peers of `from`.
  void say_raw(SimNode& from, MessageType type, std::vector<std::uint64_t> ids) {
    for (ShardId id = 0; id < from.shards(); ++id) {
      from.ask(id, [=](Shard& own) {
        for (const auto& [source, session] : own.sessions().established()) {
          for (const std::uint64_t each : ids) {
            Bytes payload(12, 0x5A);
            store_be(payload.data(), each);
            own.outbox().tell(*session, type, payload);
          }
        }
      });
    }
  }
  // A request of `from` that has arrived at `to`.
  std::pair<RequestNumber, AnswerToken> ask(Embedder& from, Embedder& to, const NodeId& whom,
                                            Duration deadline = 5s) {
    const auto number = from->send_request(whom, pattern(100, 1), deadline);
    EXPECT_TRUE(number.ok());
    const PeerEvent event = to.expect(Kind::request);
    return {number.ok() ? *number : 0, event.token};
  }

  World world{7};
  SimNode a{world, options(1)};
  SimNode b{world, options(2)};
};

struct AppTest : AppDeskTest {
  AppTest() {
    EXPECT_EQ(at_a.expect(Kind::began).peer, b.id());
    EXPECT_EQ(at_b.expect(Kind::began).peer, a.id());
  }
  Embedder at_a{world, a};
  Embedder at_b{world, b};
};

// --- what it is for

TEST_F(AppTest, DataOfAllSizesArrivesWholeAndInOrder) {
  const std::vector<std::size_t> sizes{0, 1, 4'000, 4'096, 17'000, 300'000, 2'000'000};
  for (const std::size_t size : sizes)
    ASSERT_EQ(at_a->send_data(b.id(), pattern(size, 3)), SendResult::accepted) << size;
  for (const std::size_t size : sizes) {
    const PeerEvent event = at_b.expect(Kind::data);
    EXPECT_EQ(event.peer, a.id());
    EXPECT_TRUE(copy_of(event) == pattern(size, 3)) << size;
  }
  EXPECT_EQ(count(a, &AppCounters::data_sent), sizes.size());
  EXPECT_EQ(count(b, &AppCounters::data_received), sizes.size());
}

TEST_F(AppTest, EachRequestGetsItsOwnAnswer) {
  std::map<RequestNumber, std::size_t> asked;
  for (const std::size_t size : {0U, 1U, 5'000U, 200'000U}) {
    const auto number = at_a->send_request(b.id(), pattern(size, 1), 5s);
    ASSERT_TRUE(number.ok());
    asked[*number] = size;
  }
  std::vector<PeerEvent> requests;
  for (std::size_t i = 0; i < asked.size(); ++i) requests.push_back(at_b.expect(Kind::request));
  // Not in the order of the requests.
  std::ranges::reverse(requests);
  for (const PeerEvent& request : requests) {
    Bytes answer = copy_of(request);
    EXPECT_TRUE(answer == pattern(answer.size(), 1));
    answer.push_back(0xEE);
    EXPECT_EQ(at_b->answer(request.token, answer), SendResult::accepted);
  }
  requests.clear();
  for (std::size_t left = asked.size(); left > 0; --left) {
    const PeerEvent answer = at_a.expect(Kind::answered);
    ASSERT_TRUE(asked.contains(answer.request));
    Bytes expected = pattern(asked[answer.request], 1);
    expected.push_back(0xEE);
    EXPECT_TRUE(copy_of(answer) == expected);
    EXPECT_EQ(answer.peer, b.id());
    asked.erase(answer.request);
  }
  EXPECT_EQ(count(a, &AppCounters::asked), 0U);
  EXPECT_EQ(count(b, &AppCounters::owed), 0U);
}

TEST_F(AppTest, APeerThatLeavesHasEndedAndOneThatComesBackHasBegun) {
  b.ask(0, [&](Shard& own) { own.connections().disconnect_all(wire::DisconnectReason::requested); });
  b.ask(1, [&](Shard& own) { own.connections().disconnect_all(wire::DisconnectReason::requested); });
  EXPECT_EQ(at_a.expect(Kind::ended).peer, b.id());
  EXPECT_EQ(at_b.expect(Kind::ended).peer, a.id());
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(1)), SendResult::no_such_peer);
  b.dial(0, a);
  EXPECT_EQ(at_a.expect(Kind::began).peer, b.id());
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(1)), SendResult::accepted);
  EXPECT_EQ(at_b.expect(Kind::began).peer, a.id());
  EXPECT_EQ(copy_of(at_b.expect(Kind::data)).size(), 1U);
}

// --- how a request ends

TEST_F(AppTest, ARequestTimesOutAtItsDeadlineAndALateAnswerIsNoOffence) {
  const Instant asked_at = world.network().now().monotonic;
  const auto [number, token] = ask(at_a, at_b, b.id(), 5s);
  const PeerEvent ended = at_a.expect(Kind::timed_out);
  EXPECT_EQ(ended.request, number);
  EXPECT_GE(ended.at, asked_at + 5s);
  EXPECT_LT(ended.at, asked_at + 5s + 10ms);
  EXPECT_EQ(at_b->answer(token, Bytes(1)), SendResult::accepted);
  world.run_for(1s);
  EXPECT_FALSE(at_a.next().has_value());
  EXPECT_EQ(dropped(a, AppDrop::late_answer), 1U);
  EXPECT_EQ(dropped(a, AppDrop::unasked_answer), 0U);
  EXPECT_EQ(charges(a), 0U);
  EXPECT_EQ(count(a, &AppCounters::timed_out), 1U);
  EXPECT_EQ(count(a, &AppCounters::asked), 0U);
}

TEST_F(AppTest, EachRequestHasItsOwnDeadline) {
  const auto last = ask(at_a, at_b, b.id(), 9s).first;
  const auto first = ask(at_a, at_b, b.id(), 3s).first;
  const auto middle = ask(at_a, at_b, b.id(), 6s).first;
  const Instant asked_at = world.network().now().monotonic;
  Duration time{0};
  for (const RequestNumber number : {first, middle, last}) {
    const PeerEvent ended = at_a.expect(Kind::timed_out);
    EXPECT_EQ(ended.request, number);
    time += 3s;
    EXPECT_LT(ended.at, asked_at + time + 10ms);
  }
}

TEST_F(AppTest, ACancelledRequestEndsAsThatAndItsAnswerIsNoOffence) {
  const auto [number, token] = ask(at_a, at_b, b.id());
  EXPECT_TRUE(at_a->cancel(number));
  EXPECT_TRUE(at_a->cancel(number)) << "on its way";
  EXPECT_EQ(at_a.expect(Kind::cancelled).request, number);
  EXPECT_FALSE(at_a->cancel(number));
  EXPECT_EQ(at_b->answer(token, Bytes(1)), SendResult::accepted);
  world.run_for(10s);
  EXPECT_FALSE(at_a.next().has_value()) << "it has ended once";
  EXPECT_EQ(dropped(a, AppDrop::late_answer), 1U);
  EXPECT_EQ(charges(a), 0U);
}

TEST_F(AppTest, AnAnswerThatCrossesTheCancelEndsIt) {
  const auto [number, token] = ask(at_a, at_b, b.id());
  EXPECT_EQ(at_b->answer(token, Bytes(1)), SendResult::accepted);
  world.run_for(1s);
  EXPECT_TRUE(at_a->cancel(number)) << "its end has not been read yet";
  EXPECT_EQ(at_a.expect(Kind::answered).request, number);
  world.run_for(1s);
  EXPECT_FALSE(at_a.next().has_value());
  EXPECT_FALSE(at_a->cancel(number));
  EXPECT_EQ(count(a, &AppCounters::cancelled), 0U);
}

TEST_F(AppTest, RequestsOfAPeerThatIsGoneEndBeforeIt) {
  const auto first = ask(at_a, at_b, b.id()).first;
  const auto second = ask(at_a, at_b, b.id()).first;
  const auto token = ask(at_b, at_a, a.id()).second;
  a.ask(1, [&](Shard& own) { own.connections().disconnect_all(wire::DisconnectReason::requested); });
  EXPECT_EQ(at_a.expect(Kind::gone).request, first);
  EXPECT_EQ(at_a.expect(Kind::gone).request, second);
  at_a.expect(Kind::ended);
  EXPECT_EQ(at_a->answer(token, Bytes(1)), SendResult::no_such_peer);
  world.run_for(60s);
  EXPECT_FALSE(at_a.next().has_value());
  EXPECT_EQ(count(a, &AppCounters::gone), 2U);
  EXPECT_EQ(count(a, &AppCounters::timed_out), 0U);
  EXPECT_EQ(count(a, &AppCounters::asked), 0U);
  EXPECT_EQ(count(a, &AppCounters::owed), 0U);
}

// Taken from the port when the session has just ended.
TEST_F(AppTest, ARequestThatFindsItsSessionOverEndsAsGone) {
  a.hold();
  b.ask(0, [&](Shard& own) { own.connections().disconnect_all(wire::DisconnectReason::requested); });
  b.ask(1, [&](Shard& own) { own.connections().disconnect_all(wire::DisconnectReason::requested); });
  world.run_for(100ms);
  const auto number = at_a->send_request(b.id(), Bytes(1), 5s);
  ASSERT_TRUE(number.ok());
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(1)), SendResult::accepted);
  a.let_go();
  EXPECT_EQ(at_a.expect(Kind::gone).request, *number);
  at_a.expect(Kind::ended);
  EXPECT_EQ(dropped(a, AppDrop::session_over), 2U);
}

// --- peers that are not as they should be

TEST_F(AppTest, AnswersThatNobodyAskedForAreChargedAndDropped) {
  say_raw(b, MessageType::app_response, {0, 1, 1000});
  ASSERT_TRUE(world.run_until([&] { return dropped(a, AppDrop::unasked_answer) == 3; }, 1s));
  EXPECT_FALSE(at_a.next().has_value());
  EXPECT_GE(charges(a), 3U);
}

TEST_F(AppTest, ASecondAnswerIsChargedAndNotGiven) {
  const auto [number, token] = ask(at_a, at_b, b.id());
  EXPECT_EQ(at_b->answer(token, Bytes(1)), SendResult::accepted);
  at_a.expect(Kind::answered);
  EXPECT_EQ(at_b->answer(token, Bytes(1)), SendResult::accepted) << "its own node drops it";
  world.run_for(1s);
  EXPECT_EQ(dropped(b, AppDrop::answer_not_owed), 1U);
  EXPECT_EQ(dropped(a, AppDrop::unasked_answer), 0U);
  say_raw(b, MessageType::app_response, {token.id});
  ASSERT_TRUE(world.run_until([&] { return dropped(a, AppDrop::unasked_answer) == 1; }, 1s));
  EXPECT_FALSE(at_a.next().has_value());
}

TEST_F(AppTest, AnotherPeersAnswerEndsNothing) {
  SimNode c(world, options(3));
  c.dial(0, a);
  EXPECT_EQ(at_a.expect(Kind::began).peer, c.id());
  const auto [number, token] = ask(at_a, at_b, b.id());
  say_raw(c, MessageType::app_response, {token.id});
  ASSERT_TRUE(world.run_until([&] { return dropped(a, AppDrop::unasked_answer) == 1; }, 1s));
  EXPECT_EQ(at_b->answer(token, Bytes(7)), SendResult::accepted);
  const PeerEvent answer = at_a.expect(Kind::answered);
  EXPECT_EQ(answer.peer, b.id());
  EXPECT_EQ(copy_of(answer).size(), 7U);
}

TEST_F(AppTest, AnIdThatIsOpenOrNoneIsRefusedAndFreeAgainWhenAnswered) {
  say_raw(b, MessageType::app_request, {0, 5, 5, 6});
  const PeerEvent five = at_a.expect(Kind::request);
  EXPECT_EQ(at_a.expect(Kind::request).token.id, 6U);
  EXPECT_FALSE(at_a.next().has_value());
  EXPECT_EQ(dropped(a, AppDrop::zero_request), 1U);
  EXPECT_EQ(dropped(a, AppDrop::repeated_request), 1U);
  EXPECT_EQ(at_a->answer(five.token, Bytes(1)), SendResult::accepted);
  world.run_for(1s);
  say_raw(b, MessageType::app_request, {5});
  EXPECT_EQ(at_a.expect(Kind::request).token.id, 5U);
  EXPECT_EQ(a.sum([](const Shard& s) -> const Counter& { return s.context().counters.punished; }), 0U);
}

TEST_F(AppTest, ARequestWithoutAnIdEndsTheSession) {
  for (ShardId id = 0; id < b.shards(); ++id) {
    b.ask(id, [](Shard& own) {
      for (const auto& [source, session] : own.sessions().established())
        own.outbox().tell(*session, MessageType::app_request, Bytes(7));
    });
  }
  EXPECT_EQ(at_a.expect(Kind::ended).peer, b.id());
  EXPECT_EQ(a.sum([](const Shard& s) -> const Counter& { return s.context().counters.malformed_messages; }),
            1U);
}

TEST_F(AppTest, AFloodOfRequestsThatNobodyAnswersHasALimitAndATime) {
  std::vector<std::uint64_t> ids(3 * session::kOpenRequestsMax);
  std::iota(ids.begin(), ids.end(), 1U);
  say_raw(b, MessageType::app_request, ids);
  const Instant flooded = world.network().now().monotonic;
  world.run_for(1s);
  at_a.read();
  EXPECT_EQ(at_a.events.size(), session::kOpenRequestsMax);
  EXPECT_EQ(dropped(a, AppDrop::too_many_requests), 2 * session::kOpenRequestsMax);
  EXPECT_EQ(count(a, &AppCounters::owed), session::kOpenRequestsMax);
  // It is read on: what it says beside that arrives.
  EXPECT_EQ(at_b->send_data(a.id(), Bytes(1)), SendResult::accepted);
  ASSERT_TRUE(world.run_until([&] { return count(a, &AppCounters::data_received) == 1; }, 1s));
  const AnswerToken token = at_a.next()->token;
  ASSERT_TRUE(
      world.run_until([&] { return count(a, &AppCounters::owed) == 0; }, 2 * session::kRequestTimeMax));
  EXPECT_GE(world.network().now().monotonic - flooded, session::kRequestTimeMax);
  EXPECT_LE(world.network().now().monotonic - flooded, session::kRequestTimeMax + 1s);
  EXPECT_EQ(count(a, &AppCounters::unanswered), session::kOpenRequestsMax);
  EXPECT_EQ(at_a->answer(token, Bytes(1)), SendResult::accepted);
  world.run_for(1s);
  EXPECT_EQ(dropped(a, AppDrop::answer_not_owed), 1U);
  EXPECT_EQ(count(a, &AppCounters::answers_sent), 0U);
}

TEST_F(AppDeskTest, WithoutASubscriberMessagesAreCountedAndNobodyIsBlamed) {
  say_raw(b, MessageType::app_data, {1, 2});
  say_raw(b, MessageType::app_request, {3});
  ASSERT_TRUE(world.run_until([&] { return dropped(a, AppDrop::unsubscribed) == 3; }, 1s));
  world.run_for(1s);
  EXPECT_EQ(a.established(), 1U);
  EXPECT_EQ(a.sum([](const Shard& s) -> const Counter& { return s.context().counters.unhandled_frames; }),
            0U);
  for (const auto& shard : {0, 1})
    EXPECT_EQ(a.shard(static_cast<ShardId>(shard)).ledger().ledger().counters().disconnects.value(), 0U);
  EXPECT_EQ(charges(a), 0U);
  // Answers are judged all the same.
  say_raw(b, MessageType::app_response, {4});
  EXPECT_TRUE(world.run_until([&] { return charges(a) > 0; }, 1s));
}

// --- room

TEST_F(AppTest, APortThatDoesNotReadHoldsThePeerBackAndNothingIsLost) {
  constexpr std::uint32_t kMessages = 30'000;
  std::uint32_t sent = 0;
  const auto send_all = [&] {
    for (; sent < kMessages; ++sent) {
      Bytes bytes(200);
      store_be(bytes.data(), sent);
      if (at_a->send_data(b.id(), bytes) != SendResult::accepted) return;
    }
  };
  for (int i = 0; i < 200 && sent < kMessages; ++i) {
    send_all();
    world.run_for(10ms);
  }
  EXPECT_LT(sent, kMessages) << "a port that does not read has no end";
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(200)), SendResult::full);
  EXPECT_EQ(b.sum([](const Shard& s) -> const Counter& { return s.context().counters.paused; }), 1U);
  EXPECT_EQ(a.established(), 1U);
  std::uint32_t received = 0;
  const bool all = world.run_until(
      [&] {
        send_all();
        while (auto event = at_b.next()) {
          EXPECT_EQ(load_be<std::uint32_t>(copy_of(*event).data()), received);
          ++received;
        }
        return received == kMessages;
      },
      60s);
  EXPECT_TRUE(all) << received;
  EXPECT_EQ(a.established(), 1U);
}

TEST_F(AppTest, WhatAPortHoldsIsBoundedInBytes) {
  constexpr std::size_t kBytes = 500'000;
  std::uint32_t sent = 0;
  for (int i = 0; i < 30; ++i) {
    while (sent < 40 && at_a->send_data(b.id(), pattern(kBytes, sent)) == SendResult::accepted) ++sent;
    world.run_for(10ms);
  }
  EXPECT_LE(count(b, &AppCounters::data_received) * kBytes, kEventBytesMax + kBytes);
  EXPECT_GE(count(b, &AppCounters::data_received) * kBytes, kEventBytesMax);
  EXPECT_LT(sent, 40U);
  std::uint32_t received = 0;
  EXPECT_TRUE(world.run_until(
      [&] {
        while (auto event = at_b.next()) {
          EXPECT_TRUE(copy_of(*event) == pattern(kBytes, received));
          ++received;
        }
        while (sent < 40 && at_a->send_data(b.id(), pattern(kBytes, sent)) == SendResult::accepted) ++sent;
        return received == 40;
      },
      5s))
      << received;
}

// For want of credit nothing leaves and nothing is in flight: no turn would change that.
TEST_F(AppTest, AShardThatWaitsForAPeersCreditSleepsThoughItsPortWaits) {
  while (at_a->send_data(b.id(), Bytes(500'000)) == SendResult::accepted) world.run_for(10ms);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(at_a->send_data(b.id(), Bytes(500'000)), SendResult::full);
    world.run_for(10ms);
  }
  constexpr std::uint64_t kTurnsMax = 100;
  const std::uint64_t before = a.shard(1).context().turn;
  const auto turns = [&] { return a.shard(1).context().turn - before; };
  world.run_until([&] { return turns() > kTurnsMax; }, 5s);
  EXPECT_LE(turns(), kTurnsMax);
  EXPECT_EQ(a.established(), 1U);
}

// Its own half of the queue stays free for what the node has to say.
TEST_F(AppTest, APeerThatReadsSlowlyIsFullNotGivenUp) {
  b.hold();
  std::uint64_t accepted = 0;
  for (int i = 0; i < 100; ++i) {
    while (at_a->send_data(b.id(), Bytes(50'000)) == SendResult::accepted) ++accepted;
    world.run_for(10ms);
  }
  const std::uint64_t queue = a.shard(1).context().settings.egress.peer_queue_bytes;
  EXPECT_GT(accepted * 50'000, queue / 4);
  EXPECT_LT(a.peers().front().queued_bytes, queue * 3 / 4);
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(50'000)), SendResult::full);
  at_a.fall_asleep();
  world.run_for(1s);
  EXPECT_FALSE(at_a.rung());
  b.let_go();
  std::uint64_t received = 0;
  const auto read = [&] {
    while (at_b.next()) ++received;
    return received;
  };
  ASSERT_TRUE(world.run_until([&] { return read(), at_a.rung(); }, 1s)) << "nobody says that there is room";
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(50'000)), SendResult::accepted);
  EXPECT_TRUE(world.run_until([&] { return read() == accepted + 1; }));
  EXPECT_EQ(a.established(), 1U);
}

// The kernel took all of it, which the shard, asleep since, does not know.
TEST_F(AppTest, WhoFindsAWindowFullThatIsNotIsToldSo) {
  auto narrow = options(3);
  narrow.config.memory.peer_queue_kb = 64;
  SimNode c(world, narrow);
  Embedder at_c(world, c);
  c.dial(0, b);
  at_c.expect(Kind::began);
  constexpr std::size_t kBytes = 10'000;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(at_c->send_data(b.id(), Bytes(kBytes)), SendResult::accepted);
  world.run_for(10ms);
  ASSERT_EQ(c.peers().front().queued_bytes, 0U);
  at_c.fall_asleep();
  EXPECT_EQ(at_c->send_data(b.id(), Bytes(kBytes)), SendResult::full);
  world.run_for(1ms);
  EXPECT_TRUE(at_c.rung());
  EXPECT_EQ(at_c->send_data(b.id(), Bytes(kBytes)), SendResult::accepted);
}

TEST_F(AppTest, AShardThatIsDoneWithSendingSleeps) {
  const auto turns = [&] {
    const std::uint64_t before = a.shard(1).context().turn;
    world.run_for(30s);
    return a.shard(1).context().turn - before;
  };
  const std::uint64_t usual = turns();
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(100)), SendResult::accepted);
  at_b.expect(Kind::data);
  world.run_for(1s);
  EXPECT_LE(turns(), usual + 2);
}

TEST(AppRoom, AWindowIsTheSameForASessionThatTakesAnothersPlace) {
  World world(12);
  auto narrow = peer_options(1);
  narrow.config.memory.peer_queue_kb = 64;
  SimNode a(world, narrow);
  SimNode b(world, peer_options(2));
  Embedder at_a(world, a);
  for (int round = 0; round < 3; ++round) {
    a.dial(0, b);
    at_a.expect(Kind::began);
    for (int i = 0; i < 20; ++i) {
      while (at_a->send_data(b.id(), Bytes(10'000)) == SendResult::accepted) continue;
      world.run_for(10ms);
    }
    b.hold();
    int accepted = 0;
    for (int i = 0; i < 1'000; ++i) {
      if (at_a->send_data(b.id(), Bytes(10'000)) == SendResult::accepted) ++accepted;
      if (i % 10 == 0) world.run_for(1ms);
    }
    EXPECT_LE(a.peers().front().queued_bytes, 40'000U) << round;
    EXPECT_LT(accepted, 100);
    b.let_go();
    a.ask(0, [](Shard& own) { own.connections().disconnect_all(wire::DisconnectReason::requested); });
    at_a.expect(Kind::ended);
    ASSERT_TRUE(world.run_until([&] { return a.counters(0).connections.value() == 0; }));
  }
}

// Of a write that the kernel took whole nothing is heard.
TEST(AppRoom, WhatLeavesLastIsNoticedWithoutAnotherEvent) {
  World world(11, {.in_flight_bytes_max = 16'500});
  auto narrow = AppDeskTest::options(1);
  narrow.config.memory.peer_queue_kb = 64;
  SimNode a(world, narrow);
  SimNode b(world, AppDeskTest::options(2));
  a.dial(0, b);
  Embedder at_a(world, a);
  at_a.expect(Kind::began);
  b.hold();
  // The kernel takes the first, and of the second what is pinned; the third waits, and the fourth needs all.
  // None is cut into fragments: the peer's credit for them would be news.
  for (const std::size_t size : {15'000, 15'000, 1'000}) {
    ASSERT_TRUE(
        world.run_until([&] { return at_a->send_data(b.id(), Bytes(size)) == SendResult::accepted; }, 1s));
    world.run_for(10ms);
  }
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(at_a->send_data(b.id(), Bytes(32'500)), SendResult::full);
    world.run_for(10ms);
  }
  at_a.fall_asleep();
  world.run_for(100ms);
  EXPECT_FALSE(at_a.rung());
  b.let_go();
  world.run_for(5ms);
  EXPECT_TRUE(at_a.rung());
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(32'500)), SendResult::accepted);
}

// One shard, whose lane to its port is full.
struct AppFull : ::testing::Test {
  AppFull() {
    b.dial(0, a);
    at_b.expect(Kind::began);
    at_a.expect(Kind::began);
    const auto number = at_a->send_request(b.id(), Bytes(1), 1s);
    EXPECT_TRUE(number.ok());
    request = *number;
    for (int i = 0; i < 10; ++i) {
      while (at_b->send_data(a.id(), Bytes(1)) == SendResult::accepted) continue;
      world.run_for(1ms);
    }
    EXPECT_EQ(a.counters(0).paused.value(), 1U);
  }
  void come_and_go(SimNode& peer) {
    peer.dial(0, a);
    ASSERT_TRUE(world.run_until([&] { return a.established() == 2; }));
    peer.ask(0, [](Shard& own) { own.connections().disconnect_all(wire::DisconnectReason::requested); });
    ASSERT_TRUE(world.run_until([&] { return a.established() == 1; }));
  }

  World world{13};
  SimNode a{world, peer_options(1)};
  SimNode b{world, peer_options(2)};
  SimNode c{world, peer_options(3)};
  SimNode d{world, peer_options(4)};
  Embedder at_a{world, a};
  Embedder at_b{world, b};
  RequestNumber request = 0;
};

TEST_F(AppFull, WhatNoConnectionWaitsForComesLaterAndInOrder) {
  come_and_go(c);
  d.dial(0, a);
  ASSERT_TRUE(world.run_until([&] { return a.established() == 2; }));
  world.run_for(2s);
  std::vector<PeerEvent> others;
  world.run_until(
      [&] {
        while (auto event = at_a.next()) {
          if (event->kind != Kind::data) others.push_back(std::move(*event));
        }
        return false;
      },
      1s);
  // In the order in which they happened; of one that came and went nothing.
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(others[0].peer, d.id());
  EXPECT_EQ(others[0].kind, Kind::began);
  EXPECT_EQ(others[1].request, request);
  EXPECT_EQ(others[1].kind, Kind::timed_out);
}

TEST_F(AppFull, WhatWaitedForAPortThatLeavesIsNotForTheNext) {
  d.dial(0, a);
  ASSERT_TRUE(world.run_until([&] { return a.established() == 2; }));
  at_a.leave();
  Embedder next(world, a);
  next.read();
  std::map<NodeId, int> begun;
  for (const PeerEvent& event : next.events) {
    if (event.kind == Kind::began) ++begun[event.peer];
    EXPECT_NE(event.kind, Kind::timed_out);
    EXPECT_NE(event.kind, Kind::ended);
  }
  EXPECT_EQ(begun, (std::map<NodeId, int>{{b.id(), 1}, {d.id(), 1}}));
}

// --- the end

TEST_F(AppTest, ANodeThatStopsEndsRequestsAndLosesNoReference) {
  const auto number = ask(at_a, at_b, b.id()).first;
  ask(at_b, at_a, a.id());
  EXPECT_EQ(at_b->send_data(a.id(), Bytes(100'000)), SendResult::accepted);
  world.run_for(1s);
  a.stop();
  at_a.stopping = true;
  ASSERT_TRUE(world.run_until([&] { return a.ended(0) && a.ended(1); }, 5s));
  EXPECT_EQ(at_a->send_data(b.id(), Bytes(1)), SendResult::stopped);
  EXPECT_EQ(at_a.expect(Kind::data).bytes.bytes(), 100'000U);
  EXPECT_EQ(at_a.expect(Kind::gone).request, number);
  at_a.expect(Kind::ended);
  at_b.expect(Kind::gone);
  at_b.expect(Kind::ended);
}

TEST_F(AppDeskTest, APortThatLeavesTakesItsRequestsAlongAndTheNextOneBeginsAnew) {
  Embedder at_b(world, b);
  at_b.expect(Kind::began);
  AnswerToken token;
  {
    Embedder first(world, a);
    first.expect(Kind::began);
    token = ask(first, at_b, b.id()).second;
    EXPECT_EQ(at_b->send_data(a.id(), Bytes(100'000)), SendResult::accepted);
    world.run_for(1s);
    EXPECT_EQ(first->send_data(b.id(), Bytes(30'000)), SendResult::accepted);
  }
  EXPECT_EQ(at_b.expect(Kind::data).bytes.bytes(), 30'000U) << "said before it left";
  EXPECT_EQ(count(a, &AppCounters::asked), 0U);
  EXPECT_EQ(at_b->answer(token, Bytes(1)), SendResult::accepted);
  world.run_for(1s);
  EXPECT_EQ(dropped(a, AppDrop::late_answer), 1U);
  EXPECT_EQ(charges(a), 0U);
  Embedder second(world, a);
  EXPECT_EQ(second.expect(Kind::began).peer, b.id());
  const auto [number, next_token] = ask(second, at_b, b.id());
  EXPECT_EQ(at_b->answer(next_token, Bytes(2)), SendResult::accepted);
  EXPECT_EQ(second.expect(Kind::answered).request, number);
}

}  // namespace
}  // namespace ringwire::node
