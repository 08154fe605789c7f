// Three claims for each cipher and library. Bytes that nobody sealed never open, and nothing but zeros is
// written for them. What was sealed opens, however both were cut, in place or not. What was sealed and then
// altered does not open.
//
// Input: cipher and library u8 | where to cut u8 | bit to flip u16 | bytes
#include "codec/crypto/aead.hpp"

#include <algorithm>
#include <array>

#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

using crypto::AeadKey;
using crypto::AeadOpener;
using crypto::AeadProvider;
using crypto::AeadSealer;
using crypto::AeadSuite;
using crypto::kAeadTagBytes;
using fuzz::Input;

constexpr std::size_t kHeadBytes = 4;
constexpr std::size_t kGuardBytes = 16;
constexpr std::uint8_t kUntouched = 0xEE;
constexpr std::array<std::uint8_t, 5> kHeader = {0x17, 3, 3, 1, 2};

struct Kind {
  AeadSuite suite;
  AeadProvider provider;
};

Kind kind_of(std::uint8_t selector) {
  const auto provider = (selector & 0x80) != 0 ? AeadProvider::wolfcrypt : AeadProvider::libcrypto;
  const auto suite = static_cast<AeadSuite>((selector & 0x7F) % crypto::kAeadSuites);
  return {suite, crypto::is_available(provider, suite) ? provider : AeadProvider::wolfcrypt};
}

AeadKey key_of(const Kind& kind) {
  const Input key(crypto::key_bytes(kind.suite), 0x42);
  return {kind.suite, key, crypto::AeadNonce{7}};
}

// Three pieces: before the cut, one byte, the rest.
std::array<ByteView, 3> cut(ByteView bytes, std::size_t at) {
  const std::size_t first = std::min(bytes.size(), at);
  const std::size_t second = std::min<std::size_t>(bytes.size() - first, 1);
  return {bytes.first(first), bytes.subspan(first, second), bytes.subspan(first + second)};
}

bool is_filled(ByteView bytes, std::uint8_t with) {
  return std::all_of(bytes.begin(), bytes.end(), [&](std::uint8_t byte) { return byte == with; });
}

void check_hostile(const Kind& kind, ByteView bytes, std::size_t at) {
  AeadOpener opener(key_of(kind), kind.provider);
  const std::size_t plain_bytes = bytes.size() - std::min(bytes.size(), kAeadTagBytes);
  Input out(plain_bytes + kGuardBytes, kUntouched);
  RW_ASSERT(!opener.open(kHeader, cut(bytes, at), out));
  const ByteView written = ByteView(out).first(plain_bytes);
  RW_ASSERT(is_filled(written, 0) || is_filled(written, kUntouched));
  RW_ASSERT(is_filled(ByteView(out).last(kGuardBytes), kUntouched));
}

void check_sealed(const Kind& kind, ByteView plain, std::size_t at, std::size_t bit) {
  AeadSealer sealer(key_of(kind), kind.provider);
  AeadOpener opener(key_of(kind), kind.provider);
  Input record(plain.begin(), plain.end());
  record.resize(plain.size() + kAeadTagBytes);
  RW_ASSERT(sealer.seal(kHeader, cut(ByteView(record).first(plain.size()), at), record).ok());

  Input damaged = record;
  damaged[bit / 8 % damaged.size()] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  Input out(plain.size(), kUntouched);
  RW_ASSERT(!opener.open(kHeader, cut(damaged, at), out));
  RW_ASSERT(is_filled(out, 0));

  const auto opened = opener.open(kHeader, cut(record, plain.size() - std::min(plain.size(), at)), record);
  RW_ASSERT(opened.ok() && std::equal(opened->begin(), opened->end(), plain.begin(), plain.end()));
}

}  // namespace

std::vector<Input> fuzz::seeds() {
  std::vector<Input> all;
  for (const unsigned number : {0x00U, 0x01U, 0x02U, 0x80U, 0x81U, 0x82U}) {
    const auto selector = static_cast<std::uint8_t>(number);
    for (const std::size_t size : {0, 1, 16, 40, 600}) {
      Input input(kHeadBytes + size, 0x5A);
      input[0] = selector;
      all.push_back(std::move(input));
    }
    // A record that was sealed, but as the second.
    const Kind kind = kind_of(selector);
    AeadSealer sealer(key_of(kind), kind.provider);
    Input record(20 + kAeadTagBytes);
    const ByteView piece = ByteView(record).first(20);
    for (int i = 0; i < 2; ++i) RW_ASSERT(sealer.seal(kHeader, {&piece, 1}, record).ok());
    Input input{selector, 3, 0, 9};
    input.insert(input.end(), record.begin(), record.end());
    all.push_back(std::move(input));
  }
  return all;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  if (size < kHeadBytes || size > kHeadBytes + crypto::kAeadPlainBytesMax) return 0;
  const Kind kind = kind_of(data[0]);
  const ByteView bytes(data + kHeadBytes, size - kHeadBytes);
  check_hostile(kind, bytes, data[1]);
  check_sealed(kind, bytes, data[1], load_be<std::uint16_t>(data + 2));
  return 0;
}
