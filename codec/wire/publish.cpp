#include "codec/wire/publish.hpp"

#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/crypto/keccak.hpp"

namespace ringwire::wire {
namespace {

constexpr std::uint8_t kSignedBit = 0x80;  // of the encoding

bool is_topic(ByteView topic) {
  return !topic.empty() && topic.size() <= kTopicBytesMax;
}

crypto::Keccak256 hash_of_topic(ByteView topic) {
  RW_ASSERT(is_topic(topic));
  const auto size = static_cast<std::uint8_t>(topic.size());
  crypto::Keccak256 hash;
  hash.update({&size, 1}).update(topic);
  return hash;
}

std::array<std::uint8_t, 40> number_of(const NodeId& origin, std::uint64_t sequence) {
  std::array<std::uint8_t, 40> number;
  std::copy(origin.bytes.begin(), origin.bytes.end(), number.begin());
  store_be(number.data() + 32, sequence);
  return number;
}

PublishAuthor read_author(ByteView bytes) {
  PublishAuthor author;
  const auto take = [&](std::size_t at, auto& out) {
    std::copy_n(bytes.begin() + at, out.size(), out.begin());
  };
  take(0, author.origin.bytes);
  author.sequence = load_be<std::uint64_t>(bytes.data() + 32);
  take(40, author.signature.bytes);
  return author;
}

}  // namespace

const char* name(PublishError error) {
  switch (error) {
    case PublishError::truncated:
      return "truncated";
    case PublishError::bad_ttl:
      return "bad_ttl";
    case PublishError::bad_topic:
      return "bad_topic";
    case PublishError::bad_encoding:
      return "bad_encoding";
    case PublishError::bad_signature:
      return "bad_signature";
    case PublishError::wrong_origin:
      return "wrong_origin";
    case PublishError::count_:
      break;
  }
  return "unknown";
}

Result<PublishView, PublishError> decode_publish(ByteView record) {
  if (record.size() < 2) return Failure{PublishError::truncated};
  const std::size_t topic_bytes = record[1];
  if (record[0] > kPublishTtlMax) return Failure{PublishError::bad_ttl};
  if (topic_bytes == 0 || topic_bytes > kTopicBytesMax) return Failure{PublishError::bad_topic};
  if (record.size() < 3 + topic_bytes) return Failure{PublishError::truncated};
  const std::uint8_t encoding = record[2 + topic_bytes] & ~kSignedBit;
  if (encoding > static_cast<std::uint8_t>(PublishEncoding::lz4)) return Failure{PublishError::bad_encoding};
  PublishView message{
      .ttl = record[0],
      .topic = record.subspan(2, topic_bytes),
      .encoding = static_cast<PublishEncoding>(encoding),
      .payload = record.subspan(3 + topic_bytes),
  };
  if ((record[2 + topic_bytes] & kSignedBit) == 0) return message;
  if (message.payload.size() < kPublishAuthorBytes) return Failure{PublishError::truncated};
  message.author = read_author(message.payload);
  if (!crypto::check_form(message.author->signature)) return Failure{PublishError::bad_signature};
  message.payload = message.payload.subspan(kPublishAuthorBytes);
  return message;
}

Result<PublishView, PublishError> decode_publish(const SliceChain& record,
                                                 std::span<std::uint8_t, kPublishHeadBytesMax> scratch) {
  std::size_t have = 0;
  for (std::size_t i = 0; i < record.count() && have < scratch.size(); ++i) {
    const ByteView piece = record[i].view();
    have += copy_counted(scratch.subspan(have), piece.first(std::min(piece.size(), scratch.size() - have)),
                         CopyReason::straddle);
  }
  auto message = decode_publish(ByteView(scratch).first(have));
  if (message) message->payload = {};
  return message;
}

std::size_t encode_publish_head(const PublishView& message, ByteSpan out) {
  RW_ASSERT(is_topic(message.topic) && out.size() >= message.head_bytes());
  out[0] = message.ttl;
  out[1] = static_cast<std::uint8_t>(message.topic.size());
  std::copy(message.topic.begin(), message.topic.end(), out.begin() + 2);
  ByteSpan rest = out.subspan(2 + message.topic.size());
  rest[0] = static_cast<std::uint8_t>(message.encoding);
  if (!message.author) return message.head_bytes();
  rest[0] |= kSignedBit;
  const auto number = number_of(message.author->origin, message.author->sequence);
  const auto signature = message.author->signature.view();
  std::copy(signature.begin(), signature.end(), std::copy(number.begin(), number.end(), rest.begin() + 1));
  return message.head_bytes();
}

Hash32 publish_id(ByteView topic, ByteView payload) {
  return hash_of_topic(topic).update(payload).finish();
}

Hash32 publish_id(ByteView topic, const SliceChain& record, std::uint64_t skip) {
  RW_ASSERT(skip <= record.bytes());
  crypto::Keccak256 hash = hash_of_topic(topic);
  for (std::size_t i = 0; i < record.count(); ++i) {
    const ByteView piece = record[i].view();
    const std::uint64_t skipped = std::min<std::uint64_t>(skip, piece.size());
    skip -= skipped;
    hash.update(piece.subspan(skipped));
  }
  return hash.finish();
}

Hash32 publish_digest(const NodeId& origin, std::uint64_t sequence, const Hash32& content) {
  crypto::Keccak256 hash;
  hash.update(as_bytes("ringwire/1 publish")).update(number_of(origin, sequence)).update(content.view());
  return hash.finish();
}

PublishName publish_name(const std::optional<PublishAuthor>& author, const Hash32& content) {
  if (!author) return {content, std::nullopt};
  PublishName name{{}, publish_digest(author->origin, author->sequence, content)};
  crypto::Keccak256 said;
  crypto::Keccak256 number;
  said.update(name.digest->view()).update(author->signature.view());
  number.update(as_bytes("ringwire/1 number")).update(number_of(author->origin, author->sequence));
  std::copy_n(said.finish().bytes.begin(), 16, name.id.bytes.begin());
  std::copy_n(number.finish().bytes.begin(), 16, name.id.bytes.begin() + 16);
  return name;
}

Status<PublishError> verify_publish(const PublishAuthor& author, const Hash32& digest) {
  const auto key = crypto::recover(digest, author.signature);
  if (!key) return Failure{PublishError::bad_signature};
  if (crypto::node_id(*key) != author.origin) return Failure{PublishError::wrong_origin};
  return Done{};
}

std::optional<SubscribeView> decode_subscribe(ByteView payload) {
  if (payload.empty() || payload[0] > 1 || !is_topic(payload.subspan(1))) return std::nullopt;
  return SubscribeView{payload[0] == 1, payload.subspan(1)};
}

std::size_t encode_subscribe(const SubscribeView& subscribe, ByteSpan out) {
  RW_ASSERT(is_topic(subscribe.topic) && out.size() >= 1 + subscribe.topic.size());
  out[0] = subscribe.on ? 1 : 0;
  std::copy(subscribe.topic.begin(), subscribe.topic.end(), out.begin() + 1);
  return 1 + subscribe.topic.size();
}

}  // namespace ringwire::wire
