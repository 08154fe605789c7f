// Two claims. Any bytes as plain text come back from packing. Any bytes as a packed block are refused, or
// unpack to exactly the declared size without showing what was in the output before.
#include "codec/crypto/lz4_block.hpp"

#include <algorithm>

#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

constexpr std::uint32_t kBytesMax = 1 << 20;

void check_round_trip(ByteView plain) {
  fuzz::Input packed(plain.size());
  const auto bytes = crypto::lz4_pack(plain, packed);
  if (!bytes) return;
  packed.resize(*bytes);
  fuzz::Input back(crypto::lz4_measure(packed, kBytesMax).value());
  RW_ASSERT(crypto::lz4_unpack(packed, back).ok());
  RW_ASSERT(std::equal(back.begin(), back.end(), plain.begin(), plain.end()));
}

void check_hostile(ByteView packed) {
  const auto size = crypto::lz4_measure(packed, kBytesMax);
  if (!size) return;
  RW_ASSERT(*size <= kBytesMax);
  fuzz::Input first(*size, 0x00), second(*size, 0xFF);
  const bool unpacked = crypto::lz4_unpack(packed, first).ok();
  RW_ASSERT(crypto::lz4_unpack(packed, second).ok() == unpacked);
  RW_ASSERT(!unpacked || first == second);
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  Input text;
  for (unsigned i = 0; i < 600; ++i) text.push_back(static_cast<std::uint8_t>(i % 23 + (i % 97 == 0)));
  Input packed(text.size());
  packed.resize(crypto::lz4_pack(text, packed).value());
  return {text,
          packed,
          {0, 0, 0, 3, 0x30, 'a', 'b', 'c'},
          {0, 0, 0, 14, 0x14, 'a', 0, 0, 0x50, 'b', 'b', 'b', 'b', 'b'}};
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ringwire::ByteView input(data, size);
  ringwire::check_round_trip(input);
  ringwire::check_hostile(input);
  return 0;
}
