#include "codec/crypto/crc32.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ringwire::crypto {
namespace {

TEST(Crc32, HasThePublishedCheckValue) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
  EXPECT_EQ(crc32({}), 0U);
  EXPECT_EQ(crc32(as_bytes("The quick brown fox jumps over the lazy dog")), 0x414FA339U);
}

// Bit by bit, as the polynomial says.
std::uint32_t divided(ByteView message) {
  std::uint32_t rest = 0xFFFFFFFF;
  for (const std::uint8_t byte : message) {
    rest ^= byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~rest;
}

TEST(Crc32, IsTheRestOfTheDivision) {
  std::vector<std::uint8_t> message;
  for (std::size_t size = 0; size < 300; ++size) {
    EXPECT_EQ(crc32(message), divided(message)) << size;
    message.push_back(static_cast<std::uint8_t>(size * 131 + 7));
  }
}

}  // namespace
}  // namespace ringwire::crypto
