#include "engine/transport/tls_certificate.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include <ctime>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/transport/tls_handshake.hpp"
#include "engine/transport/tls_library.hpp"

namespace ringwire::transport {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

using Fault = TlsCredentialFault;
using Part = TlsCredentialPart;

TlsCredentialError error(Fault fault, Part part, std::string message) {
  return {fault, part, std::move(message)};
}

int int_size(ByteView bytes) {
  return static_cast<int>(bytes.size());
}

struct X509Deleter {
  void operator()(WOLFSSL_X509* certificate) const { wolfSSL_X509_free(certificate); }
};
using X509 = std::unique_ptr<WOLFSSL_X509, X509Deleter>;

struct ContextDeleter {
  void operator()(WOLFSSL_CTX* context) const { wolfSSL_CTX_free(context); }
};
using Context = std::unique_ptr<WOLFSSL_CTX, ContextDeleter>;

// The PEM blocks one after the other; empty after the last.
std::string_view next_certificate(std::string_view& pem) {
  const std::size_t begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = pem.find(kEnd, begin);
  const std::size_t stop = end == std::string_view::npos ? pem.size() : end + kEnd.size();
  const std::string_view block = pem.substr(begin, stop - begin);
  pem.remove_prefix(stop);
  return block;
}

// 0 where it is no RSA key, whose sizes are fixed, or no certificate.
std::size_t rsa_bits(std::string_view block) {
  std::vector<std::uint8_t> der(block.size());
  const int size = wc_CertPemToDer(as_bytes(block).data(), int_size(as_bytes(block)), der.data(),
                                   int_size(der), CERT_TYPE);
  if (size <= 0) return 0;
  // Read without the library's mathematics, and without its X509 objects, which have bounds of their own.
  DecodedCert certificate;
  wc_InitDecodedCert(&certificate, der.data(), static_cast<word32>(size), nullptr);
  const byte* modulus = nullptr;
  const byte* exponent = nullptr;
  word32 modulus_bytes = 0;
  word32 exponent_bytes = 0;
  word32 at = 0;
  const bool read = wc_ParseCert(&certificate, CERT_TYPE, NO_VERIFY, nullptr) == 0 &&
                    certificate.keyOID == RSAk &&
                    wc_RsaPublicKeyDecode_ex(certificate.publicKey, &at, certificate.pubKeySize, &modulus,
                                             &modulus_bytes, &exponent, &exponent_bytes) == 0;
  wc_FreeDecodedCert(&certificate);
  return read ? std::size_t{8} * modulus_bytes : 0;
}

std::optional<std::int64_t> seconds(const WOLFSSL_ASN1_TIME* time) {
  std::tm fields{};
  if (time == nullptr || wolfSSL_ASN1_TIME_to_tm(time, &fields) != WOLFSSL_SUCCESS) return std::nullopt;
  return timegm(&fields);
}

std::string ordinal(std::uint32_t index) {
  return index == 0 ? "its certificate" : "certificate " + std::to_string(index + 1) + " in it";
}

std::optional<TlsCredentialError> objection_to(std::string_view block, std::uint32_t index, Part part,
                                               std::int64_t now) {
  const std::size_t bits = rsa_bits(block);
  if (bits > kTlsKeyBitsMax) {
    return error(Fault::key_too_large, part,
                 ordinal(index) + " has an RSA key of " + std::to_string(bits) +
                     " bits, which costs every peer seconds; use ECDSA P-256, or RSA of at most " +
                     std::to_string(kTlsKeyBitsMax));
  }
  const X509 certificate(wolfSSL_X509_load_certificate_buffer(
      as_bytes(block).data(), int_size(as_bytes(block)), WOLFSSL_FILETYPE_PEM));
  if (!certificate) {
    return error(Fault::no_certificate, part, ordinal(index) + " is damaged; write the file again");
  }
  const auto begins = seconds(wolfSSL_X509_get_notBefore(certificate.get()));
  const auto ends = seconds(wolfSSL_X509_get_notAfter(certificate.get()));
  if (!begins || !ends) return error(Fault::no_certificate, part, ordinal(index) + " has no dates");
  if (now > *ends) return error(Fault::expired, part, ordinal(index) + " has expired; renew it");
  if (now < *begins) {
    return error(Fault::not_yet_valid, part,
                 ordinal(index) + " is not valid yet; wait, or set the clock of this machine");
  }
  return std::nullopt;
}

std::optional<TlsCredentialError> objection_to_all(std::string_view pem, Part part, std::int64_t now) {
  std::uint32_t index = 0;
  for (std::string_view block = next_certificate(pem); !block.empty(); block = next_certificate(pem)) {
    if (auto objection = objection_to(block, index++, part, now)) return objection;
  }
  if (index == 0) {
    return error(Fault::no_certificate, part, "holds no certificate: PEM, -----BEGIN CERTIFICATE-----");
  }
  return std::nullopt;
}

std::optional<TlsCredentialError> objection_to_key(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") == std::string_view::npos) {
    return error(Fault::no_key, Part::key, "holds no private key: PEM, -----BEGIN PRIVATE KEY-----");
  }
  if (pem.find("ENCRYPTED") != std::string_view::npos) {
    return error(
        Fault::encrypted_key, Part::key,
        "is encrypted, and a node starts without a person; decrypt it: openssl pkey -in FILE -out NEW");
  }
  return std::nullopt;
}

// What the library makes of both. Its own comparison of key and certificate lets an ECC key of another
// certificate pass (5.5.4), so that is not asked.
std::optional<TlsCredentialError> objection_to_loading(const TlsCredentials& credentials) {
  const Context context(wolfSSL_CTX_new(wolfTLSv1_3_server_method()));
  const ByteView chain = as_bytes(credentials.chain);
  const ByteView key = credentials.key.reveal();
  if (!context || wolfSSL_CTX_use_certificate_chain_buffer(context.get(), chain.data(), int_size(chain)) !=
                      WOLFSSL_SUCCESS) {
    return error(Fault::unusable, Part::chain,
                 "holds a certificate that wolfSSL cannot use; try ECDSA P-256");
  }
  if (wolfSSL_CTX_use_PrivateKey_buffer(context.get(), key.data(), int_size(key), WOLFSSL_FILETYPE_PEM) !=
      WOLFSSL_SUCCESS) {
    return error(Fault::no_key, Part::key, "holds no private key that wolfSSL can use; try ECDSA P-256");
  }
  return std::nullopt;
}

// Moves what one end has to say to the other.
void deliver(TlsHandshake& from, TlsHandshake& to) {
  const std::vector<std::uint8_t> flight = from.take_output();
  for (std::size_t at = 0; at < flight.size();) {
    const std::size_t taken = to.input(ByteView(flight).subspan(at));
    at += taken;
    if (to.pending_work() != TlsWork::none) {
      to.work();
    } else if (taken == 0) {
      return;
    }
  }
}

// A handshake with ourselves: what fails there would fail with every peer.
std::optional<TlsFailure> trial(TlsContext& context) {
  TlsHandshake client(context);
  client.work();
  if (client.state() == TlsState::failed) return client.failure();
  TlsHandshake server(context, client.take_output());
  server.work();
  deliver(server, client);
  deliver(client, server);
  deliver(server, client);
  for (TlsHandshake* const end : {&client, &server}) {
    if (end->state() == TlsState::failed && end->failure() != TlsFailure::peer_alert) return end->failure();
  }
  return server.state() == TlsState::done ? std::nullopt : std::optional(TlsFailure::library);
}

std::optional<TlsCredentialError> objection_to_trial(const TlsCredentials& credentials) {
  const auto context = TlsContext::make(credentials);
  if (!context) return context.error();
  const std::optional<TlsFailure> failed = trial(**context);
  if (!failed) return std::nullopt;
  if (*failed == TlsFailure::bad_signature) {
    return error(Fault::wrong_key, Part::key,
                 "is not the key of the certificate; give the two that belong together");
  }
  if (*failed == TlsFailure::untrusted_certificate) {
    return error(Fault::untrusted, Part::chain,
                 "is not signed by the authorities of this network; add the certificates between, or have it "
                 "signed by one of them");
  }
  if (*failed == TlsFailure::bad_certificate) {
    return error(Fault::unusable, Part::chain,
                 "may not be used for both ends of a connection; its extended key usage has to be absent, or "
                 "serverAuth and clientAuth");
  }
  return error(Fault::unusable, Part::chain,
               std::string("does not work in a handshake with ourselves: ") + name(*failed));
}

}  // namespace

Status<TlsCredentialError> check(const TlsCredentials& credentials, std::int64_t now) {
  prepare_wolfssl();
  // Counted before any is looked at.
  const std::uint32_t count = certificates_in(credentials.chain);
  if (count > kTlsChainMax) {
    return Failure{error(Fault::chain_too_long, Part::chain,
                         "has " + std::to_string(count) + " certificates, at most " +
                             std::to_string(kTlsChainMax) + " are sent to a peer; leave out the root")};
  }
  if (auto objection = objection_to_all(credentials.chain, Part::chain, now)) return Failure{*objection};
  if (auto objection = objection_to_key(as_text(credentials.key.reveal()))) return Failure{*objection};
  if (!credentials.authorities.empty()) {
    if (auto objection = objection_to_all(credentials.authorities, Part::authorities, now)) {
      return Failure{*objection};
    }
  }
  if (auto objection = objection_to_loading(credentials)) return Failure{*objection};
  if (auto objection = objection_to_trial(credentials)) return Failure{*objection};
  return Done{};
}

std::string certificates_of(std::string_view pem) {
  std::string all;
  for (std::string_view block = next_certificate(pem); !block.empty(); block = next_certificate(pem)) {
    all += block;
    all += '\n';
  }
  return all;
}

std::uint32_t certificates_in(std::string_view pem) {
  std::uint32_t count = 0;
  while (!next_certificate(pem).empty()) ++count;
  return count;
}

}  // namespace ringwire::transport
