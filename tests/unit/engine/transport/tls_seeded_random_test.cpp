#include "engine/transport/tls_seeded_random.hpp"

#include <gtest/gtest.h>

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/ecc.h>

#include <functional>
#include <set>
#include <string>
#include <thread>

#include "tests/unit/engine/transport/tls_ends.hpp"

namespace ringwire::transport {
namespace {

using wire::Role;

constexpr int kRounds = 6;

// wolfSSL goes another way with a point that it has met on the same thread twice before.
void in_new_thread(const std::function<void()>& what) {
  std::thread([&what] {
    what();
    wc_ecc_fp_free();
  }).join();
}

// A node of a simulated network.
struct SeededNode {
  explicit SeededNode(std::uint64_t seed) : random(Prng(seed)) {}

  TlsSeededRandom random;
  TlsCredentials credentials = *make_certificate(&random);
  std::unique_ptr<TlsContext> context = std::move(TlsContext::make(credentials, &random)).value();
};

struct Talk {
  std::string bytes;  // of both, as they were sent
  std::string key;    // of the client's records
  crypto::AeadSuite suite{};
};

Talk handshake(TlsContext& from, TlsContext& to) {
  OurEnd client(from, Role::initiator);
  OurEnd server(to, Role::responder);
  Talk talk;
  const auto deliver = [&talk](OurEnd& one, OurEnd& other) {
    const Bytes flight = one.output();
    talk.bytes += as_text(flight);
    other.input(flight);
  };
  for (int flight = 0; flight < 2; ++flight) deliver(client, server), deliver(server, client);
  EXPECT_TRUE(client.done() && server.done());
  const TlsOutcome outcome = client.take();
  talk.key = as_text(outcome.keys.sending.reveal());
  talk.suite = outcome.keys.sending.suite();
  return talk;
}

TEST(TlsSeededRandom, EqualSeedsAreEqualBytesOnTheWire) {
  if (!TlsSeededRandom::decides_all()) GTEST_SKIP() << "this wolfSSL draws GREASE from the kernel";
  std::set<std::string> talks;
  in_new_thread([&talks] {
    for (int round = 0; round < kRounds; ++round) {
      SeededNode client(1);
      SeededNode server(2);
      for (int i = 0; i < 3; ++i) talks.insert(handshake(*client.context, *server.context).bytes);
      ASSERT_EQ(talks.size(), 3U) << round;  // each handshake another, in each round the same ones
    }
  });
}

TEST(TlsSeededRandom, OtherSeedsAreOtherKeysThoughTheProcessIsOne) {
  std::set<std::string> keys;
  std::set<std::string> certificates;
  SeededNode client(100);
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SeededNode server(seed);
    EXPECT_TRUE(certificates.insert(std::string(as_text(server.credentials.key.reveal()))).second) << seed;
    EXPECT_TRUE(certificates.insert(server.credentials.chain).second) << seed;
    EXPECT_TRUE(keys.insert(handshake(*client.context, *server.context).key).second) << seed;
  }
  // The responder alone decides as well.
  std::set<std::string> answers;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SeededNode same(100);
    SeededNode server(seed);
    EXPECT_TRUE(answers.insert(handshake(*same.context, *server.context).key).second) << seed;
  }
}

TEST(TlsSeededRandom, ACertificateFollowsFromTheSeedAndFromNoClock) {
  const SeededNode first(7);
  in_new_thread([&first] {
    for (int round = 0; round < kRounds; ++round) {
      const SeededNode again(7);
      ASSERT_EQ(again.credentials.chain, first.credentials.chain) << round;
      ASSERT_EQ(as_text(again.credentials.key.reveal()), as_text(first.credentials.key.reveal())) << round;
    }
  });
  constexpr std::int64_t kBegin = 946'684'800;  // 2000-01-01 in seconds since 1970
  constexpr std::int64_t kEnd = 4'102'444'800;  // 2100-01-01
  EXPECT_TRUE(check(first.credentials, kBegin).ok());
  EXPECT_TRUE(check(first.credentials, kEnd).ok());
  EXPECT_FALSE(check(first.credentials, kBegin - 1).ok());
  EXPECT_FALSE(check(first.credentials, kEnd + 1).ok());
}

TEST(TlsSeededRandom, BothEndsOfAClosedNetworkSignAsTheSeedSays) {
  if (!TlsSeededRandom::decides_all()) GTEST_SKIP() << "this wolfSSL draws GREASE from the kernel";
  const Authority authority("the network");
  const TlsCredentials credentials = authority.issue_in(authority);
  std::set<std::string> talks;
  for (int round = 0; round < kRounds; ++round) {
    TlsSeededRandom random(Prng(5));
    const auto context = std::move(TlsContext::make(credentials, &random)).value();
    talks.insert(handshake(*context, *context).bytes);
    talks.insert(handshake(*context, *context).bytes);
    ASSERT_EQ(talks.size(), 2U) << round;
  }
}

// Neither a seeded handshake before nor one at the same time reaches those that have the library's own.
TEST(TlsSeededRandom, WhoWasGivenNoneDrawsFromTheKernel) {
  if (!TlsSeededRandom::decides_all()) GTEST_SKIP() << "this wolfSSL draws GREASE from the kernel";
  std::set<std::string> seeded;
  std::set<std::string> own;
  std::set<std::string> certificates;
  for (int round = 0; round < kRounds; ++round) {
    SeededNode node(1);
    OurEnd waiting(*node.context, Role::initiator);
    OurEnd client(open_context(), Role::initiator);
    own.insert(to_hex(client.output()));
    seeded.insert(to_hex(waiting.output()));
    own.insert(handshake(open_context(), open_context()).bytes);
    certificates.insert(make_certificate()->chain);
  }
  EXPECT_EQ(seeded.size(), 1U);
  EXPECT_EQ(own.size(), std::size_t{2} * kRounds);
  EXPECT_EQ(certificates.size(), std::size_t{kRounds});
}

TEST(TlsSeededRandom, TheCipherIsTheSameOnEveryMachine) {
  SeededNode client(1);
  SeededNode server(2);
  EXPECT_EQ(handshake(*client.context, *server.context).suite, crypto::AeadSuite::aes_128_gcm);
}

}  // namespace
}  // namespace ringwire::transport
