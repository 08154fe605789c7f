#include "codec/wire/codec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/codec/wire/every_record.hpp"
#include "tests/unit/codec/wire/schema_groups.hpp"

namespace ringwire::wire {

namespace {

using Samples = GroupTypes<testing::Types, kSampleRecords>;
INSTANTIATE_TYPED_TEST_SUITE_P(Samples, EveryRecord, Samples);

// --- errors say what, where and in which field

Buffer hex(std::string_view text) {
  Buffer bytes(text.size() / 2);
  EXPECT_TRUE(from_hex(text, bytes));
  return bytes;
}

TEST(RlpCodec, SaysWhatIsWrongWhereAndInWhichField) {
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c101"))), (DecodeError{Malformed::truncated, 2, "text"}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c3820001"))), (DecodeError{Malformed::bad_integer, 1, "port"}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c58301000080"))), (DecodeError{Malformed::bad_integer, 1, "port"}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c3018080"))), (DecodeError{Malformed::trailing_bytes, 3, ""}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c2018000"))), (DecodeError{Malformed::trailing_bytes, 3, ""}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c301c0"))), (DecodeError{Malformed::truncated, 0, ""}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c201c0"))), (DecodeError{Malformed::expected_string, 2, "text"}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("820180"))), (DecodeError{Malformed::expected_list, 0, ""}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c40182c328"))), (DecodeError{Malformed::bad_text, 2, "text"}));
  EXPECT_EQ((error_of<Rlp, Inner>({})), (DecodeError{Malformed::truncated, 0, ""}));
  EXPECT_EQ((error_of<Rlp, Inner>(hex("c101"))).to_string(), "text at 2: truncated");
}

TEST(RlpCodec, AnEnvelopeHasOneForm) {
  EXPECT_TRUE((decode<Rlp, Shape>(hex("c20580"))).ok());
  EXPECT_TRUE((decode<Rlp, Shape>(hex("01c20580"))).ok());
  EXPECT_EQ((error_of<Rlp, Shape>(hex("00c20580"))).what, Malformed::not_canonical) << "kind 0 has no byte";
  EXPECT_EQ((error_of<Rlp, Shape>(hex("02c20580"))), (DecodeError{Malformed::bad_value, 0, ""}));
  EXPECT_EQ((error_of<Rlp, Shape>(hex("c20d80"))).what, Malformed::bad_value) << "what check() refuses";
  // In a list: kind 0 as it is, others in a string.
  EXPECT_TRUE((decode<Rlp, Drawing>(hex("ccc88401c20580c20580c20580"))).ok());
  EXPECT_EQ((error_of<Rlp, Drawing>(hex("cbc783c20580c20580c20580"))).what, Malformed::expected_list);
  EXPECT_EQ((error_of<Rlp, Drawing>(hex("cac601c20580c20580c20580"))).what, Malformed::truncated);
}

TEST(ProtobufCodec, RefusesOtherFormsOfTheSameRecord) {
  EXPECT_TRUE((decode<Protobuf, Inner>(hex("0801120161"))).ok());
  EXPECT_TRUE((decode<Protobuf, Inner>({})).ok());
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("0800"))), (DecodeError{Malformed::not_canonical, 0, "port"}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("1200"))), (DecodeError{Malformed::not_canonical, 0, "text"}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("088100"))), (DecodeError{Malformed::not_canonical, 0, "port"}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("880001"))), (DecodeError{Malformed::not_canonical, 0, ""}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("12810061"))), (DecodeError{Malformed::not_canonical, 0, "text"}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("1201610801"))).what, Malformed::wrong_field) << "order";
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("08010801"))).what, Malformed::wrong_field) << "twice";
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("1801"))), (DecodeError{Malformed::wrong_field, 0, ""}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("0a0101"))), (DecodeError{Malformed::wrong_field, 0, "port"}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("08808004"))), (DecodeError{Malformed::bad_integer, 0, "port"}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("08ffffffffffffffffff03"))).what, Malformed::bad_integer);
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("0801120261"))), (DecodeError{Malformed::truncated, 2, "text"}));
  EXPECT_EQ((error_of<Protobuf, Inner>(hex("1202c328"))), (DecodeError{Malformed::bad_text, 0, "text"}));
  EXPECT_EQ((error_of<Protobuf, Drawing>({})), (DecodeError{Malformed::missing_field, 0, "frame"}));
}

TEST(JsonCodec, ReadsWhatOthersWrite) {
  Storage storage(1000);
  const auto inner = decode_json<Inner>(
      " {\"text\" : \"\\u0041\", \"unknown\":[{\"x\":[1,null,{}]}],\n\"port\":7} ", storage);
  ASSERT_TRUE(inner.ok()) << inner.error().to_string();
  EXPECT_EQ(inner->port, 7);
  EXPECT_EQ(inner->text, "A");
  const auto shape =
      decode_json<Shape>(R"({"note":"0xAb","type":"0x5","width":"0x1","radius":"0xd"})", storage);
  ASSERT_TRUE(shape.ok()) << "a field of another kind is as one it does not have";
  EXPECT_EQ(shape->radius, 0U);
  EXPECT_TRUE(decode_json<Shape>(R"({"note":"0x","radius":"0x0"})", storage).ok())
      << "kind 0 may be left out";
}

TEST(JsonCodec, RefusesWhatIsNoRecord) {
  EXPECT_EQ(json_error<Inner>(R"({"port":1,"port":1,"text":""})"),
            (DecodeError{Malformed::wrong_field, 16, "port"}));
  EXPECT_EQ(json_error<Inner>(R"({"port":1})"), (DecodeError{Malformed::missing_field, 10, "text"}));
  EXPECT_EQ(json_error<Inner>(R"({"port":65536,"text":""})").what, Malformed::bad_integer);
  for (const char* port : {"-1", "1.5", "\"0x1\"", "null", "true", "[]", "{}", "1e400"}) {
    const std::string text = std::string(R"({"text":"","port":)") + port + "}";
    EXPECT_NE(json_error<Inner>(text).what, Malformed::none) << text;
  }
  for (const char* width :
       {"\"0x\"", "\"1\"", "\"0x01\"", "\"0xg\"", "\"0x10000000000000000\"", "1", "\"\""}) {
    const std::string text = std::string(R"({"type":"0x1","note":"0x","width":)") + width + "}";
    EXPECT_NE(json_error<Shape>(text).what, Malformed::none) << text;
  }
  for (const char* note : {"\"0x1\"", "\"00\"", "\"0xzz\"", "\"\"", "\"0X00\"", "7"}) {
    const std::string text = std::string(R"({"type":"0x1","width":"0x0","note":)") + note + "}";
    EXPECT_NE(json_error<Shape>(text).what, Malformed::none) << text;
  }
  EXPECT_EQ(json_error<Shape>(R"({"type":"0x2","note":"0x","width":"0x0"})").what, Malformed::bad_value);
  for (const char* text : {"", "{", "[]", "1", "{}{}", "{\"port\":1,\"text\":\"\"}x", "nul"}) {
    EXPECT_NE(json_error<Inner>(text).what, Malformed::none) << text;
  }
}

TEST(JsonCodec, DepthHasALimitAndCostsNoStack) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string text = "{\"unknown\":";
    for (int i = 0; i < 100'000; ++i) text += open;
    EXPECT_EQ(json_error<Inner>(text).what, Malformed::too_deep);
  }
}

}  // namespace
}  // namespace ringwire::wire
