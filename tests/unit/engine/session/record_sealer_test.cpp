#include "engine/session/record_sealer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "codec/base/copy.hpp"
#include "tests/support/tls_records.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/engine/session/messages.hpp"
#include "tests/unit/engine/session/rfc8448.hpp"

namespace ringwire::session {
namespace {

using crypto::AeadSuite;
using test::record_key;

crypto::AeadKey rfc_key(std::string_view key, std::string_view iv, std::uint64_t used = 0) {
  crypto::AeadNonce nonce;
  EXPECT_TRUE(from_hex(iv, nonce));
  return {AeadSuite::aes_128_gcm, test::bytes_of_hex(std::string(key)), nonce, used};
}

Bytes seal(RecordSealer& sealer, const std::vector<ByteView>& pieces) {
  std::size_t content = 0;
  for (const ByteView piece : pieces) content += piece.size();
  Bytes out(RecordSealer::sealed_bytes(content));
  EXPECT_TRUE(sealer.seal(pieces, out));
  return out;
}

std::vector<ByteView> cut(Prng& prng, ByteView bytes, std::size_t piece_max) {
  std::vector<ByteView> pieces;
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(prng.below(piece_max + 1), bytes.size());
    pieces.push_back(bytes.first(size));
    bytes = bytes.subspan(size);
  }
  return pieces;
}

std::vector<std::size_t> content_sizes(ByteView records) {
  std::vector<std::size_t> sizes;
  while (!records.empty()) {
    const std::size_t body = load_be<std::uint16_t>(&records[3]);
    sizes.push_back(body - 1 - crypto::kAeadTagBytes);
    records = records.subspan(kRecordHeaderBytes + body);
  }
  return sizes;
}

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

TEST(RecordSealer, WritesTheRecordsOfTheRfc) {
  const Bytes content = counting(50);
  std::array<std::uint8_t, kAlertRecordBytes> close;
  RecordSealer client(rfc_key(rfc8448::kClientKey, rfc8448::kClientIv));
  EXPECT_EQ(to_hex(seal(client, {content})), rfc8448::kClientData);
  ASSERT_TRUE(client.seal_close_notify(close));
  EXPECT_EQ(to_hex(close), rfc8448::kClientClose);
  // Its ticket was sealed by somebody else.
  RecordSealer server(rfc_key(rfc8448::kServerKey, rfc8448::kServerIv, 1));
  EXPECT_EQ(to_hex(seal(server, {content})), rfc8448::kServerData);
  ASSERT_TRUE(server.seal_close_notify(close));
  EXPECT_EQ(to_hex(close), rfc8448::kServerClose);
}

TEST(RecordSealer, FillsRecordsAndSaysWhatTheyTake) {
  RecordSealer sealer(record_key());
  const Bytes content(3 * kSealedContentBytes + 1);
  const ByteView bytes(content);
  EXPECT_EQ(RecordSealer::sealed_bytes(0), 0U);
  EXPECT_EQ(RecordSealer::sealed_bytes(1), 23U);
  EXPECT_EQ(RecordSealer::sealed_bytes(kSealedContentBytes), 16U * 1024);
  EXPECT_EQ(RecordSealer::sealed_bytes(kSealedContentBytes + 1), 16U * 1024 + 23);
  EXPECT_EQ(content_sizes(seal(sealer, {bytes})),
            (std::vector<std::size_t>{kSealedContentBytes, kSealedContentBytes, kSealedContentBytes, 1}));
  EXPECT_TRUE(seal(sealer, {}).empty());
  EXPECT_TRUE(seal(sealer, {{}, {}}).empty());
}

TEST(RecordSealer, PutsTheMessagesOfATurnIntoOneRecord) {
  RecordSealer sealer(record_key());
  const Bytes message(274, 7);
  const std::uint64_t before = sealer.seals_left();
  const Bytes records = seal(sealer, std::vector<ByteView>(16, message));
  EXPECT_EQ(content_sizes(records), std::vector<std::size_t>{16 * 274});
  EXPECT_EQ(sealer.seals_left(), before - 1);
}

class RecordSealing : public testing::TestWithParam<AeadSuite> {};

TEST_P(RecordSealing, MakesTheSameRecordsHoweverTheContentIsCut) {
  Prng prng(3);
  for (int round = 0; round < 300; ++round) {
    const Bytes content = random_bytes(prng, prng.below(round % 10 == 0 ? 50'000 : 3'000));
    const std::size_t piece_max = std::size_t{1} << prng.below(16);
    RecordSealer sealer(record_key(GetParam()));
    const Bytes records = seal(sealer, cut(prng, content, piece_max));

    test::RecordMaker maker(record_key(GetParam()));
    Bytes expected;
    for (ByteView left(content); !left.empty();) {
      const ByteView part = left.first(std::min<std::size_t>(left.size(), kSealedContentBytes));
      const Bytes record = maker.record(23, part);
      expected.insert(expected.end(), record.begin(), record.end());
      left = left.subspan(part.size());
    }
    ASSERT_EQ(records, expected) << content.size() << " in pieces of at most " << piece_max;
  }
}

TEST_P(RecordSealing, ReadsEveryPieceAndWritesNothingBesideItsOutput) {
  Prng prng(4);
  const Bytes content = random_bytes(prng, 40'000);
  RecordSealer sealer(record_key(GetParam()));
  const std::size_t size = RecordSealer::sealed_bytes(content.size());
  Bytes out(size + 64, 0xEE);
  ASSERT_TRUE(sealer.seal(cut(prng, content, 2'000), ByteSpan(out).subspan(32, size)));
  EXPECT_TRUE(std::all_of(out.begin(), out.begin() + 32, [](auto byte) { return byte == 0xEE; }));
  EXPECT_TRUE(std::all_of(out.end() - 32, out.end(), [](auto byte) { return byte == 0xEE; }));
  const auto reading =
      test::NaiveOpener(record_key(GetParam()), Sender::client).read(ByteView(out).subspan(32, size));
  EXPECT_EQ(reading.content, content);
}

INSTANTIATE_TEST_SUITE_P(Suites, RecordSealing,
                         testing::Values(AeadSuite::aes_128_gcm, AeadSuite::chacha20_poly1305),
                         [](const auto& suite) {
                           return suite.param == AeadSuite::aes_128_gcm ? "Aes" : "ChaCha";
                         });

TEST(RecordSealer, CopiesShortPiecesAndOnlyTheEndsOfLongOnes) {
  CopyLedger ledger;
  CopyLedger* const previous = install_copy_ledger(&ledger);
  RecordSealer sealer(record_key());
  const Bytes content(kSealedContentBytes);
  const ByteView bytes(content);
  seal(sealer, {bytes});
  EXPECT_EQ(ledger.total(), kSealedContentBytes % 64);
  seal(sealer, {bytes.first(38), bytes.subspan(38)});  // a fragment frame: its head up to the block's end
  EXPECT_EQ(ledger.total(), 64 + 2 * (kSealedContentBytes % 64));
  seal(sealer, {bytes.first(kSealInPlaceBytes - 1)});
  EXPECT_EQ(ledger[CopyReason::gather_limit].value(),
            64 + 2 * (kSealedContentBytes % 64) + kSealInPlaceBytes - 1);
  EXPECT_EQ(ledger.total(), ledger[CopyReason::gather_limit].value());
  install_copy_ledger(previous);
}

TEST(RecordSealer, AsksForANewConnectionLongBeforeItsKeyEnds) {
  const std::uint64_t end = crypto::seals_max(AeadSuite::aes_128_gcm);
  const Bytes content(1);
  RecordSealer sealer(record_key(AeadSuite::aes_128_gcm, end - kSealsReserve - 1));
  EXPECT_FALSE(sealer.must_redial());
  seal(sealer, {content});
  EXPECT_TRUE(sealer.must_redial());
  EXPECT_TRUE(sealer.must_redial(1));
  RecordSealer fresh(record_key());
  EXPECT_FALSE(fresh.must_redial(1));
  seal(fresh, {content});
  EXPECT_TRUE(fresh.must_redial(1));
  EXPECT_FALSE(fresh.must_redial(2));
  EXPECT_FALSE(RecordSealer(record_key()).must_redial());
  EXPECT_FALSE(RecordSealer(record_key(AeadSuite::chacha20_poly1305)).must_redial());
}

TEST(RecordSealer, SealsNothingWhereItsKeyDoesNotLastForAll) {
  const std::uint64_t end = crypto::seals_max(AeadSuite::aes_128_gcm);
  RecordSealer sealer(record_key(AeadSuite::aes_128_gcm, end - 2));
  const Bytes content(2 * kSealedContentBytes + 1);
  const std::vector<ByteView> pieces = {content};
  Bytes out(RecordSealer::sealed_bytes(content.size()), 0xEE);
  EXPECT_FALSE(sealer.seal(pieces, out));
  EXPECT_EQ(out, Bytes(out.size(), 0xEE));
  EXPECT_EQ(sealer.seals_left(), 2U);
  seal(sealer, {ByteView(content).first(2 * kSealedContentBytes)});
  EXPECT_EQ(sealer.seals_left(), 0U);
  std::array<std::uint8_t, kAlertRecordBytes> alert;
  EXPECT_FALSE(sealer.seal_close_notify(alert));
}

TEST(RecordSealer, SealsNothingBehindAnAlert) {
  RecordSealer sealer(record_key());
  std::array<std::uint8_t, kAlertRecordBytes> alert;
  ASSERT_TRUE(sealer.seal_alert(AlertCode::record_overflow, alert));
  const auto reading = test::NaiveOpener(record_key(), Sender::client).read(alert);
  EXPECT_EQ(reading.error, RecordError::peer_alert);
  EXPECT_EQ(reading.alert, 22);
  const Bytes content(1);
  EXPECT_DEATH(seal(sealer, {content}), "ended_");
  EXPECT_DEATH((void)sealer.seal_close_notify(alert), "ended_");
}

}  // namespace
}  // namespace ringwire::session
