// Publish and Subscribe: exactly what their page says decodes, and encodes back to the same bytes; a message
// in pieces has the head and the id of the same message in one, and its id does not depend on its ttl; what
// an origin signed is good, and is not any more with one bit changed outside the ttl.
//
// Input: is-publish u8 (odd) | size of a piece u8 | record. Where bit 1 of the first byte is set, the record
// is signed first; its last two bytes then say which bit changes.
#include "codec/wire/publish.hpp"

#include <algorithm>

#include "codec/base/heap_buffer.hpp"
#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

bool model_accepts(ByteView record) {
  if (record.size() < 3 || record[0] > 32 || record[1] == 0 || record[1] > 128) return false;
  const std::size_t encoding = 2U + record[1];
  if (record.size() <= encoding || (record[encoding] & 0x7F) > 1) return false;
  if (record[encoding] < 0x80) return true;
  if (record.size() < encoding + 1 + 105) return false;
  crypto::Signature signature;
  std::ranges::copy(record.subspan(encoding + 41, 65), signature.bytes.begin());
  return crypto::check_form(signature).ok();
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
  RW_ASSERT(head->author == whole->author);
  RW_ASSERT(std::ranges::equal(head->topic, whole->topic));
  fuzz::Input written(whole->head_bytes());
  RW_ASSERT(wire::encode_publish_head(*head, written) == written.size());
  RW_ASSERT(std::ranges::equal(written, record.first(written.size())));
  RW_ASSERT(std::ranges::equal(whole->payload, record.subspan(written.size())));
  const Hash32 id = wire::publish_id(whole->topic, whole->payload);
  RW_ASSERT(wire::publish_id(head->topic, chain, head->head_bytes()) == id);
}

// Of a record whose payload is taken as decoded.
bool is_good(ByteView record) {
  const auto message = wire::decode_publish(record);
  if (!message || !message->author) return false;
  const auto name = wire::publish_name(message->author, wire::publish_id(message->topic, message->payload));
  return wire::verify_publish(*message->author, *name.digest).ok();
}

// The record as who holds a key says it.
fuzz::Input sign(wire::PublishView message) {
  static const crypto::Signer kSigner{std::array<std::uint8_t, 32>{1}};
  static const auto kKey = *crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{7});
  static const NodeId kOrigin = crypto::node_id(kSigner.public_key(kKey));
  const std::uint64_t sequence = message.payload.size() * 0x0101010101010101;
  const Hash32 content = wire::publish_id(message.topic, message.payload);
  const Hash32 digest = wire::publish_digest(kOrigin, sequence, content);
  message.author = wire::PublishAuthor{kOrigin, sequence, kSigner.sign(kKey, digest)};
  fuzz::Input record(message.head_bytes());
  wire::encode_publish_head(message, record);
  record.insert(record.end(), message.payload.begin(), message.payload.end());
  return record;
}

void check_signed(ByteView unsigned_record, std::size_t piece_bytes) {
  if (unsigned_record.size() < 2) return;
  const auto message = wire::decode_publish(unsigned_record.first(unsigned_record.size() - 2));
  if (!message || message->author) return;
  fuzz::Input record = sign(*message);
  check_publish(record, piece_bytes);
  RW_ASSERT(is_good(record));
  const std::size_t bit = load_be<std::uint16_t>(&unsigned_record.back() - 1) % ((record.size() - 1) * 8);
  record[1 + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  check_publish(record, piece_bytes);
  // How the payload is packed is not signed; that it decodes to what was signed is.
  const std::size_t encoding = 2U + record[1];
  const bool is_packing = 1 + bit / 8 == 2 + message->topic.size() && bit % 8 == 0;
  RW_ASSERT(is_packing ? record[encoding] >= 0x80 : !is_good(record));
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
  Input with_author = {1, 7, 3, 2, 'h', 'i'};
  with_author.push_back(0x81);
  with_author.resize(with_author.size() + 40, 'o');
  with_author.resize(with_author.size() + 64, 1);
  with_author.insert(with_author.end(), {3, 'x', 'y'});
  return {{1, 1, 3, 2, 'h', 'i', 0, 'x', 'y'},        long_topic,     with_author,
          {3, 5, 3, 2, 'h', 'i', 0, 'x', 'y', 1, 77}, {0, 0, 1, 'a'}, {0, 0, 0, 'a', 'b'}};
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  if (size < 2) return 0;
  const ByteView payload(data + 2, size - 2);
  if (data[0] % 2 == 0) {
    check_subscribe(payload);
  } else if ((data[0] & 2) == 0) {
    check_publish(payload, data[1] + 1U);
  } else {
    check_signed(payload, data[1] + 1U);
  }
  return 0;
}
