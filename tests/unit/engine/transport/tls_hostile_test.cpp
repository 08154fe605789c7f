// Ends that do not mean it. Each refusal has its name, and no half handshake ever yields keys.
#include <gtest/gtest.h>

// Only for the numbers of groups.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <algorithm>
#include <set>

#include "tests/unit/engine/transport/tls_ends.hpp"

namespace ringwire::transport {
namespace {

using wire::Role;

constexpr std::uint8_t kChangeCipherSpec = 20;
constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshakeType = 22;
constexpr std::uint8_t kApplicationData = 23;

Bytes client_hello() {
  return OurEnd(open_context(), Role::initiator).output();
}

// The server's first flight, and a client that waits for it.
struct Halfway {
  OurEnd client{open_context(), Role::initiator};
  OurEnd server{open_context(), Role::responder};
  Bytes flight;

  Halfway() {
    server.input(client.output());
    flight = server.output();
  }
};

TEST(TlsHostile, AClientThatDoesNotFitIsRefusedBeforeTheLibraryIsAsked) {
  struct Case {
    const char* what;
    ForeignOptions options;
    TlsFailure failure;
  };
  ForeignOptions old;
  old.tls12 = true;
  ForeignOptions silent;
  silent.protocol.reset();
  ForeignOptions browser;
  browser.protocol = "h2,http/1.1";
  ForeignOptions prefix;
  prefix.protocol = "ringwire/";
  ForeignOptions longer;
  longer.protocol = "ringwire/10";
  for (const auto& [what, options, failure] :
       {Case{"TLS 1.2", old, TlsFailure::no_tls13}, Case{"no ALPN", silent, TlsFailure::no_alpn},
        Case{"a browser", browser, TlsFailure::no_alpn}, Case{"a prefix", prefix, TlsFailure::no_alpn},
        Case{"something longer", longer, TlsFailure::no_alpn}}) {
    OurEnd server(open_context(), Role::responder);
    ForeignEnd client(Role::initiator, options);
    server.input(client.output());
    EXPECT_EQ(server.failure(), failure) << what;
    EXPECT_TRUE(server.costless()) << what;
    EXPECT_EQ(server.output(), copy_of(alert_of(failure))) << what;
  }
  // One protocol among others is enough.
  ForeignOptions several;
  several.protocol = "h2,ringwire/1";
  OurEnd server(open_context(), Role::responder);
  ForeignEnd client(Role::initiator, several);
  converse(client, server);
  EXPECT_TRUE(server.done());
}

TEST(TlsHostile, AClientWithNothingInCommonIsRefused) {
  struct Case {
    const char* what;
    ForeignOptions options;
    TlsFailure failure;
  };
  ForeignOptions strong;
  strong.suites = "TLS13-AES256-GCM-SHA384";
  ForeignOptions odd;
  odd.groups = {WOLFSSL_ECC_SECP384R1};
  odd.key_share = WOLFSSL_ECC_SECP384R1;
  ForeignOptions nist;
  nist.groups = {WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_SECP384R1};
  nist.key_share = WOLFSSL_ECC_SECP256R1;
  for (const auto& [what, options, failure] :
       {Case{"another suite", strong, TlsFailure::no_common_parameters},
        Case{"another group", odd, TlsFailure::no_common_parameters},
        Case{"P-256, whose points nobody checks", nist, TlsFailure::no_common_parameters}}) {
    OurEnd server(open_context(), Role::responder);
    ForeignEnd client(Role::initiator, options);
    converse(client, server);
    EXPECT_EQ(server.failure(), failure) << what;
    EXPECT_FALSE(client.done()) << what;
  }
}

TEST(TlsHostile, AServerThatDoesNotFitIsRefused) {
  struct Case {
    const char* what;
    ForeignOptions options;
    TlsFailure failure;
  };
  ForeignOptions old;
  old.tls12 = true;
  ForeignOptions silent;
  silent.protocol.reset();
  ForeignOptions other;
  other.protocol = "h2";
  ForeignOptions strong;
  strong.suites = "TLS13-AES256-GCM-SHA384";
  for (const auto& [what, options, failure] :
       {Case{"TLS 1.2", old, TlsFailure::peer_alert}, Case{"no ALPN", silent, TlsFailure::wrong_alpn},
        Case{"another protocol", other, TlsFailure::wrong_alpn},
        Case{"another suite", strong, TlsFailure::peer_alert}}) {
    OurEnd client(open_context(), Role::initiator);
    ForeignEnd server(Role::responder, options);
    converse(client, server);
    ASSERT_TRUE(client.failure()) << what;
    EXPECT_EQ(*client.failure(), failure) << what << ": " << name(*client.failure());
  }
}

TEST(TlsHostile, AnAnswerInAnOlderVersionIsRefused) {
  Halfway half;
  std::vector<Bytes> records = records_of(half.flight);
  // supported_versions is 0x002b, 2 bytes: 0x0304.
  const Bytes wanted{0x00, 0x2b, 0x00, 0x02, 0x03, 0x04};
  const auto at = std::search(records[0].begin(), records[0].end(), wanted.begin(), wanted.end());
  ASSERT_NE(at, records[0].end());
  at[5] = 3;
  half.client.input(records[0]);
  EXPECT_EQ(half.client.failure(), TlsFailure::wrong_version);
}

TEST(TlsHostile, BytesThatAreNoTlsAreKnownAtOnce) {
  for (const char* text :
       {"GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "\x16\x02\x01", "\x17\x03\x03", "\x80\x2e\x01"}) {
    OurEnd server(open_context(), Role::responder);
    server.input(as_bytes(text));
    EXPECT_EQ(server.failure(), TlsFailure::not_tls) << text;
    EXPECT_TRUE(server.costless());
    OurEnd client(open_context(), Role::initiator);
    client.output();
    client.input(as_bytes(text));
    EXPECT_NE(client.state(), TlsState::done);
  }
  Prng prng(1);
  for (int i = 0; i < 2'000; ++i) {
    Bytes noise(1 + prng.below(3'000));
    prng.fill(noise);
    if (prng.chance_ppm(500'000)) noise[0] = kHandshakeType;
    if (noise.size() > 2 && prng.chance_ppm(500'000)) noise[1] = 3;
    OurEnd client(open_context(), Role::initiator);
    OurEnd server(open_context(), Role::responder);
    client.input(noise);
    server.input(noise);
    EXPECT_NE(client.state(), TlsState::done);
    EXPECT_NE(server.state(), TlsState::done);
    EXPECT_TRUE(server.costless());
  }
}

TEST(TlsHostile, AHandshakeCutAnywhereGivesNothing) {
  const Bytes hello = client_hello();
  for (std::size_t size = 0; size < hello.size(); ++size) {
    OurEnd server(open_context(), Role::responder);
    server.input(ByteView(hello).first(size));
    EXPECT_EQ(server.state(), TlsState::want_more);
    EXPECT_TRUE(server.costless());
  }
  Halfway half;
  // All but the last byte, byte by byte; then the last.
  for (std::size_t i = 0; i < half.flight.size(); ++i) {
    EXPECT_EQ(half.client.state(), TlsState::want_more) << i;
    half.client.input(ByteView(half.flight).subspan(i, 1));
  }
  ASSERT_TRUE(half.client.done());
  const Bytes finished = half.client.output();
  for (std::size_t i = 0; i < finished.size(); ++i) {
    EXPECT_EQ(half.server.state(), TlsState::want_more) << i;
    half.server.input(ByteView(finished).subspan(i, 1));
  }
  EXPECT_TRUE(half.server.done());
}

TEST(TlsHostile, OneFlippedBitAnywhereGivesNothing) {
  Prng prng(3);
  // Every byte of the server's flight; the version of a record's header is nobody's business.
  const Bytes example = Halfway().flight;
  for (std::size_t i = 0; i < example.size(); i += 1 + prng.below(4)) {
    Halfway half;
    if (i >= half.flight.size()) break;  // signatures vary by a byte or two
    half.flight[i] ^= static_cast<std::uint8_t>(1U << prng.below(8));
    half.client.input(half.flight);
    const Bytes answer = half.client.output();
    half.server.input(answer);
    EXPECT_FALSE(half.server.done() && half.client.done() &&
                 half.server.take().binding != half.client.take().binding)
        << i;
    if (!half.client.done()) continue;
    // What is outside of the transcript and of the ciphertext.
    const std::vector<Bytes> records = records_of(half.flight);
    std::size_t at = 0;
    bool in_version = false;
    for (const Bytes& one : records) {
      in_version = in_version || i == at + 2;
      at += one.size();
    }
    EXPECT_TRUE(in_version) << i;
  }
}

TEST(TlsHostile, ASecondClientHelloIsRefused) {
  const Bytes hello = client_hello();
  OurEnd server(open_context(), Role::responder);
  server.input(joined({hello, hello}));
  // wolfSSL awaits ciphertext by then, so to it this is no message at all.
  EXPECT_EQ(server.failure(), TlsFailure::malformed_message);
}

TEST(TlsHostile, ChangeCipherSpecIsLetPassOnceOnly) {
  const Bytes change = record(kChangeCipherSpec, Bytes{1});
  {
    Halfway half;
    half.server.input(change);
    half.client.input(joined({records_of(half.flight)[0], change}));
    EXPECT_EQ(half.server.state(), TlsState::want_more);
    EXPECT_EQ(half.client.state(), TlsState::want_more);
    half.server.input(change);
    half.client.input(change);
    EXPECT_EQ(half.server.failure(), TlsFailure::repeated_change_cipher_spec);
    EXPECT_EQ(half.client.failure(), TlsFailure::repeated_change_cipher_spec);
    EXPECT_EQ(half.client.output(), copy_of(alert_of(TlsFailure::repeated_change_cipher_spec)));
  }
  {
    Halfway half;
    half.server.input(record(kChangeCipherSpec, Bytes{2}));
    EXPECT_EQ(half.server.failure(), TlsFailure::bad_change_cipher_spec);
  }
  {
    OurEnd server(open_context(), Role::responder);
    server.input(change);
    EXPECT_EQ(server.failure(), TlsFailure::not_tls) << "before the ClientHello";
  }
}

TEST(TlsHostile, RecordsThatMoveNothingAreRefused) {
  for (const std::uint8_t type : {kHandshakeType, kApplicationData, kChangeCipherSpec}) {
    Halfway half;
    half.server.input(record(type, {}));
    EXPECT_TRUE(half.server.failure() == TlsFailure::empty_record) << int{type};
    EXPECT_EQ(half.server.output(), copy_of(alert_of(TlsFailure::empty_record)));
  }
  Halfway half;
  Bytes oversized = record(kApplicationData, Bytes(100));
  store_be<std::uint16_t>(&oversized[3], 16'384 + 257);
  half.client.input(records_of(half.flight)[0]);
  half.client.input(oversized);
  EXPECT_EQ(half.client.failure(), TlsFailure::record_too_long);
}

TEST(TlsHostile, APlaintextFlightInOneRecordIsRefused) {
  Halfway half;
  const Bytes hello = records_of(half.flight)[0];
  // Behind the ServerHello, in its record: EncryptedExtensions with nothing in it.
  const Bytes more = joined({ByteView(hello).subspan(5), Bytes{8, 0, 0, 2, 0, 0}});
  half.client.input(record(kHandshakeType, more));
  EXPECT_EQ(half.client.failure(), TlsFailure::several_messages);
  {
    // The same in a record of its own.
    Halfway again;
    again.client.input(
        joined({records_of(again.flight)[0], record(kHandshakeType, Bytes{8, 0, 0, 2, 0, 0})}));
    EXPECT_TRUE(again.client.failure());
  }
  {
    // Behind the ClientHello.
    const Bytes client = client_hello();
    OurEnd server(open_context(), Role::responder);
    server.input(record(kHandshakeType, joined({ByteView(client).subspan(5), Bytes{20, 0, 0, 0}})));
    EXPECT_EQ(server.failure(), TlsFailure::several_messages);
    EXPECT_TRUE(server.costless());
  }
}

// The ServerHello that begins `flight`, with another key share.
Bytes with_key_share(const Bytes& flight, std::uint16_t group, const Bytes& point) {
  Bytes hello = records_of(flight)[0];
  const Bytes ours{0x00, 0x33, 0x00, 0x24, 0x00, 0x1d, 0x00, 0x20};
  const auto at = std::search(hello.begin(), hello.end(), ours.begin(), ours.end());
  RW_ASSERT(at != hello.end());
  Bytes share(8);
  store_be(&share[0], std::uint16_t{0x33});
  store_be(&share[2], static_cast<std::uint16_t>(4 + point.size()));
  store_be(&share[4], group);
  store_be(&share[6], static_cast<std::uint16_t>(point.size()));
  share.insert(share.end(), point.begin(), point.end());
  const std::ptrdiff_t more = static_cast<std::ptrdiff_t>(share.size()) - (8 + 32);
  const std::size_t session_id = hello[5 + 4 + 34];
  // Lengths of the record, the message, the list.
  for (const std::size_t where : {std::size_t{3}, std::size_t{5 + 2}, 5 + 4 + 34 + 1 + session_id + 3})
    store_be(&hello[where], static_cast<std::uint16_t>(load_be<std::uint16_t>(&hello[where]) + more));
  hello.insert(hello.erase(at, at + 8 + 32), share.begin(), share.end());
  return hello;
}

TEST(TlsHostile, AServersShareIsAPointOfTheGroupThatWeNamed) {
  constexpr std::uint16_t kX25519 = 0x1d;
  constexpr std::uint16_t kP256 = 0x17;
  Bytes base_point{9};
  base_point.resize(32);
  Bytes off_the_curve(65, 1);
  off_the_curve[0] = 4;
  struct Case {
    const char* what;
    std::uint16_t group;
    Bytes point;
  };
  for (const auto& [what, group, point] :
       {Case{"zeros", kX25519, Bytes(32)}, Case{"31 bytes", kX25519, Bytes(31, 9)},
        Case{"off P-256", kP256, off_the_curve}}) {
    Halfway half;
    half.client.input(with_key_share(half.flight, group, point));
    ASSERT_TRUE(half.client.failure()) << what;
    EXPECT_EQ(*half.client.failure(), TlsFailure::bad_key_share) << what << name(*half.client.failure());
  }
  // The control: any point will do until its Finished is looked at.
  Halfway half;
  half.client.input(with_key_share(half.flight, kX25519, base_point));
  EXPECT_FALSE(half.client.failure());
}

TEST(TlsHostile, AServerHelloWithoutAKeyShareIsRefused) {
  Halfway half;
  Bytes hello = records_of(half.flight)[0];
  const Bytes share{0x00, 0x33, 0x00, 0x24};  // X25519: group, length, 32 bytes
  const auto at = std::search(hello.begin(), hello.end(), share.begin(), share.end());
  ASSERT_NE(at, hello.end());
  const std::size_t extension = 4 + 0x24;
  hello.erase(at, at + static_cast<std::ptrdiff_t>(extension));
  // Lengths of the record, the message, the list.
  const auto shorten = [&](std::size_t where) {
    store_be(&hello[where], static_cast<std::uint16_t>(load_be<std::uint16_t>(&hello[where]) - extension));
  };
  const std::size_t session_id = hello[5 + 4 + 34];
  shorten(3);
  shorten(5 + 2);
  shorten(5 + 4 + 34 + 1 + session_id + 3);
  half.client.input(hello);
  ASSERT_TRUE(half.client.failure());
  EXPECT_EQ(*half.client.failure(), TlsFailure::bad_key_share) << name(*half.client.failure());
}

TEST(TlsHostile, LongChainsAreRefused) {
  for (std::uint32_t length = 1; length <= 12; ++length) {
    TlsCredentials credentials = copy_of(own_credentials());
    for (std::uint32_t i = 1; i < length; ++i) credentials.chain += own_credentials().chain;
    ForeignOptions options;
    options.credentials = &credentials;
    OurEnd client(open_context(), Role::initiator);
    ForeignEnd server(Role::responder, options);
    converse(client, server);
    if (length <= kTlsChainMax) {
      EXPECT_TRUE(client.done()) << length;
    } else {
      EXPECT_EQ(client.failure(), TlsFailure::bad_certificate) << length;
    }
  }
}

TEST(TlsHostile, AnAlertEndsTheHandshakeAndIsNotAnswered) {
  Halfway half;
  half.server.input(record(kAlert, Bytes{2, 40}));
  EXPECT_EQ(half.server.failure(), TlsFailure::peer_alert);
  EXPECT_TRUE(half.server.output().empty());
  half.client.input(record(kAlert, Bytes{1, 0}));
  EXPECT_EQ(half.client.failure(), TlsFailure::peer_alert);
}

TEST(TlsHostile, EveryFailureIsCountedOnce) {
  TlsContext& context = open_context();
  const std::uint64_t before = context.counters().failed[TlsFailure::repeated_change_cipher_spec].value();
  const std::uint64_t completed = context.counters().completed.value();
  Halfway half;
  const Bytes change = record(kChangeCipherSpec, Bytes{1});
  for (int i = 0; i < 5; ++i) half.server.input(change);
  EXPECT_EQ(context.counters().failed[TlsFailure::repeated_change_cipher_spec].value(), before + 1);
  EXPECT_EQ(context.counters().completed.value(), completed);
}

TEST(TlsHostile, EveryFailureHasANameOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(TlsFailure::count_); ++i) {
    EXPECT_TRUE(names.insert(name(static_cast<TlsFailure>(i))).second) << i;
  }
}

}  // namespace
}  // namespace ringwire::transport
