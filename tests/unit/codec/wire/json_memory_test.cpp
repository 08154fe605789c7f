// What reading JSON takes of the heap at its worst, measured, over texts made to make it take much.
#include <gtest/gtest.h>

#include <string>

#include "codec/wire/block.hpp"
#include "codec/wire/json_codec.hpp"
#include "codec/wire/state_messages.hpp"
#include "codec/wire/topic_messages.hpp"
#include "codec/wire/transaction.hpp"
#include "tests/support/counted_heap.hpp"

namespace ringwire::wire {
namespace {

constexpr std::size_t kLarge = 1 << 18;

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + piece.size());
  while (text.size() < bytes) text += piece;
  return text;
}

struct Reading {
  Malformed what;
  std::size_t peak;
};

template <class T>
Reading read(const std::string& text) {
  Reading reading{};
  reading.peak = test::peak_of([&] {
    Storage storage(text.size());
    const auto record = decode_json<T>(text, storage);
    reading.what = record ? Malformed::none : record.error().what;
  });
  return reading;
}

// Of all sizes, and with each of them cut off at the end too.
template <class T>
void expect_bounded(const std::string& before, std::string_view piece, const std::string& after) {
  for (const std::size_t size :
       {0UL, 100UL, kJsonTokenMax, kJsonTokenMax + 10, 70'000UL, kLarge, 3 * kLarge / 2}) {
    const std::string text = before + repeated(piece, size) + after;
    for (const std::string& each : {text, text + "\"", text.substr(0, text.size() / 2), text + text}) {
      const Reading reading = read<T>(each);
      EXPECT_LE(reading.peak, kStorageFactor * each.size() + kJsonBytesMax)
          << before << piece << after << ' ' << size << ' ' << name(reading.what);
    }
  }
}

const std::string kHash = R"("0x)" + std::string(64, '7') + R"(",)";

TEST(JsonMemory, OneValueIsAllOfTheText) {
  for (const char* piece : {"a", "0", "\\u0041", "\\\\", "\\\"", "\xc3\xa9", "\xff", "\n", " "}) {
    expect_bounded<IWant>("\"", piece, "\"");
    expect_bounded<IWant>(R"({"x":")", piece, "\"}");
    expect_bounded<IWant>(R"({")", piece, "\":1}");
    expect_bounded<IHave>(R"({"topic":"0x)", piece, "\"}");
  }
  for (const char* piece : {"1", "1e1", "-", "0.", "true", "nul"}) {
    expect_bounded<IWant>("", piece, "");
    expect_bounded<IWant>(R"({"x":)", piece, "}");
  }
}

TEST(JsonMemory, ManySmallThingsAreAllOfTheText) {
  for (const char* piece : {"[", "[],", "{},", "[[],[]],", "1,", "1 ,", "-1.5e3,", "true,", "null,", "\"\",",
                            "\"a\",", "{\"a\":", "{\"a\":{}},", " ", "\n\t", "\n,", ",,"}) {
    expect_bounded<IWant>("", piece, "");
    expect_bounded<IWant>(R"({"x":[)", piece, "0]}");
    expect_bounded<IWant>("{\"x\":[\"" + std::string(kJsonTokenMax, 'a') + "\",", piece, "x");
    expect_bounded<IWant>(R"({"ids":[)", piece, "]}");
    expect_bounded<StorageRanges>(R"({"requestId":"0x1","accounts":[)", piece, "[]]}");
  }
}

TEST(JsonMemory, ListsOfRecordsAreAllOfTheText) {
  expect_bounded<IWant>(R"({"ids":[)", kHash, kHash.substr(0, 69) + "]}");
  expect_bounded<Body>(R"({"uncles":[],"transactions":[)", "\"0xc0\",", "\"0xc0\"]}");
  expect_bounded<NodeData>(R"({"requestId":"0x1","nodes":[)", "\"0x\",", "\"0x\"]}");
  const std::string slot = R"({"hash":)" + kHash + R"("value":"0x"})";
  const std::string ranges = R"({"requestId":"0x1","proof":[],"accounts":[{"slots":[)";
  expect_bounded<StorageRanges>(ranges, slot + ",", slot + "]}]}");
  expect_bounded<StorageRanges>(ranges + "]}", R"(,{"slots":[)" + slot + "]}", "]}");
}

TEST(JsonMemory, WhatIsLongAndPlainIsReadWithoutACopyInTheLibrary) {
  const std::string node = repeated("5a", kLarge);
  const std::string text = R"({"requestId":"0x1","nodes":["0x)" + node + R"(","0x00"]})";
  Storage storage(text.size());
  const auto record = decode_json<NodeData>(text, storage);
  ASSERT_TRUE(record.ok()) << record.error().to_string();
  const ByteView first = *record->nodes.begin();
  EXPECT_EQ(first.size(), kLarge / 2);
  EXPECT_EQ(first[first.size() - 1], 0x5a);
  EXPECT_LE(read<NodeData>(text).peak, 5 * text.size() / 2);
}

TEST(JsonMemory, WhatNoRecordNeedsIsRefused) {
  const auto skipped = [](const std::string& value) {
    return read<IWant>(R"({"ids":[],"x":)" + value + "}").what;
  };
  const std::string fits(kJsonTokenMax - 2, 'a');
  EXPECT_EQ(skipped('"' + fits + R"(\n")"), Malformed::none);
  EXPECT_EQ(skipped('"' + fits + R"(a\n")"), Malformed::no_room);
  EXPECT_EQ(skipped('"' + fits + "aaaaa\""), Malformed::none);
  EXPECT_EQ(skipped('"' + fits + "aaaaa\n\""), Malformed::bad_text);
  EXPECT_EQ(skipped('"' + fits + "aaaaa\xc3\""), Malformed::bad_text);
  EXPECT_EQ(skipped('"' + fits + "aaaaa\xc3\xa9\""), Malformed::none);
  EXPECT_EQ(skipped('[' + repeated("[],", kJsonTokenMax - 20) + "0]"), Malformed::none);
  EXPECT_EQ(skipped('[' + repeated("[],", kJsonTokenMax) + "0]"), Malformed::no_room);
  EXPECT_EQ(skipped('[' + repeated("1, -2.5,\n", kLarge) + "0]"), Malformed::none);
  EXPECT_EQ(skipped('[' + repeated("\"\",[], ", kLarge) + "0]"), Malformed::none);
  EXPECT_EQ(skipped(std::string(kLarge, ' ') + '1' + std::string(kLarge, '\n')), Malformed::none);
  EXPECT_EQ(skipped(std::string(kLarge, '1')), Malformed::no_room);
  const std::string key = R"({"ids":[],")" + repeated("k", kLarge) + R"(":1,"":"","ids":[]})";
  EXPECT_EQ(read<IWant>(key).what, Malformed::wrong_field)
      << "a long key is nobody's, and hides nothing behind it";
}

}  // namespace
}  // namespace ringwire::wire
