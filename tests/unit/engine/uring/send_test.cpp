#include <algorithm>

#include "codec/base/prng.hpp"
#include "engine/uring/send_batch.hpp"
#include "tests/unit/engine/uring/world.hpp"

namespace ringwire::uring {
namespace {

using driver::ConnectionId;
using driver::Event;
using driver::EventKind;

class Send : public World {
 protected:
  static std::vector<ByteView> cut(std::string_view text, std::size_t pieces) {
    std::vector<ByteView> views;
    const std::size_t each = std::max<std::size_t>(1, text.size() / pieces);
    while (views.size() + 1 < pieces && text.size() > each) {
      views.push_back(as_bytes(text.substr(0, each)));
      text.remove_prefix(each);
    }
    views.push_back(as_bytes(text));
    return views;
  }
};

TEST_F(Send, WhatIsTakenWholeReportsNothing) {
  start();
  const auto [id, peer] = connected();
  const ByteView piece = as_bytes("hello");
  driver_->send(id, {&piece, 1});
  turn([](Event&) { FAIL(); });
  EXPECT_TRUE(driver_->unsent().empty());
  EXPECT_EQ(peer.read_some(), "hello");
  EXPECT_EQ(driver_->counters().sent_bytes.value(), 5U);
}

TEST_F(Send, MoreGatherListsThanTheArenaHoldsAreSubmittedEarly) {
  start();
  constexpr std::size_t kPeers = 64;
  std::vector<Peer> peers;
  std::vector<ConnectionId> ids;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kPeers; ++i) {
    auto [id, peer] = connected();
    ids.push_back(id);
    peers.push_back(std::move(peer));
    std::string text;
    while (text.size() < 2000) text += std::to_string(i) + ",";
    texts.push_back(text);
  }
  static_assert(kPeers * driver::Driver::kPiecesMax > SendBatch::kPieces);
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < kPeers; ++i) {
      driver_->send(ids[i], cut(texts[i], driver::Driver::kPiecesMax));
    }
    turn([](Event&) { FAIL(); }, {});
    EXPECT_TRUE(driver_->unsent().empty());
    for (std::size_t i = 0; i < kPeers; ++i) EXPECT_EQ(peers[i].read_some(), texts[i]);
  }
  EXPECT_GE(driver_->counters().submission_full.value(), 5U);
}

TEST_F(Send, SubmissionQueueOfFourServesManyPeersInOneTurn) {
  start({}, {.sq_entries = 4, .cq_entries = 8});
  std::vector<Peer> peers;
  std::vector<ConnectionId> ids;
  for (int i = 0; i < 50; ++i) {
    auto [id, peer] = connected();
    ids.push_back(id);
    peers.push_back(std::move(peer));
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < ids.size(); ++i) texts.push_back("peer " + std::to_string(i));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const ByteView piece = as_bytes(texts[i]);
    driver_->send(ids[i], {&piece, 1});
  }
  turn([](Event&) { FAIL(); }, {});
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(peers[i].read_some(), texts[i]);
}

// Slow readers, random sizes and cuts: what send() leaves over goes on with send_rest(), and the stream is
// exact.
TEST_F(Send, EveryCutOfAStreamArrivesExact) {
  for (const std::uint32_t cq : {8U, 1024U}) {
    start({}, {.sq_entries = 8, .cq_entries = cq});
    struct Flow {
      ConnectionId id;
      Peer peer;
      std::string text;  // of the send under way
      std::string sent;
      std::string got;
      bool resting = false;
    };
    Prng prng(cq);
    std::vector<Flow> flows;
    for (int i = 0; i < 12; ++i) {
      auto [id, peer] = connected();
      flows.push_back({id, std::move(peer), {}, {}, {}, false});
    }
    const auto find = [&](ConnectionId id) -> Flow& {
      return *std::find_if(flows.begin(), flows.end(), [&](const Flow& flow) { return flow.id == id; });
    };
    const auto one_turn = [&](bool sending) {
      for (Flow& flow : flows) {
        if (!sending || flow.resting || prng.below(3) == 0) continue;
        flow.text.assign(1 + prng.below(prng.below(4) == 0 ? 2'000'000 : 3000),
                         static_cast<char>('a' + prng.below(26)));
        flow.sent += flow.text;
        driver_->send(flow.id, cut(flow.text, 1 + prng.below(40)));
      }
      driver_->wait({});
      for (const driver::Unsent& unsent : driver_->unsent()) {
        ASSERT_EQ(unsent.error, 0);
        Flow& flow = find(unsent.connection);
        ASSERT_LT(unsent.taken, flow.text.size());
        flow.resting = true;
        driver_->send_rest(flow.id,
                           cut(std::string_view(flow.text).substr(unsent.taken), 1 + prng.below(40)));
      }
      Event event;
      while (driver_->next(event)) {
        ASSERT_EQ(event.kind, EventKind::rest_sent);
        ASSERT_EQ(event.error, 0);
        find(event.connection).resting = false;
      }
      for (Flow& flow : flows) {
        if (prng.below(3) == 0) flow.got += flow.peer.read_some(1 + prng.below(400'000)).value_or("");
      }
    };
    for (int i = 0; i < 150; ++i) one_turn(true);
    const auto done = [&] {
      return std::all_of(flows.begin(), flows.end(),
                         [](const Flow& flow) { return flow.got.size() >= flow.sent.size(); });
    };
    for (int i = 0; i < 100'000 && !done(); ++i) one_turn(false);
    std::uint64_t bytes = 0;
    for (const Flow& flow : flows) {
      EXPECT_TRUE(flow.got == flow.sent);
      bytes += flow.sent.size();
    }
    EXPECT_GT(driver_->counters().rest_sends.value(), 0U);
    EXPECT_EQ(driver_->counters().short_sends.value(), driver_->counters().rest_sends.value());
    EXPECT_EQ(driver_->counters().sent_bytes.value(), bytes);
    driver_.reset();
  }
}

TEST_F(Send, ABrokenConnectionIsToldOnce) {
  start();
  auto [id, peer] = connected();
  peer.reset();
  turn([](Event&) { FAIL(); }, {.timeout = 1ms});
  const ByteView piece = as_bytes("anyone?");
  driver_->send(id, {&piece, 1});
  turn([](Event&) { FAIL(); });
  ASSERT_EQ(driver_->unsent().size(), 1U);
  EXPECT_EQ(driver_->unsent()[0].connection, id);
  EXPECT_NE(driver_->unsent()[0].error, 0);
  EXPECT_EQ(driver_->unsent()[0].taken, 0U);
  turn([](Event&) { FAIL(); }, {});
  EXPECT_TRUE(driver_->unsent().empty());
}

TEST_F(Send, ShortSendOfAClosedConnectionIsNotReported) {
  start();
  const auto [id, peer] = connected();
  const std::string much(8 << 20, 'm');
  const ByteView piece = as_bytes(much);
  driver_->send(id, {&piece, 1});
  driver_->close(id, driver::CloseMode::reset);
  turn([&](Event& event) { EXPECT_EQ(event.kind, EventKind::closed); });
  EXPECT_TRUE(driver_->unsent().empty());
  EXPECT_GT(driver_->counters().stale_completions.value(), 0U);
}

}  // namespace
}  // namespace ringwire::uring
