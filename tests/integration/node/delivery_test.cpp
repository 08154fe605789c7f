#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <thread>

#include "codec/crypto/keccak.hpp"
#include "tests/integration/node/cluster.hpp"
#include "tests/integration/node/raw_peer.hpp"

namespace ringwire::test {
namespace {

struct OverDrivers : testing::TestWithParam<DriverChoice> {};

TEST_P(OverDrivers, RunsTheDriverThatWasAskedFor) {
  auto node = Node::start(node_config(GetParam(), 1));
  ASSERT_TRUE(node.ok()) << node.error().findings.front();
  const std::string kind = GetParam() == DriverChoice::uring ? "io_uring" : "epoll";
  EXPECT_NE((*node)->driver().find(kind), std::string::npos) << (*node)->driver();
}

// Publishes `count` transactions, round robin over the mesh; their ids.
std::set<Hash32> publish_round(std::vector<Member>& mesh, TransactionSource& source, std::size_t count) {
  std::set<Hash32> published;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bytes = source.next();
    Port& port = *mesh[i % mesh.size()].port;
    PublishResult result = port.publish_transaction(bytes);
    while (result == PublishResult::full) {
      for (Member& each : mesh) each.collect();
      std::this_thread::yield();
      result = port.publish_transaction(bytes);
    }
    if (result != PublishResult::accepted) throw std::runtime_error(name(result));
    published.insert(crypto::keccak256(bytes));
    if (i % 64 == 0) {
      for (Member& each : mesh) each.collect();
    }
  }
  return published;
}

bool all_delivered(std::vector<Member>& mesh, std::size_t count) {
  return eventually([&] {
    bool all = true;
    for (Member& member : mesh) {
      member.collect();
      all = all && member.delivered.size() >= count;
    }
    return all;
  });
}

// The long suite repeats this one 20 times (meson.build).
TEST_P(OverDrivers, EveryTransactionIsDeliveredExactlyOnceOnEveryNode) {
  constexpr std::size_t kNodes = 4;
  constexpr std::size_t kTransactions = 20'000;
  // A second round travels behind everything that the links still carry: a late duplicate comes before it.
  constexpr std::size_t kAfterwards = 64 * kNodes;
  auto mesh = start_mesh(node_config(GetParam(), 2), kNodes);
  TransactionSource source;
  std::set<Hash32> published = publish_round(mesh, source, kTransactions);
  EXPECT_TRUE(all_delivered(mesh, kTransactions));
  published.merge(publish_round(mesh, source, kAfterwards));
  EXPECT_TRUE(all_delivered(mesh, kTransactions + kAfterwards));
  ASSERT_EQ(published.size(), kTransactions + kAfterwards);
  for (std::size_t i = 0; i < kNodes; ++i) {
    EXPECT_EQ(mesh[i].delivered.size(), published.size()) << "node " << i;
    for (const auto& [id, times] : mesh[i].delivered) {
      EXPECT_EQ(times, 1) << "node " << i << " " << to_hex(id.view());
      EXPECT_TRUE(published.contains(id)) << "node " << i << " " << to_hex(id.view());
    }
  }
  stop_mesh(mesh);
}

TEST_P(OverDrivers, TopicMessagesOfAllSizesArriveWhole) {
  auto mesh = start_mesh(node_config(GetParam(), 2), 3);
  for (Member& member : mesh) ASSERT_TRUE(member.port->subscribe(MessageKind::topic));
  for (const std::size_t size : {1U, 100U, 4'000U, 5'000U, 17'000U, 131'072U, 1'000'000U}) {
    std::vector<std::uint8_t> payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::uint8_t>(i * 31 + size);
    ASSERT_EQ(mesh[0].port->publish_topic("blocks", payload), PublishResult::accepted);
    for (std::size_t i = 0; i < mesh.size(); ++i) {
      std::optional<Delivery> delivery;
      ASSERT_TRUE(eventually([&] { return (delivery = mesh[i].port->next_delivery()).has_value(); })) << size;
      EXPECT_EQ(delivery->kind, MessageKind::topic);
      EXPECT_EQ(delivery->topic, "blocks");
      EXPECT_TRUE(delivery->copy_bytes() == payload) << "node " << i << " size " << size;
    }
  }
  stop_mesh(mesh);
}

TEST_P(OverDrivers, ASignedMessageSaysWhoSentItAndWhichItIs) {
  auto mesh = start_mesh(node_config(GetParam(), 2), 2);
  for (Member& member : mesh) ASSERT_TRUE(member.port->subscribe(MessageKind::topic));
  std::set<std::uint64_t> numbers;
  for (const std::size_t size : {0U, 100U, 100U, 17'000U, 1'000'000U}) {
    const std::vector<std::uint8_t> payload(size, 9);
    ASSERT_EQ(mesh[0].port->publish_signed("votes", payload), PublishResult::accepted);
    for (Member& member : mesh) {
      std::optional<Delivery> delivery;
      ASSERT_TRUE(eventually([&] { return (delivery = member.port->next_delivery()).has_value(); })) << size;
      EXPECT_EQ(delivery->topic, "votes");
      EXPECT_TRUE(delivery->copy_bytes() == payload) << size;
      ASSERT_TRUE(delivery->author.has_value());
      EXPECT_EQ(delivery->author->origin, mesh[0].node->id());
      if (!numbers.empty()) {
        EXPECT_GE(delivery->author->sequence, *numbers.rbegin());
      }
      numbers.insert(delivery->author->sequence);
    }
  }
  EXPECT_EQ(numbers.size(), 5U) << "each has a number of its own";
  stop_mesh(mesh);
}

TEST_P(OverDrivers, AForgedMessageIsNotDeliveredAndATrueOneOnce) {
  auto mesh = start_mesh(node_config(GetParam(), 2), 2);
  for (Member& member : mesh) ASSERT_TRUE(member.port->subscribe(MessageKind::topic));
  const std::uint8_t yes[] = {1}, no[] = {2};
  RawPeer forger(*mesh[0].node), first(*mesh[0].node), second(*mesh[1].node);
  forger.send(frame_of(wire::MessageType::publish, signed_publish_of("votes", no, yes)));
  const auto refused = [&] {
    return sum_of(*mesh[0].node, "ringwire_gossip_refused_total", "bad_signature") == 1 &&
           sum_of(*mesh[0].node, "ringwire_refusals_total", "blamed") == 1;
  };
  EXPECT_TRUE(eventually(refused));
  for (RawPeer* peer : {&first, &second}) {
    peer->send(frame_of(wire::MessageType::publish, signed_publish_of("votes", yes, yes)));
    peer->send(frame_of(wire::MessageType::publish, signed_publish_of("votes", no, no)));  // the same number
    peer->send(frame_of(wire::MessageType::publish, publish_of("votes", std::array<std::uint8_t, 1>{3})));
  }
  for (Member& member : mesh) {
    std::vector<std::uint8_t> delivered;
    EXPECT_TRUE(eventually([&] {
      while (auto delivery = member.port->next_delivery()) {
        delivered.push_back(delivery->copy_bytes().at(0));
        EXPECT_EQ(delivery->author.has_value(), delivered.back() != 3);
        if (!delivery->author) continue;
        EXPECT_EQ(delivery->author->origin, author());
        EXPECT_EQ(delivery->author->sequence, 7U);
      }
      return delivered.size() == 2;
    }));
    EXPECT_EQ(std::ranges::count(delivered, 3), 1);
  }
  EXPECT_EQ(sum_of(*mesh[1].node, "ringwire_gossip_refused_total", "bad_signature"), 0U) << "not relayed";
  stop_mesh(mesh);
}

TEST_P(OverDrivers, ARejectedTransactionIsNeitherDeliveredNorRelayed) {
  auto mesh = start_mesh(node_config(GetParam(), 2), 2);
  TransactionSource source;
  auto bytes = source.next();
  EXPECT_EQ(mesh[0].port->publish_transaction(std::vector<std::uint8_t>(5, 0xC0)), PublishResult::malformed);
  bytes[bytes.size() - 20] ^= 1;  // another signature: another sender, or none
  const auto good = source.next();
  mesh[0].port->publish_transaction(good);
  EXPECT_TRUE(eventually([&] {
    mesh[1].collect();
    return mesh[1].delivered.size() == 1;
  }));
  stop_mesh(mesh);
}

TEST_P(OverDrivers, TheApplicationDecidesWhatIsRelayed) {
  auto mesh = start_mesh(node_config(GetParam(), 2), 2);
  ASSERT_TRUE(mesh[0].port->subscribe(MessageKind::topic, Decider::application));
  ASSERT_TRUE(mesh[1].port->subscribe(MessageKind::topic));
  const std::uint8_t first[] = {1}, second[] = {2};
  ASSERT_EQ(mesh[0].port->publish_topic("votes", first), PublishResult::accepted);
  ASSERT_EQ(mesh[0].port->publish_topic("votes", second), PublishResult::accepted);
  for (int decided = 0; decided < 2;) {
    std::optional<Delivery> delivery;
    ASSERT_TRUE(eventually([&] { return (delivery = mesh[0].port->next_delivery()).has_value(); }));
    const std::uint8_t value = delivery->copy_bytes().at(0);
    mesh[0].port->decide(delivery->id, value == 2 ? Verdict::accept : Verdict::ignore);
    ++decided;
  }
  std::optional<Delivery> delivery;
  ASSERT_TRUE(eventually([&] { return (delivery = mesh[1].port->next_delivery()).has_value(); }));
  EXPECT_EQ(delivery->copy_bytes(), std::vector<std::uint8_t>{2});
  delivery.reset();
  stop_mesh(mesh);
}

INSTANTIATE_TEST_SUITE_P(Node, OverDrivers, testing::Values(DriverChoice::uring, DriverChoice::epoll),
                         driver_name);

}  // namespace
}  // namespace ringwire::test
