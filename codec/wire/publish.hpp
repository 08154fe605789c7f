// Topic messages: what gossip relays from peer to peer.
//
//   Publish     ttl u8 | topic-length u8 | topic | encoding u8 | author | payload
//   author      origin (32) | sequence u64 | signature (65); only where bit 7 of the encoding is set
//   Subscribe   on u8 (0 or 1) | topic
//
// ttl is the only byte a relay changes. So that it need not compute a checksum for it, the frame checksum of
// a Publish covers the payload WITHOUT its first byte (MessageRules::unchecked_bytes). A damaged ttl can cost
// or add hops, up to kPublishTtlMax, and nothing else.
//
// Of the encoding, bits 0 to 6: 0 is the payload as it is, 1 packed by the origin
// (codec/crypto/lz4_block.hpp). Others are refused: a relay that cannot decode cannot know the id.
//
//   content     Keccak-256(topic-length u8 | topic | decoded payload); the id of a message without author
//   digest      Keccak-256("ringwire/1 publish" | origin | sequence u64 | content); what the origin signs
//   id          of a message with author: the first halves of Keccak-256(digest | signature) and of
//               Keccak-256("ringwire/1 number" | origin | sequence u64)
//
// Neither depends on ttl or on how the payload is packed: one message has one id whichever way it came.
//
// Attacks on the signed form
//  - A forged copy that comes first, so that the true one is taken for a duplicate, or for what was refused:
//    the id covers the signature. So it does where the author is cut off: that is another message.
//  - A signature under a key of the attacker's: any 65 bytes in range recover some key. The origin is sent,
//    is signed, and must be the node id of the key that comes out.
//  - One number for two messages: only the origin can, and their ids agree in the second half, so that
//    whoever remembers that half lets one of them pass.
//  - Two messages with one id: nobody but the origin can look for them (2^64 hashes), and it gains what one
//    number for both gives it.
//
// A large message lies in pieces: decode_publish() reads the head out of the first ones and the rest is never
// copied. No allocation. Cost: verify_publish() 31 us, all else what hashing costs.
#pragma once

#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/base/slice_chain.hpp"
#include "codec/crypto/identity.hpp"

namespace ringwire::wire {

inline constexpr std::uint8_t kPublishTtlMax = 32;  // no network of ours is wider; more only feeds a loop
inline constexpr std::size_t kTopicBytesMax = 128;
inline constexpr std::size_t kPublishAuthorBytes = 32 + 8 + 65;
inline constexpr std::size_t kPublishHeadBytesMax = 3 + kTopicBytesMax + kPublishAuthorBytes;
inline constexpr std::uint32_t kPublishDecodedBytesMax = 4 * 1024 * 1024;  // as the cap of the type

enum class PublishEncoding : std::uint8_t { plain = 0, lz4 = 1 };

// The caller drops the message and penalises the sender.
enum class PublishError : std::uint8_t {
  truncated,
  bad_ttl,    // above kPublishTtlMax
  bad_topic,  // empty or too long
  bad_encoding,
  bad_signature,  // not in form: high s, out of range, a recovery id above 3; or no key made it
  wrong_origin,   // another key made it, or over something else
  count_,
};
const char* name(PublishError error);

// Who says so, and which of its messages this is. Origins number their messages upwards; gaps mean nothing.
struct PublishAuthor {
  NodeId origin;
  std::uint64_t sequence = 0;
  crypto::Signature signature;

  bool operator==(const PublishAuthor&) const = default;
};

struct PublishView {
  std::uint8_t ttl = 0;
  ByteView topic;
  PublishEncoding encoding = PublishEncoding::plain;
  ByteView payload;  // as sent, `encoding` not undone
  std::optional<PublishAuthor> author = std::nullopt;

  [[nodiscard]] std::size_t head_bytes() const {
    return 3 + topic.size() + (author ? kPublishAuthorBytes : 0);
  }
};

// A signature is checked for its form only.
Result<PublishView, PublishError> decode_publish(ByteView record);
// The head of a message in pieces, copied into `scratch` and viewed there (counted: straddle); `payload`
// stays empty: it is what follows head_bytes() in `record`.
Result<PublishView, PublishError> decode_publish(const SliceChain& record,
                                                 std::span<std::uint8_t, kPublishHeadBytesMax> scratch);

// Writes everything before the payload; `out` needs message.head_bytes(). Returns the bytes written.
std::size_t encode_publish_head(const PublishView& message, ByteSpan out);

// The content hash: the id of a message without author. `payload` is the decoded one.
Hash32 publish_id(ByteView topic, ByteView payload);
// The same where the decoded payload is what follows the first `skip` bytes of `record`.
Hash32 publish_id(ByteView topic, const SliceChain& record, std::uint64_t skip);

// What a message is known by.
struct PublishName {
  Hash32 id;
  std::optional<Hash32> digest;  // what its origin signed; nothing without author
};
PublishName publish_name(const std::optional<PublishAuthor>& author, const Hash32& content);
Hash32 publish_digest(const NodeId& origin, std::uint64_t sequence, const Hash32& content);
// The part of an id that all messages with this origin and number share.
inline ByteView publish_number(const Hash32& id) {
  return id.view().last(16);
}

// Did the origin sign `digest`? bad_signature or wrong_origin otherwise. 31 us.
Status<PublishError> verify_publish(const PublishAuthor& author, const Hash32& digest);

struct SubscribeView {
  bool on = false;
  ByteView topic;
};
// Nothing for another first byte than 0 or 1, an empty or too long topic.
std::optional<SubscribeView> decode_subscribe(ByteView payload);
// `out` needs 1 + topic.size(). Returns the bytes written.
std::size_t encode_subscribe(const SubscribeView& subscribe, ByteSpan out);

}  // namespace ringwire::wire
