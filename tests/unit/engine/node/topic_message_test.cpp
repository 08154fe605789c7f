#include "engine/node/topic_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/crypto/lz4_block.hpp"
#include "codec/wire/publish.hpp"

namespace ringwire::node {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct TopicMessages : testing::Test {
  HeapBuffers travelling{1 << 20};
  HeapBuffers unpacked{64 * 1024};

  // A record cut into slices of `piece` bytes.
  SliceChain record(wire::PublishEncoding encoding, const Bytes& payload, std::size_t piece) {
    const wire::PublishView head{3, as_bytes("blocks"), encoding, payload};
    Bytes bytes(head.head_bytes());
    wire::encode_publish_head(head, bytes);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    SliceChain chain;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const ByteView part = ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at));
      Slice slice = travelling.make(static_cast<std::uint32_t>(part.size()));
      std::copy(part.begin(), part.end(), HeapBuffers::writable(slice).begin());
      chain.append(std::move(slice));
    }
    return chain;
  }

  static Bytes bytes_of(const SliceChain& chain) {
    Bytes bytes(chain.bytes());
    chain.copy_to(bytes, CopyReason::cross_thread);
    return bytes;
  }

  static Bytes packed(const Bytes& plain) {
    Bytes out(plain.size());
    out.resize(crypto::lz4_pack(plain, out).value());
    return out;
  }
};

TEST_F(TopicMessages, AreTheSameHoweverTheyTravelled) {
  Bytes plain(5000);
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<std::uint8_t>(i / 100);
  for (const std::size_t piece : {1U, 2U, 8U, 9U, 10U, 1000U, 10'000U}) {
    for (const bool is_packed : {false, true}) {
      const auto encoding = is_packed ? wire::PublishEncoding::lz4 : wire::PublishEncoding::plain;
      const auto message =
          open_topic_message(record(encoding, is_packed ? packed(plain) : plain, piece), unpacked);
      ASSERT_TRUE(message.has_value());
      EXPECT_EQ(message->topic, "blocks");
      EXPECT_TRUE(bytes_of(message->payload) == plain) << piece << is_packed;
    }
  }
  EXPECT_EQ(travelling.used_bytes() + unpacked.used_bytes(), 0U);
}

TEST_F(TopicMessages, APlainPayloadStaysWhereItIs) {
  const SliceChain whole = record(wire::PublishEncoding::plain, Bytes(100, 7), 1000);
  const auto message = open_topic_message(whole, unpacked);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->payload[0].data(), whole[0].data() + 9);
  EXPECT_EQ(unpacked.used_bytes(), 0U);
}

TEST_F(TopicMessages, AnEmptyPayloadIsEmpty) {
  const auto message = open_topic_message(record(wire::PublishEncoding::plain, {}, 1000), unpacked);
  ASSERT_TRUE(message.has_value());
  EXPECT_TRUE(message->payload.empty());
}

TEST_F(TopicMessages, WithoutRoomToUnpackTheyHaveToWait) {
  const SliceChain large = record(wire::PublishEncoding::lz4, packed(Bytes(40'000)), 1000);
  auto held = open_topic_message(large, unpacked);
  ASSERT_TRUE(held.has_value());
  EXPECT_FALSE(open_topic_message(large, unpacked).has_value());
  held.reset();
  EXPECT_TRUE(open_topic_message(large, unpacked).has_value());
}

}  // namespace
}  // namespace ringwire::node
