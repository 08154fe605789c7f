#include "codec/wire/handshake.hpp"

#include <gtest/gtest.h>

#include "codec/base/prng.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/wire/rlp.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/codec/wire/stream.hpp"

namespace ringwire::wire {
namespace {

constexpr std::array<std::uint8_t, 32> kBlinding = {1};

struct HandshakeTest : testing::Test {
  crypto::Signer signer{kBlinding};
  Prng prng{21};

  crypto::SecretKey random_key() {
    Hash32 bytes;
    prng.fill(bytes.span());
    return std::move(crypto::SecretKey::from_bytes(bytes.bytes).value());
  }

  Handshake sample() {
    Handshake handshake;
    handshake.version_max = 3;
    handshake.role = Role::responder;
    handshake.public_key = signer.public_key(random_key());
    handshake.expected_peer.emplace();
    prng.fill(handshake.expected_peer->span());
    prng.fill(handshake.nonce.span());
    handshake.network_id = 1337;
    handshake.listen = Endpoint{IpAddress::v4(192, 0, 2, 7), 30303};
    prng.fill(handshake.head_hash.span());
    handshake.head_number = 123'456'789;
    handshake.options = kOptionNoChecksum;
    return handshake;
  }
};

Bytes encoded(const Handshake& handshake) {
  Bytes bytes(encoded_bytes(handshake));
  EXPECT_EQ(encode(handshake, bytes), bytes.size());
  return bytes;
}

TEST_F(HandshakeTest, EveryErrorHasAName) {
  test::expect_names_below(HandshakeError::count_);
}

TEST_F(HandshakeTest, ReturnsWhatWasEncoded) {
  Handshake handshake = sample();
  EXPECT_EQ(decode_handshake(encoded(handshake)).value(), handshake);
  handshake.expected_peer.reset();
  handshake.listen.reset();
  handshake.role = Role::initiator;
  EXPECT_EQ(decode_handshake(encoded(handshake)).value(), handshake);
  handshake.listen = Endpoint::parse("[2001:db8::1]:1");
  EXPECT_EQ(decode_handshake(encoded(handshake)).value(), handshake);
}

TEST_F(HandshakeTest, LargestRecordFitsItsCap) {
  Handshake handshake = sample();
  handshake.listen = Endpoint::parse("[2001:db8::1]:65535");
  handshake.version_min = handshake.version_max = UINT64_MAX;
  handshake.network_id = handshake.head_number = handshake.options = UINT64_MAX;
  EXPECT_EQ(encoded_bytes(handshake), 233U);
  handshake.client = ClientName(std::string(ClientName::kBytesMax, 'x'));
  EXPECT_EQ(encoded_bytes(handshake), 267U);
  EXPECT_LE(encoded_bytes(handshake), kHandshakeBytesMax);
  EXPECT_EQ(decode_handshake(encoded(handshake)).value(), handshake);
}

TEST_F(HandshakeTest, EveryLengthButTheWholeIsRefused) {
  const Bytes bytes = encoded(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_handshake(ByteView(bytes).first(size)).error(), HandshakeError::bad_rlp) << size;
  }
  Bytes longer = bytes;
  for (std::size_t more = 1; more < 100; ++more) {
    longer.push_back(0);
    EXPECT_EQ(decode_handshake(longer).error(), HandshakeError::bad_rlp);
  }
}

// A flip is refused, or it changes what was said: never the same record from other bytes.
TEST_F(HandshakeTest, EveryFlippedBitIsRefusedOrShows) {
  const Handshake handshake = sample();
  const Bytes bytes = encoded(handshake);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    Bytes damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto decoded = decode_handshake(damaged);
    EXPECT_FALSE(decoded.ok() && *decoded == handshake) << bit;
  }
}

// The fields as a list of encoded items, to be tampered with one by one.
struct Tampered {
  std::vector<Bytes> items;

  explicit Tampered(const Handshake& handshake) {
    const Bytes bytes = encoded(handshake);
    RlpReader message(bytes);
    for (RlpReader fields = message.list(); fields.more();) {
      const RlpItem item = fields.item();
      items.emplace_back(item.encoded.begin(), item.encoded.end());
    }
  }
  Tampered& set(std::size_t field, const auto& body) {
    items[field].resize(rlp_size(body));
    RlpWriter writer(items[field]);
    body(writer);
    return *this;
  }
  Tampered& string(std::size_t field, std::size_t size) {
    return set(field, [&](auto& sink) { sink.string(Bytes(size, 0x99)); });
  }
  Tampered& number(std::size_t field, std::uint64_t value) {
    return set(field, [&](auto& sink) { sink.u64(value); });
  }
  [[nodiscard]] Bytes bytes() const {
    const auto body = [&](auto& sink) {
      sink.list([&](auto& fields) {
        for (const Bytes& item : items) fields.raw(item);
      });
    };
    Bytes out(rlp_size(body));
    RlpWriter writer(out);
    body(writer);
    return out;
  }
  [[nodiscard]] HandshakeError error() const { return decode_handshake(bytes()).error(); }
};

TEST_F(HandshakeTest, EveryByteStringHasItsLength) {
  const Handshake handshake = sample();
  ASSERT_EQ(Tampered(handshake).items.size(), 12U);
  for (const std::size_t size : {0, 1, 31, 33, 63, 65, 128}) {
    EXPECT_EQ(Tampered(handshake).string(3, size).error(), HandshakeError::bad_rlp) << size;
    EXPECT_EQ(Tampered(handshake).string(5, size).error(), HandshakeError::bad_rlp) << size;
    EXPECT_EQ(Tampered(handshake).string(9, size).error(), HandshakeError::bad_rlp) << size;
    if (size != 0) {
      EXPECT_EQ(Tampered(handshake).string(4, size).error(), HandshakeError::bad_rlp) << size;
      EXPECT_EQ(Tampered(handshake).string(7, size).error(), HandshakeError::bad_rlp) << size;
    }
  }
}

TEST_F(HandshakeTest, NoFieldMayBeMissingOrAList) {
  const Handshake handshake = sample();
  for (std::size_t field = 0; field < 12; ++field) {
    Tampered missing(handshake);
    missing.items.resize(field);
    EXPECT_EQ(missing.error(), HandshakeError::bad_rlp) << field;
    Tampered list(handshake);
    EXPECT_EQ(list.set(field, [](auto& sink) { sink.list([](auto&) {}); }).error(), HandshakeError::bad_rlp);
  }
}

TEST_F(HandshakeTest, ValuesOutOfRangeAreRefused) {
  const Handshake handshake = sample();
  EXPECT_EQ(Tampered(handshake).number(0, 0).error(), HandshakeError::bad_versions);
  EXPECT_EQ(Tampered(handshake).number(0, 4).error(), HandshakeError::bad_versions);
  EXPECT_EQ(Tampered(handshake).number(2, 2).error(), HandshakeError::bad_role);
  EXPECT_EQ(Tampered(handshake).string(3, 64).error(), HandshakeError::bad_key);
  EXPECT_EQ(Tampered(handshake).number(8, 0).error(), HandshakeError::bad_endpoint);
  EXPECT_EQ(Tampered(handshake).number(8, 65'536).error(), HandshakeError::bad_endpoint);
  EXPECT_EQ(Tampered(handshake).string(7, 0).error(), HandshakeError::bad_endpoint);
  Bytes mapped(16);
  mapped[10] = mapped[11] = 0xFF;
  EXPECT_EQ(Tampered(handshake).set(7, [&](auto& sink) { sink.string(mapped); }).error(),
            HandshakeError::bad_endpoint);
}

TEST_F(HandshakeTest, LaterFieldsAreIgnoredButMustBeRlp) {
  const Handshake handshake = sample();
  Tampered later(handshake);
  later.items.push_back({0x01});
  later.items.push_back({0xC3, 0x82, 0xAB, 0xCD});
  EXPECT_EQ(decode_handshake(later.bytes()).value(), handshake);
  later.items.push_back({0xC2, 0x81, 0x01});
  EXPECT_EQ(later.error(), HandshakeError::bad_rlp);
}

TEST_F(HandshakeTest, TheClientMayBeAbsentOrAnything) {
  Handshake handshake = sample();
  const Bytes without = encoded(handshake);
  handshake.client = ClientName("ringwire/0.1.0 (x86_64, debian)");
  EXPECT_EQ(decode_handshake(encoded(handshake)).value(), handshake);
  EXPECT_EQ(encoded(handshake).size(), without.size() + 1 + 31);
  handshake.client = {};
  EXPECT_EQ(encoded(handshake), without);
  const auto client_of = [&](const Bytes& item) {
    Tampered tampered(handshake);
    tampered.items.push_back(item);
    return std::string(decode_handshake(tampered.bytes()).value().client.view());
  };
  EXPECT_EQ(client_of({0x82, 'h', 'i'}), "hi");
  EXPECT_EQ(client_of({0x80}), "");
  EXPECT_EQ(client_of({0x82, 'h', '\n'}), "");
  EXPECT_EQ(client_of({0x82, 'h', '"'}), "");
  EXPECT_EQ(client_of({0x82, 'h', 0xC3}), "");
  EXPECT_EQ(client_of({0xC3, 0x82, 'h', 'i'}), "");
  EXPECT_EQ(client_of({0x82, 'Z', '~'}), "");
  for (const Bytes& item : {Bytes{0x83, 'h', 'i'}, Bytes{0x81, 'h'}, Bytes{0xC2, 0x81, 'h'}}) {
    Tampered tampered(handshake);
    tampered.items.push_back(item);
    EXPECT_EQ(tampered.error(), HandshakeError::bad_rlp) << to_hex(item);
  }
  EXPECT_EQ(ClientName(std::string(32, 'x')).view(), std::string(32, 'x'));
  EXPECT_EQ(ClientName(std::string(33, 'x')).view(), "");
}

TEST_F(HandshakeTest, DigestIsTheHashTheSpecificationNames) {
  const Bytes initiator = {1, 2, 3}, responder = {4, 5};
  ChannelBinding binding;
  prng.fill(binding.span());
  for (const Role role : {Role::initiator, Role::responder}) {
    Bytes transcript;
    append(transcript, as_bytes("ringwire/1 auth"));
    transcript.push_back(role == Role::initiator ? 0 : 1);
    append(transcript, crypto::keccak256(initiator).view());
    append(transcript, crypto::keccak256(responder).view());
    append(transcript, binding.view());
    ASSERT_EQ(transcript.size(), 15U + 1 + 32 + 32 + 32);
    EXPECT_EQ(handshake_digest(role, initiator, responder, binding), crypto::keccak256(transcript));
  }
}

TEST_F(HandshakeTest, AckProvesTheKeyForThisConversationOnly) {
  const crypto::SecretKey key = random_key();
  const Bytes ours = encoded(sample()), theirs = encoded(sample()), other = encoded(sample());
  ChannelBinding binding;
  const auto digest = handshake_digest(Role::initiator, ours, theirs, binding);
  const auto ack = decode_handshake_ack(signer.sign(key, digest).view());
  ASSERT_TRUE(ack.has_value());
  const auto signed_by_key = [&](const Hash32& claimed) {
    const auto recovered = crypto::recover(claimed, *ack);
    return recovered.ok() && *recovered == signer.public_key(key);
  };
  EXPECT_TRUE(signed_by_key(digest));
  EXPECT_FALSE(signed_by_key(handshake_digest(Role::responder, ours, theirs, binding)));  // reflected
  EXPECT_FALSE(signed_by_key(handshake_digest(Role::initiator, ours, other, binding)));   // replayed
  EXPECT_FALSE(signed_by_key(handshake_digest(Role::initiator, theirs, ours, binding)));
  binding.bytes[0] ^= 1;  // another channel
  EXPECT_FALSE(signed_by_key(handshake_digest(Role::initiator, ours, theirs, binding)));
}

TEST(HandshakeAck, EveryOtherLengthIsRefused) {
  for (std::size_t size = 0; size < 200; ++size) {
    EXPECT_EQ(decode_handshake_ack(Bytes(size)).has_value(), size == kHandshakeAckBytes) << size;
  }
}

}  // namespace
}  // namespace ringwire::wire
