#include "engine/session/traffic_keys.hpp"

#include <algorithm>
#include <array>

#include "codec/base/check.hpp"

namespace ringwire::session {
namespace {

using crypto::AeadSuite;

constexpr std::string_view kPrefix = "tls13 ";
constexpr std::size_t kLabelBytesMax = 12;  // the longest that RFC 8446 has
constexpr std::size_t kContextBytesMax = crypto::kSha256Bytes;

}  // namespace

std::optional<AeadSuite> suite_of(std::uint16_t code) {
  if (code == 0x1301) return AeadSuite::aes_128_gcm;
  if (code == 0x1303) return AeadSuite::chacha20_poly1305;
  return std::nullopt;
}

void hkdf_expand_label(const TrafficSecret& secret, std::string_view label, ByteView context, ByteSpan out) {
  RW_ASSERT(label.size() <= kLabelBytesMax && context.size() <= kContextBytesMax);
  RW_ASSERT(out.size() <= crypto::kHkdfBytesMax);
  // struct HkdfLabel: length u16 | label, u8 before it | context, u8 before it.
  std::array<std::uint8_t, 2 + 1 + kPrefix.size() + kLabelBytesMax + 1 + kContextBytesMax> info;
  store_be(info.data(), static_cast<std::uint16_t>(out.size()));
  auto to = info.begin() + 2;
  *to++ = static_cast<std::uint8_t>(kPrefix.size() + label.size());
  to = std::copy(kPrefix.begin(), kPrefix.end(), to);
  to = std::copy(label.begin(), label.end(), to);
  *to++ = static_cast<std::uint8_t>(context.size());
  to = std::copy(context.begin(), context.end(), to);
  crypto::hkdf_expand(secret, ByteView(info).first(static_cast<std::size_t>(to - info.begin())), out);
}

crypto::AeadKey traffic_key(AeadSuite suite, const TrafficSecret& secret, std::uint64_t used) {
  RW_ASSERT(suite != AeadSuite::aes_256_gcm);
  crypto::SecretBytes<32> key;
  crypto::SecretBytes<crypto::kAeadNonceBytes> iv;
  const ByteSpan key_part = ByteSpan(key.writable()).first(crypto::key_bytes(suite));
  hkdf_expand_label(secret, "key", {}, key_part);
  hkdf_expand_label(secret, "iv", {}, iv.writable());
  return {suite, key_part, iv.reveal(), used};
}

}  // namespace ringwire::session
