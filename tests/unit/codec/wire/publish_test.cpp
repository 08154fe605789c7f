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
    EXPECT_EQ(decode_publish(other).error(), PublishError::bad_encoding);
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
