#include "codec/wire/frame_header.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "codec/base/prng.hpp"
#include "codec/crypto/lz4_block.hpp"
#include "tests/support/names.hpp"

namespace ringwire::wire {
namespace {

using HeaderBytes = std::array<std::uint8_t, kFrameHeaderBytes>;

HeaderBytes encoded(const FrameHeader& header) {
  HeaderBytes bytes;
  encode(header, bytes);
  return bytes;
}

bool same(const FrameHeader& a, const FrameHeader& b) {
  return encoded(a) == encoded(b);
}

TEST(FrameHeader, LaysOutEighteenBigEndianBytes) {
  const FrameHeader header{.type = MessageType::app_request,
                           .compressed = true,
                           .length = 0x00010203,
                           .checksum = 0x04050607,
                           .timestamp = {0x08090A0B0C0D0E0F}};
  EXPECT_EQ(to_hex(encoded(header)),
            "81610001020304050607"
            "08090a0b0c0d0e0f");
  EXPECT_TRUE(same(decode_header(encoded(header)).value(), header));
}

TEST(FrameHeader, EveryTypeAtItsCapAndNotAboveIt) {
  for (const MessageRules& rules : message_rules()) {
    FrameHeader header{.type = rules.type, .length = rules.bytes_max};
    EXPECT_TRUE(decode_header(encoded(header)).ok()) << rules.name;
    ++header.length;
    EXPECT_EQ(decode_header(encoded(header)).error(), FrameError::too_long) << rules.name;
    header.length = UINT32_MAX;
    EXPECT_EQ(decode_header(encoded(header)).error(), FrameError::too_long) << rules.name;
  }
}

TEST(FrameHeader, EveryFirstByteButTwoIsRefused) {
  HeaderBytes bytes = encoded({.type = MessageType::app_data});
  for (unsigned first = 0; first < 256; ++first) {
    bytes[0] = static_cast<std::uint8_t>(first);
    const auto decoded = decode_header(bytes);
    if (first == 0x01 || first == 0x81) {
      EXPECT_TRUE(decoded.ok());
    } else {
      EXPECT_EQ(decoded.error(), (first & 0x0F) == 1 ? FrameError::unknown_flag : FrameError::bad_version);
    }
  }
}

TEST(FrameHeader, EveryUnknownTypeIsRefused) {
  HeaderBytes bytes = encoded({.type = MessageType::ping});
  for (unsigned type = 0; type < 256; ++type) {
    bytes[1] = static_cast<std::uint8_t>(type);
    const auto decoded = decode_header(bytes);
    const bool known = rules_of(static_cast<std::uint8_t>(type)) != nullptr;
    EXPECT_EQ(decoded.ok(), known) << type;
    if (!known) {
      EXPECT_EQ(decoded.error(), FrameError::unknown_type);
    }
  }
}

TEST(FrameHeader, CompressionOnlyWhereTheTableAllowsIt) {
  for (const MessageRules& rules : message_rules()) {
    const auto decoded = decode_header(encoded({.type = rules.type, .compressed = true, .length = 5}));
    EXPECT_EQ(decoded.ok(), rules.compressible) << rules.name;
    if (!decoded.ok()) {
      EXPECT_EQ(decoded.error(), FrameError::not_compressible) << rules.name;
    }
  }
}

// All 144 bits: a flip is refused, or it is seen in exactly the field that holds the bit.
TEST(FrameHeader, EveryFlippedBitIsRefusedOrShows) {
  const FrameHeader header{.type = MessageType::transactions,
                           .length = 1000,
                           .checksum = 0x12345678,
                           .timestamp = {1'700'000'000'000}};
  const HeaderBytes bytes = encoded(header);
  for (std::size_t bit = 0; bit < 8 * kFrameHeaderBytes; ++bit) {
    HeaderBytes flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto decoded = decode_header(flipped);
    if (bit < 8) {
      EXPECT_FALSE(decoded.ok()) << bit;
      continue;
    }
    if (!decoded.ok()) continue;
    EXPECT_FALSE(same(*decoded, header)) << bit;
    EXPECT_EQ(decoded->type == header.type, bit / 8 != 1) << bit;
    EXPECT_EQ(decoded->length == header.length, bit / 8 < 2 || bit / 8 >= 6) << bit;
    EXPECT_EQ(decoded->checksum == header.checksum, bit / 8 < 6 || bit / 8 >= 10) << bit;
    EXPECT_EQ(decoded->timestamp == header.timestamp, bit / 8 < 10) << bit;
  }
}

TEST(FrameHeader, WhateverDecodesEncodesBack) {
  Prng prng(11);
  for (int i = 0; i < 200'000; ++i) {
    HeaderBytes bytes;
    prng.fill(bytes);
    const auto rules = message_rules();
    bytes[0] = prng.chance_ppm(100'000) ? bytes[0] : kWireVersion;
    bytes[1] = static_cast<std::uint8_t>(rules[prng.below(rules.size())].type);
    bytes[2] = 0;
    const auto decoded = decode_header(bytes);
    if (decoded.ok()) {
      EXPECT_EQ(encoded(*decoded), bytes);
    }
  }
}

TEST(FrameHeader, EveryErrorHasAName) {
  test::expect_names_below(FrameError::count_);
}

TEST(CompressPayload, OnlyWhatMayBeIsLongAndSavesATenth) {
  const std::vector<std::uint8_t> even(kCompressAboveBytes + 1, 7);
  std::vector<std::uint8_t> out(even.size());
  const auto size = compress_payload(MessageType::app_data, even, out);
  ASSERT_TRUE(size.has_value());
  EXPECT_LE(*size, even.size() - even.size() / 10);
  EXPECT_EQ(crypto::lz4_measure(ByteView(out).first(*size), 1 << 20).value(), even.size());
  EXPECT_FALSE(compress_payload(MessageType::app_data, ByteView(even).first(kCompressAboveBytes), out));
  for (const MessageRules& rules : message_rules()) {
    EXPECT_EQ(compress_payload(rules.type, even, out).has_value(), rules.compressible) << rules.name;
  }
  std::vector<std::uint8_t> noise(even.size());
  Prng prng(1);
  prng.fill(noise);
  EXPECT_FALSE(compress_payload(MessageType::app_data, noise, out));
}

}  // namespace
}  // namespace ringwire::wire
