// What engine/api/ringwire.hpp promises and no other test here is about.
#include <gtest/gtest.h>
#include <poll.h>

#include <set>
#include <stdexcept>
#include <thread>

#include "tests/integration/node/cluster.hpp"

namespace ringwire::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::unique_ptr<Node> start_one(std::uint32_t shards = 2) {
  auto node = Node::start(node_config(DriverChoice::automatic, shards));
  if (!node.ok()) throw std::runtime_error(node.error().findings.front());
  return std::move(*node);
}

std::optional<Delivery> await_delivery(Port& port) {
  std::optional<Delivery> delivery;
  eventually([&] { return (delivery = port.next_delivery()).has_value(); });
  return delivery;
}

TEST(Publishing, AnswersWhatIsWrongAndTakesNothing) {
  const auto node = start_one();
  auto port = node->open_port();
  EXPECT_EQ(port->publish_transaction(Bytes{}), PublishResult::malformed);
  EXPECT_EQ(port->publish_transaction(Bytes(100, 0xC0)), PublishResult::malformed);
  EXPECT_EQ(port->publish_transaction(Bytes(128 * 1024 + 1)), PublishResult::too_large);
  EXPECT_EQ(port->publish_topic("", Bytes(1)), PublishResult::malformed);
  EXPECT_EQ(port->publish_topic(std::string(129, 't'), Bytes(1)), PublishResult::malformed);
  EXPECT_EQ(port->publish_topic("t", Bytes(4 * 1024 * 1024)), PublishResult::too_large);
  EXPECT_EQ(sum_of(*node, "ringwire_published_total"), 0U);
  node->stop();
  EXPECT_EQ(port->publish_topic("t", Bytes(1)), PublishResult::stopped);
}

TEST(Publishing, AnswersFullInsteadOfQueueingAndTakesAgainLater) {
  const auto node = start_one(1);
  auto port = node->open_port();
  ASSERT_TRUE(port->subscribe(MessageKind::topic));
  // Nobody takes the deliveries, so the shard stops deciding and its lanes fill.
  std::uint64_t published = 0;
  const auto publish = [&] {
    Bytes payload(4);
    store_be(payload.data(), static_cast<std::uint32_t>(published));
    const PublishResult result = port->publish_topic("flood", payload);
    if (result == PublishResult::accepted) ++published;
    return result;
  };
  ASSERT_TRUE(eventually([&] {
    while (publish() == PublishResult::accepted) continue;
    const std::uint64_t before = published;  // full for good, not only until the shard's next turn?
    std::this_thread::sleep_for(20ms);
    return publish() == PublishResult::full && published == before;
  }));
  std::uint64_t taken = 0;
  ASSERT_TRUE(eventually([&] {
    while (port->next_delivery()) ++taken;
    return publish() == PublishResult::accepted;
  }));
  EXPECT_TRUE(eventually([&] {
    while (port->next_delivery()) ++taken;
    return taken == published;
  }));
  EXPECT_EQ(taken, published) << "what was accepted is delivered, what was not is not";
}

// More than its owner and the port have room for while the application judges what came before.
TEST(Publishing, WhatIsAcceptedIsDeliveredHoweverLarge) {
  const auto node = start_one(1);
  auto port = node->open_port();
  ASSERT_TRUE(port->subscribe(MessageKind::topic, Decider::application));
  constexpr std::uint8_t kMessages = 24;
  std::uint8_t published = 0;
  std::set<std::uint8_t> taken;
  const auto take = [&] {
    while (const auto delivery = port->next_delivery()) taken.insert(delivery->bytes[0].view()[0]);
  };
  ASSERT_TRUE(eventually([&] {
    while (published < kMessages &&
           port->publish_topic("blocks", Bytes(4'000'000, published)) == PublishResult::accepted)
      ++published;
    if (published < kMessages && sum_of(*node, "ringwire_gossip_decided_total", "expired") > 0) take();
    return published == kMessages;
  }));
  EXPECT_TRUE(eventually([&] {
    take();
    return taken.size() == kMessages;
  })) << taken.size();
}

// Nothing tells a shard that room came back on its heap.
TEST(Publishing, WhatWaitedForHeapGoesOnWhenDeliveriesAreLetGo) {
  const auto node = start_one(1);
  auto port = node->open_port();
  ASSERT_TRUE(port->subscribe(MessageKind::topic));
  constexpr std::uint8_t kMore = 100;  // than the heap holds
  std::vector<Delivery> held;
  for (std::uint8_t i = 0; i < kMore; ++i) {
    ASSERT_EQ(port->publish_topic("blocks", Bytes(4'000'000, i)), PublishResult::accepted);
    if (!port->wait(1s)) break;
    held.push_back(*port->next_delivery());
  }
  ASSERT_LT(held.size(), kMore);
  held.clear();
  EXPECT_TRUE(port->wait(kPatience));
  EXPECT_TRUE(port->next_delivery().has_value());
}

TEST(Subscribing, AKindHasOnePortUntilThatPortIsGone) {
  const auto node = start_one();
  auto first = node->open_port(), second = node->open_port();
  EXPECT_TRUE(first->subscribe(MessageKind::topic));
  EXPECT_TRUE(first->subscribe(MessageKind::topic, Decider::application));
  EXPECT_FALSE(second->subscribe(MessageKind::topic));
  EXPECT_TRUE(second->subscribe(MessageKind::transaction));
  first.reset();
  EXPECT_TRUE(second->subscribe(MessageKind::topic));
  ASSERT_EQ(second->publish_topic("t", Bytes{1}), PublishResult::accepted);
  const auto delivery = await_delivery(*second);
  ASSERT_TRUE(delivery.has_value());
  EXPECT_EQ(delivery->topic, "t");
}

TEST(Ports, AreAFewAndTheirPlacesAreUsedAgain) {
  const auto node = start_one();
  std::vector<std::unique_ptr<Port>> ports;
  for (std::uint32_t i = 0; i < Node::kPortsMax; ++i) {
    ports.push_back(node->open_port());
    EXPECT_NE(ports.back(), nullptr);
  }
  EXPECT_EQ(node->open_port(), nullptr);
  ports.erase(ports.begin());
  ports.push_back(node->open_port());
  EXPECT_NE(ports.back(), nullptr);
}

// Nobody reads while the port that published goes: what it published has to go somewhere.
TEST(Ports, OfOneThreadGoInAnyOrder) {
  const auto node = start_one(1);
  auto reader = node->open_port(), writer = node->open_port();
  ASSERT_TRUE(reader->subscribe(MessageKind::topic));
  std::uint32_t published = 0;
  const auto publish = [&] {
    Bytes payload(4);
    store_be(payload.data(), published);
    const bool accepted = writer->publish_topic("flood", payload) == PublishResult::accepted;
    if (accepted) ++published;
    return accepted;
  };
  ASSERT_TRUE(eventually([&] {
    while (publish()) continue;
    const std::uint32_t before = published;
    std::this_thread::sleep_for(50ms);
    return !publish() && published == before;
  }));
  writer.reset();
  std::uint32_t taken = 0;
  EXPECT_TRUE(eventually([&] {
    while (reader->next_delivery()) ++taken;
    return taken == published;
  })) << taken
      << " of " << published;
}

TEST(Ports, MayGoAfterTheirNodeHasStoppedWithMessagesUnread) {
  const auto node = start_one();
  auto port = node->open_port();
  ASSERT_TRUE(port->subscribe(MessageKind::topic));
  for (std::uint8_t i = 0; i < 100; ++i) {
    ASSERT_EQ(port->publish_topic("t", Bytes{i}), PublishResult::accepted);
  }
  ASSERT_TRUE(eventually([&] { return sum_of(*node, "ringwire_deliveries_total") == 100; }));
  ASSERT_EQ(port->publish_topic("t", Bytes(1000, 1)), PublishResult::accepted);
  node->stop();
  port.reset();
}

TEST(Ports, TheirDescriptorIsReadableWhileSomethingIsThere) {
  const auto node = start_one();
  auto port = node->open_port();
  ASSERT_TRUE(port->subscribe(MessageKind::topic));
  const auto readable = [&](int timeout_ms) {
    pollfd watched{port->descriptor(), POLLIN, 0};
    return poll(&watched, 1, timeout_ms) == 1;
  };
  EXPECT_EQ(port->next_delivery().has_value(), false);
  EXPECT_FALSE(readable(0));
  ASSERT_EQ(port->publish_topic("t", Bytes{1}), PublishResult::accepted);
  EXPECT_TRUE(readable(60'000));
  EXPECT_TRUE(await_delivery(*port).has_value());
  EXPECT_FALSE(port->next_delivery().has_value());
  EXPECT_FALSE(readable(0));
}

TEST(Ports, WaitingEndsWithADeliveryOrWithTheTime) {
  const auto node = start_one();
  auto port = node->open_port();
  ASSERT_TRUE(port->subscribe(MessageKind::topic));
  EXPECT_FALSE(port->wait(1ms));
  EXPECT_FALSE(port->wait(-1s));
  ASSERT_EQ(port->publish_topic("t", Bytes{1}), PublishResult::accepted);
  EXPECT_TRUE(port->wait(60s));
  EXPECT_TRUE(port->next_delivery().has_value());
}

TEST(Verdicts, ARejectedMessageIsNotRelayedAndItsSenderIsGone) {
  Pair pair;
  ASSERT_TRUE(pair.b.port->subscribe(MessageKind::topic, Decider::application));
  ASSERT_EQ(pair.a.port->publish_topic("lies", Bytes{1}), PublishResult::accepted);
  const auto delivery = await_delivery(*pair.b.port);
  ASSERT_TRUE(delivery.has_value());
  pair.b.port->decide(delivery->id, Verdict::reject);
  EXPECT_TRUE(eventually([&] { return sum_of(*pair.b.node, "ringwire_refusals_total", "blamed") == 1; }));
  EXPECT_EQ(sum_of(*pair.b.node, "ringwire_relayed_total"), 0U);
  EXPECT_TRUE(eventually(
      [&] { return sum_of(*pair.a.node, "ringwire_disconnects_received_total", "bad_protocol") == 1; }));
}

TEST(Verdicts, TooLateOrAboutNothingHasNoEffect) {
  Pair pair;
  ASSERT_TRUE(pair.b.port->subscribe(MessageKind::topic, Decider::application));
  ASSERT_EQ(pair.a.port->publish_topic("slow", Bytes{1}), PublishResult::accepted);
  const auto delivery = await_delivery(*pair.b.port);
  ASSERT_TRUE(delivery.has_value());
  EXPECT_TRUE(
      eventually([&] { return sum_of(*pair.b.node, "ringwire_gossip_decided_total", "expired") == 1; }));
  pair.b.port->decide(delivery->id, Verdict::reject);
  pair.b.port->decide(Hash32{}, Verdict::reject);
  EXPECT_TRUE(eventually([&] { return sum_of(*pair.b.node, "ringwire_late_verdicts_total") == 2; }));
  EXPECT_EQ(pair.b.node->peers().size(), 1U);
}

TEST(Peers, AreListedWithWhatTheyAreAndDid) {
  Pair pair;
  const auto seen_by = [](const Node& node) { return node.peers().at(0); };
  EXPECT_EQ(seen_by(*pair.a.node).id, pair.b.node->id());
  EXPECT_EQ(seen_by(*pair.a.node).client, "ringwire/" + std::string(version()));
  EXPECT_NE(seen_by(*pair.a.node).inbound, seen_by(*pair.b.node).inbound);
  const Member& dialler = seen_by(*pair.a.node).inbound ? pair.b : pair.a;
  const Member& other = seen_by(*pair.a.node).inbound ? pair.a : pair.b;
  EXPECT_EQ(seen_by(*dialler.node).remote, other.node->listening().at(0));
  EXPECT_LT(seen_by(*dialler.node).shard, 2);
  EXPECT_GT(seen_by(*dialler.node).connected_for, Duration{0});
  ASSERT_EQ(pair.a.port->publish_topic("t", Bytes(100'000)), PublishResult::accepted);
  EXPECT_TRUE(eventually([&] { return seen_by(*pair.b.node).bytes_in > 100'000; }));
  EXPECT_GT(seen_by(*pair.a.node).bytes_out, 100'000U);
  EXPECT_LT(seen_by(*pair.a.node).bytes_in, 100'000U);
}

TEST(Stats, EverySampleIsOneOfItsNameAndLabels) {
  Pair pair;
  std::set<std::string> names;
  for (const Sample& sample : pair.a.node->stats()) {
    EXPECT_EQ(sample.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos)
        << sample.name;
    EXPECT_TRUE(names.insert(sample.name + "{" + sample.labels + "}").second) << sample.name << sample.labels;
    EXPECT_GE(sample.value, 0) << sample.name;
  }
  EXPECT_GT(names.size(), 300U);
}

TEST(Stats, LatenciesAreThoseOfWhatHappened) {
  Pair pair;
  ASSERT_TRUE(pair.b.port->subscribe(MessageKind::topic));
  ASSERT_EQ(pair.a.port->publish_topic("t", Bytes{1}), PublishResult::accepted);
  ASSERT_TRUE(await_delivery(*pair.b.port).has_value());
  std::map<std::string, LatencyInfo> whole;
  for (const LatencyInfo& info : pair.b.node->latencies()) {
    if (info.where == "all") whole[info.subsystem] = info;
  }
  for (const char* once : {"handshake", "decision", "delivery"}) {
    EXPECT_EQ(whole.at(once).count, 1U) << once;
    EXPECT_EQ(whole.at(once).p50, whole.at(once).max) << once;
  }
  EXPECT_GT(whole.at("turn").count, 0U);
  EXPECT_GT(whole.at("turn").max, Duration{0});
  EXPECT_EQ(whole.at("send").count, 0U);
}

TEST(Threads, MayAskANodeAllAtOnce) {
  Pair pair;
  std::atomic<std::uint64_t> answers{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 50; ++round) {
        answers += pair.a.node->peers().size();
        answers += pair.a.node->stats().empty() ? 0 : 1;
        answers += pair.a.node->latencies().empty() ? 0 : 1;
        const IpAddress stranger = IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(i));
        pair.a.node->ban(stranger, 1h);
        answers += pair.a.node->unban(stranger) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers, 4U * 50 * 4);
}

TEST(Threads, GetAnAnswerWhileTheNodeStops) {
  for (int round = 0; round < 20; ++round) {
    const auto node = start_one();
    std::atomic<bool> stopped{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        while (!stopped) {
          EXPECT_TRUE(node->peers().empty());
          const auto port = node->open_port();
          if (port != nullptr) (void)port->publish_topic("t", Bytes{1});
        }
      });
    }
    std::this_thread::sleep_for(5ms);
    node->stop();
    stopped = true;
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace ringwire::test
