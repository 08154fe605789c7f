#include "engine/log/line.hpp"

#include <gtest/gtest.h>

#include "codec/base/prng.hpp"

namespace ringwire::log {
namespace {

Record record_of(std::string_view text, LogLevel level = LogLevel::warn) {
  Record record;
  record.wall = {1'755'856'800'123};
  record.site = {"../../tree/engine/node/relay.cpp", 88};
  record.length = static_cast<std::uint16_t>(text.copy(record.text, Record::kTextMax));
  record.level = level;
  return record;
}

TEST(TextLine, HasTimeLevelThreadAndMessage) {
  EXPECT_EQ(text_line(record_of("hello"), "shard-0"), "2025-08-22T10:00:00.123Z warn  shard-0 hello");
}

TEST(TextLine, TellsWhatWasCutAndHeldBackAndWhereOnDebug) {
  Record record = record_of("hello", LogLevel::debug);
  record.truncated = true;
  record.suppressed = 12;
  EXPECT_EQ(text_line(record, "main"),
            "2025-08-22T10:00:00.123Z debug main hello [cut] (+12 held back) (node/relay.cpp:88)");
}

TEST(TextLine, APeerCannotForgeALineOrDriveTheTerminal) {
  EXPECT_EQ(text_line(record_of("a\nb\x1b[31m\x7f\xff"), "s"),
            "2025-08-22T10:00:00.123Z warn  s a\\x0ab\\x1b[31m\\x7f\\xff");
}

TEST(JsonLine, IsOneObject) {
  Record record = record_of("say \"hi\" \\ \n", LogLevel::info);
  record.truncated = true;
  record.suppressed = 3;
  EXPECT_EQ(json_line(record, "shard-1"),
            R"({"time":"2025-08-22T10:00:00.123Z","level":"info","thread":"shard-1",)"
            R"("message":"say \"hi\" \\ \u000a","cut":true,"held_back":3,"source":"node/relay.cpp:88"})");
}

TEST(Line, EveryByteComesOutPrintableAndBounded) {
  Prng prng(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text(prng.below(Record::kTextMax + 1), '\0');
    prng.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    const Record record = record_of(text);
    for (const std::string& line : {text_line(record, "t"), json_line(record, "t")}) {
      ASSERT_LE(line.size(), 6 * Record::kTextMax + 160);
      for (const char c : line) ASSERT_TRUE(c >= 0x20 && c < 0x7F);
    }
  }
}

TEST(Line, EveryLevelHasItsName) {
  for (const auto& [level, text] : {std::pair{LogLevel::trace, "trace"}, std::pair{LogLevel::debug, "debug"},
                                    std::pair{LogLevel::info, "info"}, std::pair{LogLevel::warn, "warn"},
                                    std::pair{LogLevel::error, "error"}, std::pair{LogLevel::off, "off"}}) {
    EXPECT_STREQ(name(level), text);
  }
}

}  // namespace
}  // namespace ringwire::log
