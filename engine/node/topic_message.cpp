#include "engine/node/topic_message.hpp"

#include "codec/base/check.hpp"
#include "codec/crypto/lz4_block.hpp"
#include "codec/wire/publish.hpp"

namespace ringwire::node {
namespace {

std::optional<SliceChain> unpack(const SliceChain& packed, HeapBuffers& heap) {
  std::vector<std::uint8_t> whole;
  if (packed.count() > 1) {
    whole.resize(packed.bytes());
    packed.copy_to(whole, CopyReason::straddle);
  }
  const ByteView block = packed.count() > 1 ? ByteView(whole) : packed.contiguous();
  const auto size = crypto::lz4_measure(block, wire::kPublishDecodedBytesMax);
  RW_ASSERT(size.ok() && *size > 0);
  Slice plain = heap.make(*size);
  if (plain.empty()) return std::nullopt;
  RW_ASSERT(crypto::lz4_unpack(block, HeapBuffers::writable(plain)).ok());
  count_copy(*size, CopyReason::compression);
  return SliceChain(std::move(plain));
}

}  // namespace

std::optional<TopicMessage> open_topic_message(const SliceChain& record, HeapBuffers& heap) {
  std::array<std::uint8_t, wire::kPublishHeadBytesMax> scratch;
  const auto head = wire::decode_publish(record, scratch);
  RW_ASSERT(head.ok());
  TopicMessage message{std::string(as_text(head->topic)), record, std::nullopt};
  if (head->author) message.author = Author{head->author->origin, head->author->sequence};
  message.payload.remove_prefix(head->head_bytes());
  if (head->encoding == wire::PublishEncoding::plain) return message;
  auto plain = unpack(message.payload, heap);
  if (!plain) return std::nullopt;
  message.payload = std::move(*plain);
  return message;
}

}  // namespace ringwire::node
