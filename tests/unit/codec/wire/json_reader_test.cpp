#include "codec/wire/json_reader.hpp"

#include <gtest/gtest.h>

#include <string>

#include "codec/wire/account.hpp"
#include "codec/wire/block.hpp"
#include "codec/wire/receipt.hpp"
#include "tests/unit/codec/wire/every_record.hpp"

namespace ringwire::wire {
namespace {

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

// Bodies as JSON with one transaction.
std::string body_of(const std::string& transaction) {
  return R"({"transactions":[)" + transaction + R"(],"uncles":[]})";
}

std::string receipt_of(const std::string& type, const std::string& status, const std::string& logs) {
  return R"({"type":")" + type + R"(","status":")" + status +
         R"(","cumulativeGasUsed":"0x1","logsBloom":"0x)" + std::string(512, '0') + R"(","logs":)" + logs +
         "}";
}

std::string log_of(int topics) {
  std::string text = R"({"address":"0x)" + std::string(40, '1') + R"(","data":"0x","topics":[)";
  for (int i = 0; i < topics; ++i) text += (i > 0 ? ",\"0x" : "\"0x") + std::string(64, '2') + '"';
  return text + "]}";
}

TEST(JsonReader, AListOrARecordIsNoValueAndNoValueIsOne) {
  EXPECT_EQ(json_error<Body>(body_of("")).what, Malformed::none);
  for (const char* other : {"7", "-7", "0.5", "true", "null", "\"0x\""}) {
    const std::string in_place_of_list = with(body_of(""), "[]", other);
    EXPECT_EQ(json_error<Body>(in_place_of_list).what, Malformed::expected_list) << other;
    const std::string in_place_of_record = R"({"transactions":[],"uncles":[)" + std::string(other) + "]}";
    EXPECT_EQ(json_error<Body>(in_place_of_record).what, Malformed::expected_list) << other;
  }
  EXPECT_EQ(json_error<Body>(body_of("{}")).what, Malformed::expected_string);
  EXPECT_EQ(json_error<Body>(body_of("[]")).what, Malformed::expected_string);
  EXPECT_EQ(json_error<Body>(R"({"transactions":{}})").what, Malformed::expected_string);
  EXPECT_EQ(json_error<Body>("null").what, Malformed::expected_list);
}

TEST(JsonReader, AnEnvelopeIsOne) {
  EXPECT_EQ(json_error<Body>(body_of("\"0x01c0\"")).what, Malformed::none);
  EXPECT_EQ(json_error<Body>(body_of("\"0xc0\"")).what, Malformed::none);
  EXPECT_EQ(json_error<Body>(body_of("\"0x\"")).what, Malformed::bad_value);
  EXPECT_EQ(json_error<Body>(body_of("\"0x00c0\"")).what, Malformed::bad_value);
  EXPECT_EQ(json_error<Body>(body_of("\"0xzz\"")).what, Malformed::bad_text);
  EXPECT_EQ(json_error<Body>(body_of("\"0xc\"")).what, Malformed::bad_text);
}

TEST(JsonReader, AFieldAtTheEndNeedsAllBeforeIt) {
  RecordMaker maker(1);
  Header header = maker.make<Header>();
  header.base_fee = 7;
  header.withdrawals_root = Hash32{};
  header.blob_gas_used.reset();
  const std::string text = to_json(header);
  EXPECT_EQ(json_error<Header>(text), DecodeError{});
  EXPECT_EQ(json_error<Header>(with(text, R"("baseFeePerGas":"0x7",)", "")).what, Malformed::missing_field);
  const std::string with_null = with(text, R"("baseFeePerGas":"0x7")", R"("baseFeePerGas":null)");
  EXPECT_EQ(json_error<Header>(with_null).what, Malformed::missing_field) << "null is as good as absent";
}

TEST(JsonReader, NumbersAndDataHaveTheirSize) {
  const std::string text = to_json(Account{.nonce = 5, .balance = 6, .storage_root = {}, .code_hash = {}});
  EXPECT_EQ(json_error<Account>(text), DecodeError{});
  const std::string most = "0x" + std::string(64, 'f');
  EXPECT_EQ(json_error<Account>(with(text, "0x6", most)), DecodeError{});
  EXPECT_EQ(json_error<Account>(with(text, "0x6", most + "f")).what, Malformed::bad_integer);
  EXPECT_EQ(json_error<Account>(with(text, "0x5", "0x10000000000000000")).what, Malformed::bad_integer);
  EXPECT_EQ(json_error<Account>(with(text, "00\"}", "\"}")),
            (DecodeError{Malformed::wrong_size, static_cast<std::uint32_t>(text.size() - 3), "codeHash"}));
}

TEST(JsonReader, ARecordInsideIsJudgedAndTheFieldAroundItNamed) {
  EXPECT_EQ(json_error<Receipt>(receipt_of("0x2", "0x01", "[" + log_of(4) + "]")), DecodeError{});
  EXPECT_EQ(json_error<Receipt>(receipt_of("0x2", "0x02", "[]")).what, Malformed::bad_value);
  EXPECT_EQ(json_error<Receipt>(receipt_of("0x20", "0x01", "[]")).what, Malformed::bad_value);
  const DecodeError five = json_error<Receipt>(receipt_of("0x2", "0x01", "[" + log_of(5) + "]"));
  EXPECT_EQ(five.what, Malformed::too_many_items);
  EXPECT_EQ(five.field, "logs");
  const DecodeError none = json_error<Receipt>(receipt_of("0x2", "0x01", "[{}]"));
  EXPECT_EQ(none.what, Malformed::missing_field);
  EXPECT_EQ(none.field, "logs");
}

TEST(JsonReader, AStorageWithoutRoomIsAnErrorOfOurs) {
  const std::string text = body_of(R"("0x01c0","0x02c0")");
  for (std::size_t input = 0; input < 6; ++input) {
    Storage storage(input);  // 4 bytes of transactions; 6 bytes of their list, and while it grew 3 more
    const auto body = decode_json<Body>(text, storage);
    ASSERT_EQ(body.ok(), input >= 4) << input;
    if (!body) {
      EXPECT_EQ(body.error().what, Malformed::no_room);
    }
  }
}

}  // namespace
}  // namespace ringwire::wire
