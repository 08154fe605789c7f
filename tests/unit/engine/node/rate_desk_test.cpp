// Who has proven who he is gets what the limits of his peer and of his address allow, and waits for the rest.
#include "engine/node/rate_desk.hpp"

#include "tests/unit/engine/node/one_shard.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

using security::Charge;
using security::Level;
using security::Meter;
using security::Rate;
using security::Resource;
using wire::MessageType;

constexpr NodeId kTrusted{{7}};

Settings limited(Level level, Resource resource, const Rate& rate) {
  Settings settings;
  settings.treat_loopback_as_public = true;
  for (security::Rates& rates : settings.rates.each) rates.each.fill(security::kUnlimited);
  settings.rates[level][resource] = rate;
  settings.trusted = {{kTrusted, IpAddress::v4(10, 0, 0, 9)}};
  return settings;
}

// As many slices at once, and one a second.
Rate slices(Resource resource, std::uint64_t count) {
  return {Meter::kSlice[resource], count * Meter::kSlice[resource]};
}

class RateDeskTest : public OneShard {
 protected:
  explicit RateDeskTest(const Settings& chosen) : OneShard(chosen) {}

  Session& limited_peer(const NodeId& node) {
    Session& session = peer(node.bytes[0]);
    session.node = node;
    session.liveness.emplace(session::LivenessConfig{}, context.time(), context.counters.sessions.liveness);
    session.timer.emplace([](void*, Instant) {}, &session);
    return session;
  }
  void pass(Duration time) { context.now.monotonic = context.now.monotonic + time; }
  int admitted(Session& session, MessageType type, std::uint64_t bytes, int asked) {
    int count = 0;
    while (count < asked && rates_.admits(session, type, bytes)) ++count;
    return count;
  }
  int offences() {
    int count = 0;
    links.receive_control([&](const ControlMessage& message) {
      count += message.kind == ControlKind::charge && message.charge.whom == Charged::node &&
               message.charge.reason == security::Reason::over_limit;
    });
    return count;
  }

  std::vector<ShardLoad> loads_{1};
  shard::TimerWheel timers_{context.time()};
  Outbox outbox_{context, sessions};
  LedgerDesk ledger_{context, {}};
  security::BanList bans_;
  SourceDesk sources_{context, {}};
  AppDesk app_{context, sessions, outbox_, timers_, ledger_};
  Connections connections_{context, sessions, outbox_, timers_, ledger_, sources_, bans_, app_, loads_};
  RateDesk rates_{context, connections_, sources_, {}};
};

struct APeersBytes : RateDeskTest {
  APeersBytes() : RateDeskTest(limited(Level::peer, Resource::bytes, slices(Resource::bytes, 4))) {}
};

TEST_F(APeersBytes, AreReadAsFastAsItsLimitAllows) {
  constexpr int kKiB = 1024;
  Session& session = limited_peer({{1}});
  const int slice = static_cast<int>(Meter::kSlice[Resource::bytes]) / kKiB;
  EXPECT_EQ(admitted(session, MessageType::publish, kKiB, 10'000), 4 * slice);
  EXPECT_EQ(rates_.refused()[Level::peer].value(), 1U);
  EXPECT_TRUE(rates_.holds_back(session));
  EXPECT_LE(timers_.next_deadline(), context.time() + security::kLeaseTime);
  Session& other = limited_peer({{2}});
  EXPECT_TRUE(rates_.admits(other, MessageType::publish, kKiB));

  pass(security::kLeaseTime);
  EXPECT_FALSE(rates_.holds_back(session));
  EXPECT_FALSE(rates_.admits(session, MessageType::publish, kKiB));  // not a whole slice
  pass(900ms);
  EXPECT_EQ(admitted(session, MessageType::publish, kKiB, 10'000), slice);
}

TEST_F(APeersBytes, AreWhatItsIdentityHasLeft) {
  Session& session = limited_peer({{1}});
  ASSERT_TRUE(rates_.admits(session, MessageType::publish, 4 * Meter::kSlice[Resource::bytes]));
  Session& again = limited_peer({{1}});
  EXPECT_FALSE(rates_.admits(again, MessageType::publish, 1));
}

TEST_F(APeersBytes, AreNotCountedWhereItIsTrustedButItsRequestsAre) {
  Session& session = limited_peer(kTrusted);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(rates_.admits(session, MessageType::publish, 1 << 20));
  EXPECT_EQ(admitted(session, MessageType::get_snapshot_manifest, 8, 100), 4);
  EXPECT_EQ(rates_.refused()[Level::message_type].value(), 1U);
}

TEST_F(APeersBytes, ThatWeAskedForAreFree) {
  Session& session = limited_peer({{1}});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(rates_.admits(session, MessageType::block_bodies, 1 << 20));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(rates_.admits(session, MessageType::fragment, 16 * 1024));
}

TEST_F(APeersBytes, MakeItAnOffenderWhoeverDoesNotStop) {
  Session& session = limited_peer({{1}});
  admitted(session, MessageType::publish, 64 * 1024, 10'000);
  for (Duration over{0}; over < Meter::kOverMax; over += 100ms) {
    EXPECT_EQ(offences(), 0) << over.count();
    pass(100ms);
    admitted(session, MessageType::publish, 64 * 1024, 10'000);
  }
  EXPECT_EQ(offences(), 1);
}

struct AnAddresssMessages : RateDeskTest {
  AnAddresssMessages()
      : RateDeskTest(limited(Level::address, Resource::messages, slices(Resource::messages, 2))) {}
};

TEST_F(AnAddresssMessages, AreThoseOfAllPeersThere) {
  constexpr int kSlice = Meter::kSlice[Resource::messages] / security::kThing;
  Session& one = limited_peer({{1}});
  Session& two = limited_peer({{2}});
  EXPECT_EQ(admitted(one, MessageType::publish, 1, kSlice), kSlice);
  EXPECT_EQ(admitted(two, MessageType::publish, 1, 10'000), kSlice);
  EXPECT_FALSE(rates_.admits(one, MessageType::publish, 1));
  EXPECT_EQ(rates_.refused()[Level::address].value(), 2U);
}

struct ATransaction : RateDeskTest {
  ATransaction() : RateDeskTest(limited(Level::peer, Resource::cost, slices(Resource::cost, 1))) {}
};

TEST_F(ATransaction, IsPaidForWhenItWasHandedOver) {
  Session& session = limited_peer({{1}});
  ASSERT_TRUE(rates_.admits(session, MessageType::transactions, 100));
  const auto left = Meter::kSlice[Resource::cost] -
                    security::message_charge(MessageType::transactions, 100)[Resource::cost];
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(rates_.admits_transaction(session));  // copies
  std::uint64_t paid = 0;
  for (; rates_.admits_transaction(session); ++paid) RateDesk::spend_transaction(session);
  EXPECT_EQ(paid, left / security::transaction_charge()[Resource::cost]);
}

struct ALocalSession : RateDeskTest {
  static Settings settings_of_it() {
    Settings settings = limited(Level::peer, Resource::bytes, {0, 0});
    settings.treat_loopback_as_public = false;
    return settings;
  }
  ALocalSession() : RateDeskTest(settings_of_it()) {}
};

TEST_F(ALocalSession, HasNoLimits) {
  Session& session = limited_peer({{1}});
  EXPECT_TRUE(rates_.admits(session, MessageType::publish, 1 << 20));
  EXPECT_TRUE(rates_.admits_transaction(session));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(rates_.admits(session, MessageType::get_snapshot_manifest, 8));
}

// --- whole nodes

class RateLimitedNodes : public ::testing::Test {
 protected:
  // 6,000 messages a minute and 200 at once, over two shards.
  static SimNode::Options public_node() {
    SimNode::Options options;
    options.config = small_config(2);
    options.config.limits.treat_loopback_as_public = true;
    options.config.limits.peer_messages_per_minute = 6'000;
    return options;
  }
  bool met(const SimNode& one, const SimNode& other) {
    return world_.run_until([&] { return one.established() == 1 && other.established() == 1; });
  }
  static std::uint64_t decided(const SimNode& node) {
    std::uint64_t sum = 0;
    for (std::size_t outcome = 0; outcome < gossip::kOutcomes; ++outcome) {
      sum += node.sum([=](const Shard& shard) -> const Counter& {
        return shard.gossip().intake().counters().decided[outcome];
      });
    }
    return sum;
  }
  static std::uint64_t refused(const SimNode& node, Level level) {
    return node.sum([=](const Shard& shard) -> const Counter& { return shard.rates().refused()[level]; });
  }

  World world_{7};
};

TEST_F(RateLimitedNodes, APeerThatSendsTooMuchIsReadMoreSlowlyAndLosesNothing) {
  for (std::uint32_t address = 1; address <= 4; ++address) {
    SimNode::Options options = public_node();
    options.address = 100 + address;
    SimNode node(world_, options);
    SimNode peer(world_, peer_options(address));
    peer.dial(0, node);
    ASSERT_TRUE(met(node, peer));
    const Instant began = world_.network().now().monotonic;
    peer.publish(800, 64);
    const auto due = [&] {
      const Duration passed = world_.network().now().monotonic - began;
      return 200 + 100 * std::chrono::duration<double>(passed).count();
    };
    for (int i = 0; i < 20; ++i) {
      world_.run_for(250ms);
      EXPECT_LE(static_cast<double>(decided(node)), due());
    }
    // Whole slices: what is earned comes in steps.
    EXPECT_GE(static_cast<double>(decided(node)), due() - 150);
    EXPECT_TRUE(world_.run_until([&] { return decided(node) == 800; }, 4s)) << decided(node);
    EXPECT_GT(refused(node, Level::peer), 0U);
    EXPECT_EQ(node.established(), 1U);
  }
}

TEST_F(RateLimitedNodes, APeerThatDoesNotStopIsDisconnected) {
  SimNode::Options options = public_node();
  options.address = 100;
  options.config.limits.peer_messages_per_minute = 600;
  SimNode node(world_, options);
  SimNode peer(world_, peer_options(1));
  peer.dial(0, node);
  ASSERT_TRUE(met(node, peer));
  for (int i = 0; i < 4; ++i) {
    peer.publish(500, 64);
    world_.run_for(10ms);
  }
  EXPECT_FALSE(world_.run_until([&] { return node.established() == 0; }, security::Meter::kOverMax - 5s));
  EXPECT_TRUE(world_.run_until([&] { return node.established() == 0; }, 20s));
}

}  // namespace
}  // namespace ringwire::node
