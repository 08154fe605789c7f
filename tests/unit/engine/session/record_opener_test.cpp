#include "engine/session/record_opener.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "codec/base/copy.hpp"
#include "engine/session/record_sealer.hpp"
#include "tests/support/names.hpp"
#include "tests/support/tls_records.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/engine/session/messages.hpp"
#include "tests/unit/engine/session/rfc8448.hpp"

namespace ringwire::session {
namespace {

using crypto::AeadSuite;
using test::NaiveOpener;
using test::Reading;
using test::record_key;

constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kData = 23;

void append(Bytes& to, const Bytes& bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Bytes handshake_message(std::uint8_t type, std::uint32_t size) {
  Bytes message(4 + size, 0x33);
  store_be(message.data(), size);
  message[0] = type;
  return message;
}

class Records : public testing::Test {
 protected:
  void SetUp() override { previous = install_copy_ledger(&ledger); }
  void TearDown() override { install_copy_ledger(previous); }

  // What a connection makes of these records in one slice.
  Reading read(const std::vector<Bytes>& records, Sender sender = Sender::server) {
    Bytes stream;
    for (const Bytes& record : records) append(stream, record);
    return test::read_in_slices(stream, record_key(), sender, 0, [&] { return stream.size(); });
  }
  RecordError error_of(const std::vector<Bytes>& records, Sender sender = Sender::server) {
    const Reading reading = read(records, sender);
    EXPECT_EQ(reading.end, Opened::refused);
    return reading.error;
  }
  // Bytes that have come into a buffer of a pool.
  Slice receive(ByteView bytes, std::uint32_t capacity = 16 * 1024) {
    Slice slice = pool.make(capacity);
    std::copy(bytes.begin(), bytes.end(), HeapBuffers::writable(slice).begin());
    return slice.sub(0, static_cast<std::uint32_t>(bytes.size()));
  }

  Prng prng{11};
  CopyLedger ledger;
  CopyLedger* previous = nullptr;
  HeapBuffers pool{std::uint64_t{1} << 24};
  HeapBuffers heap{std::uint64_t{1} << 24};
  RecordShard shard{heap};
  test::RecordMaker maker{record_key()};
  const Bytes hello = {'h', 'e', 'l', 'l', 'o'};
};

TEST_F(Records, AreThoseOfTheRfc) {
  const std::string hex = std::string(rfc8448::kServerTicket) + std::string(rfc8448::kServerData) +
                          std::string(rfc8448::kServerClose);
  const Bytes stream = test::bytes_of_hex(hex);
  crypto::AeadNonce iv;
  ASSERT_TRUE(from_hex(rfc8448::kServerIv, iv));
  const Bytes key = test::bytes_of_hex(std::string(rfc8448::kServerKey));
  const Reading reading = test::read_in_slices(stream, {AeadSuite::aes_128_gcm, key, iv}, Sender::server, 0,
                                               [&] { return stream.size(); });
  EXPECT_EQ(reading.content.size(), 50U);
  EXPECT_EQ(reading.content[49], 49);
  EXPECT_EQ(reading.end, Opened::ended);
  EXPECT_EQ(reading.tickets, 1U);
}

// --- where the plaintext is

TEST_F(Records, AreOpenedWhereTheyLieInTheBufferTheyCameIn) {
  Bytes stream = maker.record(kData, hello);
  append(stream, maker.record(kData, Bytes(1000, 7), 20));
  RecordOpener opener(shard, record_key(), Sender::client);
  Slice first = receive(stream);
  const std::uint8_t* const data = first.data();
  opener.input(std::move(first));
  Slice plain;
  ASSERT_EQ(opener.next(plain), Opened::plain);
  EXPECT_EQ(plain.data(), data + kRecordHeaderBytes);
  EXPECT_TRUE(std::ranges::equal(plain.view(), hello));
  Slice second;
  ASSERT_EQ(opener.next(second), Opened::plain);
  EXPECT_EQ(second.buffer(), plain.buffer());
  EXPECT_TRUE(std::ranges::equal(second.view(), Bytes(1000, 7)));
  plain.reset();
  EXPECT_EQ(second.buffer()->references, 1U) << "the opener holds nothing of what it handed out";
  EXPECT_EQ(opener.next(plain), Opened::need_more);
  EXPECT_TRUE(opener.idle());
  EXPECT_EQ(heap.used_bytes(), 0U);
  EXPECT_EQ(ledger.total(), 0U);
}

// Two slices of one buffer, as a bulk buffer gives them: only the bytes of the first may be touched.
TEST_F(Records, WriteNowhereButWhereTheyLay) {
  for (const std::size_t damaged : {0, 1}) {
    Bytes record = test::RecordMaker(record_key()).record(kData, Bytes(500, 7), 9);
    record.back() = static_cast<std::uint8_t>(record.back() ^ damaged);
    Bytes bytes(100, 0xEE);
    append(bytes, record);
    append(bytes, Bytes(100, 0xEE));
    const Slice all = receive(bytes);
    RecordOpener opener(shard, record_key(), Sender::client);
    opener.input(all.sub(100, static_cast<std::uint32_t>(record.size())));
    Slice plain;
    EXPECT_EQ(opener.next(plain), damaged == 0 ? Opened::plain : Opened::refused);
    const ByteView after = all.view();
    EXPECT_TRUE(std::ranges::equal(after.first(100), Bytes(100, 0xEE)));
    EXPECT_TRUE(std::ranges::equal(after.last(100), Bytes(100, 0xEE)));
  }
}

TEST_F(Records, InTwoLargeSlicesAreOpenedOntoTheHeapWithoutACopy) {
  const Bytes content = random_bytes(prng, kContentBytesMax);
  const Bytes record = maker.record(kData, content);
  RecordOpener opener(shard, record_key(), Sender::client);
  Slice plain;
  opener.input(receive(ByteView(record).first(8'000)));
  EXPECT_EQ(opener.next(plain), Opened::need_more);
  EXPECT_EQ(heap.used_bytes(), 0U);
  opener.input(receive(ByteView(record).subspan(8'000)));
  ASSERT_EQ(opener.next(plain), Opened::plain);
  EXPECT_TRUE(std::ranges::equal(plain.view(), content));
  EXPECT_TRUE(heap.owns(plain));
  EXPECT_EQ(pool.used_bytes(), 0U);
  EXPECT_EQ(ledger.total(), 0U);
}

TEST_F(Records, DoNotHoldAReceiveBufferForAFewBytesOfThem) {
  const Bytes record = maker.record(kData, Bytes(10'000, 7));
  RecordOpener opener(shard, record_key(), Sender::client);
  Slice plain;
  for (std::size_t at = 0; at < record.size(); at += 1'000) {
    const std::size_t size = std::min<std::size_t>(1'000, record.size() - at);
    opener.input(receive(ByteView(record).subspan(at, size)));
    const Opened opened = opener.next(plain);
    EXPECT_EQ(opened, at + size == record.size() ? Opened::plain : Opened::need_more);
    EXPECT_EQ(pool.used_bytes(), 0U);
    EXPECT_LE(heap.used_bytes(), std::max<std::size_t>(4 * (at + size), 1024));
  }
  EXPECT_EQ(plain.size(), 10'000U);
  EXPECT_LT(ledger[CopyReason::unpin].value(), record.size());
}

TEST_F(Records, PinNoMoreThanAFewBuffersEach) {
  const Bytes record = maker.record(kData, Bytes(16'000, 7));
  RecordOpener opener(shard, record_key(), Sender::client);
  Slice plain;
  for (std::size_t at = 0; at + 4'200 < record.size(); at += 4'200) {
    opener.input(receive(ByteView(record).subspan(at, 4'200)));
    EXPECT_EQ(opener.next(plain), Opened::need_more);
    EXPECT_LE(pool.used_bytes(), kRecordPinnedMax * 16U * 1024);
  }
  EXPECT_EQ(pool.used_bytes(), kRecordPinnedMax * 16U * 1024);
}

TEST_F(Records, GiveTheirBuffersBackWhenAsked) {
  const Bytes content = random_bytes(prng, 12'000);
  Bytes stream = maker.record(kData, hello);
  append(stream, maker.record(kData, content));
  RecordOpener opener(shard, record_key(), Sender::client);
  Slice plain;
  opener.input(receive(ByteView(stream).first(9'000)));
  ASSERT_EQ(opener.next(plain), Opened::plain);
  plain.reset();
  EXPECT_GT(pool.used_bytes(), 0U) << "what was not asked for yet";
  ASSERT_TRUE(opener.unpin());
  EXPECT_EQ(pool.used_bytes(), 0U);
  EXPECT_EQ(opener.next(plain), Opened::need_more);
  opener.input(receive(ByteView(stream).subspan(9'000)));
  ASSERT_EQ(opener.next(plain), Opened::plain);
  EXPECT_TRUE(std::ranges::equal(plain.view(), content));

  HeapBuffers none(0);
  RecordShard poor(none);
  RecordOpener other(poor, record_key(), Sender::client);
  other.input(receive(ByteView(stream).first(9'000)));
  ASSERT_EQ(other.next(plain), Opened::plain);
  EXPECT_FALSE(other.unpin());
}

TEST_F(Records, AnIdleOpenerHoldsNothing) {
  RecordOpener opener(shard, record_key(), Sender::client);
  Slice plain;
  for (int i = 0; i < 100; ++i) {
    const Bytes record = maker.record(kData, random_bytes(prng, 1 + prng.below(9'000)));
    const std::size_t cut = prng.below(record.size());
    opener.input(receive(ByteView(record).first(cut)));
    EXPECT_EQ(opener.next(plain), Opened::need_more);
    opener.input(receive(ByteView(record).subspan(cut)));
    ASSERT_EQ(opener.next(plain), Opened::plain);
    EXPECT_EQ(opener.next(plain), Opened::need_more);
    EXPECT_TRUE(opener.idle());
    EXPECT_EQ(heap.used_bytes() + pool.used_bytes(), 0U);
  }
}

TEST_F(Records, EndTheConnectionWhereTheHeapIsAtItsLimit) {
  HeapBuffers none(0);
  RecordShard poor(none);
  const Bytes record = maker.record(kData, Bytes(10'000, 7));
  for (const std::size_t cut : {100, 9'000}) {
    RecordOpener opener(poor, record_key(), Sender::client);
    Slice plain;
    opener.input(receive(ByteView(record).first(cut)));
    if (opener.next(plain) == Opened::need_more) opener.input(receive(ByteView(record).subspan(cut)));
    EXPECT_EQ(opener.next(plain), Opened::refused);
    EXPECT_EQ(opener.error(), RecordError::no_memory);
  }
  EXPECT_EQ(pool.used_bytes(), 0U);
}

// --- against the model

// Content, padding, alerts, tickets, empty records, and now and then what must be refused.
Bytes random_stream(Prng& prng, AeadSuite suite) {
  test::RecordMaker maker(record_key(suite));
  Bytes stream;
  for (std::uint64_t records = prng.between(1, 12); records > 0; --records) {
    const std::uint64_t kind = prng.below(40);
    const std::size_t padding = prng.chance_ppm(200'000) ? prng.below(300) : 0;
    if (kind < 28) {
      const std::size_t size = prng.below(prng.chance_ppm(150'000) ? kContentBytesMax - 300 : 600);
      append(stream, maker.record(kData, random_bytes(prng, size), padding));
    } else if (kind < 34) {
      Bytes messages;
      for (std::uint64_t i = prng.between(1, 3); i > 0; --i) {
        append(messages, handshake_message(4, static_cast<std::uint32_t>(prng.below(400))));
      }
      const std::size_t cut = prng.chance_ppm(500'000) ? messages.size() : 1 + prng.below(messages.size());
      append(stream, maker.record(kHandshake, ByteView(messages).first(cut), padding));
      if (cut < messages.size()) append(stream, maker.record(kHandshake, ByteView(messages).subspan(cut)));
    } else if (kind < 37) {
      append(stream, maker.record(kAlert, Bytes{1, 90}, padding));
    } else {
      append(stream, maker.record(static_cast<std::uint8_t>(prng.below(30)),
                                  random_bytes(prng, prng.below(5)), padding));
    }
  }
  if (prng.chance_ppm(300'000)) append(stream, maker.record(kAlert, Bytes{1, 0}));
  if (prng.chance_ppm(200'000)) stream[prng.below(stream.size())] ^= 1;
  return stream;
}

TEST_F(Records, MeanWhatTheModelSaysHoweverTheStreamIsCut) {
  std::array<std::uint64_t, 4> ends{};
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    Prng random(seed);
    const AeadSuite suite = seed % 2 == 0 ? AeadSuite::aes_128_gcm : AeadSuite::chacha20_poly1305;
    const Sender sender = seed % 3 == 0 ? Sender::client : Sender::server;
    const Bytes stream = random_stream(random, suite);
    const Reading expected = NaiveOpener(record_key(suite), sender).read(stream);
    const std::size_t size_max = std::size_t{1} << random.below(16);
    const Reading reading =
        test::read_in_slices(stream, record_key(suite), sender, random.chance_ppm(500'000) ? 20'000 : 0,
                             [&] { return random.between(1, size_max); });
    ASSERT_EQ(reading, expected) << seed;
    ++ends[static_cast<std::size_t>(expected.end)];
  }
  EXPECT_GT(ends[static_cast<std::size_t>(Opened::need_more)], 100U);
  EXPECT_GT(ends[static_cast<std::size_t>(Opened::ended)], 100U);
  EXPECT_GT(ends[static_cast<std::size_t>(Opened::refused)], 100U);
}

TEST_F(Records, MeanTheSameCutAtEveryByte) {
  Bytes stream = maker.record(kData, Bytes(30, 7));
  append(stream, maker.record(kHandshake, handshake_message(4, 10)));
  append(stream, maker.record(kData, Bytes(9, 8), 5));
  append(stream, maker.record(kAlert, Bytes{1, 0}));
  const Reading expected = NaiveOpener(record_key(), Sender::server).read(stream);
  EXPECT_EQ(expected.end, Opened::ended);
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    std::size_t size = cut;
    const auto next_size = [&] { return std::exchange(size, stream.size()); };
    EXPECT_EQ(test::read_in_slices(stream, record_key(), Sender::server, 0, next_size), expected) << cut;
  }
  EXPECT_EQ(test::read_in_slices(stream, record_key(), Sender::server, 16'000, [] { return 1; }), expected);
}

TEST_F(Records, OfOurSealerComeBackWhole) {
  for (const AeadSuite suite : {AeadSuite::aes_128_gcm, AeadSuite::chacha20_poly1305}) {
    RecordSealer sealer(record_key(suite));
    const Bytes content = random_bytes(prng, 200'000);
    Bytes stream(RecordSealer::sealed_bytes(content.size()));
    const ByteView piece(content);
    ASSERT_TRUE(sealer.seal({&piece, 1}, stream));
    const Reading reading =
        test::read_in_slices(stream, record_key(suite), Sender::client, 0, [] { return 16 * 1024; });
    EXPECT_EQ(reading.content, content);
    EXPECT_EQ(ledger[CopyReason::unpin].value(), 0U);
  }
}

// --- refusals

TEST_F(Records, WithABitFlippedAreRefused) {
  const Bytes record = maker.record(kData, hello, 3);
  for (std::size_t bit = 0; bit < 8 * record.size(); ++bit) {
    Bytes damaged = record;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    append(damaged, Bytes(300, 0));  // where the length grew
    const Reading reading = read({damaged});
    EXPECT_EQ(reading.end, bit / 8 == 3 ? reading.end : Opened::refused) << bit;
    EXPECT_TRUE(reading.content.empty()) << bit;
  }
}

TEST_F(Records, OutOfOrderAreRefused) {
  const Bytes first = maker.record(kData, hello), second = maker.record(kData, hello);
  EXPECT_EQ(error_of({second}), RecordError::not_authentic);
  EXPECT_EQ(error_of({first, first}), RecordError::not_authentic);
  EXPECT_EQ(read({first, second}).end, Opened::need_more);
}

TEST_F(Records, ThatAreNotEncryptedAreRefused) {
  const Bytes change_cipher_spec = {20, 3, 3, 0, 1, 1};
  EXPECT_EQ(error_of({change_cipher_spec}), RecordError::unexpected_record);
  EXPECT_EQ(error_of({{21, 3, 3, 0, 2, 1, 0}}), RecordError::unexpected_record);
  EXPECT_EQ(error_of({{22, 3, 3, 0, 5, 0, 0, 0, 1, 0}}), RecordError::unexpected_record);
  EXPECT_EQ(error_of({{'G', 'E', 'T', ' ', '/'}}), RecordError::unexpected_record);
  EXPECT_EQ(error_of({{23, 3, 1, 0, 20}}), RecordError::bad_version);
  EXPECT_EQ(error_of({{23, 2, 3, 0, 20}}), RecordError::bad_version);
}

TEST_F(Records, HaveAsManyBytesAsTheRfcAllows) {
  EXPECT_EQ(error_of({{23, 3, 3, 0, 0}}), RecordError::too_short);
  EXPECT_EQ(error_of({{23, 3, 3, 0, 16}}), RecordError::too_short);
  EXPECT_EQ(error_of({{23, 3, 3, 0x40, 18}}), RecordError::too_long);
  EXPECT_EQ(error_of({{23, 3, 3, 0xFF, 0xFF}}), RecordError::too_long);
  EXPECT_EQ(read({maker.record(kData, Bytes(kContentBytesMax, 7))}).content.size(), kContentBytesMax);
  const Bytes padded = test::RecordMaker(record_key()).record(kData, hello, kContentBytesMax - hello.size());
  EXPECT_EQ(read({padded}).content, hello);
  EXPECT_EQ(error_of({test::RecordMaker(record_key()).record(kData, Bytes(kContentBytesMax + 1))}),
            RecordError::too_long);
}

TEST_F(Records, OfNothingButPaddingAreRefused) {
  for (const std::size_t size : {1, 7, 8, 9, 500}) {
    EXPECT_EQ(error_of({test::RecordMaker(record_key()).seal(Bytes(size, 0))}), RecordError::no_type);
  }
}

TEST_F(Records, OfATypeThatIsNotExpectedAreRefused) {
  for (unsigned type = 1; type <= UINT8_MAX; ++type) {
    if (type >= kAlert && type <= kData) continue;
    const Bytes record = test::RecordMaker(record_key()).record(static_cast<std::uint8_t>(type), hello);
    EXPECT_EQ(error_of({record}), RecordError::unexpected_type) << type;
  }
}

TEST_F(Records, WithoutContentAreToleratedUntilTheyAreAFlood) {
  std::vector<Bytes> records;
  for (std::uint32_t i = 0; i < 3 * kEmptyRecordsMax; ++i) {
    if (i % kEmptyRecordsMax == 0) records.push_back(maker.record(kData, hello));
    records.push_back(i % 2 == 0 ? maker.record(kData, {}, i % 5) : maker.record(kAlert, Bytes{1, 90}));
  }
  const Reading reading = read(records);
  EXPECT_EQ(reading.end, Opened::need_more);
  EXPECT_EQ(reading.empty, 3 * kEmptyRecordsMax);
  EXPECT_EQ(reading.content.size(), 3 * hello.size());
  records.push_back(maker.record(kData, {}));
  EXPECT_EQ(error_of(records), RecordError::too_many_empty);
}

TEST_F(Records, OfAlertsAndMessagesHaveContent) {
  EXPECT_EQ(error_of({test::RecordMaker(record_key()).record(kAlert, {})}), RecordError::empty_message);
  EXPECT_EQ(error_of({test::RecordMaker(record_key()).record(kHandshake, {})}), RecordError::empty_message);
  EXPECT_EQ(error_of({test::RecordMaker(record_key()).record(kAlert, Bytes{1})}),
            RecordError::malformed_alert);
  EXPECT_EQ(error_of({test::RecordMaker(record_key()).record(kAlert, Bytes{1, 0, 1, 0})}),
            RecordError::malformed_alert);
}

TEST_F(Records, WithAnAlertEndTheConnectionWithItsCode) {
  for (unsigned code = 1; code <= UINT8_MAX; ++code) {
    if (code == 90) continue;
    const Bytes alert = {static_cast<std::uint8_t>(1 + code % 2), static_cast<std::uint8_t>(code)};
    const Reading reading = read({test::RecordMaker(record_key()).record(kAlert, alert)});
    EXPECT_EQ(reading.error, RecordError::peer_alert);
    EXPECT_EQ(reading.alert, code);
  }
}

TEST_F(Records, OfTicketsAreIgnoredHoweverTheyAreCutIntoRecords) {
  Bytes messages = handshake_message(4, 200);
  append(messages, handshake_message(4, 0));
  append(messages, handshake_message(4, 250));
  for (std::size_t step = 1; step <= messages.size(); ++step) {
    test::RecordMaker server(record_key());
    std::vector<Bytes> records;
    for (std::size_t at = 0; at < messages.size(); at += step) {
      const std::size_t size = std::min(step, messages.size() - at);
      records.push_back(server.record(kHandshake, ByteView(messages).subspan(at, size)));
    }
    records.push_back(server.record(kData, hello));
    const Reading reading = read(records);
    EXPECT_EQ(reading.content, hello) << step;
    EXPECT_EQ(reading.tickets, 3U);
  }
}

TEST_F(Records, OfTicketsAreRefusedWhereTheyAreTooMany) {
  std::vector<Bytes> records;
  for (std::uint32_t i = 0; i < kTicketsMax; ++i) {
    records.push_back(maker.record(kHandshake, handshake_message(4, 100)));
  }
  EXPECT_EQ(read(records).tickets, kTicketsMax);
  records.push_back(maker.record(kHandshake, Bytes{4}));
  EXPECT_EQ(error_of(records), RecordError::too_many_tickets);

  test::RecordMaker other(record_key());
  const Bytes most = handshake_message(4, kTicketBytesMax);
  std::vector<Bytes> large = {other.record(kHandshake, ByteView(most).first(kContentBytesMax)),
                              other.record(kHandshake, ByteView(most).subspan(kContentBytesMax))};
  EXPECT_EQ(read(large).tickets, 1U);
  large.push_back(other.record(kHandshake, Bytes{4, 0, 0, 1}));
  EXPECT_EQ(error_of(large), RecordError::too_many_tickets);
  EXPECT_EQ(error_of({test::RecordMaker(record_key()).record(kHandshake, Bytes{4, 0xFF, 0xFF, 0xFF})}),
            RecordError::too_many_tickets);
}

TEST_F(Records, OfTicketsComeFromAServerOnly) {
  EXPECT_EQ(error_of({maker.record(kHandshake, handshake_message(4, 100))}, Sender::client),
            RecordError::unexpected_handshake);
}

TEST_F(Records, WithinAHandshakeMessageAreRefused) {
  const Bytes begun = {4, 0, 0, 9, 1};
  for (const std::uint8_t type : {kAlert, kData}) {
    test::RecordMaker server(record_key());
    const Bytes first = server.record(kHandshake, begun);
    EXPECT_EQ(error_of({first, server.record(type, Bytes{1, 0})}), RecordError::interleaved);
  }
}

TEST_F(Records, OfOtherHandshakeMessagesAreRefused) {
  for (unsigned type = 0; type <= UINT8_MAX; ++type) {
    if (type == 4) continue;
    const Bytes message = {static_cast<std::uint8_t>(type)};
    for (const Sender sender : {Sender::client, Sender::server}) {
      EXPECT_EQ(error_of({test::RecordMaker(record_key()).record(kHandshake, message)}, sender),
                type == 24 ? RecordError::key_update : RecordError::unexpected_handshake);
    }
  }
}

TEST_F(Records, EndWithTheirKey) {
  const std::uint64_t end = crypto::seals_max(AeadSuite::aes_128_gcm);
  const Bytes record = test::RecordMaker(record_key(AeadSuite::aes_128_gcm, end - 1)).record(kData, hello);
  RecordOpener opener(shard, record_key(AeadSuite::aes_128_gcm, end - 1), Sender::client);
  Slice plain;
  opener.input(receive(record));
  EXPECT_EQ(opener.next(plain), Opened::plain);
  EXPECT_EQ(opener.next(plain), Opened::need_more);
  opener.input(receive(record));
  EXPECT_EQ(opener.next(plain), Opened::refused);
  EXPECT_EQ(opener.error(), RecordError::exhausted);
}

// --- ends

TEST_F(Records, TellAnOrderlyEndFromACutStream) {
  RecordOpener cut(shard, record_key(), Sender::client);
  Slice plain;
  cut.input(receive(maker.record(kData, hello)));
  EXPECT_EQ(cut.next(plain), Opened::plain);
  EXPECT_EQ(cut.next(plain), Opened::need_more);
  EXPECT_EQ(cut.on_end().error(), RecordError::truncated);
  EXPECT_EQ(shard.counters.refused[RecordError::truncated].value(), 1U);

  RecordOpener whole(shard, record_key(), Sender::client);
  whole.input(receive(test::RecordMaker(record_key()).record(kAlert, Bytes{1, 0})));
  EXPECT_EQ(whole.next(plain), Opened::ended);
  EXPECT_TRUE(whole.on_end().ok());
  EXPECT_EQ(whole.next(plain), Opened::ended);
}

TEST_F(Records, BehindCloseNotifyAreDropped) {
  RecordOpener opener(shard, record_key(), Sender::client);
  Bytes stream = maker.record(kAlert, Bytes{1, 0});
  append(stream, maker.record(kData, hello));
  opener.input(receive(stream));
  Slice plain;
  EXPECT_EQ(opener.next(plain), Opened::ended);
  opener.input(receive(maker.record(kData, hello)));
  EXPECT_EQ(opener.next(plain), Opened::ended);
  EXPECT_EQ(pool.used_bytes(), 0U);
}

TEST_F(Records, BehindAnErrorAreNotOpened) {
  RecordOpener opener(shard, record_key(), Sender::client);
  opener.input(receive(Bytes{23, 3, 3, 0, 0}));
  Slice plain;
  EXPECT_EQ(opener.next(plain), Opened::refused);
  opener.input(receive(maker.record(kData, hello)));
  EXPECT_EQ(opener.next(plain), Opened::refused);
  EXPECT_EQ(opener.error(), RecordError::too_short);
  EXPECT_EQ(opener.on_end().error(), RecordError::too_short);
  EXPECT_EQ(shard.counters.refused[RecordError::too_short].value(), 1U) << "once";
  EXPECT_EQ(pool.used_bytes(), 0U);
}

TEST(RecordError, HasANameAndAnAlert) {
  test::expect_names_below(RecordError::count_);
  EXPECT_EQ(alert_for(RecordError::not_authentic), AlertCode::bad_record_mac);
  EXPECT_EQ(alert_for(RecordError::too_long), AlertCode::record_overflow);
  EXPECT_EQ(alert_for(RecordError::malformed_alert), AlertCode::decode_error);
  EXPECT_EQ(alert_for(RecordError::no_memory), AlertCode::internal_error);
  EXPECT_EQ(alert_for(RecordError::key_update), AlertCode::unexpected_message);
  EXPECT_EQ(alert_for(RecordError::peer_alert), AlertCode::close_notify);
}

}  // namespace
}  // namespace ringwire::session
