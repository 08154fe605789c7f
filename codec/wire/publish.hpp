// Topic messages: what gossip relays from peer to peer.
//
//   Publish     ttl u8 | topic-length u8 | topic | encoding u8 | payload
//   Subscribe   on u8 (0 or 1) | topic
//
// ttl is the only byte a relay changes. So that it need not compute a checksum for it, the frame checksum of
// a Publish covers the payload WITHOUT its first byte (MessageRules::unchecked_bytes). A damaged ttl can cost
// or add hops, up to kPublishTtlMax, and nothing else.
//
// encoding 0: payload as it is. encoding 1: packed by the origin (codec/crypto/lz4_block.hpp). Others are
// refused: a relay that cannot decode cannot know the id.
//
// The id is Keccak-256(topic-length u8 | topic | decoded payload): it does not depend on encoding or ttl, so
// one message has one id whichever way it came, and nobody can make two messages share one.
//
// A large message lies in pieces: decode_publish() reads the head out of the first ones and the rest is never
// copied. No allocation.
#pragma once

#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/base/slice_chain.hpp"

namespace ringwire::wire {

inline constexpr std::uint8_t kPublishTtlMax = 32;  // no network of ours is wider; more only feeds a loop
inline constexpr std::size_t kTopicBytesMax = 128;
inline constexpr std::size_t kPublishHeadBytesMax = 3 + kTopicBytesMax;
inline constexpr std::uint32_t kPublishDecodedBytesMax = 4 * 1024 * 1024;  // as the cap of the type

enum class PublishEncoding : std::uint8_t { plain = 0, lz4 = 1 };

// The caller drops the message and penalises the sender.
enum class PublishError : std::uint8_t {
  truncated,
  bad_ttl,    // above kPublishTtlMax
  bad_topic,  // empty or too long
  bad_encoding,
  count_,
};
const char* name(PublishError error);

struct PublishView {
  std::uint8_t ttl = 0;
  ByteView topic;
  PublishEncoding encoding = PublishEncoding::plain;
  ByteView payload;  // as sent, `encoding` not undone

  [[nodiscard]] std::size_t head_bytes() const { return 3 + topic.size(); }
};

Result<PublishView, PublishError> decode_publish(ByteView record);
// The head of a message in pieces, copied into `scratch` and viewed there (counted: straddle); `payload`
// stays empty: it is what follows head_bytes() in `record`.
Result<PublishView, PublishError> decode_publish(const SliceChain& record,
                                                 std::span<std::uint8_t, kPublishHeadBytesMax> scratch);

// Writes everything before the payload; `out` needs message.head_bytes(). Returns the bytes written.
std::size_t encode_publish_head(const PublishView& message, ByteSpan out);

// `payload` is the decoded one.
Hash32 publish_id(ByteView topic, ByteView payload);
// The same where the decoded payload is what follows the first `skip` bytes of `record`.
Hash32 publish_id(ByteView topic, const SliceChain& record, std::uint64_t skip);

struct SubscribeView {
  bool on = false;
  ByteView topic;
};
// Nothing for another first byte than 0 or 1, an empty or too long topic.
std::optional<SubscribeView> decode_subscribe(ByteView payload);
// `out` needs 1 + topic.size(). Returns the bytes written.
std::size_t encode_subscribe(const SubscribeView& subscribe, ByteSpan out);

}  // namespace ringwire::wire
