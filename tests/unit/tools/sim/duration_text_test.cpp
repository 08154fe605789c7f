#include "tools/sim/duration_text.hpp"

#include <gtest/gtest.h>

#include "codec/base/prng.hpp"

namespace ringwire::sim {
namespace {

TEST(DurationText, EachUnitWithAndWithoutDecimals) {
  const std::pair<const char*, Duration> cases[] = {
      {"0s", 0ns},
      {"7ns", 7ns},
      {"3us", 3us},
      {"80ms", 80ms},
      {"60s", 60s},
      {"2min", 120s},
      {"24h", 24h},
      {"007s", 7s},
      {"1.5us", 1500ns},
      {"0.000001ms", 1ns},
      {"12.5s", 12500ms},
      {"12.500000000s", 12500ms},
      {"0.000000001s", 1ns},
      {"0.123456789min", 7407407340ns},
      {"0.000000001h", 3600ns},
      {"1.0ns", 1ns},
      {"9223372036854775807ns", Duration::max()},
      {"9223372036.854775807s", Duration::max()},
  };
  for (const auto& [text, duration] : cases) EXPECT_EQ(parse_duration(text), duration) << text;
}

TEST(DurationText, NothingElse) {
  for (const char* text : {"",
                           "5",
                           "s",
                           ".5s",
                           "5.s",
                           ".s",
                           "-1s",
                           "+1s",
                           " 1s",
                           "1 s",
                           "1s ",
                           "1S",
                           "1sec",
                           "1m",
                           "1e3s",
                           "1,5s",
                           "1.5.5s",
                           "0x1s",
                           "1.0000000000s",  // ten decimals
                           "1.5ns",
                           "0.0001us",
                           "0.0000001ms",
                           "9223372036854775808ns",
                           "9223372036.854775808s",
                           "9223372037s",
                           "2562048h",
                           "99999999999999999999s",
                           "18446744073709551616ns"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationText, IsWrittenInTheLargestUnitBelowIt) {
  const std::pair<Duration, const char*> cases[] = {
      {0ns, "0s"},
      {1ns, "1ns"},
      {999ns, "999ns"},
      {1500ns, "1.5us"},
      {80ms, "80ms"},
      {1001us, "1.001ms"},
      {60s, "60s"},
      {12500ms, "12.5s"},
      {1s + 1ns, "1.000000001s"},
      {24h, "86400s"},
      {-1500us, "-1.5ms"},
      {Duration::max(), "9223372036.854775807s"},
      {Duration::min(), "-9223372036.854775808s"},
  };
  for (const auto& [duration, text] : cases) EXPECT_EQ(duration_text(duration), text);
}

TEST(DurationText, WhatIsWrittenIsReadBack) {
  Prng prng(1);
  for (int i = 0; i < 20'000; ++i) {
    const Duration duration(static_cast<std::int64_t>(prng.next() >> prng.between(1, 63)));
    ASSERT_EQ(parse_duration(duration_text(duration)), duration) << duration_text(duration);
  }
}

}  // namespace
}  // namespace ringwire::sim
