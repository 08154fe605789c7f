// Receive buffers that are scarce: peers send more than the application takes, and nobody else may notice.
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "tests/integration/node/cluster.hpp"
#include "tests/integration/node/raw_peer.hpp"

namespace ringwire::test {
namespace {

struct Relief : testing::TestWithParam<DriverChoice> {};

constexpr std::size_t kSenders = 6;
constexpr std::size_t kPayloadBytes = 60'000;

Member start(const Config& config) {
  auto node = Node::start(config);
  if (!node.ok()) throw std::runtime_error(node.error().findings.front());
  Member member{std::move(*node), nullptr, {}};
  member.port = member.node->open_port();
  return member;
}

std::vector<std::uint8_t> payload(std::size_t sender, std::uint32_t number) {
  std::vector<std::uint8_t> bytes(kPayloadBytes);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(i + number * 7 + sender);
  bytes[0] = static_cast<std::uint8_t>(sender);
  bytes[1] = static_cast<std::uint8_t>(number >> 8);
  bytes[2] = static_cast<std::uint8_t>(number);
  return bytes;
}

// Of two ends one calls the session established first; what it publishes before has nobody to go to.
bool joined(const Member& member) {
  return eventually([&] { return member.node->peers().size() == 1; });
}

TEST_P(Relief, AFloodThatNobodyTakesLeavesBuffersForOthersAndLosesNothing) {
  Config config = node_config(GetParam(), 1);
  Config tight = config;
  tight.memory.receive_buffers = 16;  // the fewest: short even where senders are slow and pieces small
  Member taker = start(tight);
  ASSERT_TRUE(taker.port->subscribe(MessageKind::topic));
  std::vector<Member> senders;
  for (std::size_t i = 0; i < kSenders; ++i) {
    senders.push_back(start(config));
    ASSERT_TRUE(senders[i].node->connect(taker.node->enode()).ok());
  }
  ASSERT_TRUE(eventually([&] { return taker.node->peers().size() == kSenders; }));
  for (const Member& sender : senders) ASSERT_TRUE(joined(sender));

  constexpr std::uint32_t kEach = 20;  // together 27 times the taker's buffers, and less than a peer's queue
  constexpr std::size_t kTotal = kEach * kSenders;
  for (std::uint32_t number = 0; number < kEach; ++number) {
    for (std::size_t i = 0; i < kSenders; ++i) {
      ASSERT_TRUE(eventually([&] {
        return senders[i].port->publish_topic("flood", payload(i, number)) == PublishResult::accepted;
      }));
    }
  }
  EXPECT_TRUE(eventually([&] { return sum_of(*taker.node, "ringwire_pool_low_turns_total") > 0; }));

  // The handshake of a stranger needs receive buffers as well.
  Member stranger = start(config);
  ASSERT_TRUE(stranger.node->connect(taker.node->enode()).ok());
  EXPECT_TRUE(eventually([&] { return !stranger.node->peers().empty(); }));

  std::map<Hash32, int> times;
  std::size_t wrong = 0;
  EXPECT_TRUE(eventually([&] {
    while (auto delivery = taker.port->next_delivery()) {
      ++times[delivery->id];
      const std::vector<std::uint8_t> got = delivery->copy_bytes();
      if (got.size() != kPayloadBytes) {
        ++wrong;
        continue;
      }
      const auto expected = payload(got[0], std::uint32_t{got[1]} << 8 | got[2]);
      if (!std::equal(got.begin(), got.end(), expected.begin())) ++wrong;
    }
    return times.size() == kTotal;
  })) << times.size();
  EXPECT_EQ(wrong, 0U);
  for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << to_hex(id.view());
  EXPECT_EQ(sum_of(*taker.node, "ringwire_refusals_total"), 0U);

  stranger.port.reset();
  stranger.node->stop();
  stop_mesh(senders);
  taker.port.reset();
  taker.node->stop();
}

TEST_P(Relief, APeerThatWeDoNotReadIsNotTakenForSilent) {
  // More than the taker has room for while nobody takes them, and less than the sender's queue holds.
  constexpr std::size_t kMessages = 12'000;
  const Config config = node_config(GetParam(), 1);
  Config watchful = config;
  watchful.limits.ping_interval_ms = 500;
  watchful.limits.idle_timeout_ms = 4'000;
  Member taker = start(watchful);
  ASSERT_TRUE(taker.port->subscribe(MessageKind::topic));
  Member sender = start(config);
  ASSERT_TRUE(sender.node->connect(taker.node->enode()).ok());
  ASSERT_TRUE(joined(taker) && joined(sender));

  for (std::size_t i = 0; i < kMessages; ++i) {
    std::vector<std::uint8_t> bytes(64);
    bytes[0] = static_cast<std::uint8_t>(i);
    bytes[1] = static_cast<std::uint8_t>(i >> 8);
    ASSERT_TRUE(
        eventually([&] { return sender.port->publish_topic("flood", bytes) == PublishResult::accepted; }));
  }
  const auto paused = [&] { return sum_of(*taker.node, "ringwire_paused") == 1; };
  ASSERT_TRUE(eventually(paused));

  // As many as are sent in one and a half times the idle timeout.
  const auto pings = [&] { return sum_of(*taker.node, "ringwire_pings_sent_total"); };
  const std::uint64_t before = pings();
  EXPECT_TRUE(eventually([&] { return pings() >= before + 12 || taker.node->peers().empty(); }));
  EXPECT_TRUE(paused());
  EXPECT_EQ(sum_of(*taker.node, "ringwire_idle_timeouts_total"), 0U);
  EXPECT_EQ(taker.node->peers().size(), 1U);

  std::size_t taken = 0;
  EXPECT_TRUE(eventually([&] {
    while (taker.port->next_delivery()) ++taken;
    return taken == kMessages;
  })) << taken;
  taker.port.reset();
  taker.node->stop();
  sender.port.reset();
  sender.node->stop();
}

std::size_t take(Port& port, std::string_view topic) {
  std::size_t count = 0;
  while (const auto delivery = port.next_delivery()) count += delivery->topic == topic;
  return count;
}

TEST_P(Relief, AMessageThatCannotBeUnpackedForWantOfHeapWaitsAndCostsItsSenderNothing) {
  Config config = node_config(GetParam(), 1);
  config.memory.relay_heap_mb = 16;
  config.gossip.pool_mb = 1;
  Member taker = start(config);
  // Nothing is relayed: the application does not answer.
  ASSERT_TRUE(taker.port->subscribe(MessageKind::topic, Decider::application));
  // What is published and not taken, and what a peer says, leave 3.8 MiB of 17.
  for (std::uint8_t i = 0; i < 3; ++i) {
    ASSERT_EQ(taker.port->publish_topic("large", std::vector<std::uint8_t>(4'000'000, i)),
              PublishResult::accepted);
  }
  RawPeer talker(*taker.node);
  for (std::uint32_t i = 0; i < 300; ++i) {
    std::vector<std::uint8_t> payload(3900);
    store_be(payload.data(), i);
    talker.send(frame_of(wire::MessageType::publish, publish_of("small", payload)));
  }
  ASSERT_TRUE(eventually([&] { return sum_of(*taker.node, "ringwire_deliveries_total") == 303; }));
  EXPECT_EQ(sum_of(*taker.node, "ringwire_heap_refused_total"), 0U);

  RawPeer packer(*taker.node);
  const std::vector<std::uint8_t> zeros(3'000'000);
  packer.send(frame_of(wire::MessageType::publish, packed_publish_of("packed", zeros)));
  EXPECT_TRUE(eventually([&] { return sum_of(*taker.node, "ringwire_paused") == 1; }));
  std::size_t packed = 0;
  EXPECT_TRUE(eventually([&] { return (packed += take(*taker.port, "packed")) == 1; }));
  EXPECT_EQ(sum_of(*taker.node, "ringwire_refusals_total"), 0U);
  EXPECT_EQ(taker.node->peers().size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Node, Relief, testing::Values(DriverChoice::uring, DriverChoice::epoll),
                         driver_name);

}  // namespace
}  // namespace ringwire::test
