// An embedder's own protocol between whole nodes: engine/api/peer_events.hpp over both drivers.
#include <gtest/gtest.h>
#include <poll.h>

#include <map>
#include <stdexcept>
#include <thread>

#include "tests/integration/node/cluster.hpp"
#include "tests/integration/node/raw_peer.hpp"

namespace ringwire::test {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = PeerEventKind;

Bytes pattern(std::size_t size, std::uint64_t seed) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + seed);
  return bytes;
}

struct Party {
  std::unique_ptr<Node> node;
  std::unique_ptr<Port> port;

  // The next event within a long time; it must be of that kind.
  std::optional<PeerEvent> expect(Kind kind) {
    std::optional<PeerEvent> event;
    eventually([&] { return (event = port->next_peer_event()).has_value(); });
    EXPECT_TRUE(event.has_value()) << name(kind);
    if (event) {
      EXPECT_STREQ(name(event->kind), name(kind));
    }
    return event;
  }
};

Party start(const Config& config) {
  Party party;
  auto node = Node::start(config);
  if (!node.ok()) throw std::runtime_error(node.error().findings.front());
  party.node = std::move(*node);
  party.port = party.node->open_port();
  EXPECT_TRUE(party.port->subscribe_to_peers());
  return party;
}

// A thread that answers each request with its bytes until it is told to end.
class Echoing {
 public:
  explicit Echoing(Port& port) : thread_([this, &port] { run(port); }) {}
  ~Echoing() { end(); }
  void end() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run(Port& port) {
    while (!ending_) {
      port.wait(10ms);
      while (const auto event = port.next_peer_event()) {
        if (event->kind != Kind::request) continue;
        while (port.answer(event->token, event->copy_bytes()) == SendResult::full && !ending_) port.wait(1ms);
      }
    }
  }
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

class App : public testing::TestWithParam<std::tuple<DriverChoice, bool>> {
 protected:
  [[nodiscard]] static Config config() {
    Config config = node_config(std::get<0>(GetParam()), 2);
    config.insecure_plaintext = !std::get<1>(GetParam());
    return config;
  }
  void connect() {
    ASSERT_TRUE(a.node->connect(b.node->enode()).ok());
    EXPECT_EQ(a.expect(Kind::began)->peer, b.node->id());
    EXPECT_EQ(b.expect(Kind::began)->peer, a.node->id());
  }
  ~App() override {
    for (Party* party : {&a, &b}) party->port.reset();
  }

  Party a = start(config());
  Party b = start(config());
};

TEST_P(App, EveryRequestIsAnsweredOnceWithItsOwnBytes) {
  connect();
  Echoing echoing(*b.port);
  constexpr std::uint64_t kRequests = 20'000;
  std::map<RequestNumber, Bytes> open;
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;
  const bool all = eventually([&] {
    while (asked < kRequests) {
      const Bytes bytes = pattern(asked % 1000 == 0 ? 150'000 : asked % 300, asked);
      const auto number = a.port->send_request(b.node->id(), bytes, 30s);
      if (!number.ok()) {
        EXPECT_EQ(number.error(), SendResult::full);
        break;
      }
      EXPECT_TRUE(open.emplace(*number, bytes).second);
      ++asked;
    }
    a.port->wait(1ms);
    while (const auto event = a.port->next_peer_event()) {
      EXPECT_STREQ(name(event->kind), "answered");
      const auto found = open.find(event->request);
      EXPECT_TRUE(found != open.end() && event->copy_bytes() == found->second);
      if (found != open.end()) open.erase(found);
      ++answered;
    }
    return answered == kRequests;
  });
  EXPECT_TRUE(all) << answered << " of " << asked;
  EXPECT_EQ(sum_of(*a.node, "ringwire_app_dropped_total"), 0U);
  EXPECT_EQ(sum_of(*b.node, "ringwire_app_dropped_total"), 0U);
  EXPECT_EQ(sum_of(*b.node, "ringwire_app_received_total", "request"), kRequests);
}

TEST_P(App, LargeDataArrivesWholeAndWhatIsTooLargeIsRefused) {
  connect();
  for (const std::size_t size : {0U, 1U, 4'096U, 100'000U, 4'000'000U}) {
    ASSERT_EQ(a.port->send_data(b.node->id(), pattern(size, 5)), SendResult::accepted) << size;
    EXPECT_TRUE(b.expect(Kind::data)->copy_bytes() == pattern(size, 5)) << size;
  }
  EXPECT_EQ(a.port->send_data(b.node->id(), Bytes(4 << 20)), SendResult::too_large);
  EXPECT_EQ(a.port->send_request(b.node->id(), Bytes(1 << 20), 1s).error(), SendResult::too_large);
  EXPECT_EQ(a.port->send_data(a.node->id(), Bytes(1)), SendResult::no_such_peer);
}

TEST_P(App, RequestsTimeOutAreCancelledAndEndWithTheirPeer) {
  connect();
  const auto ask = [&](Duration deadline) { return *a.port->send_request(b.node->id(), Bytes(1), deadline); };
  const auto asked = std::chrono::steady_clock::now();
  const RequestNumber slow = ask(200ms);
  EXPECT_EQ(a.expect(Kind::timed_out)->request, slow);
  EXPECT_GE(std::chrono::steady_clock::now() - asked, 200ms);
  const RequestNumber unwanted = ask(30s);
  EXPECT_TRUE(a.port->cancel(unwanted));
  EXPECT_EQ(a.expect(Kind::cancelled)->request, unwanted);
  const RequestNumber orphan = ask(30s);
  // Late answers are no offence.
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(b.port->answer(b.expect(Kind::request)->token, Bytes(1)), SendResult::accepted);
  EXPECT_TRUE(eventually([&] { return sum_of(*a.node, "ringwire_app_dropped_total", "late_answer") == 2; }));
  EXPECT_EQ(sum_of(*a.node, "ringwire_ledger_charges_total", "unasked_answer"), 0U);
  a.node->disconnect(b.node->id());
  EXPECT_EQ(a.expect(Kind::gone)->request, orphan);
  a.expect(Kind::ended);
}

TEST_P(App, OneSubscriberAtATimeAndTheNextOneLearnsWhoIsThere) {
  connect();
  auto second = a.node->open_port();
  EXPECT_FALSE(second->subscribe_to_peers());
  EXPECT_FALSE(second->next_peer_event().has_value());
  EXPECT_EQ(second->send_data(b.node->id(), Bytes(1)), SendResult::no_such_peer);
  ASSERT_EQ(b.port->send_data(a.node->id(), Bytes(100'000)), SendResult::accepted);
  EXPECT_TRUE(eventually([&] { return sum_of(*a.node, "ringwire_app_received_total", "data") == 1; }));
  a.port = std::move(second);  // the first one goes with an event that nobody read
  EXPECT_TRUE(a.port->subscribe_to_peers());
  EXPECT_EQ(a.expect(Kind::began)->peer, b.node->id());
}

TEST_P(App, ADescriptorIsReadableAsLongAsSomethingOfEitherKindIsThere) {
  connect();
  ASSERT_TRUE(a.port->subscribe(MessageKind::topic));
  const auto readable = [&](int timeout_ms) {
    pollfd watched{a.port->descriptor(), POLLIN, 0};
    return poll(&watched, 1, timeout_ms) > 0;
  };
  const auto take = [&] {
    int taken = 0;
    while (a.port->next_delivery()) ++taken;
    while (a.port->next_peer_event()) ++taken;
    return taken;
  };
  take();
  EXPECT_FALSE(readable(20));
  constexpr int kEach = 200;
  std::thread feeder([&] {
    for (int i = 0; i < kEach; ++i) {
      while (b.port->send_data(a.node->id(), Bytes(10)) != SendResult::accepted) b.port->wait(1ms);
      Bytes payload(4);
      store_be(payload.data(), static_cast<std::uint32_t>(i));
      EXPECT_EQ(b.port->publish_topic("t", payload), PublishResult::accepted);
      if (i % 10 == 0) std::this_thread::sleep_for(1ms);
    }
  });
  int taken = 0;
  while (taken < 2 * kEach && readable(10'000)) taken += take();
  feeder.join();
  EXPECT_EQ(taken, 2 * kEach);
  take();
  EXPECT_FALSE(readable(20));
  // Only one kind was looked for.
  ASSERT_EQ(b.port->send_data(a.node->id(), Bytes(10)), SendResult::accepted);
  ASSERT_TRUE(readable(10'000));
  EXPECT_FALSE(a.port->next_delivery().has_value());
  EXPECT_TRUE(readable(0));
}

TEST_P(App, PortsThatLeaveWhileAllSpeakLoseNoReference) {
  connect();
  for (int round = 0; round < 5; ++round) {
    Echoing echoing(*b.port);
    for (int i = 0; i < 500; ++i) {
      static_cast<void>(a.port->send_request(b.node->id(), pattern(5'000, 1), 1s));
      if (i % 100 == 0) a.port->next_peer_event();
    }
    a.port.reset();
    a.port = a.node->open_port();
    ASSERT_TRUE(a.port->subscribe_to_peers());
    EXPECT_EQ(a.expect(Kind::began)->peer, b.node->id());
  }
  EXPECT_EQ(sum_of(*a.node, "ringwire_ledger_charges_total", "unasked_answer"), 0U);
  EXPECT_TRUE(eventually([&] { return sum_of(*a.node, "ringwire_app_asked") == 0; }));
  // And nodes that stop.
  Echoing echoing(*b.port);
  for (int i = 0; i < 100; ++i) static_cast<void>(a.port->send_request(b.node->id(), pattern(5'000, 1), 1s));
  a.node->stop();
  EXPECT_EQ(a.port->send_data(b.node->id(), Bytes(1)), SendResult::stopped);
}

std::string both_names(const testing::TestParamInfo<std::tuple<DriverChoice, bool>>& info) {
  return driver_name({std::get<0>(info.param), 0}) + (std::get<1>(info.param) ? "_tls" : "_plain");
}
INSTANTIATE_TEST_SUITE_P(Drivers, App,
                         testing::Combine(testing::Values(DriverChoice::uring, DriverChoice::epoll),
                                          testing::Bool()),
                         both_names);

// What no node of ours sends.
TEST(AppFromStrangers, UnaskedAnswersAreChargedAndShortRecordsEndTheSession) {
  Party party = start(node_config(DriverChoice::automatic, 2));
  RawPeer peer(*party.node);
  party.expect(Kind::began);
  peer.send(frame_of(wire::MessageType::app_response, Bytes(8)));
  EXPECT_TRUE(
      eventually([&] { return sum_of(*party.node, "ringwire_app_dropped_total", "unasked_answer") == 1; }));
  EXPECT_TRUE(
      eventually([&] { return sum_of(*party.node, "ringwire_ledger_charges_total", "unasked_answer") > 0; }));
  peer.send(frame_of(wire::MessageType::app_request, Bytes(7)));
  party.expect(Kind::ended);
  EXPECT_EQ(sum_of(*party.node, "ringwire_messages_malformed_total", "wrong_size"), 1U);
  party.port.reset();
}

}  // namespace
}  // namespace ringwire::test
