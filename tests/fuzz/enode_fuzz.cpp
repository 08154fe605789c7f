// An accepted enode URL names a key of the curve and a place that can be dialled; what is printed for it is
// accepted, means the same, and prints as itself.
#include "codec/wire/enode.hpp"

#include <string>

#include "codec/crypto/identity.hpp"
#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

// The generator of the curve is as good a public key as any.
constexpr const char* kKey =
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  std::vector<Input> all;
  for (const char* place : {"192.0.2.1:30303", "[2001:db8::1]:30303", "10.0.0.1:1?discport=0",
                            "[::ffff:10.0.0.1]:65535?discport=65535", "127.0.0.1:80?discport=80"}) {
    all.push_back(input_of(as_bytes(std::string("enode://") + kKey + "@" + place)));
  }
  return all;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const auto enode = wire::parse_enode(as_text(ByteView(data, size)));
  if (!enode) {
    RW_ASSERT(wire::explain(enode.error()) != nullptr);
    return 0;
  }
  RW_ASSERT(crypto::is_on_curve(enode->public_key));
  RW_ASSERT(enode->endpoint.port != 0 && !enode->endpoint.address.is_unspecified());
  const std::string text = enode->to_string();
  const auto again = wire::parse_enode(text);
  RW_ASSERT(again.ok() && *again == *enode);
  RW_ASSERT(again->to_string() == text);
  return 0;
}
