// A node record that is accepted, as bytes or as text, is the only form of itself, and its keys rise.
// Mutated bytes hardly ever carry a good signature, so the second half of the inputs is signed before it is
// read: then every check behind the signature is reached.
//
// Input: how u8 (0 bytes, 1 text, else pairs to be signed) | the record, the text, or the items after the
// number
#include "codec/wire/enr.hpp"

#include <algorithm>
#include <optional>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/rlp.hpp"
#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

using fuzz::Input;
using wire::Enr;

const crypto::Signer& signer() {
  static const crypto::Signer kSigner(std::array<std::uint8_t, 32>{1});
  return kSigner;
}

const crypto::SecretKey& secret_key() {
  static const auto kKey = crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{0x42});
  return *kKey;
}

template <class Body>
Input rlp(const Body& body) {
  Input bytes(wire::rlp_size(body));
  wire::RlpWriter writer(bytes);
  body(writer);
  return bytes;
}

Input signed_record(ByteView pairs) {
  const auto content = [&](auto& sink) {
    sink.u64(7);
    sink.raw(pairs);
  };
  const Input signed_part = rlp([&](auto& sink) { sink.list(content); });
  const auto signature = signer().sign(secret_key(), crypto::keccak256(signed_part));
  return rlp([&](auto& sink) {
    sink.list([&](auto& inside) {
      inside.string(signature.view().first(crypto::CompactSignature::size()));
      content(inside);
    });
  });
}

// Read again without believing anything that the decoder said.
void check_order(ByteView encoded) {
  wire::RlpReader items = wire::RlpReader(encoded).list();
  items.item();
  items.item();
  std::optional<ByteView> previous;
  while (items.more()) {
    const ByteView key = items.string();
    items.item();
    RW_ASSERT(!previous ||
              std::lexicographical_compare(previous->begin(), previous->end(), key.begin(), key.end()));
    previous = key;
  }
  RW_ASSERT(items.ok());
}

void check_accepted(const Enr& record) {
  RW_ASSERT(record.encoded().size() <= wire::kEnrBytesMax);
  RW_ASSERT(wire::check_rlp(record.encoded(), wire::kEnrBytesMax).ok());
  check_order(record.encoded());
  const auto from_bytes = Enr::decode(record.encoded());
  const auto from_text = Enr::parse(record.to_string());
  RW_ASSERT(from_bytes.ok() && *from_bytes == record && from_bytes->fields() == record.fields());
  RW_ASSERT(from_text.ok() && *from_text == record);
  for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
    const auto endpoint = record.udp_endpoint(family);
    RW_ASSERT(!endpoint || (endpoint->address.family == family && endpoint->port != 0));
  }
}

Input with_way(std::uint8_t way, ByteView bytes) {
  Input input(1 + bytes.size(), way);
  std::copy(bytes.begin(), bytes.end(), input.begin() + 1);
  return input;
}

}  // namespace

std::vector<Input> fuzz::seeds() {
  wire::EnrFields fields;
  fields.sequence = 1;
  fields.ip = IpAddress::v4(192, 0, 2, 1);
  fields.ip6 = IpAddress::parse("2001:db8::1");
  fields.tcp = fields.udp = 30303;
  const Input list = {0xC3, 0x82, 0x12, 0x34};
  const wire::EnrPair other{"eth", list};
  const Enr plain = Enr::make(signer(), secret_key(), {}).value();
  const Enr full = Enr::make(signer(), secret_key(), fields, {&other, 1}).value();
  std::vector<Input> all;
  for (const Enr& record : {plain, full}) {
    wire::RlpReader items = wire::RlpReader(record.encoded()).list();
    items.item();
    items.item();
    all.push_back(with_way(0, record.encoded()));
    all.push_back(with_way(1, as_bytes(record.to_string())));
    all.push_back(with_way(2, items.rest()));
  }
  return all;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  if (data[0] == 1) {
    const auto record = wire::Enr::parse(as_text(rest));
    if (!record) return 0;
    RW_ASSERT(record->to_string() == as_text(rest));
    check_accepted(*record);
    return 0;
  }
  const fuzz::Input bytes = data[0] == 0 ? fuzz::input_of(rest) : signed_record(rest);
  const auto record = wire::Enr::decode(bytes);
  if (!record) return 0;
  RW_ASSERT(std::equal(bytes.begin(), bytes.end(), record->encoded().begin(), record->encoded().end()));
  check_accepted(*record);
  return 0;
}
