// What operators' tools meet: answers go out whole, whatever the client and the node do meanwhile, and a node
// that stops says so to its end.
#include "engine/node/http_desk.hpp"

#include <string>

#include "tests/unit/engine/node/one_shard.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using driver::EventKind;

constexpr std::string_view kWhere = "GET /nowhere HTTP/1.1\r\nHost: node\r\n\r\n";
constexpr std::string_view kReady = "GET /readyz HTTP/1.1\r\nHost: node\r\n\r\n";
constexpr std::string_view kEndOfWhere = "/latency\n";

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

// --- the desk by itself

class HttpDeskTest : public OneShard {
 protected:
  // A client that has connected.
  driver::ConnectionId client() {
    const driver::ConnectionId id = accept();
    desk.on_accepted(id);
    return id;
  }
  void serve_closed() {
    driver->wait({});
    for (driver::Event event; driver->next(event);) {
      if (event.kind == EventKind::closed) desk.on_closed(event.connection);
    }
  }

  const metrics::Registry registry;
  LedgerDesk ledger{context, {}};
  HttpDesk desk{context, registry, ledger};
};

TEST_F(HttpDeskTest, AClientThatClosedItsSideIsStillAnswered) {
  const driver::ConnectionId id = client();
  desk.on_received(id, as_bytes(kWhere));
  desk.on_ended(id, 0);
  serve_closed();
  EXPECT_FALSE(desk.empty());
  desk.on_rest_sent(id);
  serve_closed();
  EXPECT_TRUE(desk.empty());
}

TEST_F(HttpDeskTest, AClientThatIsGoneIsLetGo) {
  const driver::ConnectionId without_request = client();
  desk.on_ended(without_request, 0);
  serve_closed();
  const driver::ConnectionId broken = client();
  desk.on_received(broken, as_bytes(kWhere));
  desk.on_ended(broken, ECONNRESET);
  serve_closed();
  EXPECT_TRUE(desk.empty());
}

TEST_F(HttpDeskTest, NoDeadlineOutlivesItsConnection) {
  const driver::ConnectionId first = client();
  EXPECT_EQ(desk.next_deadline(), context.time() + transport::kHttpDeadline);
  desk.on_ended(first, 0);
  EXPECT_EQ(desk.next_deadline(), kNever);
  serve_closed();
  EXPECT_EQ(desk.next_deadline(), kNever);
}

// --- on a node

class HttpStopTest : public ::testing::Test {
 protected:
  static SimNode::Options serving() {
    SimNode::Options options;
    options.http = true;
    return options;
  }
  static SimNode::Options peer() {
    SimNode::Options options;
    options.address = 1;
    options.key = 2;
    return options;
  }
  driver::ConnectionId connect() {
    const driver::ConnectionId id = client_.dial(node_.http_endpoint());
    world_.run_for(100ms);
    EXPECT_EQ(client_.connected, ++dialled_);
    return id;
  }

  // So little on its way that no answer fits.
  World world_{11, {.in_flight_bytes_max = 64}};
  SimNode node_{world_, serving()};
  SimNode peer_{world_, peer()};
  Stranger client_{world_, 2, 8};
  std::uint32_t dialled_ = 0;
};

TEST_F(HttpStopTest, SaysToTheEndThatItIsStopping) {
  peer_.dial(0, node_);
  ASSERT_TRUE(world_.run_until([&] { return node_.established() == 1; }));
  client_.say(connect(), kReady);
  world_.run_for(100ms);
  EXPECT_NE(client_.heard.find("200"), std::string::npos) << client_.heard;

  // A peer that does not read keeps the node busy with stopping.
  peer_.hold();
  node_.publish(1, 2'000);
  world_.run_for(100ms);
  node_.stop();
  world_.run_for(100ms);
  client_.heard.clear();
  client_.say(connect(), kReady);
  world_.run_for(100ms);
  EXPECT_NE(client_.heard.find("503"), std::string::npos) << client_.heard;
  EXPECT_FALSE(node_.ended(0));
  EXPECT_TRUE(world_.run_until([&] { return node_.ended(0); }, 2s));
}

TEST_F(HttpStopTest, SendsAnAnswerToItsEnd) {
  const driver::ConnectionId id = connect();
  client_.say(id, kWhere);
  client_.hold();
  world_.run_for(100ms);
  node_.stop();
  world_.run_for(100ms);
  EXPECT_FALSE(node_.ended(0));
  client_.let_go();
  EXPECT_TRUE(world_.run_until([&] { return node_.ended(0); }, 2s));
  world_.run_for(100ms);
  EXPECT_TRUE(ends_with(client_.heard, kEndOfWhere)) << client_.heard;
}

TEST_F(HttpStopTest, WaitsForNobodyWhoDoesNotReadOrAsk) {
  const driver::ConnectionId reads_nothing = connect();
  connect();  // and asks nothing
  client_.say(reads_nothing, kWhere);
  client_.hold();
  world_.run_for(100ms);
  node_.stop();
  EXPECT_TRUE(world_.run_until([&] { return node_.ended(0); }, 2s));
}

}  // namespace
}  // namespace ringwire::node
