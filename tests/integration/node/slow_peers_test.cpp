// Peers that take their time: nobody else may notice, and receive buffers are not what they hold.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "codec/wire/publish.hpp"
#include "tests/integration/node/cluster.hpp"
#include "tests/integration/node/raw_peer.hpp"

namespace ringwire::test {
namespace {

struct SlowPeers : testing::TestWithParam<DriverChoice> {
  void SetUp() override {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    constexpr rlim_t kNeeded = 8192;
    if (limit.rlim_max < kNeeded) GTEST_SKIP() << "at most " << limit.rlim_max << " open files are allowed";
    limit.rlim_cur = std::max(limit.rlim_cur, kNeeded);
    setrlimit(RLIMIT_NOFILE, &limit);
  }
};

// Two nodes; the first has room for a crowd and the receive buffers of the default configuration.
std::vector<Member> start_pair(DriverChoice driver) {
  Config config = node_config(driver, 2);
  config.memory.receive_buffers = MemoryConfig{}.receive_buffers;
  config.limits.connections_max = 1400;
  config.limits.inbound_max = 1200;
  return start_mesh(config, 2);
}

// Both publish, both deliver everything once.
void exchange(std::vector<Member>& pair, TransactionSource& source, std::size_t count) {
  const std::size_t before = pair[0].delivered.size();
  for (std::size_t i = 0; i < count; ++i)
    ASSERT_EQ(pair[i % 2].port->publish_transaction(source.next()), PublishResult::accepted);
  for (Member& member : pair) {
    EXPECT_TRUE(eventually([&] {
      member.collect();
      return member.delivered.size() >= before + count;
    }));
    for (const auto& [id, times] : member.delivered) EXPECT_EQ(times, 1) << to_hex(id.view());
  }
}

void expect_no_scarcity(const Node& node) {
  EXPECT_EQ(sum_of(node, "ringwire_driver_pool_exhausted_total"), 0U);
  EXPECT_EQ(sum_of(node, "ringwire_pool_low_turns_total"), 0U);
  EXPECT_EQ(sum_of(node, "ringwire_refusals_total"), 0U);
  EXPECT_EQ(sum_of(node, "ringwire_disconnects_sent_total"), 0U);
}

TEST_P(SlowPeers, AThousandThatSendAByteASecondAndOneThatStallsDoNotSlowTheOthers) {
  constexpr std::size_t kCrawlers = 1000;
  constexpr std::size_t kSeconds = 5;
  auto pair = start_pair(GetParam());
  const Node& node = *pair[0].node;
  std::vector<RawPeer> crawlers;
  crawlers.reserve(kCrawlers);
  for (std::size_t i = 0; i < kCrawlers; ++i) crawlers.emplace_back(node);
  EXPECT_EQ(sum_of(node, "ringwire_sessions"), kCrawlers + 1);

  RawPeer stalled(node);
  const std::vector<std::uint8_t> message(128 * 1024, 0x55);
  const auto whole = frame_of(wire::MessageType::publish, publish_of("stall", message));
  stalled.send(ByteView(whole).first(whole.size() / 2));

  TransactionSource source;
  const auto slow = frame_of(wire::MessageType::publish, publish_of("slow", ByteView(message).first(1000)));
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t second = 0; second < kSeconds; ++second) {
    for (std::size_t i = 0; i < kCrawlers; ++i) {
      crawlers[i].send(ByteView(slow).subspan(second, 1));
      // Spread over the second, as they would be.
      if (i % 10 == 0) std::this_thread::sleep_until(start + std::chrono::milliseconds(second * 1000 + i));
    }
    exchange(pair, source, 40);
  }
  expect_no_scarcity(node);
  EXPECT_EQ(sum_of(node, "ringwire_sessions"), kCrawlers + 2) << "slow is not wrong";
  // A partial frame holds 4 at most (of the one that stalls), whatever it is owed; one byte holds none.
  EXPECT_TRUE(eventually([&] { return sum_of(node, "ringwire_receive_buffers_held") <= 4; }));

  // What was begun is a message all the same.
  ASSERT_TRUE(pair[0].port->subscribe(MessageKind::topic));
  stalled.send(ByteView(whole).subspan(whole.size() / 2));
  std::optional<Delivery> delivery;
  ASSERT_TRUE(eventually([&] {
    delivery = pair[0].port->next_delivery();
    return delivery && delivery->kind == MessageKind::topic;
  }));
  EXPECT_EQ(delivery->id, wire::publish_id(as_bytes(std::string_view("stall")), message));
  delivery.reset();
  crawlers.clear();
  EXPECT_TRUE(eventually([&] { return sum_of(node, "ringwire_sessions") == 2; }));
  stop_mesh(pair);
}

INSTANTIATE_TEST_SUITE_P(Node, SlowPeers, testing::Values(DriverChoice::uring, DriverChoice::epoll),
                         driver_name);

}  // namespace
}  // namespace ringwire::test
