#include "codec/crypto/siphash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <set>

#include "codec/base/ids.hpp"

namespace ringwire::crypto {
namespace {

struct Row {
  std::size_t size;
  std::uint64_t zero_key;
  std::uint64_t other_key;
};

// hash(bytes(range(size))) of CPython 3.11, whose string hash is SipHash-1-3: with PYTHONHASHSEED=0 the key
// is zero, with 7 it is kOtherKey.
constexpr SipKey kOtherKey{0x12c874a1806f0e3d, 0x470a89d2f9d2784f};
constexpr Row kRows[] = {
    {1, 0x68a914128e01e473, 0x7e255bf0210f9775},  {7, 0x2f098ab0c751325a, 0x987cfd95990dd34b},
    {8, 0xead411e67ebe2eea, 0x8450991e34fe08de},  {15, 0xf30eb725bb91c9ea, 0x1517e7dc54a43f5b},
    {16, 0x8972188433a5c5b7, 0x642bba6a6c24ebf5}, {63, 0x385d3e39e5f37359, 0xb1eaa0579bb21aa3},
};

TEST(SipHash, AgreesWithAnotherImplementation) {
  std::array<std::uint8_t, 64> message;
  std::iota(message.begin(), message.end(), std::uint8_t{0});
  for (const Row& row : kRows) {
    EXPECT_EQ(siphash13({}, ByteView(message).first(row.size)), row.zero_key) << row.size;
    EXPECT_EQ(siphash13(kOtherKey, ByteView(message).first(row.size)), row.other_key) << row.size;
  }
}

TEST(SipHash, AnotherKeySpreadsTheSameIdsElsewhere) {
  std::set<std::uint64_t> buckets;
  const KeyedHash hash{{1, 2}}, other{{1, 3}};
  for (unsigned i = 0; i < 256; ++i) {
    Hash32 id;
    id.bytes[31] = static_cast<std::uint8_t>(i);
    EXPECT_NE(hash(id), other(id));
    buckets.insert(hash(id) % 64);
  }
  EXPECT_GT(buckets.size(), 50U);
}

}  // namespace
}  // namespace ringwire::crypto
