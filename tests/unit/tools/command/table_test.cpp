#include "tools/command/table.hpp"

#include <gtest/gtest.h>

namespace ringwire::command {
namespace {

TEST(Table, ColumnsAreAsWideAsWhatIsInThem) {
  Table table({{"name", Table::Align::left}, {"n"}, {"note", Table::Align::left}});
  table.add({"a", "1", ""});
  table.add({"longer", "1000", "x"});
  EXPECT_EQ(table.text(),
            "name       n  note\n"
            "a          1\n"
            "longer  1000  x\n");
}

TEST(Table, WithoutRowsItIsItsTitles) {
  EXPECT_EQ(Table({{"a", Table::Align::left}, {"b"}}).text(), "a  b\n");
}

TEST(Formats, BytesHaveTheUnitThatSuitsThem) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(10 * 1024), "10 KiB");
  EXPECT_EQ(format_bytes(1536.0 * 1024), "1.5 MiB");
  EXPECT_EQ(format_bytes(3.0 * (1ULL << 40)), "3.0 TiB");
  EXPECT_EQ(format_bytes(5000.0 * (1ULL << 40)), "5000 TiB");
}

TEST(Formats, DelaysHaveTheUnitThatSuitsThem) {
  EXPECT_EQ(format_delay(0), "0 us");
  EXPECT_EQ(format_delay(0.5), "0.5 us");
  EXPECT_EQ(format_delay(12.4), "12 us");
  EXPECT_EQ(format_delay(999.4), "999 us");
  EXPECT_EQ(format_delay(999.6), "1.0 ms");
  EXPECT_EQ(format_delay(1340), "1.3 ms");
  EXPECT_EQ(format_delay(999'600), "1.0 s");
  EXPECT_EQ(format_delay(2e6), "2 s");
}

TEST(Formats, AgesAreReadAtAGlance) {
  EXPECT_EQ(format_age(0), "0.0 s");
  EXPECT_EQ(format_age(59.9), "59.9 s");
  EXPECT_EQ(format_age(60), "1 min 0 s");
  EXPECT_EQ(format_age(3599.4), "59 min 59 s");
  EXPECT_EQ(format_age(7500), "2 h 5 min");
  EXPECT_EQ(format_age(86'400 * 9 + 3600 * 3), "9 d 3 h");
}

}  // namespace
}  // namespace ringwire::command
