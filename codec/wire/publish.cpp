#include "codec/wire/publish.hpp"

#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/crypto/keccak.hpp"

namespace ringwire::wire {
namespace {

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
  const std::uint8_t encoding = record[2 + topic_bytes];
  if (encoding > static_cast<std::uint8_t>(PublishEncoding::lz4)) return Failure{PublishError::bad_encoding};
  return PublishView{
      .ttl = record[0],
      .topic = record.subspan(2, topic_bytes),
      .encoding = static_cast<PublishEncoding>(encoding),
      .payload = record.subspan(3 + topic_bytes),
  };
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
  out[2 + message.topic.size()] = static_cast<std::uint8_t>(message.encoding);
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
