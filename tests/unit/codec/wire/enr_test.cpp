#include "codec/wire/enr.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "codec/base/prng.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/wire/rlp.hpp"
#include "tests/support/names.hpp"

namespace ringwire::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Pairs = std::vector<std::pair<std::string, Bytes>>;  // key, encoded value

// The example of EIP-778.
constexpr const char* kExampleKey = "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291";
constexpr const char* kExampleId = "a448f24c6d18e575453db13171562b71999873db5b286df957af199ec94617f7";
constexpr const char* kExampleText =
    "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0"
    "gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";

const crypto::Signer& signer() {
  static const crypto::Signer one(std::array<std::uint8_t, 32>{3});
  return one;
}

crypto::SecretKey key_of(const char* hex) {
  Hash32 bytes;
  EXPECT_TRUE(from_hex(hex, bytes.span()));
  return std::move(crypto::SecretKey::from_bytes(bytes.bytes).value());
}

const crypto::SecretKey& example_key() {
  static const crypto::SecretKey key = key_of(kExampleKey);
  return key;
}

template <class Body>
Bytes rlp(const Body& body) {
  Bytes bytes(rlp_size(body));
  RlpWriter writer(bytes);
  body(writer);
  return bytes;
}
Bytes rlp_string(ByteView text) {
  return rlp([&](auto& sink) { sink.string(text); });
}

Bytes compressed_key() {
  const auto key = crypto::compress(signer().public_key(example_key()));
  return rlp_string(key.view());
}

// A record of these pairs as they are, however wrong, with a good signature.
Bytes signed_record(const Pairs& pairs, std::uint64_t sequence = 1) {
  const auto content = [&](auto& sink) {
    sink.u64(sequence);
    for (const auto& [key, value] : pairs) {
      sink.string(as_bytes(key));
      sink.raw(value);
    }
  };
  const Bytes signed_part = rlp([&](auto& sink) { sink.list(content); });
  const auto signature = signer().sign(example_key(), crypto::keccak256(signed_part));
  return rlp([&](auto& sink) {
    sink.list([&](auto& inside) {
      inside.string(signature.view().first(64));
      content(inside);
    });
  });
}

// The least that is a record, and room for one more pair in order.
Pairs with(const std::string& key, const Bytes& value) {
  Pairs pairs{{"id", rlp_string(as_bytes("v4"))}, {"secp256k1", compressed_key()}};
  pairs.emplace_back(key, value);
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

EnrFields example_fields() {
  EnrFields fields;
  fields.sequence = 1;
  fields.ip = IpAddress::v4(127, 0, 0, 1);
  fields.udp = 30303;
  return fields;
}

TEST(Enr, MakesTheExampleOfItsSpecification) {
  const auto record = Enr::make(signer(), example_key(), example_fields());
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->to_string(), kExampleText);
  EXPECT_EQ(to_hex(record->id().view()), kExampleId);
}

TEST(Enr, ReadsTheExampleOfItsSpecification) {
  const auto record = Enr::parse(kExampleText);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->fields(), example_fields());
  EXPECT_EQ(record->public_key(), signer().public_key(example_key()));
  EXPECT_EQ(record->udp_endpoint(IpAddress::Family::v4), Endpoint::parse("127.0.0.1:30303"));
  EXPECT_FALSE(record->tcp_endpoint(IpAddress::Family::v4).has_value());
  EXPECT_FALSE(record->udp_endpoint(IpAddress::Family::v6).has_value());
  EXPECT_EQ(record->to_string(), kExampleText);
}

EnrFields random_fields(Prng& prng) {
  EnrFields fields;
  fields.sequence = prng.next() >> prng.below(64);
  const auto port = [&] { return static_cast<std::uint16_t>(prng.between(1, 65535)); };
  if (prng.chance_ppm(700'000)) fields.ip = IpAddress::v4(static_cast<std::uint8_t>(prng.next()), 2, 3, 4);
  if (prng.chance_ppm(700'000)) {
    std::array<std::uint8_t, 16> address;
    prng.fill(address);
    fields.ip6 = IpAddress::v6(address);
  }
  if (prng.chance_ppm(500'000)) fields.tcp = port();
  if (prng.chance_ppm(500'000)) fields.udp = port();
  if (prng.chance_ppm(500'000)) fields.tcp6 = port();
  if (prng.chance_ppm(500'000)) fields.udp6 = port();
  return fields;
}

TEST(Enr, ReadsBackWhateverItMakes) {
  Prng prng(21);
  for (int round = 0; round < 500; ++round) {
    const EnrFields fields = random_fields(prng);
    Bytes blob(prng.below(20));
    prng.fill(blob);
    const Bytes value = rlp([&](auto& sink) { sink.list([&](auto& inside) { inside.string(blob); }); });
    const EnrPair others[] = {{"zebra", value}, {"eth", value}, {"", value}};
    const auto made = Enr::make(signer(), example_key(), fields, others);
    ASSERT_TRUE(made.ok()) << name(made.error());
    const auto decoded = Enr::decode(made->encoded());
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, *made);
    EXPECT_EQ(decoded->fields(), fields);
    const auto parsed = Enr::parse(made->to_string());
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, *made);
    for (const EnrPair& other : others) {
      const auto found = parsed->find(other.key);
      ASSERT_TRUE(found.has_value());
      EXPECT_EQ(Bytes(found->begin(), found->end()), value);
    }
    EXPECT_FALSE(parsed->find("eth2").has_value());
  }
}

TEST(Enr, Ipv6UsesThePortsOfIpv4WhereItHasNone) {
  EnrFields fields;
  fields.ip6 = IpAddress::parse("2001:db8::7");
  fields.tcp = 1;
  fields.udp = 2;
  fields.udp6 = 3;
  const auto record = Enr::make(signer(), example_key(), fields);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->tcp_endpoint(IpAddress::Family::v6), Endpoint::parse("[2001:db8::7]:1"));
  EXPECT_EQ(record->udp_endpoint(IpAddress::Family::v6), Endpoint::parse("[2001:db8::7]:3"));
  EXPECT_FALSE(record->tcp_endpoint(IpAddress::Family::v4).has_value());
}

TEST(Enr, EveryFlippedBitIsRefused) {
  const auto record = Enr::parse(kExampleText);
  ASSERT_TRUE(record.ok());
  std::set<EnrError> seen;
  for (std::size_t bit = 0; bit < 8 * record->encoded().size(); ++bit) {
    Bytes damaged(record->encoded().begin(), record->encoded().end());
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto decoded = Enr::decode(damaged);
    ASSERT_FALSE(decoded.ok()) << bit;
    seen.insert(decoded.error());
  }
  EXPECT_GE(seen.size(), 4U);
}

TEST(Enr, EveryTruncationAndAppendixIsRefused) {
  const auto record = Enr::parse(kExampleText);
  ASSERT_TRUE(record.ok());
  for (std::size_t size = 0; size < record->encoded().size(); ++size) {
    EXPECT_EQ(Enr::decode(record->encoded().first(size)).error(), EnrError::bad_rlp) << size;
  }
  Bytes longer(record->encoded().begin(), record->encoded().end());
  longer.push_back(0);
  EXPECT_EQ(Enr::decode(longer).error(), EnrError::bad_rlp);
}

TEST(Enr, KeysRiseStrictly) {
  const Bytes v4 = rlp_string(as_bytes("v4")), one = rlp_string(as_bytes("1"));
  EXPECT_TRUE(Enr::decode(signed_record({{"id", v4}, {"secp256k1", compressed_key()}})).ok());
  EXPECT_EQ(Enr::decode(signed_record({{"secp256k1", compressed_key()}, {"id", v4}})).error(),
            EnrError::bad_order);
  EXPECT_EQ(Enr::decode(signed_record({{"id", v4}, {"id", v4}, {"secp256k1", compressed_key()}})).error(),
            EnrError::bad_order);
  EXPECT_EQ(Enr::decode(signed_record({{"id", v4}, {"secp256k1", compressed_key()}, {"x", one}, {"x", one}}))
                .error(),
            EnrError::bad_order);
  // Bytes above 127 are greater than those below, and a prefix comes first.
  EXPECT_TRUE(Enr::decode(signed_record({{"", one},
                                         {"id", v4},
                                         {"secp256k1", compressed_key()},
                                         {"x", one},
                                         {"xx", one},
                                         {"\x80", one}}))
                  .ok());
}

TEST(Enr, KnownKeysHaveTheirFormsAndNoOther) {
  const auto refused = [](const std::string& key, const Bytes& value) {
    const auto decoded = Enr::decode(signed_record(with(key, value)));
    return !decoded && decoded.error() == EnrError::bad_value;
  };
  const Bytes list = rlp([](auto& sink) { sink.list([](auto&) {}); });
  for (const char* key : {"ip", "ip6", "tcp", "udp", "tcp6", "udp6"}) {
    EXPECT_TRUE(refused(key, list)) << key;
    EXPECT_TRUE(refused(key, rlp_string(Bytes{1, 2, 3}))) << key;
    EXPECT_TRUE(refused(key, rlp_string(Bytes{0, 1}))) << key;
  }
  EXPECT_TRUE(refused("ip", rlp_string(Bytes(16, 1))));
  EXPECT_TRUE(refused("ip6", rlp_string(Bytes(4, 1))));
  Bytes mapped(16);
  mapped[10] = mapped[11] = 0xFF;
  EXPECT_TRUE(refused("ip6", rlp_string(mapped))) << "an IPv4 address in disguise";
  const auto zero = Enr::decode(signed_record(with("tcp", rlp_string({}))));
  ASSERT_TRUE(zero.ok());
  EXPECT_FALSE(zero->fields().tcp.has_value());
}

TEST(Enr, TheSchemeIsV4AndTheKeyAPoint) {
  const Bytes v4 = rlp_string(as_bytes("v4"));
  EXPECT_EQ(Enr::decode(signed_record({{"id", rlp_string(as_bytes("v5"))}, {"secp256k1", compressed_key()}}))
                .error(),
            EnrError::unknown_scheme);
  EXPECT_EQ(Enr::decode(signed_record({{"secp256k1", compressed_key()}})).error(), EnrError::unknown_scheme);
  EXPECT_EQ(Enr::decode(signed_record({{"id", v4}})).error(), EnrError::bad_signature);
  Bytes no_point(33);
  no_point[0] = 2;
  no_point[32] = 5;
  EXPECT_EQ(Enr::decode(signed_record({{"id", v4}, {"secp256k1", rlp_string(no_point)}})).error(),
            EnrError::bad_signature);
  EXPECT_EQ(Enr::decode(signed_record({{"id", v4}, {"secp256k1", rlp_string(Bytes(32, 2))}})).error(),
            EnrError::bad_value);
}

TEST(Enr, ValuesAreCanonicalDownToTheInnermost) {
  const Bytes inner_not_canonical = {0xC2, 0x81, 0x05};  // [0x05] with a one-byte string in two
  EXPECT_EQ(Enr::decode(signed_record(with("eth", inner_not_canonical))).error(), EnrError::bad_rlp);
  EXPECT_TRUE(Enr::decode(signed_record(with("eth", Bytes{0xC1, 0x05}))).ok());
  EXPECT_EQ(Enr::decode(signed_record(with("eth", Bytes{}))).error(), EnrError::bad_rlp);
}

TEST(Enr, HasAtMost300Bytes) {
  for (std::size_t size = 150; size < 220; ++size) {
    const Bytes value = rlp_string(Bytes(size, 0x11));
    const Bytes record = signed_record(with("eth", value));
    const EnrPair other{"eth", value};
    const auto made = Enr::make(signer(), example_key(), {.sequence = 1}, {&other, 1});
    if (record.size() <= kEnrBytesMax) {
      ASSERT_TRUE(made.ok());
      EXPECT_EQ(Bytes(made->encoded().begin(), made->encoded().end()), record);
      EXPECT_TRUE(Enr::decode(record).ok());
    } else {
      EXPECT_EQ(made.error(), EnrError::too_long);
      EXPECT_EQ(Enr::decode(record).error(), EnrError::too_long);
    }
  }
  EXPECT_EQ(Enr::parse("enr:" + std::string(404, 'A')).error(), EnrError::too_long);
}

TEST(Enr, MakesNothingThatItWouldNotRead) {
  const Bytes two_items = {0x01, 0x02}, one = {0x01};
  const EnrPair bad_value{"x", two_items}, twice[] = {{"x", one}, {"x", one}}, known{"udp", one};
  const auto error = [](const EnrFields& fields, std::span<const EnrPair> others) {
    return Enr::make(signer(), example_key(), fields, others).error();
  };
  EXPECT_EQ(error({}, {&bad_value, 1}), EnrError::bad_rlp);
  EXPECT_EQ(error({}, twice), EnrError::bad_order);
  EXPECT_EQ(error(example_fields(), {&known, 1}), EnrError::bad_order);
  EnrFields wrong_family;
  wrong_family.ip = IpAddress::parse("2001:db8::7");
  EXPECT_EQ(error(wrong_family, {}), EnrError::bad_value);
  wrong_family = {};
  wrong_family.ip6 = IpAddress::v4(192, 0, 2, 7);
  EXPECT_EQ(error(wrong_family, {}), EnrError::bad_value);
}

TEST(Enr, EveryErrorHasAName) {
  test::expect_names_below(EnrError::count_);
}

TEST(Enr, TextIsStrict) {
  const std::string text = kExampleText;
  const auto refused = [](const std::string& bad) { return Enr::parse(bad).error() == EnrError::bad_text; };
  EXPECT_TRUE(refused(text.substr(4)));
  EXPECT_TRUE(refused("ENR:" + text.substr(4)));
  EXPECT_TRUE(refused("enr://" + text.substr(4)));
  EXPECT_TRUE(refused(text + "="));
  EXPECT_TRUE(refused(text + " "));
  EXPECT_TRUE(refused(text + "\n"));
  EXPECT_TRUE(refused(text.substr(0, 20) + "+" + text.substr(21)));
  EXPECT_FALSE(Enr::parse("").ok());
  EXPECT_FALSE(Enr::parse("enr:").ok());
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(Enr::parse(text.substr(0, size)).ok());
}

}  // namespace
}  // namespace ringwire::wire
