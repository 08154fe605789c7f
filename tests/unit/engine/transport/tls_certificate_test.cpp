#include "engine/transport/tls_certificate.hpp"

#include <gtest/gtest.h>

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <set>

#include "tests/unit/engine/transport/tls_der.hpp"
#include "tests/unit/engine/transport/tls_ends.hpp"

namespace ringwire::transport {
namespace {

using Fault = TlsCredentialFault;
using Part = TlsCredentialPart;

constexpr std::int64_t kDay = 86'400;

std::int64_t now() {
  return std::time(nullptr);
}

TlsCredentials with_key(std::string_view pem) {
  TlsCredentials credentials = copy_of(own_credentials());
  credentials.key = crypto::SecretBuffer(pem.size());
  std::copy(pem.begin(), pem.end(), credentials.key.writable().begin());
  return credentials;
}
TlsCredentials with_chain(const std::string& chain) {
  TlsCredentials credentials = copy_of(own_credentials());
  credentials.chain = chain;
  return credentials;
}

void expect_fault(const TlsCredentials& credentials, Fault fault, Part part, std::string_view says,
                  std::int64_t at = now()) {
  const auto verdict = check(credentials, at);
  ASSERT_FALSE(verdict.ok()) << says;
  EXPECT_EQ(verdict.error().fault, fault) << verdict.error().message;
  EXPECT_EQ(verdict.error().part, part) << verdict.error().message;
  EXPECT_NE(verdict.error().message.find(says), std::string::npos) << verdict.error().message;
}

using X509 = std::unique_ptr<WOLFSSL_X509, decltype(&wolfSSL_X509_free)>;
X509 parsed(const std::string& pem) {
  return {wolfSSL_X509_load_certificate_buffer(as_bytes(pem).data(), static_cast<int>(pem.size()),
                                               WOLFSSL_FILETYPE_PEM),
          &wolfSSL_X509_free};
}

TEST(TlsCertificate, OfOurOwnIsForAnEcdsaKeyAndSaysRingwireOnly) {
  const auto made = make_certificate();
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_TRUE(check(*made, now()).ok());
  EXPECT_TRUE(made->authorities.empty());
  EXPECT_EQ(certificates_in(made->chain), 1U);
  const X509 certificate = parsed(made->chain);
  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(wolfSSL_X509_get_pubkey_type(certificate.get()), ECDSAk);
  char name[100] = {};
  wolfSSL_X509_NAME_oneline(wolfSSL_X509_get_subject_name(certificate.get()), name, sizeof name);
  EXPECT_STREQ(name, "/CN=ringwire");
}

TEST(TlsCertificate, OfOurOwnIsAnotherOneEachTime) {
  std::set<std::string> serials;
  std::set<std::string> keys;
  for (int i = 0; i < 10; ++i) {
    const auto made = make_certificate();
    ASSERT_TRUE(made.ok());
    const X509 certificate = parsed(made->chain);
    Bytes serial(32);
    int size = static_cast<int>(serial.size());
    ASSERT_EQ(wolfSSL_X509_get_serial_number(certificate.get(), serial.data(), &size), WOLFSSL_SUCCESS);
    EXPECT_GE(size, 15);
    serial.resize(static_cast<std::size_t>(size));
    serials.insert(to_hex(serial));
    keys.insert(std::string(as_text(made->key.reveal())));
  }
  EXPECT_EQ(serials.size(), 10U);
  EXPECT_EQ(keys.size(), 10U);
}

TEST(TlsCertificate, OfOurOwnOutlivesTheNode) {
  EXPECT_TRUE(check(own_credentials(), now() + 99 * 365 * kDay).ok());
  // A clock that is behind by hours.
  EXPECT_TRUE(check(own_credentials(), now() - kDay / 2).ok());
}

TEST(TlsCertificate, OutsideItsDatesIsRefused) {
  const Authority authority("the network");
  const TlsCredentials issued = authority.issue({.days = 10});
  EXPECT_TRUE(check(issued, now() + 9 * kDay).ok());
  expect_fault(issued, Fault::expired, Part::chain, "renew", now() + 11 * kDay);
  expect_fault(issued, Fault::not_yet_valid, Part::chain, "clock", now() - 3 * kDay);
  TlsCredentials old_authority = authority.issue({.days = 1'000});
  old_authority.authorities = authority.pem();  // 100 days
  EXPECT_TRUE(check(old_authority, now() + 90 * kDay).ok());
  expect_fault(old_authority, Fault::expired, Part::authorities, "expired", now() + 110 * kDay);
}

TEST(TlsCertificate, AndKeyHaveToBelongTogether) {
  const TlsCredentials other = *make_certificate();
  expect_fault(with_key(as_text(other.key.reveal())), Fault::wrong_key, Part::key, "belong together");
}

TEST(TlsCertificate, FilesWithSomethingElseInThemAreRefused) {
  const std::string chain = own_credentials().chain;
  const std::string key(as_text(own_credentials().key.reveal()));
  const std::string cut = chain.substr(0, chain.size() / 2);
  expect_fault(with_chain(""), Fault::no_certificate, Part::chain, "no certificate");
  expect_fault(with_chain("hello"), Fault::no_certificate, Part::chain, "no certificate");
  expect_fault(with_chain(key), Fault::no_certificate, Part::chain, "no certificate");
  expect_fault(with_chain(cut), Fault::no_certificate, Part::chain, "damaged");
  expect_fault(with_chain(chain + cut), Fault::no_certificate, Part::chain, "certificate 2");
  expect_fault(with_key(""), Fault::no_key, Part::key, "no private key");
  expect_fault(with_key(chain), Fault::no_key, Part::key, "no private key");
  expect_fault(with_key(key.substr(0, key.size() / 2)), Fault::no_key, Part::key, "no private key");
  expect_fault(with_key("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"),
               Fault::encrypted_key, Part::key, "openssl pkey");
  TlsCredentials closed = copy_of(own_credentials());
  closed.authorities = "hello";
  expect_fault(closed, Fault::no_certificate, Part::authorities, "no certificate");
}

TEST(TlsCertificate, ALongChainIsRefusedBeforeItIsRead) {
  std::string chain;
  for (std::uint32_t i = 0; i < kTlsChainMax; ++i) chain += own_credentials().chain;
  EXPECT_TRUE(check(with_chain(chain), now()).ok());
  chain += "-----BEGIN CERTIFICATE-----\nnot even read\n-----END CERTIFICATE-----\n";
  expect_fault(with_chain(chain), Fault::chain_too_long, Part::chain, "leave out the root");
}

TEST(TlsCertificate, AKeyOfMoreThan8192BitsIsRefusedBeforeItIsUsed) {
  for (const std::size_t bits : {8'200U, 16'384U}) {
    expect_fault(with_chain(rsa_certificate(bits)), Fault::key_too_large, Part::chain, std::to_string(bits));
  }
  const auto verdict = check(with_chain(rsa_certificate(4'096)), now());
  ASSERT_FALSE(verdict.ok());
  EXPECT_NE(verdict.error().fault, Fault::key_too_large);
}

TEST(TlsCertificate, OfAClosedNetworkIsTriedBothWays) {
  const Authority authority("the network");
  const Authority other("another network");
  EXPECT_TRUE(check(authority.issue_in(authority), now()).ok());
  expect_fault(other.issue_in(authority), Fault::untrusted, Part::chain, "not signed by the authorities");
  for (const char* purpose : {"serverAuth", "clientAuth"}) {
    TlsCredentials half = authority.issue({.purposes = purpose});
    EXPECT_TRUE(check(half, now()).ok()) << "in an open network";
    half.authorities = authority.pem();
    expect_fault(half, Fault::unusable, Part::chain, "extended key usage");
  }
  TlsCredentials both = authority.issue({.purposes = "serverAuth,clientAuth"});
  both.authorities = other.pem() + authority.pem();
  EXPECT_TRUE(check(both, now()).ok());
}

TEST(TlsCertificate, WhatPassesTheCheckMakesAContext) {
  const Authority authority("the network");
  for (const TlsCredentials& credentials : {copy_of(own_credentials()), authority.issue_in(authority)}) {
    ASSERT_TRUE(check(credentials, now()).ok());
    EXPECT_TRUE(TlsContext::make(credentials).ok());
  }
  const auto none = TlsContext::make(with_chain("hello"));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().fault, Fault::unusable);
}

}  // namespace
}  // namespace ringwire::transport
