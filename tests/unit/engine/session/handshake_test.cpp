#include "engine/session/handshake.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/session/counters.hpp"

namespace ringwire::session {
namespace {

using Bytes = std::vector<std::uint8_t>;
using wire::MessageType;
using wire::Role;

Bytes copy_of(ByteView view) {
  return {view.begin(), view.end()};
}

// A node with a key of its own.
struct Node {
  explicit Node(std::uint8_t number)
      : key(*crypto::SecretKey::from_bytes(secret(number))),
        local{.signer = signer, .key = key, .public_key = signer.public_key(key), .network_id = 7} {
    local.id = crypto::node_id(local.public_key);
    local.listen = Endpoint{IpAddress::v4(192, 0, 2, number), 30303};
    local.head_hash.bytes.fill(number);
    local.head_number = number;
  }
  static std::array<std::uint8_t, 32> secret(std::uint8_t number) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(number);
    return bytes;
  }

  std::array<std::uint8_t, 32> blinding{};
  crypto::Signer signer{blinding};
  crypto::SecretKey key;
  LocalNode local;
};

Node& alice() {
  static Node node(1);
  return node;
}
Node& bob() {
  static Node node(2);
  return node;
}
Node& mallory() {
  static Node node(3);
  return node;
}

wire::HandshakeNonce fresh_nonce() {
  static Prng prng(5);
  wire::HandshakeNonce nonce;
  prng.fill(nonce.span());
  return nonce;
}

Handshake dialling(Node& from, const std::optional<NodeId>& expected,
                   const wire::ChannelBinding& binding = {}) {
  return {from.local, Role::initiator, expected, fresh_nonce(), binding};
}
Handshake accepting(Node& node, const wire::ChannelBinding& binding = {}) {
  return {node.local, Role::responder, std::nullopt, fresh_nonce(), binding};
}

// What a node says first, changed as the test likes.
Bytes hello(
    Node& from, Role role, const std::function<void(wire::Handshake&)>& change = [](auto&) {}) {
  wire::Handshake record;
  record.role = role;
  record.public_key = from.local.public_key;
  record.nonce = fresh_nonce();
  record.network_id = from.local.network_id;
  change(record);
  Bytes bytes(wire::encoded_bytes(record));
  wire::encode(record, bytes);
  return bytes;
}

// Delivers a frame and does the work that it makes due; the event that came of it.
ConnectionEvent deliver(Handshake& to, MessageType type, ByteView payload) {
  const ConnectionEvent event = to.input(type, payload);
  return event == ConnectionEvent::ack_received && to.pending_work() == HandshakeWork::verify_ack
             ? to.verify_ack()
             : event;
}

struct Outcome {
  ConnectionEvent handshake{};
  ConnectionEvent ack{};
  std::optional<HandshakeFailure> failure;

  [[nodiscard]] bool proven() const { return ack == ConnectionEvent::ack_ok; }
};

// A man on the path: what he makes of each message, by (from the initiator?, type, payload).
using Path = std::function<Bytes(bool, MessageType, Bytes)>;

std::pair<Outcome, Outcome> run(Handshake& initiator, Handshake& responder, const Path& path) {
  std::pair<Outcome, Outcome> outcome;
  const Bytes first = copy_of(initiator.start()), second = copy_of(responder.start());
  outcome.second.handshake =
      deliver(responder, MessageType::handshake, path(true, MessageType::handshake, first));
  outcome.first.handshake =
      deliver(initiator, MessageType::handshake, path(false, MessageType::handshake, second));
  if (initiator.pending_work() == HandshakeWork::sign_ack) {
    const crypto::Signature ack = initiator.sign_ack();
    outcome.second.ack = deliver(responder, MessageType::handshake_ack,
                                 path(true, MessageType::handshake_ack, copy_of(ack.view())));
  }
  if (responder.pending_work() == HandshakeWork::sign_ack) {
    const crypto::Signature ack = responder.sign_ack();
    outcome.first.ack = deliver(initiator, MessageType::handshake_ack,
                                path(false, MessageType::handshake_ack, copy_of(ack.view())));
  }
  // A responder that still owed its own signature had to keep the initiator's until now.
  if (responder.pending_work() == HandshakeWork::verify_ack) outcome.second.ack = responder.verify_ack();
  outcome.first.failure = initiator.failure();
  outcome.second.failure = responder.failure();
  return outcome;
}

std::pair<Outcome, Outcome> run_once(const Path& path) {
  Handshake initiator = dialling(alice(), bob().local.id), responder = accepting(bob());
  return run(initiator, responder, path);
}

Bytes untouched(bool, MessageType, Bytes payload) {
  return payload;
}

TEST(Handshake, TwoHonestEndsProveEachOther) {
  alice().local.options = 1 | 4;
  alice().local.client = wire::ClientName("ringwire/0.1.0");
  bob().local.options = 1 | 2;
  Handshake initiator = dialling(alice(), bob().local.id), responder = accepting(bob());
  const auto [at_alice, at_bob] = run(initiator, responder, untouched);
  EXPECT_EQ(at_alice.handshake, ConnectionEvent::handshake_ok);
  EXPECT_EQ(at_alice.ack, ConnectionEvent::ack_ok);
  EXPECT_EQ(at_bob.handshake, ConnectionEvent::handshake_ok);
  EXPECT_EQ(at_bob.ack, ConnectionEvent::ack_ok);
  const PeerIdentity bob_seen = initiator.peer(), alice_seen = responder.peer();
  EXPECT_EQ(bob_seen.id, bob().local.id);
  EXPECT_EQ(bob_seen.public_key, bob().local.public_key);
  EXPECT_EQ(alice_seen.id, alice().local.id);
  EXPECT_EQ(alice_seen.listen, alice().local.listen);
  EXPECT_EQ(alice_seen.head_hash, alice().local.head_hash);
  EXPECT_EQ(alice_seen.head_number, alice().local.head_number);
  EXPECT_EQ(alice_seen.version, 1U);
  EXPECT_EQ(bob_seen.options, 1U);
  EXPECT_EQ(alice_seen.options, 1U);
  EXPECT_EQ(alice_seen.client.view(), "ringwire/0.1.0");
  EXPECT_EQ(bob_seen.client.view(), "");
  EXPECT_EQ(initiator.pending_work(), HandshakeWork::none);
  EXPECT_EQ(responder.pending_work(), HandshakeWork::none);
  alice().local.options = bob().local.options = 0;
  alice().local.client = {};
}

// Expensive work may be postponed by any amount: all orders of the remaining steps lead to the same end.
TEST(Handshake, PostponedWorkGivesTheSameEndInEveryOrder) {
  Prng prng(6);
  for (int round = 0; round < 300; ++round) {
    std::array<Handshake, 2> ends{dialling(alice(), bob().local.id), accepting(bob())};
    std::array<std::vector<std::pair<MessageType, Bytes>>, 2> inbox;
    for (std::size_t end = 0; end < 2; ++end) {
      inbox[1 - end].push_back({MessageType::handshake, copy_of(ends[end].start())});
    }
    std::array<ConnectionState, 2> states{ConnectionState::awaiting_handshake,
                                          ConnectionState::awaiting_handshake};
    const auto step = [&](std::size_t end, ConnectionEvent event) {
      const Transition transition = on(states[end], event);
      ASSERT_NE(transition.action, ConnectionAction::impossible);
      states[end] = transition.next;
    };
    for (int steps = 0; steps < 200; ++steps) {
      const std::size_t end = prng.below(2);
      if (prng.below(2) == 0 && !inbox[end].empty() && reading(states[end]) == Reading::parse) {
        step(end, ends[end].input(inbox[end].front().first, inbox[end].front().second));
        inbox[end].erase(inbox[end].begin());
      } else if (ends[end].pending_work() == HandshakeWork::sign_ack) {
        inbox[1 - end].push_back({MessageType::handshake_ack, copy_of(ends[end].sign_ack().view())});
      } else if (ends[end].pending_work() == HandshakeWork::verify_ack) {
        step(end, ends[end].verify_ack());
      }
    }
    EXPECT_EQ(states[0], ConnectionState::awaiting_claim);
    EXPECT_EQ(states[1], ConnectionState::awaiting_claim);
  }
}

TEST(Handshake, EverySingleFlippedBitOfEveryMessageIsRefused) {
  for (const bool from_initiator : {true, false}) {
    for (const MessageType type : {MessageType::handshake, MessageType::handshake_ack}) {
      std::size_t bits = 0, flipped = 0;
      do {
        const auto [at_alice, at_bob] = run_once([&](bool initiator, MessageType sent, Bytes payload) {
          if (initiator != from_initiator || sent != type) return payload;
          bits = payload.size() * 8;
          payload[flipped / 8] ^= static_cast<std::uint8_t>(1 << flipped % 8);
          return payload;
        });
        const Outcome& receiver = from_initiator ? at_bob : at_alice;
        const Outcome& sender = from_initiator ? at_alice : at_bob;
        ASSERT_FALSE(receiver.proven()) << "bit " << flipped;
        ASSERT_TRUE(receiver.failure.has_value());
        // What the sender's Handshake became is in the digest: it refuses the other's proof in turn.
        ASSERT_EQ(sender.proven(), type == MessageType::handshake_ack) << "bit " << flipped;
      } while (++flipped < bits);
      EXPECT_GE(flipped, 65U * 8);
    }
  }
}

TEST(Handshake, EveryOtherLengthOfEveryMessageIsRefused) {
  for (const bool from_initiator : {true, false}) {
    for (const MessageType type : {MessageType::handshake, MessageType::handshake_ack}) {
      for (std::size_t length = 0; length <= 2 * wire::kHandshakeBytesMax; ++length) {
        bool changed = false;
        const auto [at_alice, at_bob] = run_once([&](bool initiator, MessageType sent, Bytes payload) {
          if (initiator != from_initiator || sent != type) return payload;
          changed = payload.size() != length;
          payload.resize(length);
          return payload;
        });
        const Outcome& receiver = from_initiator ? at_bob : at_alice;
        ASSERT_EQ(receiver.proven(), !changed) << length;
        if (!changed) continue;
        ASSERT_EQ(receiver.failure, type == MessageType::handshake ? HandshakeFailure::malformed_handshake
                                                                   : HandshakeFailure::malformed_ack);
      }
    }
  }
}

// Where an accepting end can be, and how it gets there.
enum class Stage { awaiting_handshake, awaiting_ack, verifying, proven, failed };

std::unique_ptr<Handshake> bring_to(Stage stage, Handshake& peer) {
  auto end = std::make_unique<Handshake>(accepting(bob()));
  if (stage == Stage::failed) {
    end->input(MessageType::handshake_ack, {});
    return end;
  }
  if (stage == Stage::awaiting_handshake) return end;
  EXPECT_EQ(end->input(MessageType::handshake, peer.start()), ConnectionEvent::handshake_ok);
  static_cast<void>(end->sign_ack());
  if (stage == Stage::awaiting_ack) return end;
  EXPECT_EQ(peer.input(MessageType::handshake, end->start()), ConnectionEvent::handshake_ok);
  EXPECT_EQ(end->input(MessageType::handshake_ack, peer.sign_ack().view()), ConnectionEvent::ack_received);
  if (stage == Stage::verifying) return end;
  EXPECT_EQ(end->verify_ack(), ConnectionEvent::ack_ok);
  return end;
}

TEST(Handshake, EveryTypeInEveryWrongStateIsRefusedAndNothingFollows) {
  for (const Stage stage :
       {Stage::awaiting_handshake, Stage::awaiting_ack, Stage::verifying, Stage::proven, Stage::failed}) {
    for (int number = 0; number < 256; ++number) {
      const auto type = static_cast<MessageType>(number);
      if (stage == Stage::awaiting_handshake && type == MessageType::handshake) continue;
      if (stage == Stage::awaiting_ack && type == MessageType::handshake_ack) continue;
      Handshake peer = dialling(alice(), bob().local.id);
      const std::unique_ptr<Handshake> end = bring_to(stage, peer);
      const crypto::Signature no_proof{};
      const ByteView payload = type == MessageType::handshake_ack ? no_proof.view() : peer.start();
      const ConnectionEvent event = end->input(type, payload);
      ASSERT_EQ(event, type == MessageType::handshake       ? ConnectionEvent::handshake_bad
                       : type == MessageType::handshake_ack ? ConnectionEvent::ack_bad
                                                            : ConnectionEvent::frame_refused);
      ASSERT_TRUE(end->failure().has_value());
      ASSERT_EQ(end->pending_work(), HandshakeWork::none);
      // What would have been right is refused from now on.
      ASSERT_EQ(end->input(MessageType::handshake, peer.start()), ConnectionEvent::handshake_bad);
      ASSERT_EQ(end->pending_work(), HandshakeWork::none);
    }
  }
}

TEST(Handshake, TheFirstReasonStays) {
  Handshake end = accepting(bob());
  end.input(MessageType::handshake_ack, {});
  end.input(MessageType::transactions, {});
  end.input(MessageType::handshake, {});
  EXPECT_EQ(end.failure(), HandshakeFailure::ack_before_handshake);
}

HandshakeFailure refused(Handshake end, const Bytes& payload) {
  EXPECT_EQ(end.input(MessageType::handshake, payload), ConnectionEvent::handshake_bad);
  EXPECT_EQ(end.pending_work(), HandshakeWork::none);  // nothing was signed for it
  return end.failure().value_or(HandshakeFailure::count_);
}

TEST(Handshake, RefusesWhatDoesNotSuitUsBeforeSigning) {
  EXPECT_EQ(refused(accepting(bob()), hello(alice(), Role::responder)), HandshakeFailure::wrong_role);
  EXPECT_EQ(refused(dialling(alice(), bob().local.id), hello(bob(), Role::initiator)),
            HandshakeFailure::wrong_role);
  EXPECT_EQ(refused(accepting(bob()), hello(bob(), Role::initiator)), HandshakeFailure::self);
  EXPECT_EQ(refused(accepting(bob()), hello(alice(), Role::initiator, [](auto& h) { h.network_id = 8; })),
            HandshakeFailure::wrong_network);
  EXPECT_EQ(refused(accepting(bob()), hello(alice(), Role::initiator,
                                            [](auto& h) {
                                              h.version_min = 2;
                                              h.version_max = 9;
                                            })),
            HandshakeFailure::no_common_version);
  EXPECT_EQ(refused(dialling(alice(), bob().local.id), hello(mallory(), Role::responder)),
            HandshakeFailure::unexpected_peer);
  EXPECT_EQ(refused(accepting(bob()),
                    hello(alice(), Role::initiator, [](auto& h) { h.expected_peer = mallory().local.id; })),
            HandshakeFailure::expects_another);
}

TEST(Handshake, OurOwnHandshakeSentBackIsSelf) {
  Handshake end = dialling(alice(), bob().local.id);
  const Bytes ours = copy_of(end.start());
  EXPECT_EQ(end.input(MessageType::handshake, ours), ConnectionEvent::handshake_bad);
  EXPECT_EQ(end.failure(), HandshakeFailure::self);
}

TEST(Handshake, SpeaksWithANodeThatKnowsLaterVersionsToo) {
  Handshake end = accepting(bob());
  const Bytes theirs = hello(alice(), Role::initiator, [](auto& h) { h.version_max = 1000; });
  EXPECT_EQ(end.input(MessageType::handshake, theirs), ConnectionEvent::handshake_ok);
}

TEST(Handshake, ANodeThatClaimsTheKeyOfAnotherCannotProveIt) {
  Handshake end = accepting(bob());
  const Bytes claimed = hello(alice(), Role::initiator);
  ASSERT_EQ(end.input(MessageType::handshake, claimed), ConnectionEvent::handshake_ok);
  const Hash32 digest = wire::handshake_digest(Role::initiator, claimed, end.start(), {});
  static_cast<void>(end.sign_ack());
  const crypto::Signature forged = mallory().signer.sign(mallory().key, digest);
  EXPECT_EQ(deliver(end, MessageType::handshake_ack, forged.view()), ConnectionEvent::ack_bad);
  EXPECT_EQ(end.failure(), HandshakeFailure::wrong_signer);
}

TEST(Handshake, ARecordedHandshakeDoesNotWorkASecondTime) {
  std::vector<Bytes> recorded;
  run_once([&](bool initiator, MessageType, Bytes payload) {
    if (initiator) recorded.push_back(payload);
    return payload;
  });
  ASSERT_EQ(recorded.size(), 2U);
  Handshake end = accepting(bob());
  ASSERT_EQ(end.input(MessageType::handshake, recorded[0]), ConnectionEvent::handshake_ok);
  static_cast<void>(end.sign_ack());
  EXPECT_EQ(deliver(end, MessageType::handshake_ack, recorded[1]), ConnectionEvent::ack_bad);
  EXPECT_TRUE(end.failure() == HandshakeFailure::wrong_signer || end.failure() == HandshakeFailure::no_key);
}

// Mallory is dialled by Alice and shows what Alice says to Bob.
TEST(Handshake, AProofForOneNodeIsNoneForAnother) {
  Handshake at_alice = dialling(alice(), std::nullopt), at_bob = accepting(bob());
  ASSERT_EQ(at_bob.input(MessageType::handshake, at_alice.start()), ConnectionEvent::handshake_ok);
  ASSERT_EQ(at_alice.input(MessageType::handshake, hello(mallory(), Role::responder)),
            ConnectionEvent::handshake_ok);
  static_cast<void>(at_bob.sign_ack());
  EXPECT_EQ(deliver(at_bob, MessageType::handshake_ack, at_alice.sign_ack().view()),
            ConnectionEvent::ack_bad);
}

TEST(Handshake, OurOwnProofSentBackProvesNothing) {
  Handshake end = accepting(bob());
  ASSERT_EQ(end.input(MessageType::handshake, hello(alice(), Role::initiator)),
            ConnectionEvent::handshake_ok);
  const crypto::Signature ours = end.sign_ack();
  EXPECT_EQ(deliver(end, MessageType::handshake_ack, ours.view()), ConnectionEvent::ack_bad);
}

TEST(Handshake, EndsOnDifferentChannelsRefuseEachOther) {
  wire::ChannelBinding one, other;
  one.bytes.fill(1);
  other.bytes.fill(2);
  Handshake initiator = dialling(alice(), bob().local.id, one), responder = accepting(bob(), other);
  const auto [at_alice, at_bob] = run(initiator, responder, untouched);
  EXPECT_FALSE(at_alice.proven());
  EXPECT_FALSE(at_bob.proven());
  Handshake same_initiator = dialling(alice(), bob().local.id, one), same_responder = accepting(bob(), one);
  EXPECT_TRUE(run(same_initiator, same_responder, untouched).first.proven());
}

// The group order, big-endian.
constexpr std::array<std::uint8_t, 32> kOrder{
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

// n - value, in place.
void negate(std::span<std::uint8_t, 32> value) {
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const int difference = kOrder[i] - value[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    value[i] = static_cast<std::uint8_t>(difference + 256 * borrow);
  }
}

std::optional<HandshakeFailure> failure_with(const std::function<void(ByteSpan)>& change) {
  const auto [at_alice, at_bob] = run_once([&](bool initiator, MessageType type, Bytes payload) {
    if (initiator && type == MessageType::handshake_ack) change(payload);
    return payload;
  });
  EXPECT_FALSE(at_bob.proven());
  return at_bob.failure;
}

TEST(Handshake, EveryMalformedSignatureHasItsOwnReason) {
  EXPECT_EQ(failure_with([](ByteSpan s) {
              negate(s.subspan<32, 32>());
              s[64] ^= 1;
            }),
            HandshakeFailure::high_s);
  for (const int id : {4, 27, 28, 255}) {
    EXPECT_EQ(failure_with([&](ByteSpan s) { s[64] = static_cast<std::uint8_t>(id); }),
              HandshakeFailure::bad_recovery_id);
  }
  for (const std::size_t part : {0, 32}) {
    EXPECT_EQ(failure_with([&](ByteSpan s) { std::fill_n(s.begin() + part, 32, 0); }),
              HandshakeFailure::signature_out_of_range);
    EXPECT_EQ(failure_with([&](ByteSpan s) { std::copy(kOrder.begin(), kOrder.end(), s.begin() + part); }),
              HandshakeFailure::signature_out_of_range);
    EXPECT_EQ(failure_with([&](ByteSpan s) { std::fill_n(s.begin() + part, 32, 0xff); }),
              HandshakeFailure::signature_out_of_range);
  }
  EXPECT_EQ(failure_with([](ByteSpan s) { s[64] ^= 1; }), HandshakeFailure::wrong_signer);
}

TEST(Handshake, EveryFailureHasANameACounterAndAReason) {
  SessionCounters counters;
  for (std::size_t i = 0; i < static_cast<std::size_t>(HandshakeFailure::count_); ++i) {
    const auto failure = static_cast<HandshakeFailure>(i);
    EXPECT_NE(name(failure), nullptr);
    EXPECT_NE(reason_of(failure), wire::DisconnectReason::requested);
    counters.handshake_failures[failure].add(i + 1);
    EXPECT_EQ(counters.handshake_failures[failure].value(), i + 1);
  }
}

TEST(SessionCounters, CountsReasonsOfLaterVersionsApart) {
  SessionCounters counters;
  for (int code = 0; code < 256; ++code) counters.count_received_disconnect(static_cast<std::uint8_t>(code));
  constexpr auto kKnown = static_cast<std::uint64_t>(wire::DisconnectReason::count_);
  for (std::uint64_t i = 0; i < kKnown; ++i) {
    EXPECT_EQ(counters.disconnects_received[static_cast<wire::DisconnectReason>(i)].value(), 1U);
  }
  EXPECT_EQ(counters.disconnects_received_unknown.value(), 256 - kKnown);
}

TEST(Handshake, ItsOwnPayloadNeverOutgrowsItsPlace) {
  Node largest(4);
  largest.local.network_id = largest.local.head_number = largest.local.options = UINT64_MAX;
  std::array<std::uint8_t, 16> address{};
  address.fill(0xfe);
  largest.local.listen = Endpoint{IpAddress::v6(address), 65535};
  largest.local.client = wire::ClientName(std::string(wire::ClientName::kBytesMax, 'x'));
  EXPECT_LE(dialling(largest, bob().local.id).start().size(), Handshake::kOwnBytesMax);
}

}  // namespace
}  // namespace ringwire::session
