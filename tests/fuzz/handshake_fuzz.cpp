// A decoded handshake, encoded again, is what was decoded; without later fields it is the same bytes.
#include "codec/wire/handshake.hpp"

#include <algorithm>

#include "codec/wire/rlp.hpp"
#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

constexpr std::size_t kFields = 12;

wire::Handshake sample(bool full) {
  // The generator of the curve is as good a public key as any.
  wire::Handshake handshake;
  RW_ASSERT(
      from_hex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
               "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
               handshake.public_key.span()));
  if (!full) return handshake;
  handshake.role = wire::Role::responder;
  handshake.expected_peer.emplace().bytes.fill(7);
  handshake.network_id = 1337;
  handshake.listen = Endpoint{IpAddress::v4(192, 0, 2, 1), 30303};
  handshake.head_number = 1'000'000;
  handshake.options = wire::kOptionNoChecksum;
  return handshake;
}

fuzz::Input encoded(const wire::Handshake& handshake) {
  fuzz::Input bytes(encoded_bytes(handshake));
  RW_ASSERT(encode(handshake, bytes) == bytes.size());
  return bytes;
}

std::size_t fields_in(ByteView bytes) {
  wire::RlpReader message(bytes);
  wire::RlpReader fields = message.list();
  std::size_t count = 0;
  for (; fields.more(); ++count) fields.item();
  return count;
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  wire::Handshake v6 = sample(true);
  v6.listen = Endpoint::parse("[2001:db8::1]:30303");
  wire::Handshake named = sample(true);
  named.client = wire::ClientName("ringwire/0.1.0");
  return {encoded(sample(false)), encoded(sample(true)), encoded(v6), encoded(named)};
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const ByteView bytes(data, size);
  static_cast<void>(wire::decode_handshake_ack(bytes));
  const auto handshake = wire::decode_handshake(bytes);
  if (!handshake) return 0;
  const fuzz::Input again = encoded(*handshake);
  RW_ASSERT(wire::decode_handshake(again).value() == *handshake);
  RW_ASSERT(fields_in(bytes) > kFields || std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  return 0;
}
