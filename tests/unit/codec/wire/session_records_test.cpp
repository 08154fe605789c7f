#include "codec/wire/session_records.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/codec/wire/stream.hpp"

namespace ringwire::wire {
namespace {

TEST(Ping, CarriesItsNonceAtEveryLength) {
  for (std::size_t size = 0; size < kPingBytesMax + 10; ++size) {
    Bytes payload(size);
    const bool valid = size >= kPingBytesMin && size <= kPingBytesMax;
    if (valid) encode_ping(0x0102030405060708, payload);
    EXPECT_EQ(decode_ping(payload).has_value(), valid) << size;
    if (valid) {
      EXPECT_EQ(*decode_ping(payload), 0x0102030405060708U);
    }
  }
}

TEST(Disconnect, CarriesAReasonAndUpToItsLimitOfText) {
  for (const std::size_t size : {0, 1, 127, 128, 129, 1000}) {
    const std::string text(size, 'x');
    Bytes payload(disconnect_bytes(text));
    EXPECT_EQ(encode_disconnect(DisconnectReason::too_slow, text, payload), payload.size());
    const auto decoded = decode_disconnect(payload);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_STREQ(decoded->reason_name(), "too_slow");
    EXPECT_EQ(as_text(decoded->text), text.substr(0, kDisconnectTextMax));
  }
  EXPECT_FALSE(decode_disconnect({}).has_value());
  EXPECT_FALSE(decode_disconnect(Bytes(1 + kDisconnectTextMax + 1)).has_value());
}

TEST(Disconnect, EveryReasonHasANameAndUnknownCodesAreAccepted) {
  std::set<std::string> names;
  for (unsigned code = 0; code < 256; ++code) {
    const Bytes payload = {static_cast<std::uint8_t>(code)};
    const auto decoded = decode_disconnect(payload);
    ASSERT_TRUE(decoded.has_value());
    names.insert(decoded->reason_name());
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(DisconnectReason::count_) + 1);
  EXPECT_TRUE(names.contains("unknown"));
}

TEST(WindowUpdate, RoundTripsEveryClass) {
  for (std::size_t i = 0; i < kTrafficClasses; ++i) {
    const WindowUpdate update{static_cast<TrafficClass>(i), 0x01020304};
    std::array<std::uint8_t, kWindowUpdateBytes> payload;
    encode(update, payload);
    EXPECT_EQ(decode_window_update(payload), update);
  }
}

TEST(WindowUpdate, RefusesUnknownClassesNoCreditAndOtherLengths) {
  EXPECT_FALSE(decode_window_update(Bytes{kTrafficClasses, 0, 0, 0, 1}).has_value());
  EXPECT_FALSE(decode_window_update(Bytes{255, 0, 0, 0, 1}).has_value());
  EXPECT_FALSE(decode_window_update(Bytes{0, 0, 0, 0, 0}).has_value());
  for (std::size_t size = 0; size < 16; ++size) {
    EXPECT_EQ(decode_window_update(Bytes(size, 1)).has_value(), size == kWindowUpdateBytes);
  }
}

TEST(Fragment, AcceptsExactlyTheFlagsThatMeanSomething) {
  for (unsigned flags = 0; flags < 256; ++flags) {
    const Bytes with_bytes = {9, static_cast<std::uint8_t>(flags), 0xAA};
    const Bytes without = {9, static_cast<std::uint8_t>(flags)};
    EXPECT_EQ(decode_fragment(with_bytes).has_value(), flags < 4) << flags;
    EXPECT_EQ(decode_fragment(without).has_value(), flags == 4) << flags;
  }
}

TEST(Fragment, HeaderSaysWhatWasDecoded) {
  for (std::uint8_t flags = 0; flags <= 4; ++flags) {
    Bytes payload = {3, flags};
    if (flags < 4) append(payload, Bytes{1, 2, 3});
    const auto fragment = decode_fragment(payload);
    ASSERT_TRUE(fragment.has_value());
    EXPECT_EQ(fragment->slot, 3);
    EXPECT_EQ(fragment->bytes.size(), payload.size() - kFragmentHeaderBytes);
    std::array<std::uint8_t, kFragmentHeaderBytes> header;
    encode_fragment_header(*fragment, header);
    EXPECT_EQ(header[0], payload[0]);
    EXPECT_EQ(header[1], payload[1]);
  }
}

TEST(Fragment, BytesEndAtTheirCap) {
  Bytes payload(kFragmentHeaderBytes + kFragmentBytesMax);
  EXPECT_TRUE(decode_fragment(payload).has_value());
  payload.push_back(0);
  EXPECT_FALSE(decode_fragment(payload).has_value());
  EXPECT_FALSE(decode_fragment(Bytes{1}).has_value());
  EXPECT_FALSE(decode_fragment({}).has_value());
}

TEST(AppMessage, StartsWithItsRequestId) {
  const Bytes payload = {0, 0, 0, 0, 0, 0, 1, 2, 'h', 'i'};
  const auto message = decode_app_message(payload);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->request_id, 258U);
  EXPECT_EQ(as_text(message->bytes), "hi");
  EXPECT_TRUE(decode_app_message(Bytes(8)).has_value());
  EXPECT_FALSE(decode_app_message(Bytes(7)).has_value());
}

}  // namespace
}  // namespace ringwire::wire
