#include "codec/wire/protobuf.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "codec/base/prng.hpp"
#include "codec/wire/codec.hpp"
#include "codec/wire/protobuf_codec.hpp"
#include "tests/support/vectors.hpp"

namespace ringwire::wire {

struct WireNumber {
  std::uint64_t value = 0;
};
template <>
struct Describe<WireNumber> {
  static constexpr auto kFields = std::tuple(field("value", &WireNumber::value));
};
struct WireText {
  std::string_view text;
};
template <>
struct Describe<WireText> {
  static constexpr auto kFields = std::tuple(field("text", &WireText::text));
};
struct WireNumbers {
  List<std::uint64_t> numbers;
};
template <>
struct Describe<WireNumbers> {
  static constexpr auto kFields = std::tuple(field("numbers", &WireNumbers::numbers));
};

namespace {

using Buffer = std::vector<std::uint8_t>;

// All fields, each as its tag says; what is neither a varint nor has a length is refused as a varint.
Malformed walk(ByteView bytes, std::size_t& fields) {
  ProtobufReader from(bytes);
  for (fields = 0; from.number() != 0; ++fields) {
    const bool has_length = (from.rest()[0] & 7) == static_cast<std::uint8_t>(WireType::length_delimited);
    if (!from.begin(from.number(), has_length ? WireType::length_delimited : WireType::varint)) continue;
    has_length ? static_cast<void>(from.bytes()) : static_cast<void>(from.varint());
  }
  return from.error();
}
Malformed walk(ByteView bytes) {
  std::size_t fields = 0;
  return walk(bytes, fields);
}

template <class T>
Malformed error_of(ByteView bytes) {
  const auto record = decode<Protobuf, T>(bytes);
  return record.ok() ? Malformed::none : record.error().what;
}

// --- the cases of a conformance suite

const std::string kCases = "protobuf-wire/wire_cases.json";

// Where our policy is not what the suite says, or where it leaves that open: what a reader of fields says,
// what the record WireNumber says, and why.
struct Stated {
  std::string_view name;
  Malformed reader;
  Malformed record;
  const char* why;
};

constexpr const char* kUnknown = "a record has no unknown fields";
constexpr const char* kWireTypes = "varints and lengths are the only wire types";
constexpr const char* kDepth = "a reader goes into no message: a record is as deep as its table";

constexpr Stated kStated[] = {
    {"varint field 15", Malformed::none, Malformed::wrong_field, kUnknown},
    {"varint field 16", Malformed::none, Malformed::wrong_field, kUnknown},
    {"varint field 2047", Malformed::none, Malformed::wrong_field, kUnknown},
    {"varint field 2048", Malformed::none, Malformed::wrong_field, kUnknown},
    {"varint field 536870911", Malformed::none, Malformed::wrong_field, kUnknown},
    {"unknown field 1000 kept or skipped", Malformed::none, Malformed::wrong_field, kUnknown},
    {"100,000 empty unknown fields", Malformed::none, Malformed::wrong_field, kUnknown},
    {"duplicate scalar field, last wins", Malformed::none, Malformed::wrong_field, "a field is there once"},
    {"varint overlong zero 80 80 00", Malformed::not_canonical, Malformed::not_canonical,
     "a number has its shortest form"},
    {"varint 10th byte 0x02 (65 bits)", Malformed::bad_integer, Malformed::bad_integer,
     "no bit of a number is dropped"},
    {"fixed32", Malformed::wrong_field, Malformed::wrong_field, kWireTypes},
    {"fixed64", Malformed::wrong_field, Malformed::wrong_field, kWireTypes},
    {"group ok", Malformed::wrong_field, Malformed::wrong_field, kWireTypes},
    {"nested groups depth 10", Malformed::wrong_field, Malformed::wrong_field, kWireTypes},
    {"nested groups depth 99", Malformed::wrong_field, Malformed::wrong_field, kWireTypes},
    {"len 0", Malformed::none, Malformed::wrong_field, "the table says which wire type a field has"},
    {"packed varints cut", Malformed::none, Malformed::wrong_field, "bytes to a reader; see below"},
    {"invalid UTF-8 in a string field", Malformed::none, Malformed::wrong_field,
     "bytes to a reader; see below"},
    {"nested messages depth 99", Malformed::none, Malformed::wrong_field, kDepth},
    {"nested messages depth 101", Malformed::none, Malformed::wrong_field, kDepth},
    {"nested messages depth 10000", Malformed::none, Malformed::wrong_field, kDepth},
};

const Stated* stated(const std::string& name) {
  const auto* const found = std::ranges::find(kStated, name, &Stated::name);
  return found == std::end(kStated) ? nullptr : found;
}

template <class Visit>
void each_case(const std::string& path, const Visit& visit) {
  for (const auto& row : nlohmann::json::parse(test::read_file(path))) {
    const auto name = row["name"].get<std::string>();
    SCOPED_TRACE(name);
    visit(name, row["valid"], test::bytes_of_hex(row["hex"].get<std::string>()));
  }
}

TEST(ProtobufVectors, AreReadAsTheSuiteSaysOrAsOurPolicyStates) {
  RW_REQUIRE_VECTORS(path, kCases);
  std::size_t cases = 0;
  std::size_t of_policy = 0;
  each_case(path, [&](const std::string& name, const nlohmann::json& valid, const Buffer& bytes) {
    ++cases;
    const Malformed reader = walk(bytes);
    const Malformed record = error_of<WireNumber>(bytes);
    if (const Stated* ours = stated(name); ours != nullptr) {
      ++of_policy;
      EXPECT_STREQ(wire::name(reader), wire::name(ours->reader)) << ours->why;
      EXPECT_STREQ(wire::name(record), wire::name(ours->record)) << ours->why;
      return;
    }
    ASSERT_TRUE(valid.is_boolean()) << "the suite leaves it open: state a policy";
    EXPECT_EQ(reader == Malformed::none, valid.get<bool>()) << wire::name(reader);
    EXPECT_EQ(record == Malformed::none, valid.get<bool>()) << wire::name(record);
  });
  EXPECT_EQ(cases, 47U);
  EXPECT_EQ(of_policy, std::size(kStated)) << "a policy for a case that is not there";
}

TEST(ProtobufVectors, WhatIsOnlyBytesToAReaderIsReadByItsField) {
  RW_REQUIRE_VECTORS(path, kCases);
  std::size_t found = 0;
  each_case(path, [&](const std::string& name, const nlohmann::json&, const Buffer& bytes) {
    if (name == "packed varints cut") {
      EXPECT_EQ(error_of<WireNumbers>(bytes), Malformed::truncated);
    } else if (name == "invalid UTF-8 in a string field") {
      EXPECT_EQ(error_of<WireText>(bytes), Malformed::bad_text);
    } else if (name == "len 0") {
      EXPECT_EQ(error_of<WireText>(bytes), Malformed::not_canonical) << "a default written out";
      EXPECT_EQ(error_of<WireNumbers>(bytes), Malformed::not_canonical);
    } else {
      return;
    }
    ++found;
  });
  EXPECT_EQ(found, 3U);
}

TEST(ProtobufVectors, MessagesInMessagesAreOneReaderEach) {
  RW_REQUIRE_VECTORS(path, kCases);
  std::vector<std::size_t> depths;
  each_case(path, [&](const std::string& name, const nlohmann::json&, const Buffer& bytes) {
    if (!name.starts_with("nested messages")) return;
    std::size_t depth = 0;
    for (ByteView inside = bytes; !inside.empty(); ++depth) {
      ProtobufReader from(inside);
      ASSERT_TRUE(from.begin(1, WireType::length_delimited));
      inside = from.bytes();
      ASSERT_TRUE(from.ok());
      ASSERT_EQ(from.number(), 0U);
    }
    depths.push_back(depth);
  });
  EXPECT_EQ(depths, (std::vector<std::size_t>{99, 101, 10'000}));
}

TEST(ProtobufVectors, ManyEmptyFieldsAreStepsAndNothingElse) {
  RW_REQUIRE_VECTORS(path, kCases);
  Buffer many;
  each_case(path, [&](const std::string& name, const nlohmann::json&, const Buffer& bytes) {
    if (!name.starts_with("100,000")) return;
    for (int copies = 0; copies < 100; ++copies) many.insert(many.end(), bytes.begin(), bytes.end());
  });
  std::size_t fields = 0;
  EXPECT_EQ(walk(many, fields), Malformed::none);
  EXPECT_EQ(fields, 100'000U);
  const auto record = decode<Protobuf, WireNumber>(many);
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().offset, 0U) << "it ends at the first";
}

// --- what the suite does not have

TEST(ProtobufReader, NoBitOfATagOrLengthIsDropped) {
  EXPECT_EQ(walk(test::bytes_of_hex("808080800101")), Malformed::none) << "field 2^25";
  for (const char* high : {"11", "21", "41", "71"}) {
    EXPECT_EQ(walk(test::bytes_of_hex(std::string("80808080") + high + "01")), Malformed::wrong_field)
        << "bits above 32, and below them field 2^25";
  }
  EXPECT_NE(walk(test::bytes_of_hex("0a8180808010ff")), Malformed::none) << "a length of 2^32 + 1";
}

TEST(ProtobufReader, FieldsAscendAndOnlyTheSameMayComeAgain) {
  EXPECT_EQ(walk(test::bytes_of_hex("08010801100118021801")), Malformed::none);
  EXPECT_EQ(walk(test::bytes_of_hex("10010801")), Malformed::wrong_field);
}

TEST(ProtobufReader, ErrorsStickAndSayWhereTheFieldBegan) {
  const auto bytes = test::bytes_of_hex("0801128100611801");
  ProtobufReader from(bytes);
  ASSERT_TRUE(from.begin(1, WireType::varint));
  EXPECT_EQ(from.varint(), 1U);
  EXPECT_EQ(from.number(), 2U);
  ASSERT_TRUE(from.begin(2, WireType::length_delimited));
  EXPECT_TRUE(from.bytes().empty());
  EXPECT_EQ(from.error(), Malformed::not_canonical);
  EXPECT_EQ(from.error_offset(bytes), 2U);
  EXPECT_TRUE(from.error_is_about_field());
  EXPECT_EQ(from.number(), 0U);
  EXPECT_TRUE(from.rest().empty());
  from.fail(Malformed::bad_text);
  EXPECT_EQ(from.error(), Malformed::not_canonical);
  EXPECT_FALSE(from.begin(3, WireType::varint));
  EXPECT_EQ(from.varint(), 0U);
}

// Of 1 to 10 bytes, canonical or not, by itself and before up to 10 others, which are read with it.
TEST(ProtobufReader, NumbersAreReadAlikeWhateverStandsBehindThem) {
  Prng prng(3);
  for (int i = 0; i < 200'000; ++i) {
    const std::size_t size = 1 + prng.below(10);
    Buffer bytes(size + prng.below(10));
    prng.fill(bytes);
    for (std::size_t at = 0; at + 1 < size; ++at) bytes[at] |= 0x80;
    bytes[size - 1] =
        prng.below(4) == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes[size - 1] & 0x7F);
    ByteView rest(bytes);
    std::uint64_t expected = 0;
    const Malformed error = read_varint(rest, expected);
    ProtobufReader from(bytes);
    const std::uint64_t value = from.varint();
    ASSERT_EQ(from.error(), error) << to_hex(bytes);
    ASSERT_EQ(value, error == Malformed::none ? expected : 0) << to_hex(bytes);
    ASSERT_EQ(from.rest().size(), error == Malformed::none ? rest.size() : 0) << to_hex(bytes);
  }
}

TEST(ProtobufReader, IntegersAreReadAlikeWhateverStandsBehindThem) {
  Prng prng(4);
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t behind = 0; behind < 12; ++behind) {
      for (const bool leads_with_zero : {false, true}) {
        Buffer bytes(1 + size + behind);
        prng.fill(bytes);
        bytes[0] = static_cast<std::uint8_t>(size);
        if (size > 0) bytes[1] = leads_with_zero ? std::uint8_t{0} : std::uint8_t{0xA5};
        ProtobufReader from(bytes);
        Uint256 read;
        from.integer(read);
        const bool valid = size <= 32 && (size == 0 || !leads_with_zero);
        ASSERT_EQ(from.error(), valid ? Malformed::none : Malformed::bad_integer) << to_hex(bytes);
        if (!valid) continue;
        EXPECT_EQ(read, Uint256::from_be(ByteView(bytes).subspan(1, size))) << to_hex(bytes);
        EXPECT_EQ(from.rest().size(), behind);
      }
    }
  }
}

TEST(ProtobufWriter, WritesWhatTheSizerCounts) {
  const auto body = [](auto& sink) {
    for (unsigned shift = 0; shift < 64; ++shift) sink.number(1, ~std::uint64_t{} >> shift);
    sink.bytes((1U << 29) - 1, as_bytes("abc"));
  };
  Buffer bytes(protobuf_size(body));
  ProtobufWriter writer(bytes);
  body(writer);
  EXPECT_EQ(writer.bytes(), bytes.size());
  ProtobufReader from(bytes);
  for (unsigned shift = 0; shift < 64; ++shift) {
    ASSERT_TRUE(from.begin(1, WireType::varint));
    EXPECT_EQ(from.varint(), ~std::uint64_t{} >> shift);
  }
  ASSERT_TRUE(from.begin((1U << 29) - 1, WireType::length_delimited));
  EXPECT_EQ(as_text(from.bytes()), "abc");
  EXPECT_TRUE(from.ok());
}

}  // namespace
}  // namespace ringwire::wire
