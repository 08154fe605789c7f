// The reader against a suite of texts that JSON parsers disagree about.
#include "codec/wire/json_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "codec/wire/json_codec.hpp"
#include "tests/support/vectors.hpp"

namespace ringwire::wire {

using JsonHash = FixedBytes<4, struct JsonHashTag>;

// Every text that is an object is one of these: it has no key that must be there, and others are skipped.
struct AnyObject {
  std::optional<JsonHash> absent;
};
template <>
struct Describe<AnyObject> {
  static constexpr auto kFields = std::tuple(field("(absent)", &AnyObject::absent));
};
struct OneNumber {
  std::uint64_t a = 0;
};
template <>
struct Describe<OneNumber> {
  static constexpr auto kFields = std::tuple(field("a", &OneNumber::a).decimal());
};
struct Texts {
  List<std::string_view> a;
};
template <>
struct Describe<Texts> {
  static constexpr auto kFields = std::tuple(field("a", &Texts::a));
};

namespace {

namespace fs = std::filesystem;

template <class T>
Malformed error_of(std::string_view text) {
  Storage storage(text.size());
  const auto record = decode_json<T>(text, storage);
  return record.ok() ? Malformed::none : record.error().what;
}

// As the value of a key that the record does not have: a record begins with an object, the suite's texts need
// not.
std::string skipped(const std::string& text) {
  return "{\"x\":" + text + "}";
}
// As the value of the key that the record has.
std::string wanted(const std::string& text) {
  return "{\"a\":" + text + "}";
}

bool is_object(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{';
}

std::map<std::string, std::string> texts_of(const std::string& folder) {
  std::map<std::string, std::string> texts;
  for (const auto& entry : fs::directory_iterator(folder)) {
    texts[entry.path().stem().string()] = test::read_file(entry.path().string());
  }
  return texts;
}

const std::string kParsing = "json-test-suite/test_parsing";
const std::string kTransform = "json-test-suite/test_transform";

TEST(JsonSuite, TextsAreAcceptedOrRefusedAsItSays) {
  RW_REQUIRE_VECTORS(folder, kParsing);
  std::map<char, int> seen;
  for (const auto& [name, text] : texts_of(folder)) {
    SCOPED_TRACE(name);
    ++seen[name[0]];
    if (name[0] == 'i') continue;
    const bool is_valid = name[0] == 'y';
    EXPECT_EQ(error_of<AnyObject>(skipped(text)) == Malformed::none, is_valid);
    EXPECT_EQ(error_of<AnyObject>(text) == Malformed::none, is_valid && is_object(text));
  }
  EXPECT_EQ(seen, (std::map<char, int>{{'i', 35}, {'n', 188}, {'y', 95}}));
}

// Of the texts that the suite leaves open these alone are accepted: numbers that are too near to zero or too
// large for 64 bits, where nobody asked for them. Text is UTF-8 without halves of surrogates, numbers have a
// value, depth has a limit, and no mark of byte order is skipped inside.
TEST(JsonSuite, WhatItLeavesOpenIsDecided) {
  RW_REQUIRE_VECTORS(folder, kParsing);
  const std::set<std::string> accepted = {
      "i_number_double_huge_neg_exp", "i_number_real_underflow",        "i_number_too_big_neg_int",
      "i_number_too_big_pos_int",     "i_number_very_big_negative_int",
  };
  for (const auto& [name, text] : texts_of(folder)) {
    if (name[0] != 'i') continue;
    const Malformed what = error_of<AnyObject>(skipped(text));
    EXPECT_EQ(what == Malformed::none, accepted.contains(name)) << name << ": " << wire::name(what);
    const bool is_deep = name == "i_structure_500_nested_arrays";
    EXPECT_EQ(what == Malformed::too_deep, is_deep) << name;
  }
}

// What a parser makes of a value matters where a record asks for it: nothing is rounded, replaced or cut.
TEST(JsonSuite, ValuesThatParsersChangeAreReadAsTheyAreOrRefused) {
  RW_REQUIRE_VECTORS(folder, kTransform);
  const std::set<std::string> skipped_too = {
      "string_1_escaped_invalid_codepoint",  "string_1_invalid_codepoint",
      "string_2_escaped_invalid_codepoints", "string_2_invalid_codepoints",
      "string_3_escaped_invalid_codepoints", "string_3_invalid_codepoints",
  };
  const std::map<std::string, std::uint64_t> numbers = {
      {"number_1000000000000000", 1'000'000'000'000'000},
      {"number_10000000000000000999", 10'000'000'000'000'000'999U},
      {"number_9223372036854775807", 9'223'372'036'854'775'807},
      {"number_9223372036854775808", 9'223'372'036'854'775'808U},
  };
  int seen = 0;
  for (const auto& [name, text] : texts_of(folder)) {
    SCOPED_TRACE(name);
    ++seen;
    EXPECT_EQ(error_of<AnyObject>(skipped(text)) == Malformed::none, !skipped_too.contains(name));
    if (!name.starts_with("number_")) continue;
    const std::string number = text.substr(1, text.find(']') - 1);
    Storage storage(100);
    const auto record = decode_json<OneNumber>(wanted(number), storage);
    const auto value = numbers.find(name);
    ASSERT_EQ(record.ok(), value != numbers.end());
    if (record.ok()) {
      EXPECT_EQ(record->a, value->second);
    }
  }
  EXPECT_EQ(seen, 22);
}

TEST(JsonSuite, AKeyTwiceIsRefusedWhereItMattersWhateverItsValue) {
  RW_REQUIRE_VECTORS(folder, kTransform);
  const auto texts = texts_of(folder);
  for (const char* name : {"different_values", "same_value", "unclear_values"}) {
    const std::string& text = texts.at(std::string("object_same_key_") + name);
    EXPECT_EQ(error_of<OneNumber>(text), Malformed::wrong_field) << name;
  }
}

TEST(JsonSuite, AZeroInTextIsALetterLikeOthers) {
  RW_REQUIRE_VECTORS(folder, kTransform);
  const std::string text = wanted(texts_of(folder).at("string_with_escaped_NULL"));
  Storage storage(text.size());
  const auto record = decode_json<Texts>(text, storage);
  ASSERT_TRUE(record.ok()) << record.error().to_string();
  ASSERT_EQ(record->a.size(), 1U);
  EXPECT_EQ(*record->a.begin(), std::string_view("A\0B", 3));
}

}  // namespace
}  // namespace ringwire::wire
