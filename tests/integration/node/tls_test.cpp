// Whole nodes that talk to each other as they do by default: inside TLS.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "codec/crypto/keccak.hpp"
#include "tests/integration/node/cluster.hpp"
#include "tests/integration/node/raw_peer.hpp"

namespace ringwire::test {
namespace {

Config secured_config(DriverChoice driver) {
  Config config = node_config(driver, 2);
  config.insecure_plaintext = false;
  return config;
}

std::set<Hash32> publish(std::vector<Member>& mesh, TransactionSource& source, std::size_t count) {
  std::set<Hash32> published;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bytes = source.next();
    while (mesh[i % mesh.size()].port->publish_transaction(bytes) != PublishResult::accepted) {
      for (Member& each : mesh) each.collect();
      std::this_thread::yield();
    }
    published.insert(crypto::keccak256(bytes));
  }
  return published;
}

bool all_delivered(std::vector<Member>& mesh, std::size_t count) {
  return eventually([&] {
    for (Member& member : mesh) member.collect();
    return std::ranges::all_of(mesh, [&](const Member& each) { return each.delivered.size() >= count; });
  });
}

struct OverTls : testing::TestWithParam<DriverChoice> {};

TEST_P(OverTls, EveryTransactionIsDeliveredExactlyOnceOnEveryNode) {
  constexpr std::size_t kTransactions = 5'000, kAfterwards = 200;
  auto mesh = start_mesh(secured_config(GetParam()), 3);
  TransactionSource source;
  std::set<Hash32> published = publish(mesh, source, kTransactions);
  EXPECT_TRUE(all_delivered(mesh, kTransactions));
  published.merge(publish(mesh, source, kAfterwards));
  EXPECT_TRUE(all_delivered(mesh, kTransactions + kAfterwards));
  for (const Member& member : mesh) {
    EXPECT_EQ(member.delivered.size(), published.size());
    for (const auto& [id, times] : member.delivered) {
      EXPECT_EQ(times, 1) << to_hex(id.view());
      EXPECT_TRUE(published.contains(id));
    }
    EXPECT_GE(sum_of(*member.node, "ringwire_tls_handshakes_total", "completed"), 2U);
    EXPECT_EQ(sum_of(*member.node, "ringwire_tls_records_refused_total"), 0U);
    EXPECT_EQ(sum_of(*member.node, "ringwire_frames_refused_total"), 0U);
  }
  stop_mesh(mesh);
}

TEST_P(OverTls, TopicMessagesOfAllSizesArriveWhole) {
  auto mesh = start_mesh(secured_config(GetParam()), 2);
  ASSERT_TRUE(mesh[1].port->subscribe(MessageKind::topic));
  for (const std::size_t size : {1U, 4'000U, 17'000U, 131'072U, 1'000'000U, 4'000'000U}) {
    std::vector<std::uint8_t> payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::uint8_t>(i * 31 + size);
    ASSERT_EQ(mesh[0].port->publish_topic("blocks", payload), PublishResult::accepted);
    std::optional<Delivery> delivery;
    ASSERT_TRUE(eventually([&] { return (delivery = mesh[1].port->next_delivery()).has_value(); })) << size;
    EXPECT_TRUE(delivery->copy_bytes() == payload) << size;
  }
  stop_mesh(mesh);
}

TEST_P(OverTls, ANodeInPlaintextIsRefusedByOneWithTlsAndTheOtherWayRound) {
  auto secured = Node::start(secured_config(GetParam()));
  auto plain = Node::start(node_config(GetParam(), 2));
  ASSERT_TRUE(secured.ok() && plain.ok());
  ASSERT_TRUE((*plain)->connect((*secured)->enode()).ok());
  const auto not_tls = [&] { return sum_of(**secured, "ringwire_tls_failures_total", "not_tls"); };
  // Our alert is shorter than the header of a frame, our ClientHello is not.
  const auto no_frame = [&] {
    return sum_of(**plain, "ringwire_frames_refused_total") + sum_of(**plain, "ringwire_frames_cut_total");
  };
  EXPECT_TRUE(eventually([&] { return not_tls() >= 1 && no_frame() >= 1; }));
  (*plain)->disconnect((*secured)->id());
  const auto so_far = std::pair(not_tls(), no_frame());
  ASSERT_TRUE((*secured)->connect((*plain)->enode()).ok());
  EXPECT_TRUE(eventually([&] { return not_tls() > so_far.first && no_frame() > so_far.second; }));
  EXPECT_TRUE((*secured)->peers().empty());
  EXPECT_TRUE((*plain)->peers().empty());
}

TEST_P(OverTls, WhatIsNoTlsIsCountedByName) {
  auto node = Node::start(secured_config(GetParam()));
  ASSERT_TRUE(node.ok());
  const auto failures = [&](const char* reason) {
    return sum_of(**node, "ringwire_tls_failures_total", reason);
  };
  RawPeer plain(**node, RawPeer::Unproven{});
  plain.send(handshake_to((*node)->id()));
  EXPECT_TRUE(eventually([&] { return failures("not_tls") == 1; }));
  // A handshake record that is no ClientHello: its first message is of type 2.
  RawPeer confused(**node, RawPeer::Unproven{});
  confused.send(std::array<std::uint8_t, 9>{22, 3, 3, 0, 4, 2, 0, 0, 0});
  EXPECT_TRUE(eventually([&] { return sum_of(**node, "ringwire_tls_failures_total") == 2; }));
  {
    RawPeer early(**node, RawPeer::Unproven{});
    early.send(std::array<std::uint8_t, 6>{22, 3, 1, 1, 0, 1});
  }
  EXPECT_TRUE(eventually([&] { return sum_of(**node, "ringwire_tls_ended_total") == 1; }));
  EXPECT_TRUE(eventually([&] { return sum_of(**node, "ringwire_connections") == 0; }));
}

INSTANTIATE_TEST_SUITE_P(Drivers, OverTls, testing::Values(DriverChoice::uring, DriverChoice::epoll),
                         driver_name);

}  // namespace
}  // namespace ringwire::test
