#include "engine/transport/tls_record_gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/prng.hpp"
#include "tests/unit/engine/transport/tls_ends.hpp"

namespace ringwire::transport {
namespace {

constexpr std::uint8_t kChange = 20;
constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshakeType = 22;
constexpr std::uint8_t kSealed = 23;

// A plaintext message of that many bytes behind its header.
Bytes hello(std::size_t bytes) {
  Bytes message(4 + bytes);
  message[0] = 2;
  store_be(&message[2], static_cast<std::uint16_t>(bytes));
  return message;
}

struct Outcome {
  std::vector<Bytes> records;
  std::optional<TlsFailure> failure;
};
Outcome run(ByteView stream, Prng* cuts = nullptr) {
  Outcome outcome;
  TlsRecordGate gate;
  while (!stream.empty() && !gate.failure()) {
    const std::size_t part = cuts == nullptr ? stream.size() : 1 + cuts->below(stream.size());
    const std::size_t taken = gate.input(stream.first(part));
    EXPECT_LE(gate.held_bytes(), kTlsRecordBytesMax);
    stream = stream.subspan(taken);
    if (gate.record().empty()) continue;
    EXPECT_EQ(gate.input(stream), 0U) << "a record waits";
    outcome.records.push_back(copy_of(gate.record()));
    gate.pop();
  }
  outcome.failure = gate.failure();
  return outcome;
}

TEST(TlsRecordGate, GivesWholeRecordsHoweverTheyAreCut) {
  const std::vector<Bytes> records{record(kHandshakeType, ByteView(hello(90)).first(3)),
                                   record(kHandshakeType, ByteView(hello(90)).subspan(3)),
                                   record(kChange, Bytes{1}),
                                   record(kSealed, Bytes(session::kRecordBodyBytesMin)),
                                   record(kSealed, Bytes(session::kRecordBodyBytesMax)),
                                   record(kSealed, Bytes(50))};
  Bytes stream;
  for (const Bytes& one : records) stream.insert(stream.end(), one.begin(), one.end());
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Prng cuts(seed);
    const Outcome outcome = run(stream, seed == 0 ? nullptr : &cuts);
    EXPECT_FALSE(outcome.failure) << seed;
    EXPECT_EQ(outcome.records, records) << seed;
  }
}

TEST(TlsRecordGate, RefusesWhatNoHandshakeHas) {
  const Bytes first = record(kHandshakeType, hello(90));
  const Bytes change = record(kChange, Bytes{1});
  const Bytes sealed = record(kSealed, Bytes(100));
  struct Case {
    const char* what;
    Bytes stream;
    TlsFailure failure;
  };
  for (const auto& [what, stream, failure] : {
           Case{"another type", Bytes{24, 3, 3, 0, 1}, TlsFailure::not_tls},
           Case{"another version", Bytes{22, 2, 0, 0, 1}, TlsFailure::not_tls},
           Case{"nothing in it", Bytes{22, 3, 3, 0, 0}, TlsFailure::empty_record},
           Case{"no room for type and tag", Bytes{23, 3, 3, 0, 16}, TlsFailure::empty_record},
           Case{"too long in plaintext", Bytes{22, 3, 3, 0x40, 1}, TlsFailure::record_too_long},
           Case{"too long", Bytes{23, 3, 3, 0x40, 18}, TlsFailure::record_too_long},
           Case{"sealed before any message", sealed, TlsFailure::unexpected_record},
           Case{"sealed within a message", joined({record(kHandshakeType, Bytes{2, 0}), sealed}),
                TlsFailure::unexpected_record},
           Case{"a change before any message", change, TlsFailure::unexpected_record},
           Case{"a change within a message", joined({record(kHandshakeType, Bytes{2, 0, 0, 9, 1}), change}),
                TlsFailure::unexpected_record},
           Case{"a second change", joined({first, change, sealed, change}),
                TlsFailure::repeated_change_cipher_spec},
           Case{"a change of two bytes", joined({first, record(kChange, Bytes{1, 1})}),
                TlsFailure::bad_change_cipher_spec},
           Case{"a change to 0", joined({first, record(kChange, Bytes{0})}),
                TlsFailure::bad_change_cipher_spec},
           Case{"plaintext after ciphertext", joined({first, sealed, first}), TlsFailure::unexpected_record},
           Case{"two messages in one record", record(kHandshakeType, joined({hello(9), hello(9)})),
                TlsFailure::several_messages},
           Case{"a message that is too long", record(kHandshakeType, Bytes{2, 0, 0x10, 0}),
                TlsFailure::hello_too_long},
           Case{"an alert", record(kAlert, Bytes{2, 40}), TlsFailure::peer_alert},
       }) {
    const Outcome outcome = run(stream);
    EXPECT_EQ(outcome.failure, failure) << what;
  }
}

TEST(TlsRecordGate, BoundsHowManyRecordsAndBytesThereAre) {
  Bytes crumbs = record(kHandshakeType, hello(9));
  for (std::uint32_t i = 1; i < kTlsHandshakeRecordsMax; ++i) {
    crumbs = joined({crumbs, record(kSealed, Bytes(session::kRecordBodyBytesMin))});
  }
  EXPECT_FALSE(run(crumbs).failure);
  crumbs = joined({crumbs, record(kSealed, Bytes(session::kRecordBodyBytesMin))});
  EXPECT_EQ(run(crumbs).failure, TlsFailure::too_many_records);

  Bytes flood = record(kHandshakeType, hello(9));
  while (flood.size() <= kTlsHandshakeBytesMax) flood = joined({flood, record(kSealed, Bytes(16'000))});
  const Outcome outcome = run(flood);
  EXPECT_EQ(outcome.failure, TlsFailure::too_many_bytes);
  std::size_t bytes = 0;
  for (const Bytes& one : outcome.records) bytes += one.size();
  EXPECT_LE(bytes, kTlsHandshakeBytesMax);
}

TEST(TlsRecordGate, TakesNothingAfterAFailure) {
  TlsRecordGate gate;
  gate.input(Bytes{24});
  gate.input(Bytes{3, 3, 0, 1});
  ASSERT_EQ(gate.failure(), TlsFailure::not_tls);
  EXPECT_EQ(gate.input(record(kHandshakeType, hello(9))), 0U);
  EXPECT_TRUE(gate.record().empty());
}

}  // namespace
}  // namespace ringwire::transport
