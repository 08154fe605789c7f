#include "codec/wire/publish.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codec/crypto/keccak.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/codec/wire/stream.hpp"

namespace ringwire::wire {
namespace {

Bytes encoded(const PublishView& message) {
  Bytes bytes(message.head_bytes());
  EXPECT_EQ(encode_publish_head(message, bytes), bytes.size());
  append(bytes, message.payload);
  return bytes;
}

SliceChain in_pieces(HeapBuffers& heap, ByteView bytes, std::size_t piece) {
  SliceChain chain;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size()))) {
    const ByteView part = bytes.first(std::min(piece, bytes.size()));
    Slice slice = heap.make(static_cast<std::uint32_t>(part.size()));
    std::copy(part.begin(), part.end(), HeapBuffers::writable(slice).begin());
    chain.append(std::move(slice));
  }
  return chain;
}

TEST(Publish, LaysOutTtlTopicEncodingPayload) {
  const PublishView message{
      .ttl = 5, .topic = as_bytes("votes"), .encoding = PublishEncoding::lz4, .payload = as_bytes("xy")};
  EXPECT_EQ(to_hex(encoded(message)), "0505766f746573017879");
}

TEST(Publish, ReturnsWhatWasEncodedForEveryTopicLength) {
  Prng prng(1);
  for (std::size_t size = 1; size <= kTopicBytesMax; ++size) {
    const Bytes topic = random_bytes(prng, size), payload = random_bytes(prng, prng.below(100));
    const Bytes record = encoded({.ttl = 7, .topic = topic, .payload = payload});
    const auto decoded = decode_publish(record);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->ttl, 7);
    EXPECT_EQ(Bytes(decoded->topic.begin(), decoded->topic.end()), topic);
    EXPECT_EQ(Bytes(decoded->payload.begin(), decoded->payload.end()), payload);
    EXPECT_EQ(decoded->head_bytes() + payload.size(), record.size());
  }
}

TEST(Publish, EveryFirstByteAboveTheTtlLimitIsRefused) {
  Bytes record = encoded({.topic = as_bytes("t")});
  for (unsigned ttl = 0; ttl < 256; ++ttl) {
    record[0] = static_cast<std::uint8_t>(ttl);
    EXPECT_EQ(decode_publish(record).ok(), ttl <= kPublishTtlMax) << ttl;
  }
}

TEST(Publish, RefusesBadTopicsEncodingsAndTruncations) {
  const Bytes record = encoded({.topic = as_bytes("topic")});
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_EQ(decode_publish(ByteView(record).first(size)).error(), PublishError::truncated) << size;
  }
  EXPECT_EQ(decode_publish(Bytes{1, 0, 0}).error(), PublishError::bad_topic);
  Bytes long_topic(300, 1);
  long_topic[1] = kTopicBytesMax + 1;
  EXPECT_EQ(decode_publish(long_topic).error(), PublishError::bad_topic);
  for (unsigned encoding = 2; encoding < 256; ++encoding) {
    const Bytes other = {1, 1, 't', static_cast<std::uint8_t>(encoding)};
    const bool is_signed = encoding == 0x80 || encoding == 0x81;
    EXPECT_EQ(decode_publish(other).error(),
              is_signed ? PublishError::truncated : PublishError::bad_encoding);
  }
}

TEST(Publish, PiecesDecodeLikeTheWhole) {
  Prng prng(2);
  HeapBuffers heap(1 << 20);
  const Bytes topic = random_bytes(prng, 100), payload = random_bytes(prng, 5'000);
  const Bytes record = encoded({.ttl = 3, .topic = topic, .payload = payload});
  const Hash32 id = publish_id(topic, payload);
  for (const std::size_t piece : {1, 2, 50, 102, 103, 104, 4'000}) {
    const SliceChain chain = in_pieces(heap, record, piece);
    std::array<std::uint8_t, kPublishHeadBytesMax> scratch;
    const auto decoded = decode_publish(chain, scratch);
    ASSERT_TRUE(decoded.ok()) << piece;
    EXPECT_EQ(decoded->ttl, 3);
    EXPECT_EQ(Bytes(decoded->topic.begin(), decoded->topic.end()), topic);
    EXPECT_EQ(publish_id(decoded->topic, chain, decoded->head_bytes()), id) << piece;
  }
}

TEST(Publish, PiecesAreRefusedAsTheWholeIs) {
  HeapBuffers heap(1 << 20);
  const Bytes record = encoded({.topic = as_bytes("topic")});
  std::array<std::uint8_t, kPublishHeadBytesMax> scratch;
  for (std::size_t size = 0; size < record.size(); ++size) {
    const SliceChain chain = in_pieces(heap, ByteView(record).first(size), 2);
    EXPECT_EQ(decode_publish(chain, scratch).error(), PublishError::truncated) << size;
  }
  EXPECT_EQ(decode_publish(in_pieces(heap, Bytes(300, 1 + kPublishTtlMax), 7), scratch).error(),
            PublishError::bad_ttl);
}

TEST(Publish, EveryErrorHasAName) {
  test::expect_names_below(PublishError::count_);
}

TEST(Publish, IdIsTheHashTheSpecificationNames) {
  Bytes hashed = {5};
  append(hashed, as_bytes("topic"));
  append(hashed, as_bytes("payload"));
  EXPECT_EQ(publish_id(as_bytes("topic"), as_bytes("payload")), crypto::keccak256(hashed));
}

TEST(Publish, NoOtherCutOfTopicAndPayloadHasTheSameId) {
  const ByteView text = as_bytes("abcdefgh");
  std::set<Hash32> ids;
  for (std::size_t cut = 1; cut <= text.size(); ++cut)
    ids.insert(publish_id(text.first(cut), text.subspan(cut)));
  EXPECT_EQ(ids.size(), text.size());
}

// --- with author

constexpr std::uint64_t kSequence = 0x0102030405060708;

struct SignedPublish : testing::Test {
  // A message as its origin signs it; `payload` is the decoded one, also where it travels packed.
  PublishView message(std::string_view topic, ByteView payload, std::uint64_t sequence = kSequence) const {
    PublishView message{.ttl = 3, .topic = as_bytes(topic), .payload = payload};
    const Hash32 digest = publish_digest(origin, sequence, publish_id(message.topic, payload));
    message.author = PublishAuthor{origin, sequence, signer.sign(key, digest)};
    return message;
  }
  static PublishName name_of(const PublishView& message) {
    return publish_name(message.author, publish_id(message.topic, message.payload));
  }
  static Status<PublishError> verify(const PublishView& message) {
    return verify_publish(*message.author, *name_of(message).digest);
  }
  static void expect_forged(const PublishView& message, const char* what) {
    EXPECT_FALSE(verify(message).ok()) << what;
  }

  const crypto::Signer signer{std::array<std::uint8_t, 32>{1}};
  const crypto::SecretKey key = *crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{7});
  const NodeId origin = crypto::node_id(signer.public_key(key));
  const PublishView vote = message("votes", as_bytes("yes"));
};

TEST_F(SignedPublish, LaysOutOriginSequenceSignatureBehindTheEncoding) {
  const std::string head = "0305766f74657380" + to_hex(origin.view()) + "0102030405060708";
  EXPECT_EQ(to_hex(encoded(vote)), head + to_hex(vote.author->signature.view()) + to_hex(as_bytes("yes")));
}

TEST_F(SignedPublish, ReturnsWhatWasEncodedAndItsOriginDidSignIt) {
  for (const PublishEncoding encoding : {PublishEncoding::plain, PublishEncoding::lz4}) {
    PublishView sent = vote;
    sent.encoding = encoding;
    const Bytes record = encoded(sent);
    const auto decoded = decode_publish(record);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->encoding, encoding);
    EXPECT_EQ(decoded->author, vote.author);
    EXPECT_EQ(as_text(decoded->payload), "yes");
    EXPECT_EQ(decoded->head_bytes() + 3, record.size());
    EXPECT_TRUE(verify(*decoded).ok());
  }
}

TEST_F(SignedPublish, NamesAreTheHashesTheSpecificationNames) {
  Bytes numbered(origin.bytes.begin(), origin.bytes.end());
  append(numbered, Bytes{1, 2, 3, 4, 5, 6, 7, 8});
  Bytes hashed = Bytes(as_bytes("ringwire/1 publish").begin(), as_bytes("ringwire/1 publish").end());
  append(hashed, numbered);
  append(hashed, publish_id(as_bytes("votes"), as_bytes("yes")).view());
  const PublishName name = name_of(vote);
  EXPECT_EQ(name.digest, crypto::keccak256(hashed));
  Bytes said(name.digest->bytes.begin(), name.digest->bytes.end());
  append(said, vote.author->signature.view());
  Bytes number = Bytes(as_bytes("ringwire/1 number").begin(), as_bytes("ringwire/1 number").end());
  append(number, numbered);
  EXPECT_EQ(to_hex(name.id.view()), to_hex(crypto::keccak256(said).view().first(16)) +
                                        to_hex(crypto::keccak256(number).view().first(16)));
}

TEST_F(SignedPublish, WhatIsAlteredIsNotWhatItsOriginSigned) {
  PublishView other = vote;
  other.topic = as_bytes("votez");
  expect_forged(other, "topic");
  other = vote;
  other.payload = as_bytes("yet");
  expect_forged(other, "payload");
  // A byte moved from the one to the other.
  other.topic = as_bytes("votesy");
  other.payload = as_bytes("es");
  expect_forged(other, "cut");
  other = vote;
  ++other.author->sequence;
  expect_forged(other, "sequence");
  other = vote;
  other.author->origin.bytes[31] ^= 1;
  EXPECT_EQ(verify(other).error(), PublishError::wrong_origin);
  for (std::size_t byte = 0; byte < 65; ++byte) {
    other = vote;
    other.author->signature.bytes[byte] ^= 1;
    expect_forged(other, "signature");
  }
  other = vote;
  other.author->signature = message("votes", as_bytes("no")).author->signature;
  EXPECT_EQ(verify(other).error(), PublishError::wrong_origin);
}

TEST_F(SignedPublish, ASignatureOutOfFormIsNoRecord) {
  PublishView other = vote;
  other.author->signature.bytes[64] = 4;
  EXPECT_EQ(decode_publish(encoded(other)).error(), PublishError::bad_signature);
  other = vote;
  std::fill_n(other.author->signature.bytes.begin(), 32, std::uint8_t{0});
  EXPECT_EQ(decode_publish(encoded(other)).error(), PublishError::bad_signature);
}

TEST_F(SignedPublish, TheHighTwinIsNoRecord) {
  static constexpr std::string_view kOrder =
      "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
  Hash32 order;
  ASSERT_TRUE(from_hex(kOrder, order.bytes));
  PublishView twin = vote;
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    auto& byte = twin.author->signature.bytes[static_cast<std::size_t>(32 + i)];
    const int difference = order.bytes[static_cast<std::size_t>(i)] - byte - borrow;
    borrow = difference < 0 ? 1 : 0;
    byte = static_cast<std::uint8_t>(difference);
  }
  twin.author->signature.bytes[64] ^= 1;
  EXPECT_EQ(decode_publish(encoded(twin)).error(), PublishError::bad_signature);
  EXPECT_EQ(verify(twin).error(), PublishError::bad_signature);
}

TEST_F(SignedPublish, EveryCutIsFoundAndEveryPlaceToCutIntoPiecesIsGood) {
  HeapBuffers heap(1 << 20);
  const Bytes record = encoded(vote);
  std::array<std::uint8_t, kPublishHeadBytesMax> scratch;
  for (std::size_t size = 0; size < record.size(); ++size) {
    const ByteView part = ByteView(record).first(size);
    const bool is_whole = size >= vote.head_bytes();
    EXPECT_EQ(decode_publish(part).ok(), is_whole) << size;
    if (!is_whole) {
      EXPECT_EQ(decode_publish(part).error(), PublishError::truncated) << size;
    }
    if (size == 0) continue;
    SliceChain chain = in_pieces(heap, part, size);
    const SliceChain rest = in_pieces(heap, ByteView(record).subspan(size), record.size());
    chain.append(Slice(rest[0]));
    const auto decoded = decode_publish(chain, scratch);
    ASSERT_TRUE(decoded.ok()) << size;
    EXPECT_EQ(decoded->author, vote.author) << size;
    const Hash32 content = publish_id(decoded->topic, chain, decoded->head_bytes());
    EXPECT_EQ(publish_name(decoded->author, content).id, name_of(vote).id) << size;
  }
}

// Whoever brings one of these first must not keep the true one out.
TEST_F(SignedPublish, NothingElseHasTheIdOfTheTrueOne) {
  std::set<Hash32> ids = {name_of(vote).id};
  const auto expect_new = [&](const PublishView& other) {
    EXPECT_TRUE(ids.insert(name_of(other).id).second);
  };
  PublishView forged = vote;
  forged.author->signature.bytes[40] ^= 1;
  expect_new(forged);
  PublishView stripped = vote;
  stripped.author.reset();
  expect_new(stripped);
  EXPECT_FALSE(name_of(stripped).digest.has_value());
  const Bytes record = encoded(vote);
  Bytes without_flag(record);
  without_flag[7] = 0;
  expect_new(*decode_publish(without_flag));
  expect_new(message("votes", as_bytes("yes"), kSequence + 1));
  expect_new(message("votes", as_bytes("no")));
  expect_new(message("Votes", as_bytes("yes")));
}

TEST_F(SignedPublish, AnIdsSecondHalfIsItsOriginsNumber) {
  const Hash32 id = name_of(vote).id;
  const auto same = [&](const PublishView& other) {
    return std::ranges::equal(publish_number(name_of(other).id), publish_number(id));
  };
  EXPECT_TRUE(same(message("other", as_bytes("no"))));
  EXPECT_FALSE(same(message("votes", as_bytes("yes"), kSequence + 1)));
  PublishView other = vote;
  other.author->origin.bytes[0] ^= 1;
  EXPECT_FALSE(same(other));
}

TEST(Subscribe, SaysOnOrOffForATopic) {
  for (const bool on : {false, true}) {
    Bytes payload(6);
    EXPECT_EQ(encode_subscribe({on, as_bytes("votes")}, payload), 6U);
    const auto decoded = decode_subscribe(payload);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->on, on);
    EXPECT_EQ(as_text(decoded->topic), "votes");
  }
  for (std::size_t size = 0; size < 200; ++size) {
    EXPECT_EQ(decode_subscribe(Bytes(size, 1)).has_value(), size >= 2 && size <= 1 + kTopicBytesMax) << size;
  }
  EXPECT_FALSE(decode_subscribe(Bytes{2, 't'}).has_value());
}

}  // namespace
}  // namespace ringwire::wire
