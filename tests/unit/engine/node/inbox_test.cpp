// What arrives on a connection that waits is held where there is room for it; a ping is answered although
// much waits for its sender.
#include "engine/node/inbox.hpp"

#include <algorithm>

#include "codec/crypto/checksum.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/node/admission.hpp"
#include "tests/unit/engine/node/one_shard.hpp"

namespace ringwire::node {
namespace {

using wire::DisconnectReason;

class InboxTest : public OneShard {
 protected:
  static constexpr std::uint32_t kBufferBytes = 16 * 1024;

  explicit InboxTest(const Settings& chosen = {}) : OneShard(chosen) {}

  ~InboxTest() override {
    outbox_.forget(session_);
    sessions.close(session_);
    outbox_.clear();
  }

  // Established, and reads nothing.
  Session& accepted(std::uint64_t source = 1) {
    const driver::ConnectionId id = accept();
    admission_.on_accepted(id);
    Session* const session = sessions.find(id);
    RW_ASSERT(session != nullptr);
    session->source = {source};
    session->parser.set_authenticated();
    session->state = session::ConnectionState::established;
    session->liveness.emplace(session::LivenessConfig{}, context.time(), context.counters.sessions.liveness);
    sessions.add_established(*session);
    return *session;
  }

  // A small piece in a buffer of a receive pool.
  Slice piece() { return pool_.make(kBufferBytes).sub(0, 10); }

  // As it arrives.
  Slice frame(wire::MessageType type, ByteView payload) {
    const auto bytes = static_cast<std::uint32_t>(payload.size());
    Slice frame = pool_.make(kBufferBytes).sub(0, wire::kFrameHeaderBytes + bytes);
    const auto out = HeapBuffers::writable(frame);
    std::ranges::copy(payload, out.subspan(wire::kFrameHeaderBytes).begin());
    const ByteView checked = payload.subspan(type == wire::MessageType::publish ? 1 : 0);
    wire::encode({type, false, bytes, crypto::checksum(checked), 0}, out.first<wire::kFrameHeaderBytes>());
    return frame;
  }
  Slice ping(std::uint32_t bytes) {
    std::vector<std::uint8_t> payload(bytes);
    wire::encode_ping(1, payload);
    return frame(wire::MessageType::ping, payload);
  }
  // Takes the heap but for `left` bytes.
  std::vector<Slice> full_heap(std::uint64_t left = 0) {
    std::vector<Slice> filled;
    while (context.heap.used_bytes() + left < context.heap.limit_bytes()) {
      Slice taken = context.heap.make(1);
      if (taken.empty()) break;
      filled.push_back(std::move(taken));
    }
    return filled;
  }
  void turn() {
    outbox_.commit();
    driver->wait({});
    outbox_.after_wait();
  }

  HeapBuffers pool_{kHeapBytes};
  std::vector<ShardLoad> loads_{1};
  shard::TimerWheel timers_{context.time()};
  Relief relief_{context, sessions};
  Outbox outbox_{context, sessions};
  LedgerDesk ledger_{context, {}};
  security::BanList bans_;
  SourceDesk sources_{context, {}};
  AppDesk app_{context, sessions, outbox_, timers_, ledger_};
  Connections connections_{context, sessions, outbox_, timers_, ledger_, sources_, bans_, app_, loads_};
  Admission admission_{context, sessions, connections_, sources_, bans_, loads_};
  ClaimsDesk claims_{context, sessions, connections_, outbox_};
  GossipDesk gossip_{context, outbox_, {}, nullptr};
  Securing securing_{context, connections_, outbox_};
  RateDesk rates_{context, connections_, sources_, {}};
  CreditDesk credits_{context, connections_, outbox_};
  Unfinished unfinished_{context, sessions, connections_};
  Inbox inbox_{context, connections_, claims_, gossip_,  app_,       outbox_,
               relief_, securing_,    rates_,  credits_, unfinished_};
  Session& session_ = accepted();
};

TEST_F(InboxTest, AFullHeapCostsNobodyHisPlaceWhileThereAreReceiveBuffers) {
  const std::vector<Slice> filled = full_heap();
  session_.interrupted = std::make_unique<Interrupted>();
  inbox_.on_received(session_, piece());
  EXPECT_TRUE(session_.established());
  EXPECT_EQ(session_.held.size(), 1U);
  EXPECT_EQ(context.counters.out_of_heap.value(), 0U);
}

TEST_F(InboxTest, APingIsAnsweredWhateverIsRelayedToItsSenderButAFloodOfPingsIsNot) {
  outbox_.join(session_);
  for (int i = 0; i < 5; ++i) {
    SliceChain message(context.heap.make(20'000));
    std::ranges::fill(HeapBuffers::writable(message[0]), std::uint8_t{1});
    outbox_.relay(wire::MessageType::transactions, std::array<std::uint8_t, 1>{1}, message, {});
    turn();
  }
  ASSERT_GT(session_.egress.queued_bytes(), session::Liveness::kPongsQueuedMax);

  const auto& withheld = context.counters.sessions.liveness.pongs_withheld;
  inbox_.on_received(session_, ping(16));
  turn();
  EXPECT_EQ(withheld.value(), 0U);
  EXPECT_GT(session_.egress.queued_bytes(wire::TrafficClass::consensus), 0U);

  for (std::uint32_t sent = 0; sent < 2 * session::Liveness::kPongsQueuedMax; sent += wire::kPingBytesMax) {
    inbox_.on_received(session_, ping(wire::kPingBytesMax));
    turn();
  }
  EXPECT_TRUE(session_.established());
  EXPECT_GT(withheld.value(), 0U);
  EXPECT_LT(session_.egress.queued_bytes(wire::TrafficClass::consensus),
            session::Liveness::kPongsQueuedMax + 2 * wire::kPingBytesMax);
}

// --- credit

struct AStreamOfFragments : InboxTest {
  static constexpr std::uint8_t kSync = 3;
  static constexpr std::uint32_t kPieceBytes = 8 * 1024;

  // The next piece of a message of the class sync that does not end soon.
  Slice piece_of_message() {
    std::vector<std::uint8_t> payload{kSync, static_cast<std::uint8_t>(begun_ ? 0 : 1)};
    if (!begun_) {
      std::array<std::uint8_t, wire::kFrameHeaderBytes> inner;
      wire::encode({wire::MessageType::node_data, false, 400'000, 0, {}}, inner);
      payload.insert(payload.end(), inner.begin(), inner.end());
    }
    begun_ = true;
    payload.resize(kPieceBytes);
    return frame(wire::MessageType::fragment, payload);
  }
  void receive(int pieces) {
    session_.timer.emplace([](void*, Instant) {}, &session_);
    for (int i = 0; i < pieces; ++i) inbox_.on_received(session_, piece_of_message());
  }

  bool begun_ = false;
};

TEST_F(AStreamOfFragments, IsGrantedMoreAsItComes) {
  receive(16);
  EXPECT_TRUE(session_.established());
  EXPECT_EQ(credits_.counters().granted_bytes.value(), 16 * kPieceBytes);
  EXPECT_EQ(credits_.counters().withheld.value(), 0U);
}

TEST_F(AStreamOfFragments, IsGrantedNothingWhileMemoryIsShortAndThenWhatItWasOwed) {
  std::vector<Slice> filled = full_heap(kHeapBytes / 8);
  receive(8);
  EXPECT_TRUE(session_.established());
  EXPECT_EQ(credits_.counters().granted_bytes.value(), 0U);
  EXPECT_EQ(credits_.counters().withheld.value(), 1U);
  // The time until then is not its sender's.
  const Instant due = session_.assembler.next_deadline();
  context.now.monotonic = context.now.monotonic + 20s;
  credits_.run();
  EXPECT_EQ(credits_.counters().granted_bytes.value(), 0U);
  filled.clear();
  credits_.run();
  EXPECT_EQ(credits_.counters().granted_bytes.value(), 8 * kPieceBytes);
  EXPECT_EQ(session_.assembler.next_deadline(), due + 20s);
  receive(8);
  EXPECT_TRUE(session_.established());
}

TEST_F(AStreamOfFragments, EndsItsSessionWhereThereIsNoCreditForIt) {
  const std::vector<Slice> filled = full_heap(kHeapBytes / 8);
  receive(8);
  ASSERT_TRUE(session_.established());
  receive(1);
  EXPECT_EQ(session_.state, session::ConnectionState::leaving);
  EXPECT_EQ(session_.farewell, wire::DisconnectReason::bad_protocol);
  EXPECT_EQ(credits_.counters().exceeded.value(), 1U);
}

TEST_F(InboxTest, CreditThatOverflowsEndsItsSession) {
  const auto update = [&](std::uint32_t credit) {
    std::array<std::uint8_t, wire::kWindowUpdateBytes> payload;
    wire::encode(wire::WindowUpdate{wire::TrafficClass::sync, credit}, payload);
    inbox_.on_received(session_, frame(wire::MessageType::window_update, payload));
  };
  session_.timer.emplace([](void*, Instant) {}, &session_);
  update(1);
  update(session::SendCredit::kMax - wire::kInitialCredit[3] - 1);
  EXPECT_TRUE(session_.established());
  update(1);
  EXPECT_EQ(session_.state, session::ConnectionState::leaving);
  EXPECT_EQ(context.counters.malformed[wire::Malformed::bad_value].value(), 1U);
}

// Frames and fragments that do not become whole; time goes on between them.
class UnfinishedTest : public InboxTest {
 protected:
  static constexpr std::uint32_t kLength = 400'000;
  static constexpr std::uint32_t kMost = kHeapBytes / 4 - 10'000;  // two of them leave little of the budget

  UnfinishedTest() {
    session_.timer.emplace([](void*, Instant) {}, &session_);
  }
  ~UnfinishedTest() override {
    for (Session* each : others_) {
      outbox_.forget(*each);
      sessions.close(*each);
    }
  }
  Session& other() {
    Session& session = *others_.emplace_back(&accepted(2 + others_.size()));
    session.timer.emplace([](void*, Instant) {}, &session);
    return session;
  }
  // The first `bytes` of a frame with a payload of `length`.
  void send(Session& session, std::uint32_t length, std::uint32_t bytes) {
    context.now.monotonic = context.now.monotonic + 1ms;
    const std::vector<std::uint8_t> payload(length);
    std::vector<std::uint8_t> whole(wire::kFrameHeaderBytes + length);
    wire::encode({wire::MessageType::app_data, false, length, crypto::checksum(payload), 0},
                 std::span(whole).first<wire::kFrameHeaderBytes>());
    for (std::uint32_t at = 0; at < bytes && session.established();) {
      Slice slice = pool_.make(kBufferBytes).sub(0, std::min(kBufferBytes, bytes - at));
      std::copy_n(whole.begin() + at, slice.size(), HeapBuffers::writable(slice).begin());
      at += slice.size();
      inbox_.on_received(session, std::move(slice));
    }
  }
  void send_whole(Session& session, std::uint32_t length) {
    send(session, length, wire::kFrameHeaderBytes + length);
  }
  // The first fragment of a message of `length` bytes.
  void send_fragment(Session& session, std::uint32_t length) {
    context.now.monotonic = context.now.monotonic + 1ms;
    constexpr wire::MessageType kInner = wire::MessageType::app_data;
    std::vector<std::uint8_t> payload(wire::kFragmentHeaderBytes + wire::kFrameHeaderBytes + 10'000);
    const auto slot = static_cast<std::uint8_t>(wire::rules_of(kInner).traffic_class);
    wire::encode_fragment_header({slot, true}, std::span(payload).first<wire::kFragmentHeaderBytes>());
    wire::encode({kInner, false, length, 0, 0},
                 std::span(payload).subspan(wire::kFragmentHeaderBytes).first<wire::kFrameHeaderBytes>());
    inbox_.on_received(session, frame(wire::MessageType::fragment, payload));
  }
  [[nodiscard]] std::uint64_t used() const { return context.assembly.used_bytes; }
  [[nodiscard]] std::uint64_t given_up() const { return context.counters.unfinished.value(); }

  std::vector<Session*> others_;
};

TEST_F(UnfinishedTest, AFrameCountsUntilItIsWholeAndASmallOneNever) {
  send(session_, wire::kLinearBytesMax - wire::kFrameHeaderBytes, 1'000);
  EXPECT_EQ(used(), 0U);
  Session& large = other();
  send(large, kLength, 100'000);
  EXPECT_EQ(used(), 100'000U);
  sessions.close(large);
  others_.clear();
  EXPECT_EQ(used(), 0U);
  Session& next = other();
  send_whole(next, 100'000);
  EXPECT_EQ(used(), 0U);
  EXPECT_EQ(next.frame.bytes(), 0U);
}

TEST_F(UnfinishedTest, TheOneBegunFirstGivesWayAndItsMemoryIsThereAtOnce) {
  Session& first = other();
  Session& second = other();
  Session& voter = other();
  send(voter, 1'000, 500);  // the oldest of all, and small
  send(first, kLength, kMost);
  send(second, kLength, kMost);
  EXPECT_EQ(used(), 2 * kMost);
  send_whole(session_, 200'000);
  EXPECT_TRUE(session_.established());
  EXPECT_FALSE(first.established());
  EXPECT_EQ(first.farewell, DisconnectReason::out_of_memory);
  EXPECT_TRUE(second.established() && voter.established());
  EXPECT_EQ(given_up(), 1U);
  EXPECT_EQ(used(), kMost);
  // What it goes on to say is not read.
  inbox_.on_received(first, piece());
  EXPECT_EQ(used(), kMost);
}

TEST_F(UnfinishedTest, FragmentsAndFramesMakeRoomForEachOther) {
  Session& first = other();
  Session& second = other();
  send(first, kLength, kMost);
  send(second, kLength, kMost);
  send_fragment(session_, 100'000);
  EXPECT_TRUE(session_.established());
  EXPECT_FALSE(first.established());
  EXPECT_EQ(used(), kMost + session::kOpenMessageBytes + 10'000U);
  Session& third = other();
  send(third, kLength, kMost);
  EXPECT_TRUE(second.established());
  send(third, kLength, 12'000);  // more of the same frame
  EXPECT_FALSE(second.established());
  EXPECT_EQ(given_up(), 2U);
  send(other(), kLength, 255'000);
  EXPECT_FALSE(session_.established());
  EXPECT_EQ(given_up(), 3U);
}

TEST_F(UnfinishedTest, WhoIsTheOldestItselfIsRefused) {
  Session& later = other();
  send(session_, 2 * kLength, kMost);
  send(later, kLength, kMost);
  send(session_, 2 * kLength, 30'000);  // more of the same frame
  EXPECT_FALSE(session_.established());
  EXPECT_TRUE(later.established());
  EXPECT_EQ(context.counters.sessions.frame_errors[wire::FrameError::no_memory].value(), 1U);
  EXPECT_EQ(given_up(), 0U);
}

struct ALimitedPeersInbox : InboxTest {
  static Settings limited() {
    Settings settings;
    settings.treat_loopback_as_public = true;
    for (security::Rates& rates : settings.rates.each) rates.each.fill(security::kUnlimited);
    settings.rates[security::Level::peer][security::Resource::messages] = {
        0, security::Meter::kSlice[security::Resource::messages]};
    return settings;
  }
  ALimitedPeersInbox() : InboxTest(limited()) {}
};

TEST_F(ALimitedPeersInbox, AMessageThatWaitsForRoomIsPaidForOnce) {
  std::vector<Slice> filled = full_heap();
  const std::array<std::uint8_t, 5> message{8, 1, 't', 0, 'x'};
  inbox_.on_received(session_, frame(wire::MessageType::publish, message));
  ASSERT_NE(session_.interrupted, nullptr);
  for (int i = 0; i < 10; ++i) inbox_.read_on();
  ASSERT_NE(session_.interrupted, nullptr);
  filled.clear();
  inbox_.read_on();
  ASSERT_EQ(session_.interrupted, nullptr);
  std::uint64_t left = 0;
  session_.timer.emplace([](void*, Instant) {}, &session_);
  while (rates_.admits(session_, wire::MessageType::app_data, 1)) ++left;
  EXPECT_EQ(left, security::Meter::kSlice[security::Resource::messages] / security::kThing - 1);
}

}  // namespace
}  // namespace ringwire::node
