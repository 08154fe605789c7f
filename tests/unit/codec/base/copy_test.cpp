#include "codec/base/copy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/names.hpp"

namespace ringwire {
namespace {

TEST(Copy, CountsBytesUnderItsReasonInTheInstalledLedger) {
  CopyLedger ledger;
  CopyLedger* previous = install_copy_ledger(&ledger);
  const std::uint8_t from[3] = {1, 2, 3};
  std::uint8_t to[4] = {};
  EXPECT_EQ(copy_counted(to, from, CopyReason::unpin), 3U);
  count_copy(5, CopyReason::compression);
  EXPECT_EQ(install_copy_ledger(previous), &ledger);
  EXPECT_EQ(to[2], 3);
  EXPECT_EQ(ledger[CopyReason::unpin].value(), 3U);
  EXPECT_EQ(ledger[CopyReason::compression].value(), 5U);
  EXPECT_EQ(ledger.total(), 8U);
}

TEST(Copy, EveryReasonHasItsOwnName) {
  test::expect_names_below(CopyReason::count_);
}

TEST(Bytes, HexRoundTripsAndRefusesAnythingElse) {
  const std::uint8_t bytes[3] = {0x00, 0xaf, 0x12};
  EXPECT_EQ(to_hex(bytes), "00af12");
  std::uint8_t out[3];
  EXPECT_TRUE(from_hex("0x00AF12", out));
  EXPECT_EQ(out[1], 0xaf);
  EXPECT_FALSE(from_hex("00af1", out));
  EXPECT_FALSE(from_hex("00af1g", out));
  EXPECT_FALSE(from_hex("00af1200", out));
}

TEST(Bytes, IntegersAreBigEndian) {
  std::uint8_t bytes[8];
  store_be<std::uint64_t>(bytes, 0x0102030405060708);
  EXPECT_EQ(bytes[0], 1);
  EXPECT_EQ(load_be<std::uint64_t>(bytes), 0x0102030405060708U);
  EXPECT_EQ(load_be<std::uint32_t>(bytes + 4), 0x05060708U);
  EXPECT_EQ(load_be<std::uint16_t>(bytes + 6), 0x0708U);
  EXPECT_EQ(load_be<std::uint8_t>(bytes + 7), 8U);
}

TEST(Bytes, ShortIntegersOfEverySize) {
  const std::uint8_t bytes[] = {0x81, 0x92, 0xA3, 0xB4, 0xC5, 0xD6, 0xE7, 0xF8};
  std::uint64_t value = 0;
  for (std::size_t size = 0; size <= 8; ++size) {
    EXPECT_EQ(load_be_short(bytes, size), value) << size;
    EXPECT_EQ(significant_bytes(value), size);
    std::uint8_t stored[9] = {};
    store_be_short(stored, value, size);
    EXPECT_TRUE(std::equal(bytes, bytes + size, stored)) << size;
    EXPECT_EQ(stored[size], 0) << "not a byte more";
    if (size < 8) value = value << 8 | bytes[size];
  }
  EXPECT_EQ(significant_bytes(0xFF), 1U);
  EXPECT_EQ(significant_bytes(0x100), 2U);
}

}  // namespace
}  // namespace ringwire
