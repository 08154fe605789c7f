#include "codec/crypto/aead.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "tests/support/names.hpp"
#include "tests/support/vectors.hpp"
#include "tests/support/wycheproof.hpp"

namespace ringwire::crypto {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Pieces = std::vector<ByteView>;

constexpr AeadSuite kSuites[] = {AeadSuite::aes_128_gcm, AeadSuite::aes_256_gcm,
                                 AeadSuite::chacha20_poly1305};
constexpr AeadNonce kIv = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static_assert(!std::is_copy_constructible_v<AeadKey> && !std::is_copy_constructible_v<NonceSequence>);
static_assert(!std::is_copy_constructible_v<AeadSealer> && !std::is_copy_constructible_v<AeadOpener>);

std::vector<AeadProvider> providers_of(AeadSuite suite) {
  if (is_available(AeadProvider::libcrypto, suite)) return {AeadProvider::libcrypto, AeadProvider::wolfcrypt};
  return {AeadProvider::wolfcrypt};
}

struct Kind {
  AeadSuite suite;
  AeadProvider provider;
};

class Aead : public testing::TestWithParam<Kind> {
 protected:
  static AeadKey key() {
    const Bytes bytes(key_bytes(GetParam().suite), 0x42);
    return {GetParam().suite, bytes, kIv};
  }
  AeadSealer sealer{key(), GetParam().provider};
  AeadOpener opener{key(), GetParam().provider};
  Prng prng{17};

  Bytes random(std::size_t size) {
    Bytes bytes(size);
    prng.fill(bytes);
    return bytes;
  }
  // `bytes` in pieces of random sizes, some empty.
  Pieces cut(ByteView bytes) {
    Pieces pieces{{}};
    while (!bytes.empty()) {
      const std::size_t size = prng.between(0, std::min<std::size_t>(bytes.size(), 1 + bytes.size() / 3));
      pieces.push_back(bytes.first(size));
      bytes = bytes.subspan(size);
    }
    return pieces;
  }
  Bytes seal(ByteView header, ByteView plain) {
    Bytes sealed(plain.size() + kAeadTagBytes);
    EXPECT_TRUE(sealer.seal(header, cut(plain), sealed).ok());
    return sealed;
  }
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const AeadSuite suite : kSuites) {
    for (const AeadProvider provider : providers_of(suite)) all.push_back({suite, provider});
  }
  return all;
}

std::string kind_name(const testing::TestParamInfo<Kind>& info) {
  std::string text = std::string(name(info.param.suite)) + "By" + name(info.param.provider);
  std::erase(text, '-');
  return text;
}

INSTANTIATE_TEST_SUITE_P(Each, Aead, testing::ValuesIn(kinds()), kind_name);

TEST_P(Aead, AgreesWithWycheproof) {
  const AeadSuite suite = GetParam().suite;
  const bool is_gcm = suite != AeadSuite::chacha20_poly1305;
  RW_REQUIRE_VECTORS(path, std::string("wycheproof/testvectors_v1/") +
                               (is_gcm ? "aes_gcm_test.json" : "chacha20_poly1305_test.json"));
  std::size_t valid = 0, invalid = 0;
  test::for_each_case(path, [&](const auto& group, const auto& row) {
    if (group["ivSize"] != 96 || group["tagSize"] != 128 || group["keySize"] != 8 * key_bytes(suite)) return;
    const Bytes secret = test::bytes_of_hex(row["key"]), iv = test::bytes_of_hex(row["iv"]);
    const Bytes header = test::bytes_of_hex(row["aad"]), plain = test::bytes_of_hex(row["msg"]);
    const std::span<const std::uint8_t, kAeadNonceBytes> nonce(iv.data(), kAeadNonceBytes);
    Bytes expected = test::bytes_of_hex(row["ct"]);
    const Bytes tag = test::bytes_of_hex(row["tag"]);
    expected.insert(expected.end(), tag.begin(), tag.end());
    const bool is_valid = row["result"] == "valid";

    // The nonce of record 0 is the iv.
    AeadSealer vector_sealer(AeadKey(suite, secret, nonce), GetParam().provider);
    AeadOpener vector_opener(AeadKey(suite, secret, nonce), GetParam().provider);
    Bytes sealed(plain.size() + kAeadTagBytes), opened(plain.size());
    ASSERT_TRUE(vector_sealer.seal(header, cut(plain), sealed).ok());
    EXPECT_EQ(sealed == expected, is_valid);
    EXPECT_EQ(vector_opener.open(header, cut(expected), opened).ok(), is_valid);
    EXPECT_EQ(opened, is_valid ? plain : Bytes(plain.size()));
    ++(is_valid ? valid : invalid);
  });
  EXPECT_GE(valid, 30U);
  EXPECT_GE(invalid, 20U);
}

TEST_P(Aead, OpensWhatWasSealedHoweverItIsCut) {
  for (const std::size_t size : {0, 1, 15, 16, 17, 31, 33, 63, 64, 65, 255, 1000, 4096, 16'384, 16'640}) {
    const Bytes plain = random(size), header = random(size % 40);
    const Bytes sealed = seal(header, plain);
    Bytes opened(size + 5, 0xEE);
    const auto part = opener.open(header, cut(sealed), opened);
    ASSERT_TRUE(part.ok()) << size;
    EXPECT_EQ(part->data(), opened.data());
    EXPECT_EQ(Bytes(part->begin(), part->end()), plain);
    EXPECT_EQ(Bytes(opened.begin() + static_cast<std::ptrdiff_t>(size), opened.end()), Bytes(5, 0xEE));
  }
}

TEST_P(Aead, SealsAndOpensInPlace) {
  for (const std::size_t size : {1, 16, 100, 5000}) {
    const Bytes plain = random(size);
    Bytes record = plain;
    record.resize(size + kAeadTagBytes);
    ASSERT_TRUE(sealer.seal({}, cut(ByteView(record).first(size)), record).ok());
    EXPECT_FALSE(std::equal(plain.begin(), plain.end(), record.begin()));
    const auto part = opener.open({}, cut(record), record);
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(Bytes(part->begin(), part->end()), plain);
  }
}

TEST_P(Aead, EveryFlippedBitIsRefusedAndLeavesZeros) {
  const Bytes plain = random(20), header = random(5);
  const Bytes sealed = seal(header, plain);
  for (std::size_t bit = 0; bit < 8 * (header.size() + sealed.size()); ++bit) {
    Bytes bad_header = header, bad = sealed, out(plain.size(), 0xEE);
    std::uint8_t& damaged = bit / 8 < header.size() ? bad_header[bit / 8] : bad[bit / 8 - header.size()];
    damaged ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_EQ(opener.open(bad_header, cut(bad), out).error(), AeadError::not_authentic) << bit;
    EXPECT_EQ(out, Bytes(plain.size()));
  }
  Bytes out(plain.size());
  EXPECT_TRUE(opener.open(header, cut(sealed), out).ok());
  EXPECT_EQ(out, plain);
}

TEST_P(Aead, ReplayedDroppedAndMovedRecordsAreRefused) {
  const Bytes plain = random(50);
  std::vector<Bytes> records;
  for (int i = 0; i < 4; ++i) records.push_back(seal({}, plain));
  std::set<std::string> different;
  for (const Bytes& record : records) different.insert(to_hex(record));
  EXPECT_EQ(different.size(), records.size());
  Bytes out(plain.size());
  const auto open = [&](const Bytes& record) { return opener.open({}, Pieces{record}, out).ok(); };
  EXPECT_FALSE(open(records[1]));
  EXPECT_TRUE(open(records[0]));
  EXPECT_FALSE(open(records[0]));
  EXPECT_FALSE(open(records[2]));
  EXPECT_TRUE(open(records[1]));
  EXPECT_TRUE(open(records[2]));
  EXPECT_TRUE(open(records[3]));
}

// RFC 8446, 5.3: the number, padded to the left, xor the iv.
TEST_P(Aead, NumbersNoncesAsTls13Does) {
  const Bytes plain = random(30);
  Bytes record;
  for (int i = 0; i <= 0x0102; ++i) record = seal({}, plain);
  AeadNonce nonce = kIv;
  nonce[10] ^= 0x01;
  nonce[11] ^= 0x02;
  const Bytes bytes(key_bytes(GetParam().suite), 0x42);
  AeadSealer at_number(AeadKey(GetParam().suite, bytes, nonce), GetParam().provider);
  Bytes expected(record.size());
  ASSERT_TRUE(at_number.seal({}, Pieces{plain}, expected).ok());
  EXPECT_EQ(record, expected);
}

TEST_P(Aead, EachLibraryOpensWhatTheOtherSealed) {
  for (const AeadProvider other : providers_of(GetParam().suite)) {
    AeadOpener reader(key(), other);
    AeadSealer writer(key(), GetParam().provider);
    for (std::size_t size = 0; size < 300; ++size) {
      const Bytes plain = random(size), header = random(5);
      Bytes record(size + kAeadTagBytes), out(size);
      ASSERT_TRUE(writer.seal(header, cut(plain), record).ok());
      ASSERT_TRUE(reader.open(header, cut(record), out).ok()) << name(other) << " " << size;
      EXPECT_EQ(out, plain);
    }
  }
}

TEST_P(Aead, RefusesRecordsThatAreTooShortOrTooLong) {
  const Bytes bytes = random(kAeadPlainBytesMax + 1 + kAeadTagBytes);
  Bytes out(bytes.size(), 0xEE);
  for (std::size_t size = 0; size < kAeadTagBytes; ++size) {
    EXPECT_EQ(opener.open({}, Pieces{ByteView(bytes).first(size)}, out).error(), AeadError::too_short);
  }
  EXPECT_EQ(opener.open({}, Pieces{bytes}, out).error(), AeadError::too_long);
  const std::uint64_t before = sealer.seals_left();
  EXPECT_EQ(sealer.seal({}, Pieces{ByteView(bytes).first(kAeadPlainBytesMax + 1)}, out).error(),
            AeadError::too_long);
  EXPECT_EQ(out, Bytes(bytes.size(), 0xEE));
  EXPECT_EQ(sealer.seals_left(), before);
}

TEST_P(Aead, MovesWithItsKeyAndItsNumbers) {
  const Bytes first = seal({}, random(10));
  const std::uint64_t left = sealer.seals_left();
  EXPECT_EQ(left, seals_max(GetParam().suite) - 1);
  AeadSealer moved = std::move(sealer);
  EXPECT_EQ(moved.seals_left(), left);
  Bytes out(kAeadTagBytes);
  EXPECT_EQ(sealer.seal({}, {}, out).error(), AeadError::exhausted);
  EXPECT_TRUE(moved.seal({}, {}, out).ok());
}

TEST(AeadKey, CountsWhatOthersUsedOfIt) {
  const Bytes bytes(16, 1), plain(1);
  Bytes out(1 + kAeadTagBytes), back(1);
  AeadSealer sealer({AeadSuite::aes_128_gcm, bytes, kIv, 7});
  EXPECT_EQ(sealer.seals_left(), seals_max(AeadSuite::aes_128_gcm) - 7);
  ASSERT_TRUE(sealer.seal({}, Pieces{plain}, out).ok());
  EXPECT_FALSE(AeadOpener({AeadSuite::aes_128_gcm, bytes, kIv}).open({}, Pieces{out}, back).ok());
  EXPECT_TRUE(AeadOpener({AeadSuite::aes_128_gcm, bytes, kIv, 7}).open({}, Pieces{out}, back).ok());
  AeadSealer spent({AeadSuite::aes_128_gcm, bytes, kIv, UINT64_MAX});
  EXPECT_EQ(spent.seal({}, Pieces{plain}, out).error(), AeadError::exhausted);
}

TEST(AeadKey, BecomesOneSealerOnly) {
  const Bytes bytes(16, 1);
  AeadKey key(AeadSuite::aes_128_gcm, bytes, kIv);
  AeadSealer sealer(std::move(key));
  EXPECT_DEATH(AeadSealer again(std::move(key)), "spent_");
}

TEST(NonceSequence, EndsAfterItsCountAndRepeatsNothing) {
  NonceSequence sequence(kIv, 0, 600);
  std::set<AeadNonce> seen;
  while (const auto nonce = sequence.next()) {
    EXPECT_EQ(sequence.next(), nonce);
    EXPECT_TRUE(seen.insert(*nonce).second);
    sequence.advance();
  }
  EXPECT_EQ(seen.size(), 600U);
  EXPECT_FALSE(sequence.next().has_value());
}

TEST(NonceSequence, GoesOnBehindNumbersThatOthersUsed) {
  NonceSequence all(kIv, 0, 600);
  for (int i = 0; i < 598; ++i) all.advance();
  NonceSequence rest(kIv, 598, 600);
  while (all.left() > 0) {
    EXPECT_EQ(rest.next(), all.next());
    rest.advance();
    all.advance();
  }
  EXPECT_EQ(rest.left(), 0U);
  EXPECT_EQ(NonceSequence(kIv, 601, 600).left(), 0U);
}

TEST(NonceSequence, LeavesNoNumbersWhereItWasMovedFrom) {
  NonceSequence sequence(kIv, 0, 5);
  sequence.advance();
  NonceSequence moved = std::move(sequence);
  EXPECT_EQ(sequence.left(), 0U);
  EXPECT_FALSE(sequence.next().has_value());
  EXPECT_EQ(moved.left(), 4U);
  sequence = std::move(moved);
  EXPECT_EQ(sequence.left(), 4U);
  EXPECT_FALSE(moved.next().has_value());
}

TEST(AeadChoice, EverythingHasAName) {
  test::expect_names_below(AeadSuite::count_);
  test::expect_names_below(AeadError::count_);
  test::expect_names_below(static_cast<AeadProvider>(2));
}

TEST(AeadChoice, PrefersAesWhereLibcryptoAndTheCpuHaveIt) {
  using enum AeadSuite;
  constexpr std::array<bool, kAeadSuites> kAll{true, true, true}, kNone{}, kNoChacha{true, true, false};
  EXPECT_EQ(choose_aead(true, kAll).preference[0], aes_128_gcm);
  EXPECT_EQ(choose_aead(true, kNoChacha).preference[0], aes_128_gcm);
  EXPECT_EQ(choose_aead(false, kAll).preference[0], chacha20_poly1305);
  EXPECT_EQ(choose_aead(true, kNone).preference[0], chacha20_poly1305);
  for (const bool aes : {false, true}) {
    for (const auto& has : {kAll, kNone, kNoChacha}) {
      const auto preference = choose_aead(aes, has).preference;
      EXPECT_EQ(std::set<AeadSuite>(preference.begin(), preference.end()).size(), kAeadSuites);
    }
  }
}

TEST(AeadChoice, LibcryptoDoesWhatItHasAndWolfcryptTheRest) {
  const auto choice = choose_aead(true, {true, true, false});
  EXPECT_EQ(choice.provider_of(AeadSuite::aes_128_gcm), AeadProvider::libcrypto);
  EXPECT_EQ(choice.provider_of(AeadSuite::aes_256_gcm), AeadProvider::libcrypto);
  EXPECT_EQ(choice.provider_of(AeadSuite::chacha20_poly1305), AeadProvider::wolfcrypt);
  for (const AeadSuite suite : kSuites) {
    EXPECT_TRUE(is_available(aead_choice().provider_of(suite), suite));
    EXPECT_TRUE(is_available(AeadProvider::wolfcrypt, suite));
  }
}

}  // namespace
}  // namespace ringwire::crypto
