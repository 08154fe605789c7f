// Publish and Subscribe: exactly what their page says decodes, and encodes back to the same bytes; a message
// in pieces has the head and the id of the same message in one, and its id does not depend on its ttl.
//
// Input: is-publish u8 (odd) | size of a piece u8 | record
#include "codec/wire/publish.hpp"

#include <algorithm>

#include "codec/base/heap_buffer.hpp"
#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

bool model_accepts(ByteView record) {
  if (record.size() < 3 || record[0] > 32 || record[1] == 0 || record[1] > 128) return false;
  const std::size_t encoding = 2U + record[1];
  return record.size() > encoding && record[encoding] <= 1;
}

SliceChain in_pieces(HeapBuffers& heap, ByteView bytes, std::size_t piece_bytes) {
  SliceChain chain;
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(piece_bytes, bytes.size()));
    Slice slice = heap.make(static_cast<std::uint32_t>(piece.size()));
    std::ranges::copy(piece, HeapBuffers::writable(slice).begin());
    chain.append(std::move(slice));
    bytes = bytes.subspan(piece.size());
  }
  return chain;
}

void check_publish(ByteView record, std::size_t piece_bytes) {
  const auto whole = wire::decode_publish(record);
  RW_ASSERT(whole.ok() == model_accepts(record));
  HeapBuffers heap(64 << 20);
  const SliceChain chain = in_pieces(heap, record, piece_bytes);
  std::array<std::uint8_t, wire::kPublishHeadBytesMax> scratch{};
  const auto head = wire::decode_publish(chain, scratch);
  RW_ASSERT(head.ok() == whole.ok());
  if (!whole) {
    RW_ASSERT(head.error() == whole.error() && std::string_view(name(whole.error())) != "unknown");
    return;
  }
  RW_ASSERT(head->ttl == whole->ttl && head->encoding == whole->encoding && head->payload.empty());
  RW_ASSERT(std::ranges::equal(head->topic, whole->topic));
  fuzz::Input written(whole->head_bytes());
  RW_ASSERT(wire::encode_publish_head(*head, written) == written.size());
  RW_ASSERT(std::ranges::equal(written, record.first(written.size())));
  RW_ASSERT(std::ranges::equal(whole->payload, record.subspan(written.size())));
  const Hash32 id = wire::publish_id(whole->topic, whole->payload);
  RW_ASSERT(wire::publish_id(head->topic, chain, head->head_bytes()) == id);
}

void check_subscribe(ByteView payload) {
  const auto subscribe = wire::decode_subscribe(payload);
  const bool is_valid = payload.size() >= 2 && payload.size() <= 129 && payload[0] <= 1;
  RW_ASSERT(subscribe.has_value() == is_valid);
  if (!subscribe) return;
  fuzz::Input written(payload.size());
  RW_ASSERT(wire::encode_subscribe(*subscribe, written) == written.size());
  RW_ASSERT(std::ranges::equal(written, payload));
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  Input long_topic = {1, 40, 32, 128};
  long_topic.resize(4 + 128, 't');
  long_topic.insert(long_topic.end(), {1, 0, 0, 0, 9, 'p'});
  return {{1, 1, 3, 2, 'h', 'i', 0, 'x', 'y'}, long_topic, {0, 0, 1, 'a'}, {0, 0, 0, 'a', 'b'}};
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  if (size < 2) return 0;
  const ByteView payload(data + 2, size - 2);
  data[0] % 2 != 0 ? check_publish(payload, data[1] + 1U) : check_subscribe(payload);
  return 0;
}
