#include "tests/unit/engine/transport/tls_der.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "tests/unit/engine/transport/tls_ends.hpp"

namespace ringwire::transport {
namespace {

Bytes element(std::uint8_t tag, ByteView content) {
  Bytes bytes{tag};
  if (content.size() < 128) {
    bytes.push_back(static_cast<std::uint8_t>(content.size()));
  } else {
    const std::size_t length_bytes = significant_bytes(content.size());
    bytes.push_back(static_cast<std::uint8_t>(0x80 | length_bytes));
    for (std::size_t i = length_bytes; i-- > 0;) {
      bytes.push_back(static_cast<std::uint8_t>(content.size() >> (8 * i)));
    }
  }
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}
Bytes sequence(std::initializer_list<ByteView> parts) {
  return element(0x30, joined(parts));
}
Bytes bit_string(ByteView content) {
  return element(0x03, joined({Bytes{0}, content}));
}
Bytes utc(std::string_view digits) {
  return element(0x17, as_bytes(digits));
}

Bytes name_of(std::string_view text) {
  const Bytes common_name{0x06, 0x03, 0x55, 0x04, 0x03};
  return sequence({element(0x31, sequence({common_name, element(0x0C, as_bytes(text))}))});
}

std::string base64(ByteView bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    if (i % 48 == 0) text += '\n';
    const std::size_t there = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < there ? bytes[i + k] : 0);
    for (std::size_t k = 0; k < 4; ++k) text += k <= there ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

}  // namespace

std::string rsa_certificate(std::size_t bits) {
  const Bytes null{0x05, 0x00};
  const Bytes rsa_encryption{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01};
  const Bytes sha256_with_rsa{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B};
  const Bytes modulus = joined({Bytes{0}, Bytes(bits / 8, 0xFB)});
  const Bytes key = sequence({element(0x02, modulus), element(0x02, Bytes{1, 0, 1})});
  const Bytes name = name_of("large");
  const Bytes body = sequence({element(0xA0, element(0x02, Bytes{2})), element(0x02, Bytes{7}),
                               sequence({sha256_with_rsa, null}), name,
                               sequence({utc("200101000000Z"), utc("491231235959Z")}), name,
                               sequence({sequence({rsa_encryption, null}), bit_string(key)})});
  const Bytes whole = sequence({body, sequence({sha256_with_rsa, null}), bit_string(Bytes(bits / 8, 0x55))});
  return "-----BEGIN CERTIFICATE-----" + base64(whole) + "\n-----END CERTIFICATE-----\n";
}

}  // namespace ringwire::transport
