#include "codec/crypto/hkdf.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::crypto {

HkdfKey hkdf_extract(ByteView salt, ByteView secret) {
  HkdfKey key;
  hmac_sha256(salt, {secret}, key.writable());
  return key;
}

void hkdf_expand(const HkdfKey& key, ByteView info, ByteSpan out) {
  RW_ASSERT(out.size() <= kHkdfBytesMax);
  SecretBytes<kSha256Bytes> block;
  ByteView previous;
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    hmac_sha256(key.reveal(), {previous, info, {&counter, 1}}, block.writable());
    previous = block.reveal();
    const std::size_t taken = std::min(out.size(), previous.size());
    std::copy_n(previous.begin(), taken, out.begin());
    out = out.subspan(taken);
  }
}

}  // namespace ringwire::crypto
