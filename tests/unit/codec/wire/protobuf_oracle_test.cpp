// Our codec against libprotobuf: what one writes the other reads, to the same values and the same bytes; and
// where ours is stricter.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "codec/wire/codec.hpp"
#include "codec/wire/protobuf_codec.hpp"
#include "tests/support/random_record.hpp"
#include "tests/support/valid_records.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/codec/wire/reflected.hpp"

namespace ringwire::wire {
namespace {

constexpr int kRounds = 2000;

template <class T>
std::string ours(const T& record) {
  std::string bytes(encoded_bytes<Protobuf>(record), '\0');
  encode<Protobuf>(record, ByteSpan(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()));
  return bytes;
}

std::string theirs(const gp::Message& message) {
  std::string bytes;
  {
    gp::io::StringOutputStream stream(&bytes);
    gp::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    EXPECT_TRUE(message.SerializeToCodedStream(&coded));
  }
  return bytes;
}

template <class T>
class EverySchema : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(descriptor_of<T>(), nullptr) << "a new schema file: codec/wire/proto/meson.build names it";
  }
};

using AllRecords = GroupsTypes<testing::Types, kSchemaGroups>;
TYPED_TEST_SUITE(EverySchema, AllRecords);

gp::FieldDescriptor::Type type_of(const std::string& word) {
  using Field = gp::FieldDescriptor;
  if (word == "bool") return Field::TYPE_BOOL;
  if (word == "uint64") return Field::TYPE_UINT64;
  if (word == "bytes") return Field::TYPE_BYTES;
  return word == "string" ? Field::TYPE_STRING : Field::TYPE_MESSAGE;
}

void expect_field(const gp::FieldDescriptor& field, const SchemaField& wanted, bool is_repeated) {
  const auto type = type_of(wanted.type.word);
  const bool is_message = type == gp::FieldDescriptor::TYPE_MESSAGE;
  EXPECT_EQ(field.type(), type);
  if (is_message) {
    EXPECT_EQ(std::string(field.message_type()->full_name()),
              std::string(kSchemaPackage) + "." + wanted.type.word);
  }
  EXPECT_EQ(field.is_repeated(), is_repeated);
  EXPECT_EQ(field.is_packed(), is_repeated && field.is_packable());
  EXPECT_EQ(field.has_presence(), !is_repeated && (is_message || wanted.label == SchemaLabel::optional));
}

TYPED_TEST(EverySchema, SaysWhatTheTableSays) {
  const gp::Descriptor* message = descriptor_of<TypeParam>();
  EXPECT_EQ(std::string(message->file()->name()), place_of<TypeParam>().schema);
  const auto fields = schema_fields<TypeParam>();
  ASSERT_EQ(message->field_count(), static_cast<int>(fields.size()));
  for (const SchemaField& wanted : fields) {
    SCOPED_TRACE(wanted.json_name);
    const gp::FieldDescriptor* field = message->FindFieldByNumber(static_cast<int>(wanted.number));
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(std::string(field->name()), snake_case(wanted.json_name));
    EXPECT_EQ(std::string(field->json_name()), wanted.json_name);
    if (wanted.list.empty()) {
      expect_field(*field, wanted, wanted.label == SchemaLabel::repeated);
      continue;
    }
    EXPECT_TRUE(field->has_presence());
    ASSERT_EQ(field->type(), gp::FieldDescriptor::TYPE_MESSAGE);
    ASSERT_EQ(field->message_type()->field_count(), 1);
    expect_field(*field->message_type()->FindFieldByNumber(1), wanted, true);
  }
}

TYPED_TEST(EverySchema, LibprotobufReadsWhatWeWrite) {
  RecordMaker maker(1);
  for (int round = 0; round < kRounds; ++round) {
    const auto record = maker.template make<TypeParam>();
    const std::string bytes = ours(record);
    const auto message = new_message<TypeParam>();
    ASSERT_TRUE(message->ParseFromString(bytes)) << to_hex(as_bytes(bytes));
    ASSERT_TRUE(message->GetReflection()->GetUnknownFields(*message).empty());
    const auto wanted = reflected(record);
    ASSERT_TRUE(gp::util::MessageDifferencer::Equals(*message, *wanted))
        << message->DebugString() << "and not\n"
        << wanted->DebugString();
    ASSERT_EQ(to_hex(as_bytes(theirs(*message))), to_hex(as_bytes(bytes)));
  }
}

TYPED_TEST(EverySchema, WeReadWhatLibprotobufWrites) {
  RecordMaker maker(2);
  for (int round = 0; round < kRounds; ++round) {
    const auto record = maker.template make<TypeParam>();
    const auto message = reflected(record);
    const std::string bytes = message->SerializeAsString();
    const auto decoded = decode<Protobuf, TypeParam>(as_bytes(bytes));
    ASSERT_TRUE(decoded.ok()) << decoded.error().to_string() << " in " << message->DebugString();
    ASSERT_TRUE(same(record, *decoded)) << message->DebugString();
    ASSERT_EQ(to_hex(as_bytes(ours(*decoded))), to_hex(as_bytes(bytes)));
  }
}

// Never the other way round: damaged bytes that we accept are canonical for libprotobuf.
TYPED_TEST(EverySchema, WhatWeAcceptIsCanonicalForLibprotobuf) {
  RecordMaker maker(3);
  Prng prng(3);
  int accepted = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::string bytes = ours(maker.template make<TypeParam>());
    if (bytes.empty()) continue;
    char& damaged = bytes[prng.below(bytes.size())];
    damaged = static_cast<char>(damaged ^ static_cast<char>(prng.between(1, 255)));
    if (!decode<Protobuf, TypeParam>(as_bytes(bytes)).ok()) continue;
    ++accepted;
    const auto message = new_message<TypeParam>();
    ASSERT_TRUE(message->ParseFromString(bytes)) << to_hex(as_bytes(bytes));
    ASSERT_EQ(to_hex(as_bytes(theirs(*message))), to_hex(as_bytes(bytes)));
  }
  EXPECT_GT(accepted, 10) << "nothing was tried";
}

// What libprotobuf reads in other forms than ours, and what it then writes.
enum class Again : std::uint8_t { is_ours, is_no_record };

struct Stricter {
  const char* what;
  std::string digits;
  Malformed refused;
  Again again;
};

template <class T>
void expect_stricter(const std::vector<Stricter>& cases) {
  for (const Stricter& each : cases) {
    SCOPED_TRACE(each.what);
    const auto bytes = test::bytes_of_hex(each.digits);
    const auto message = new_message<T>();
    EXPECT_TRUE(message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    const auto decoded = decode<Protobuf, T>(bytes);
    EXPECT_STREQ(name(decoded.ok() ? Malformed::none : decoded.error().what), name(each.refused));
    const auto again = decode<Protobuf, T>(as_bytes(theirs(*message)));
    EXPECT_EQ(again.ok(), each.again == Again::is_ours);
  }
}

TEST(Strictness, OneFormOfEachMessage) {
  expect_stricter<Inner>({
      {"a default written out", "08011200", Malformed::not_canonical, Again::is_ours},
      {"a value longer than needed", "088100", Malformed::not_canonical, Again::is_ours},
      {"a tag longer than needed", "880001", Malformed::not_canonical, Again::is_ours},
      {"a length longer than needed", "12810061", Malformed::not_canonical, Again::is_ours},
      {"out of order", "1201610801", Malformed::wrong_field, Again::is_ours},
      {"twice, the last one counts", "08010802", Malformed::wrong_field, Again::is_ours},
  });
  expect_stricter<Drawing>({
      {"one message in two pieces", "120210051203220161", Malformed::wrong_field, Again::is_ours},
  });
  expect_stricter<Body>({
      {"elements out of order with others", "0a02c1801a000a02c180", Malformed::wrong_field, Again::is_ours},
  });
}

TEST(Strictness, NothingUnknown) {
  expect_stricter<Inner>({
      {"an unknown field", "08011801", Malformed::wrong_field, Again::is_no_record},
      {"an unknown group", "080153540801", Malformed::wrong_field, Again::is_no_record},
      {"a field of another wire type", "0d00000000", Malformed::wrong_field, Again::is_no_record},
  });
}

TEST(Strictness, WhatTheNotesOfTheSchemasSay) {
  expect_stricter<Inner>({
      {"16 bits", "08808004", Malformed::bad_integer, Again::is_no_record},
  });
  expect_stricter<Drawing>({
      {"a message that is not there", "", Malformed::missing_field, Again::is_no_record},
  });
  expect_stricter<Shape>({
      {"a kind there is not", "0802", Malformed::bad_value, Again::is_no_record},
      {"a field of another kind", "1801", Malformed::wrong_field, Again::is_no_record},
      {"a value that the table's check() refuses", "100d", Malformed::bad_value, Again::is_no_record},
  });
  const std::string address = "0a14" + std::string(40, '1');
  expect_stricter<AccessTuple>({
      {"20 bytes, nothing", "", Malformed::missing_field, Again::is_no_record},
      {"20 bytes, 19", "0a13" + std::string(38, '1'), Malformed::wrong_size, Again::is_no_record},
      {"32 bytes in a list, 1", address + "120111", Malformed::wrong_size, Again::is_no_record},
  });
  expect_stricter<Authorization>({
      {"integer, a zero byte first",
       "0a020001"
       "1214" +
           std::string(40, '1'),
       Malformed::bad_integer, Again::is_no_record},
      {"integer, 33 bytes", "0a21" + std::string(66, '1') + "1214" + std::string(40, '1'),
       Malformed::bad_integer, Again::is_no_record},
  });
  expect_stricter<Body>({
      {"envelope, of kind 0", "0a0200c0", Malformed::bad_value, Again::is_no_record},
  });
}

TEST(Strictness, FieldsAtTheEndHaveNoGapBeforeThem) {
  RecordMaker maker(3);
  auto header = maker.make<Header>();
  header.base_fee = Uint256(1);
  header.withdrawals_root = Hash32{};
  auto message = reflected(header);
  EXPECT_TRUE((decode<Protobuf, Header>(as_bytes(theirs(*message))).ok()));
  message->GetReflection()->ClearField(message.get(),
                                       descriptor_of<Header>()->FindFieldByName("base_fee_per_gas"));
  const auto decoded = decode<Protobuf, Header>(as_bytes(theirs(*message)));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().what, Malformed::missing_field);
}

// Integers one field each, as writers before proto3 did.
TEST(Strictness, ListsOfIntegersArePacked) {
  RecordMaker maker(4);
  auto sample = maker.make<Sample>();
  const std::uint32_t numbers[] = {1, 2};
  sample.numbers = List<std::uint32_t>(numbers);
  sample.hashes = {};
  std::string bytes = ours(sample);
  const std::string packed = std::string("\x4a\x02\x01\x02", 4);
  const std::size_t at = bytes.find(packed);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, packed.size(), "\x48\x01\x48\x02");
  expect_stricter<Sample>(
      {{"one field each", to_hex(as_bytes(bytes)), Malformed::wrong_field, Again::is_ours}});
}

// Neither reads what is no message at all.
TEST(Strictness, BothRefuseTheRest) {
  for (const char* digits : {"08", "80", "0880", "120261", "1202c328", "0001", "0f00", "0b", "0c"}) {
    const auto bytes = test::bytes_of_hex(digits);
    EXPECT_FALSE(new_message<Inner>()->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        << digits;
    EXPECT_FALSE((decode<Protobuf, Inner>(bytes).ok())) << digits;
  }
}

}  // namespace
}  // namespace ringwire::wire
