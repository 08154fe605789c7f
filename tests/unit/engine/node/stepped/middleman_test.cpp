// Each trick of a middleman, what refuses it, and that the middleman is no more than a wire where it plays
// none.
#include "engine/node/stepped/middleman.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

#include "engine/node/stepped/stranger.hpp"

namespace ringwire::stepped {
namespace {

using session::HandshakeFailure;
using transport::TlsFailure;

constexpr Duration kEnough = 1s;  // for a handshake and its refusal

SimNode::Options node_options(std::uint32_t number, bool tls) {
  SimNode::Options options = peer_options(number);
  options.config.insecure_plaintext = !tls;
  return options;
}

std::uint64_t failed(const SimNode& node, HandshakeFailure reason) {
  return node.counters(0).sessions.handshake_failures[reason].value();
}

std::uint64_t failed(const SimNode& node) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(HandshakeFailure::count_); ++i)
    sum += failed(node, static_cast<HandshakeFailure>(i));
  return sum;
}

std::uint64_t proven(const SimNode& node) {
  return node.counters(0).sessions.established.value();
}

class MiddlemanTest : public ::testing::Test {
 protected:
  explicit MiddlemanTest(bool tls = false)
      : alice_(world_, node_options(1, tls)), bob_(world_, node_options(2, tls)) {}

  [[nodiscard]] Middleman::Options playing(Trick trick) {
    Middleman::Options options;
    options.address = ++hosts_;
    options.trick = trick;
    options.target = bob_.endpoint();
    return options;
  }
  [[nodiscard]] Middleman::Options inside(Trick trick) {
    Middleman::Options options = playing(trick);
    options.ends_tls = true;
    return options;
  }
  static void dial(SimNode& from, const Middleman& where, const PublicKey& expected) {
    from.ask(0, [endpoint = where.endpoint(), expected](node::Shard& own) {
      EXPECT_TRUE(own.admission().dial(endpoint, expected));
    });
  }
  // What alice, who dials, and bob have said to each other through `relay`.
  Overheard listen_through(Middleman::Options relay) {
    Middleman middleman(world_, relay);
    dial(alice_, middleman, bob_.public_key());
    world_.run_for(kEnough);
    EXPECT_TRUE(middleman.overheard().both());
    EXPECT_EQ(middleman.overheard().proofs(), alice_.config().insecure_plaintext || relay.ends_tls);
    return middleman.overheard();
  }
  // Each of them once, for that reason and no other, and no session since.
  void expect_refused(std::initializer_list<std::pair<SimNode*, HandshakeFailure>> refusals) {
    world_.run_for(kEnough);
    for (const auto& [node, reason] : refusals) EXPECT_EQ(failed(*node, reason), 1U) << session::name(reason);
    EXPECT_EQ(failed(alice_) + failed(bob_), refusals.size());
    expect_nobody();
  }
  void expect_nobody() {
    EXPECT_EQ(proven(alice_) + proven(bob_), proven_before_);
    EXPECT_EQ(alice_.established() + bob_.established(), 0U);
    EXPECT_EQ(alice_.counters(0).connections.value() + bob_.counters(0).connections.value(), 0U);
  }

  World world_{3};
  SimNode alice_;
  SimNode bob_;
  std::uint64_t proven_before_ = 0;
  std::uint32_t hosts_ = 100;
};

class SecuredMiddlemanTest : public MiddlemanTest {
 protected:
  SecuredMiddlemanTest() : MiddlemanTest(true) {}
  static std::uint64_t tls_failed(SimNode& node, TlsFailure reason) {
    return node.shard(0).context().tls->counters().failed[reason].value();
  }
  static std::uint64_t tls_failed(SimNode& node) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(TlsFailure::count_); ++i)
      sum += tls_failed(node, static_cast<TlsFailure>(i));
    return sum;
  }
};

// In both modes.
class WireTest : public MiddlemanTest, public ::testing::WithParamInterface<bool> {
 protected:
  WireTest() : MiddlemanTest(GetParam()) {}
};

std::uint64_t undelivered(const SimNode& node) {
  return node.counters(0).undelivered.value();
}

TEST_P(WireTest, WhatIsPassedOnUntouchedIsASession) {
  const Middleman middleman(world_, playing(Trick::relay));
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(
      world_.run_until([&] { return alice_.established() == 1 && bob_.established() == 1; }, kEnough));
  alice_.publish(100, 1'000);
  bob_.publish(10, 100'000);
  world_.run_for(2s);
  EXPECT_EQ(undelivered(alice_), 110U);
  EXPECT_EQ(undelivered(bob_), 110U);
  EXPECT_GT(middleman.passed, 1'100'000U);
  EXPECT_EQ(bob_.peers().at(0).remote.address, middleman.endpoint().address);
  EXPECT_EQ(failed(alice_) + failed(bob_), 0U);
  EXPECT_EQ(middleman.overheard().responder.size(), Middleman::kOverheardMax);

  alice_.stop();
  ASSERT_TRUE(world_.run_until([&] { return bob_.established() == 0; }, kEnough));
  EXPECT_EQ(bob_.counters(0).sessions.disconnects_received[wire::DisconnectReason::shutdown].value(), 1U);
}

TEST_P(WireTest, WhoeverExpectsAnotherIsRefused) {
  const SimNode carol(world_, peer_options(3));
  const Middleman middleman(world_, playing(Trick::relay));
  dial(alice_, middleman, carol.public_key());
  world_.run_for(kEnough);
  EXPECT_EQ(failed(bob_, HandshakeFailure::expects_another), 1U);
  // Over TLS bob hears her first, and says goodbye at once.
  const auto& told = alice_.counters(0).sessions.disconnects_received[wire::DisconnectReason::wrong_identity];
  EXPECT_EQ(GetParam() ? told.value() : failed(alice_, HandshakeFailure::unexpected_peer), 1U);
  expect_nobody();
}

// What waits is bounded, and nothing of it is lost.
TEST_P(WireTest, WhoDoesNotReadHoldsTheOtherOneBack) {
  const Middleman middleman(world_, playing(Trick::relay));
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(
      world_.run_until([&] { return alice_.established() == 1 && bob_.established() == 1; }, kEnough));
  bob_.hold();
  for (std::uint32_t i = 0; i < 20; ++i) {
    alice_.publish(1, 100'000);
    world_.run_for(50ms);
  }
  const std::uint64_t held_back = middleman.passed;
  EXPECT_LT(held_back, 1'000'000U);
  world_.run_for(500ms);
  EXPECT_EQ(middleman.passed, held_back);
  bob_.let_go();
  world_.run_for(5s);
  EXPECT_EQ(undelivered(bob_), 20U);
  EXPECT_EQ(bob_.established(), 1U);
}

TEST_P(WireTest, ItsSilenceAndItsEndAreThoseOfAWire) {
  auto middleman = std::make_unique<Middleman>(world_, playing(Trick::relay));
  dial(alice_, *middleman, bob_.public_key());
  ASSERT_TRUE(
      world_.run_until([&] { return alice_.established() == 1 && bob_.established() == 1; }, kEnough));
  middleman.reset();
  EXPECT_TRUE(world_.run_until([&] { return alice_.established() + bob_.established() == 0; }, kEnough));
  Middleman::Options to_nobody = playing(Trick::relay);
  to_nobody.target = {host(98), SimNode::kPort};
  to_nobody.connections_max = 2;
  const Middleman nowhere(world_, to_nobody);
  dial(alice_, nowhere, bob_.public_key());
  world_.run_for(6s);  // her deadline
  EXPECT_EQ(nowhere.accepted, 1U);
  EXPECT_EQ(nowhere.ended, 1U);
  EXPECT_EQ(alice_.counters(0).connections.value(), 0U);
  // And who goes before there is somebody leaves no end behind.
  Stranger stranger(world_, 99, 4);
  for (std::uint32_t dials = 1; dials <= 2; ++dials) {
    const auto id = stranger.dial(nowhere.endpoint());
    ASSERT_TRUE(world_.run_until([&] { return stranger.connected == dials; }, kEnough));
    world_.run_for(kEnough);
    EXPECT_EQ(stranger.ended, 0U) << dials;
    stranger.close(id, driver::CloseMode::graceful);
    world_.run_for(kEnough);
  }
}

TEST_P(WireTest, WhatItHasHeardBeginsWithTheFirstWord) {
  const Middleman middleman(world_, playing(Trick::relay));
  Stranger stranger(world_, 99, 1);
  const auto silent = stranger.dial(middleman.endpoint());
  ASSERT_TRUE(world_.run_until([&] { return middleman.connected == 1; }, kEnough));
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(world_.run_until([&] { return middleman.passed > 0; }, kEnough));
  stranger.close(silent, driver::CloseMode::reset);
  ASSERT_TRUE(world_.run_until([&] { return bob_.established() == 1; }, kEnough));
  EXPECT_TRUE(middleman.overheard().initiator.empty());
  SimNode carol(world_, node_options(3, GetParam()));
  dial(carol, middleman, bob_.public_key());
  ASSERT_TRUE(world_.run_until([&] { return bob_.established() == 2; }, kEnough));
  EXPECT_TRUE(middleman.overheard().both());
}

INSTANTIATE_TEST_SUITE_P(Both, WireTest, ::testing::Bool(),
                         [](const auto& mode) { return mode.param ? "Tls" : "Plaintext"; });

// --- in plaintext

TEST_F(MiddlemanTest, AnInitiatorsWordsWorkOnce) {
  Middleman::Options replay = playing(Trick::replay);
  replay.lines = listen_through(playing(Trick::relay));
  proven_before_ = 2;  // alice's and bob's own
  Middleman middleman(world_, replay);
  ASSERT_TRUE(middleman.dial(bob_.endpoint()));
  expect_refused({{&bob_, HandshakeFailure::wrong_signer}});
  ASSERT_TRUE(middleman.dial(alice_.endpoint()));
  expect_refused({{&bob_, HandshakeFailure::wrong_signer}, {&alice_, HandshakeFailure::self}});
}

TEST_F(MiddlemanTest, AResponderForWhomOthersSpokeIsRefused) {
  Middleman::Options replay = playing(Trick::replay);
  replay.lines = listen_through(playing(Trick::relay));
  proven_before_ = 2;
  const Middleman middleman(world_, replay);
  dial(alice_, middleman, bob_.public_key());
  expect_refused({{&alice_, HandshakeFailure::wrong_signer}});
  dial(bob_, middleman, alice_.public_key());
  expect_refused({{&alice_, HandshakeFailure::wrong_signer}, {&bob_, HandshakeFailure::self}});
}

TEST_F(MiddlemanTest, WhoHearsItselfKnowsItself) {
  Middleman middleman(world_, playing(Trick::reflect));
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(middleman.dial(bob_.endpoint()));
  expect_refused({{&alice_, HandshakeFailure::self}, {&bob_, HandshakeFailure::self}});
}

TEST_F(MiddlemanTest, OnesOwnProofIsNotThatOfAnother) {
  Middleman::Options masquerade = playing(Trick::masquerade);
  masquerade.lines = listen_through(playing(Trick::relay));
  proven_before_ = 2;
  Middleman middleman(world_, masquerade);
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(middleman.dial(bob_.endpoint()));
  expect_refused({{&alice_, HandshakeFailure::wrong_signer}, {&bob_, HandshakeFailure::wrong_signer}});
}

// The same two nodes, the same keys, at the same moment: only the nonces differ.
TEST_F(MiddlemanTest, AProofIsForOneConnection) {
  const Middleman middleman(world_, playing(Trick::splice));
  dial(alice_, middleman, bob_.public_key());
  dial(alice_, middleman, bob_.public_key());
  world_.run_for(kEnough);
  EXPECT_EQ(failed(alice_, HandshakeFailure::wrong_signer), 2U);
  EXPECT_EQ(failed(bob_, HandshakeFailure::wrong_signer), 2U);
  EXPECT_EQ(failed(alice_) + failed(bob_), 4U);
  expect_nobody();
}

TEST_F(MiddlemanTest, AProofIsForOneNode) {
  SimNode carol(world_, peer_options(3));
  const Middleman middleman(world_, playing(Trick::splice));
  dial(alice_, middleman, bob_.public_key());
  dial(carol, middleman, bob_.public_key());
  world_.run_for(kEnough);
  EXPECT_EQ(failed(alice_, HandshakeFailure::wrong_signer), 1U);
  EXPECT_EQ(failed(carol, HandshakeFailure::wrong_signer), 1U);
  EXPECT_EQ(failed(bob_, HandshakeFailure::wrong_signer), 2U);
  expect_nobody();
}

// --- over TLS

// It has completed both handshakes and passed both proofs on, and they are for another channel.
TEST_F(SecuredMiddlemanTest, WhoEndsTlsOnBothSidesIsRefusedOnBothSides) {
  const Middleman middleman(world_, inside(Trick::relay));
  dial(alice_, middleman, bob_.public_key());
  expect_refused({{&alice_, HandshakeFailure::wrong_signer}, {&bob_, HandshakeFailure::wrong_signer}});
  EXPECT_EQ(middleman.secured, 2U);
  EXPECT_EQ(tls_failed(alice_) + tls_failed(bob_), 0U);
}

TEST_F(SecuredMiddlemanTest, WhatWasSaidInsideOneChannelIsRefusedInAnother) {
  Middleman::Options replay = inside(Trick::replay);
  replay.lines = listen_through(inside(Trick::relay));
  ASSERT_EQ(failed(alice_) + failed(bob_), 2U);
  Middleman middleman(world_, replay);
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(middleman.dial(bob_.endpoint()));
  world_.run_for(kEnough);
  EXPECT_EQ(failed(alice_, HandshakeFailure::wrong_signer), 2U);
  EXPECT_EQ(failed(bob_, HandshakeFailure::wrong_signer), 2U);
  EXPECT_EQ(middleman.secured, 2U);
  expect_nobody();
}

TEST_F(SecuredMiddlemanTest, WhoHearsItselfInsideKnowsItself) {
  Middleman middleman(world_, inside(Trick::reflect));
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(middleman.dial(bob_.endpoint()));
  expect_refused({{&alice_, HandshakeFailure::self}, {&bob_, HandshakeFailure::self}});
}

TEST_F(SecuredMiddlemanTest, OnesOwnProofInsideIsNotThatOfAnother) {
  Middleman::Options masquerade = inside(Trick::masquerade);
  masquerade.lines = listen_through(inside(Trick::relay));
  Middleman middleman(world_, masquerade);
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(middleman.dial(bob_.endpoint()));
  world_.run_for(kEnough);
  EXPECT_EQ(failed(alice_, HandshakeFailure::wrong_signer), 2U);
  EXPECT_EQ(failed(bob_, HandshakeFailure::wrong_signer), 2U);
  expect_nobody();
}

TEST_F(SecuredMiddlemanTest, AProofInsideIsForOneConnection) {
  const Middleman middleman(world_, inside(Trick::splice));
  dial(alice_, middleman, bob_.public_key());
  dial(alice_, middleman, bob_.public_key());
  world_.run_for(kEnough);
  EXPECT_EQ(failed(alice_, HandshakeFailure::wrong_signer), 2U);
  EXPECT_EQ(failed(bob_, HandshakeFailure::wrong_signer), 2U);
  expect_nobody();
}

// Bytes of an earlier TLS connection, as they were.
TEST_F(SecuredMiddlemanTest, RecordsOfAnotherConnectionEndInsideTls) {
  Middleman::Options replay = playing(Trick::replay);
  replay.lines = listen_through(playing(Trick::relay));
  proven_before_ = 2;
  Middleman middleman(world_, replay);
  dial(alice_, middleman, bob_.public_key());
  ASSERT_TRUE(middleman.dial(bob_.endpoint()));
  world_.run_for(kEnough);
  EXPECT_EQ(tls_failed(alice_), 1U);
  EXPECT_EQ(tls_failed(bob_), 1U);
  EXPECT_EQ(failed(alice_) + failed(bob_), 0U);
  expect_nobody();
}

TEST_F(SecuredMiddlemanTest, WhoHearsItsClientHelloHasNoTls) {
  const Middleman middleman(world_, playing(Trick::reflect));
  dial(alice_, middleman, bob_.public_key());
  world_.run_for(kEnough);
  EXPECT_EQ(tls_failed(alice_), 1U);
  expect_nobody();
}

}  // namespace
}  // namespace ringwire::stepped
