#include "codec/wire/rlp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "codec/base/ids.hpp"
#include "codec/base/prng.hpp"
#include "tests/support/names.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/codec/wire/stream.hpp"

namespace ringwire::wire {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kManyItems = 10'000'000;

Bytes from_text(std::string hex) {
  if (hex.starts_with("0x")) hex = hex.substr(2);
  Bytes bytes(hex.size() / 2);
  EXPECT_TRUE(from_hex(hex, bytes)) << hex;
  return bytes;
}

template <class Body>
Bytes written(const Body& body) {
  Bytes bytes(rlp_size(body));
  RlpWriter writer(bytes);
  body(writer);
  EXPECT_EQ(writer.bytes(), bytes.size());
  return bytes;
}

// A decimal number of any size, big-endian, in its shortest form.
Bytes decimal(const std::string& digits) {
  Bytes bytes(64);
  for (const char digit : digits) {
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (std::size_t i = bytes.size(); i-- > 0;) {
      carry += 10U * bytes[i];
      bytes[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
  }
  const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
  return {first, bytes.end()};
}

// The meaning of "in" in ethereum/tests: numbers, "#decimal", text, lists.
template <class Sink>
void write_json(Sink& sink, const Json& value) {
  if (value.is_array()) {
    sink.list([&](auto& inside) {
      for (const Json& item : value) write_json(inside, item);
    });
  } else if (value.is_number()) {
    sink.u64(value.get<std::uint64_t>());
  } else if (const auto text = value.get<std::string>(); text.starts_with("#")) {
    sink.string(decimal(text.substr(1)));  // some have more than 32 bytes
  } else {
    sink.string(as_bytes(text));
  }
}

TEST(Rlp, WritesWhatEthereumTestsWrite) {
  RW_REQUIRE_VECTORS(path, "ethereum-tests/RLPTests/rlptest.json");
  const auto cases = Json::parse(test::read_file(path));
  ASSERT_EQ(cases.size(), 28U);
  for (const auto& [name, test_case] : cases.items()) {
    const Bytes expected = from_text(test_case["out"]);
    const Json& value = test_case["in"];
    EXPECT_EQ(written([&](auto& sink) { write_json(sink, value); }), expected) << name;
    EXPECT_TRUE(check_rlp(expected, kManyItems).ok()) << name;
  }
}

TEST(Rlp, RefusesWhatEthereumTestsCallInvalid) {
  RW_REQUIRE_VECTORS(path, "ethereum-tests/RLPTests/invalidRLPTest.json");
  const auto cases = Json::parse(test::read_file(path));
  ASSERT_EQ(cases.size(), 26U);
  for (const auto& [name, test_case] : cases.items()) {
    EXPECT_FALSE(check_rlp(from_text(test_case["out"]), kManyItems).ok()) << name;
  }
}

// Rows that are too large to stand in the file as hex, rebuilt from their names.
Bytes large_row(const std::string& name) {
  if (name.starts_with("unclosed")) return Bytes(65'536, 0xC1);
  if (name.starts_with("1e6")) {
    Bytes bytes = {0xFA, 0x0F, 0x42, 0x40};
    bytes.resize(bytes.size() + 1'000'000, name.find("strings") != std::string::npos ? 0x80 : 0xC0);
    return bytes;
  }
  if (!name.starts_with("nested lists depth")) return {};
  const std::size_t depth = std::stoul(name.substr(name.rfind(' ')));
  Bytes reversed = {0xC0};  // built from the inside, each header written backwards behind what it holds
  for (std::size_t i = 0; i < depth; ++i) {
    std::array<std::uint8_t, 9> header;
    RlpWriter writer(header);
    writer.list_header(reversed.size());
    for (std::size_t at = writer.bytes(); at > 0; --at) reversed.push_back(header[at - 1]);
  }
  return {reversed.rbegin(), reversed.rend()};
}

TEST(Rlp, JudgesEveryCaseAsTheVectorsDoWithinItsDepth) {
  RW_REQUIRE_VECTORS(path, "rlp/rlp_cases.json");
  const auto rows = Json::parse(test::read_file(path));
  ASSERT_EQ(rows.size(), 90U);
  std::size_t deep = 0;
  for (const auto& row : rows) {
    const auto name = row["name"].get<std::string>();
    const Bytes bytes = row["hex"].is_string() ? from_text(row["hex"]) : large_row(name);
    ASSERT_EQ(bytes.size(), row["len"].get<std::size_t>()) << name;
    const auto status = check_rlp(bytes, kManyItems);
    if (!status.ok() && status.error() == Malformed::too_deep) {
      ++deep;
      continue;
    }
    EXPECT_EQ(status.ok(), row["canonical"].get<bool>()) << name;
  }
  EXPECT_EQ(deep, 4U);  // the ones with 65 lists and more
}

TEST(Rlp, CountsItemsBeforeTheyCostAnything) {
  Bytes bytes = {0xFA, 0x0F, 0x42, 0x40};
  bytes.resize(bytes.size() + 1'000'000, 0xC0);
  EXPECT_EQ(check_rlp(bytes, 1'000'000).error(), Malformed::too_many_items);
  EXPECT_TRUE(check_rlp(bytes, 1'000'001).ok());
}

TEST(Rlp, DepthEndsAtItsLimit) {
  for (const std::uint32_t depth : {kRlpDepthMax - 1, kRlpDepthMax, kRlpDepthMax + 1}) {
    const Bytes bytes = large_row("nested lists depth " + std::to_string(depth - 1));
    EXPECT_EQ(check_rlp(bytes, kManyItems).ok(), depth <= kRlpDepthMax) << depth;
  }
}

TEST(Rlp, EveryU64SurvivesAndHasOneForm) {
  Prng prng(1);
  for (unsigned shift = 0; shift < 64; ++shift) {
    for (const std::uint64_t value :
         {std::uint64_t{1} << shift, (std::uint64_t{1} << shift) - 1, prng.next() >> shift}) {
      const Bytes bytes = written([&](auto& sink) { sink.u64(value); });
      RlpReader reader(bytes);
      EXPECT_EQ(reader.u64(), value);
      reader.finish();
      EXPECT_TRUE(reader.ok());
    }
  }
}

// Into room of exactly that size, as into more.
TEST(Rlp, IntegersOfEverySizeAreWrittenInTheShortestForm) {
  Prng prng(1);
  for (std::size_t size = 0; size <= 32; ++size) {
    Bytes digits(size);
    prng.fill(digits);
    if (size > 0) digits[0] |= 1;
    const auto string = [&](auto& sink) { sink.string(digits); };
    const auto number = [&](auto& sink) { sink.integer(Uint256::from_be(digits)); };
    EXPECT_EQ(written(number), written(string));
    const auto small = [&](auto& sink) { sink.u64(Uint256::from_be(digits).words[3]); };
    if (size <= 8) {
      EXPECT_EQ(written(small), written(string));
    }
    Bytes roomy(64);
    RlpWriter writer(roomy);
    number(writer);
    EXPECT_EQ(Bytes(roomy.begin(), roomy.begin() + static_cast<std::ptrdiff_t>(writer.bytes())),
              written(string));
  }
}

// What an item is, by the reader of any item; as an integer of at most `bytes_max` bytes.
std::optional<Uint256> integer_by_item(ByteView bytes, std::size_t bytes_max, std::size_t& left) {
  RlpReader reader(bytes);
  const RlpItem item = reader.item();
  left = reader.rest().size();
  const bool fits = reader.ok() && !item.is_list && item.payload.size() <= bytes_max;
  if (!fits || (!item.payload.empty() && item.payload[0] == 0)) return std::nullopt;
  return Uint256::from_be(item.payload);
}

void expect_read_as_by_item(ByteView bytes) {
  std::size_t left = 0;
  const auto small = integer_by_item(bytes, 8, left);
  RlpReader reader(bytes);
  EXPECT_EQ(Uint256(reader.u64()), small.value_or(0)) << to_hex(bytes);
  EXPECT_EQ(reader.ok(), small.has_value()) << to_hex(bytes);
  EXPECT_EQ(reader.rest().size(), small ? left : 0) << to_hex(bytes);
  const auto wide = integer_by_item(bytes, 32, left);
  RlpReader again(bytes);
  Uint256 read;
  again.integer(read);
  EXPECT_EQ(again.ok(), wide.has_value()) << to_hex(bytes);
  EXPECT_EQ(again.rest().size(), wide ? left : 0) << to_hex(bytes);
  if (wide) {
    EXPECT_EQ(read, *wide) << to_hex(bytes);
  }
}

// Short ones are read together with what stands behind them.
TEST(Rlp, IntegersAreReadAlikeWhateverStandsBehindThem) {
  Prng prng(6);
  for (unsigned prefix = 0; prefix < 256; ++prefix) {
    for (const std::uint8_t first : Bytes{0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      const std::size_t size = 1 + (prefix >= 0x80 && prefix < 0xB8 ? prefix - 0x80 : 0);
      for (std::size_t behind = 0; behind < 40; ++behind) {
        Bytes bytes = random_bytes(prng, size + behind);
        if (bytes.size() > 1) bytes[1] = first;
        bytes[0] = static_cast<std::uint8_t>(prefix);
        expect_read_as_by_item(bytes);
        expect_read_as_by_item(ByteView(bytes).first(size - 1));  // cut
      }
    }
  }
}

TEST(Rlp, IntegersWithLeadingZerosOrTooWideAreRefused) {
  for (const char* hex : {"00", "820001", "89010000000000000000", "c0"}) {
    const Bytes bytes = from_text(hex);
    RlpReader reader(bytes);
    EXPECT_EQ(reader.u64(), 0U);
    EXPECT_FALSE(reader.ok()) << hex;
  }
}

TEST(Rlp, StringsOfEverySizeRoundTrip) {
  Prng prng(2);
  for (std::size_t size = 0; size < 300; ++size) {
    const Bytes text = random_bytes(prng, size);
    const Bytes bytes = written([&](auto& sink) { sink.string(text); });
    RlpReader reader(bytes);
    const ByteView read = reader.string();
    reader.finish();
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(Bytes(read.begin(), read.end()), text);
  }
}

TEST(Rlp, FirstErrorSticksAndLaterReadsAreEmpty) {
  const Bytes bytes = from_text("c20102");
  RlpReader reader(bytes);
  EXPECT_TRUE(reader.string().empty());
  EXPECT_EQ(reader.error(), Malformed::expected_string);
  EXPECT_EQ(reader.u64(), 0U);
  EXPECT_FALSE(reader.list().ok());
  EXPECT_FALSE(reader.more());
  EXPECT_EQ(reader.fixed<Hash32>(), Hash32{});
  EXPECT_EQ(reader.error(), Malformed::expected_string);
}

TEST(Rlp, NothingMayFollowTheLastField) {
  const Bytes bytes = from_text("c3010203");
  RlpReader message(bytes);
  RlpReader fields = message.list();
  EXPECT_EQ(fields.u64(), 1U);
  fields.finish();
  message.finish_with(fields);
  EXPECT_EQ(message.error(), Malformed::trailing_bytes);
}

// Whatever the checker accepts, a naive recursive encoder writes back byte for byte.
void write_item(RlpWriter& writer, const RlpItem& item);
Bytes copy_item(const RlpItem& item) {
  Bytes bytes(item.encoded.size());
  RlpWriter writer(bytes);
  write_item(writer, item);
  EXPECT_EQ(writer.bytes(), bytes.size());
  return bytes;
}
void write_item(RlpWriter& writer, const RlpItem& item) {
  if (!item.is_list) return writer.string(item.payload);
  writer.list_header(item.payload.size());
  for (RlpReader items(item.payload); items.more();) write_item(writer, items.item());
}

TEST(Rlp, AcceptedBytesAreTheOnlyEncodingOfTheirValue) {
  Prng prng(3);
  std::size_t accepted = 0;
  for (int i = 0; i < 300'000; ++i) {
    Bytes bytes = random_bytes(prng, prng.between(1, 12));
    // Mostly list headers and short strings, so that a fair share is valid.
    bytes[0] = static_cast<std::uint8_t>(0xC0 + bytes.size() - 1);
    for (std::size_t at = 1; at < bytes.size(); ++at) {
      if (prng.chance_ppm(500'000)) bytes[at] = static_cast<std::uint8_t>(0x80 + prng.below(4));
      if (prng.chance_ppm(200'000)) bytes[at] = static_cast<std::uint8_t>(0xC0 + prng.below(4));
    }
    if (!check_rlp(bytes, kManyItems).ok()) continue;
    ++accepted;
    RlpReader reader(bytes);
    ASSERT_EQ(copy_item(reader.item()), bytes);
  }
  EXPECT_GT(accepted, 10'000U);
}

TEST(Rlp, EveryTruncationOfAListIsRefused) {
  const Bytes bytes = written([](auto& sink) {
    sink.list([](auto& items) {
      items.string(Bytes(100, 1));
      items.u64(70'000);
      items.list([](auto& inner) { inner.string(Bytes(60, 2)); });
    });
  });
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(check_rlp(ByteView(bytes).first(size), kManyItems).ok()) << size;
  }
}

TEST(Rlp, AnEnvelopeIsAListOrAKindAndSomething) {
  EXPECT_TRUE(is_envelope(Bytes{0xC1, 0x80}));
  EXPECT_TRUE(is_envelope(Bytes{0x01, 0xC0}));
  EXPECT_TRUE(is_envelope(Bytes{0x7F, 0x00}));
  for (const Bytes& bytes : {Bytes{}, Bytes{0x01}, Bytes{0x00, 0xC0}, Bytes{0x80, 0xC0}, Bytes{0x81, 0x80},
                             Bytes{0xC1}, Bytes{0xC0, 0xC0}})
    EXPECT_FALSE(is_envelope(bytes)) << to_hex(bytes);
}

TEST(Rlp, EveryErrorHasAName) {
  test::expect_names_below(Malformed::count_);
}

}  // namespace
}  // namespace ringwire::wire
