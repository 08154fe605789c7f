// Two ends that mean it, of ours and of others.
#include "engine/transport/tls_handshake.hpp"

#include <gtest/gtest.h>

// Only for the numbers of groups.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <algorithm>
#include <set>

#include "codec/crypto/aead.hpp"
#include "tests/unit/engine/transport/tls_ends.hpp"

namespace ringwire::transport {
namespace {

using crypto::AeadSuite;
using wire::Role;

constexpr std::uint8_t kApplicationData = 23;
constexpr std::uint8_t kHandshakeType = 22;

Bytes text(std::string_view characters) {
  return copy_of(as_bytes(characters));
}

bool equal(const crypto::AeadKey& one, const crypto::AeadKey& other) {
  return one.suite() == other.suite() && std::ranges::equal(one.reveal(), other.reveal()) &&
         std::ranges::equal(one.iv(), other.iv()) && one.used() == 0 && other.used() == 0;
}

// A record as TLS 1.3 makes it.
Bytes sealed(crypto::AeadSealer& sealer, ByteView content) {
  const std::uint8_t type = kApplicationData;
  Bytes bytes(5 + content.size() + 1 + crypto::kAeadTagBytes);
  bytes[0] = kApplicationData;
  bytes[1] = bytes[2] = 3;
  store_be(&bytes[3], static_cast<std::uint16_t>(bytes.size() - 5));
  const std::array<ByteView, 2> pieces{content, ByteView(&type, 1)};
  EXPECT_TRUE(sealer.seal(ByteView(bytes).first(5), pieces, ByteSpan(bytes).subspan(5)).ok());
  return bytes;
}

// Its content and, last, the type.
Bytes opened(crypto::AeadOpener& opener, ByteView record) {
  Bytes out(record.size());
  const std::array<ByteView, 1> pieces{record.subspan(5)};
  const auto plain = opener.open(record.first(5), pieces, out);
  EXPECT_TRUE(plain.ok());
  return plain.ok() ? copy_of(*plain) : Bytes();
}

TEST(TlsHandshake, BothEndsGetTheSameKeysHoweverTheBytesAreCut) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Prng cuts(seed);
    OurEnd client(open_context(), Role::initiator);
    OurEnd server(open_context(), Role::responder);
    converse(client, server, seed == 0 ? nullptr : &cuts);
    ASSERT_TRUE(client.done() && server.done()) << seed;
    EXPECT_TRUE(client.rest().empty() && server.rest().empty());
    const TlsOutcome one = client.take();
    const TlsOutcome other = server.take();
    EXPECT_TRUE(equal(one.keys.sending, other.keys.receiving));
    EXPECT_TRUE(equal(one.keys.receiving, other.keys.sending));
    EXPECT_FALSE(std::ranges::equal(one.keys.sending.reveal(), one.keys.receiving.reveal()));
    EXPECT_EQ(one.binding, other.binding);
  }
}

TEST(TlsHandshake, TheBindingIsAnotherForEachConnection) {
  std::set<wire::ChannelBinding> bindings{wire::ChannelBinding()};
  for (int i = 0; i < 10; ++i) {
    OurEnd client(open_context(), Role::initiator);
    OurEnd server(open_context(), Role::responder);
    converse(client, server);
    ASSERT_TRUE(client.done() && server.done());
    EXPECT_TRUE(bindings.insert(client.take().binding).second);
  }
}

TEST(TlsHandshake, WhatOneEndSealsTheOtherOpens) {
  OurEnd client(open_context(), Role::initiator);
  OurEnd server(open_context(), Role::responder);
  converse(client, server);
  ASSERT_TRUE(client.done() && server.done());
  TlsOutcome one = client.take();
  TlsOutcome other = server.take();
  crypto::AeadSealer to_server(std::move(one.keys.sending));
  crypto::AeadOpener from_client(std::move(other.keys.receiving));
  crypto::AeadSealer to_client(std::move(other.keys.sending));
  crypto::AeadOpener from_server(std::move(one.keys.receiving));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(opened(from_client, sealed(to_server, text("question"))), text("question\x17"));
    EXPECT_EQ(opened(from_server, sealed(to_client, text("answer"))), text("answer\x17"));
  }
}

TEST(TlsHandshake, RecordsBehindTheHandshakeStayWithTheCaller) {
  OurEnd client(open_context(), Role::initiator);
  OurEnd server(open_context(), Role::responder);
  server.input(client.output());
  client.input(server.output());
  ASSERT_TRUE(client.done());
  const Bytes finished = client.output();
  TlsOutcome outcome = client.take();
  crypto::AeadSealer sealer(std::move(outcome.keys.sending));
  const Bytes early = sealed(sealer, text("early"));
  // Half a record more, too.
  server.input(joined({finished, early, ByteView(early).first(7)}));
  ASSERT_TRUE(server.done());
  EXPECT_EQ(server.rest(), joined({early, ByteView(early).first(7)}));
  crypto::AeadOpener opener(std::move(server.take().keys.receiving));
  EXPECT_EQ(opened(opener, early), text("early\x17"));
}

TEST(TlsHandshake, AClientHelloMayComeInAFewRecords) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Prng prng(seed);
    OurEnd client(open_context(), Role::initiator);
    OurEnd server(open_context(), Role::responder);
    const Bytes whole = client.output();
    ByteView message = ByteView(whole).subspan(5);
    Bytes cut;
    // wolfSSL wants the header of the message in the first of them.
    std::size_t least = 4;
    for (std::size_t left = 1 + prng.below(kClientHelloRecordsMax); left > 0; --left) {
      const std::size_t most = message.size() - (left - 1);
      const std::size_t part = left == 1 ? most : least + prng.below(most - least + 1);
      least = 1;
      const Bytes piece = record(kHandshakeType, message.first(part));
      cut.insert(cut.end(), piece.begin(), piece.end());
      message = message.subspan(part);
    }
    server.input(cut);
    converse(server, client);
    ASSERT_TRUE(client.done() && server.done()) << seed;
    EXPECT_EQ(client.take().binding, server.take().binding);
  }
}

TEST(TlsHandshake, NothingExpensiveHappensInsideInput) {
  TlsContext& context = open_context();
  const std::uint64_t begun = context.counters().begun.value();
  TlsHandshake client(context);
  EXPECT_EQ(client.pending_work(), TlsWork::begin);
  EXPECT_EQ(client.input(Bytes{22, 3, 3}), 0U);
  EXPECT_EQ(context.counters().begun.value(), begun);
  client.work();
  EXPECT_EQ(context.counters().begun.value(), begun + 1);
  EXPECT_EQ(client.pending_work(), TlsWork::none);

  ClientHelloReader hello;
  hello.input(client.take_output());
  ASSERT_EQ(hello.state(), ClientHelloReader::State::whole);
  TlsHandshake server(context, hello.take());
  EXPECT_EQ(server.pending_work(), TlsWork::answer);
  EXPECT_TRUE(server.take_output().empty());
  server.work();
  const Bytes flight = server.take_output();
  // One record at a time; the rest waits for the work.
  std::size_t at = client.input(flight);
  EXPECT_EQ(client.pending_work(), TlsWork::follow);
  EXPECT_EQ(client.input(ByteView(flight).subspan(at)), 0U);
  EXPECT_LT(at, flight.size());
  while (client.state() == TlsState::want_more) {
    client.work();
    at += client.input(ByteView(flight).subspan(at));
  }
  EXPECT_EQ(client.state(), TlsState::done);
  EXPECT_EQ(at, flight.size());
}

TEST(TlsHandshake, APlaceIsTakenUntilTheObjectIsFreed) {
  const std::unique_ptr<TlsContext> context = context_of(own_credentials());
  std::vector<std::unique_ptr<TlsHandshake>> handshakes;
  for (std::uint32_t i = 0; i < kTlsHandshakesMax; ++i) {
    ASSERT_TRUE(context->has_place());
    handshakes.push_back(std::make_unique<TlsHandshake>(*context));
  }
  EXPECT_FALSE(context->has_place());
  EXPECT_EQ(context->live(), kTlsHandshakesMax);
  handshakes.pop_back();
  EXPECT_TRUE(context->has_place());
}

// --- with others

struct ForeignCase {
  const char* what;
  ForeignOptions options;
  AeadSuite suite;
};

void read_each_other(End& ours_as_end, OurEnd& ours, ForeignEnd& theirs, AeadSuite suite, const char* what) {
  converse(ours_as_end, theirs);
  ASSERT_TRUE(ours.done() && theirs.done()) << what;
  TlsOutcome outcome = ours.take();
  EXPECT_EQ(outcome.keys.sending.suite(), suite) << what;
  EXPECT_EQ(outcome.keys.sending.used() + outcome.keys.receiving.used(), 0U) << what;
  crypto::AeadSealer sealer(std::move(outcome.keys.sending));
  crypto::AeadOpener opener(std::move(outcome.keys.receiving));
  for (int i = 0; i < 3; ++i) {
    theirs.input(sealed(sealer, text("from ours")));
    EXPECT_EQ(theirs.read(), text("from ours")) << what;
    theirs.write(text("from theirs"));
    EXPECT_EQ(opened(opener, theirs.output()), text("from theirs\x17")) << what;
  }
}

const std::string kAes = "TLS13-AES128-GCM-SHA256";
const std::string kChacha = "TLS13-CHACHA20-POLY1305-SHA256";

TEST(TlsHandshake, AnotherClientIsUnderstoodAndReadsWhatWeSeal) {
  const AeadSuite first = crypto::aead_choice().preference[0];
  const std::vector<int> all{WOLFSSL_ECC_SECP384R1, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_X25519};
  for (const auto& [what, options, suite] : {
           ForeignCase{"as it comes", {}, first},
           ForeignCase{"our preference wins, whatever comes first", {.suites = kChacha + ":" + kAes}, first},
           ForeignCase{"only ChaCha20", {.suites = kChacha}, AeadSuite::chacha20_poly1305},
           ForeignCase{"only AES", {.suites = kAes}, AeadSuite::aes_128_gcm},
           ForeignCase{"a share of P-256 first", {.groups = all, .key_share = WOLFSSL_ECC_SECP256R1}, first},
           ForeignCase{"HelloRetryRequest", {.groups = all, .key_share = WOLFSSL_ECC_SECP384R1}, first},
           ForeignCase{"a certificate nobody asked for", {.credentials = &own_credentials()}, first},
           ForeignCase{"it would take tickets", {.tickets = true}, first},
       }) {
    OurEnd ours(open_context(), Role::responder);
    ForeignEnd theirs(Role::initiator, options);
    read_each_other(ours, ours, theirs, suite, what);
  }
}

TEST(TlsHandshake, AnotherServerIsUnderstoodAndReadsWhatWeSeal) {
  const std::vector<int> all{WOLFSSL_ECC_SECP384R1, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_X25519};
  const Authority unknown("nobody we know");
  const TlsCredentials issued = unknown.issue();
  for (const auto& [what, options, suite] : {
           ForeignCase{"as it comes", {.suites = kAes}, AeadSuite::aes_128_gcm},
           ForeignCase{"only ChaCha20", {.suites = kChacha}, AeadSuite::chacha20_poly1305},
           ForeignCase{"X25519 last", {.suites = kAes, .groups = all}, AeadSuite::aes_128_gcm},
           ForeignCase{
               "a certificate of anybody", {.suites = kAes, .credentials = &issued}, AeadSuite::aes_128_gcm},
       }) {
    OurEnd ours(open_context(), Role::initiator);
    ForeignEnd theirs(Role::responder, options);
    read_each_other(ours, ours, theirs, suite, what);
  }
}

TEST(TlsHandshake, AHelloRetryRequestIsSent) {
  ForeignOptions other_share;
  other_share.groups = {WOLFSSL_ECC_SECP384R1, WOLFSSL_ECC_X25519};
  other_share.key_share = WOLFSSL_ECC_SECP384R1;
  OurEnd server(open_context(), Role::responder);
  ForeignEnd client(Role::initiator, other_share);
  server.input(client.output());
  const Bytes retry = server.output();
  // Nothing but a plaintext message: no certificate was signed yet.
  for (const Bytes& one : records_of(retry)) EXPECT_NE(one[0], kApplicationData);
  client.input(retry);
  converse(client, server);
  EXPECT_TRUE(client.done() && server.done());
}

// --- closed networks

TEST(TlsHandshake, InAClosedNetworkMembersMeet) {
  const Authority authority("the network");
  const auto alice = context_of(authority.issue_in(authority));
  const auto bob = context_of(authority.issue_in(authority));
  OurEnd client(*alice, Role::initiator);
  OurEnd server(*bob, Role::responder);
  converse(client, server);
  ASSERT_TRUE(client.done() && server.done());
  EXPECT_EQ(client.take().binding, server.take().binding);
}

TEST(TlsHandshake, InAClosedNetworkStrangersAreRefusedOnBothSides) {
  const Authority authority("the network");
  const Authority impostor("the network");
  const Authority other("another network");
  const auto member = context_of(authority.issue_in(authority));
  struct Stranger {
    const char* what;
    TlsCredentials credentials;
    TlsFailure as_server;
    TlsFailure as_client;
  };
  const auto with_ca = [&](TlsCredentials credentials) {
    credentials.authorities = authority.pem();
    return credentials;
  };
  std::vector<Stranger> strangers;
  strangers.push_back({"another authority", other.issue_in(authority), TlsFailure::untrusted_certificate,
                       TlsFailure::untrusted_certificate});
  strangers.push_back({"an authority of the same name", impostor.issue_in(authority),
                       TlsFailure::untrusted_certificate, TlsFailure::untrusted_certificate});
  strangers.push_back({"self-signed", with_ca(copy_of(own_credentials())), TlsFailure::untrusted_certificate,
                       TlsFailure::untrusted_certificate});
  strangers.push_back({"expired", with_ca(authority.issue({.days = -1})), TlsFailure::expired_certificate,
                       TlsFailure::expired_certificate});
  strangers.push_back({"for clients only", with_ca(authority.issue({.purposes = "clientAuth"})),
                       TlsFailure::bad_certificate, TlsFailure::count_});
  strangers.push_back({"for servers only", with_ca(authority.issue({.purposes = "serverAuth"})),
                       TlsFailure::count_, TlsFailure::bad_certificate});
  for (const Stranger& stranger : strangers) {
    const auto context = context_of(stranger.credentials);
    {
      OurEnd client(*member, Role::initiator);
      OurEnd server(*context, Role::responder);
      converse(client, server);
      if (stranger.as_server == TlsFailure::count_) {
        EXPECT_TRUE(client.done()) << stranger.what;
      } else {
        EXPECT_EQ(client.failure(), stranger.as_server) << stranger.what;
        EXPECT_EQ(server.failure(), TlsFailure::peer_alert) << stranger.what;
      }
    }
    {
      OurEnd client(*context, Role::initiator);
      OurEnd server(*member, Role::responder);
      converse(client, server);
      if (stranger.as_client == TlsFailure::count_) {
        EXPECT_TRUE(server.done()) << stranger.what;
      } else {
        EXPECT_EQ(server.failure(), stranger.as_client) << stranger.what;
      }
    }
  }
}

TEST(TlsHandshake, InAClosedNetworkNobodyComesInWithoutACertificate) {
  const Authority authority("the network");
  const auto member = context_of(authority.issue_in(authority));
  OurEnd client(open_context(), Role::initiator);
  OurEnd server(*member, Role::responder);
  converse(client, server);
  EXPECT_EQ(server.failure(), TlsFailure::no_certificate);
}

}  // namespace
}  // namespace ringwire::transport
