// Enums that are counted, logged or shown: every value has a name, and no other value has it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

namespace ringwire::test {

// For the values below `end`, which itself is "unknown", as is what a later version may have.
template <class Enum>
void expect_names_below(Enum end) {
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(end); ++i) {
    names.insert(name(static_cast<Enum>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(end));
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_STREQ(name(end), "unknown");
  EXPECT_STREQ(name(static_cast<Enum>(UINT8_MAX)), "unknown");
}

}  // namespace ringwire::test
