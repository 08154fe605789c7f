#include "engine/transport/tls_context.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <array>
#include <span>
#include <string>
#include <utility>

#include "codec/base/check.hpp"
#include "codec/crypto/aead.hpp"
#include "engine/transport/client_hello.hpp"
#include "engine/transport/tls_library.hpp"
#include "engine/transport/tls_record_gate.hpp"

namespace ringwire::transport {
namespace {

using crypto::AeadSuite;

constexpr std::array kSimulatedSuites{AeadSuite::aes_128_gcm, AeadSuite::chacha20_poly1305};

// In wolfSSL's names.
std::string names_of(std::span<const AeadSuite> suites) {
  std::string names;
  for (const AeadSuite suite : suites) {
    // RFC 8446, 9.1 asks for AES-128; with AES-256 nothing gets stronger (engine/session/traffic_keys.hpp).
    if (suite == AeadSuite::aes_256_gcm) continue;
    if (!names.empty()) names += ':';
    names += suite == AeadSuite::aes_128_gcm ? "TLS13-AES128-GCM-SHA256" : "TLS13-CHACHA20-POLY1305-SHA256";
  }
  return names;
}

bool set_rules(WOLFSSL_CTX* context, std::span<const AeadSuite> suites) {
  int group = WOLFSSL_ECC_X25519;
  wolfSSL_CTX_set_session_cache_mode(context, WOLFSSL_SESS_CACHE_OFF);
  return wolfSSL_CTX_set_cipher_list(context, names_of(suites).c_str()) == WOLFSSL_SUCCESS &&
         wolfSSL_CTX_set_groups(context, &group, 1) == WOLFSSL_SUCCESS;
}

bool load_own(WOLFSSL_CTX* context, const TlsCredentials& credentials) {
  const ByteView chain = as_bytes(credentials.chain);
  const ByteView key = credentials.key.reveal();
  return wolfSSL_CTX_use_certificate_chain_buffer(context, chain.data(), static_cast<long>(chain.size())) ==
             WOLFSSL_SUCCESS &&
         wolfSSL_CTX_use_PrivateKey_buffer(context, key.data(), static_cast<long>(key.size()),
                                           WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS;
}

bool trust(WOLFSSL_CTX* context, const std::string& authorities) {
  if (authorities.empty()) {
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_NONE, nullptr);
    return true;
  }
  const ByteView pem = as_bytes(authorities);
  wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return wolfSSL_CTX_load_verify_buffer(context, pem.data(), static_cast<long>(pem.size()),
                                        WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS;
}

}  // namespace

Result<std::unique_ptr<TlsContext>, TlsCredentialError> TlsContext::make(const TlsCredentials& credentials,
                                                                         TlsRandom* simulated) {
  prepare_wolfssl();
  std::unique_ptr<TlsContext> made(new TlsContext);
  made->client_ = wolfSSL_CTX_new(wolfTLSv1_3_client_method());
  made->server_ = wolfSSL_CTX_new(wolfTLSv1_3_server_method());
  RW_ASSERT(made->client_ != nullptr && made->server_ != nullptr);
  made->simulated_ = simulated;
  std::span<const AeadSuite> suites = crypto::aead_choice().preference;
  if (simulated != nullptr) suites = kSimulatedSuites;
  RW_ASSERT(set_rules(made->client_, suites) && set_rules(made->server_, suites));
  RW_ASSERT(wolfSSL_CTX_no_ticket_TLSv13(made->server_) == 0);
  const auto unusable = [](TlsCredentialPart part, const char* message) {
    return Failure{TlsCredentialError{TlsCredentialFault::unusable, part, message}};
  };
  const bool closed = !credentials.authorities.empty();
  if (!load_own(made->server_, credentials) || (closed && !load_own(made->client_, credentials))) {
    return unusable(TlsCredentialPart::chain, "wolfSSL cannot use this certificate and key");
  }
  if (!trust(made->server_, credentials.authorities) || !trust(made->client_, credentials.authorities)) {
    return unusable(TlsCredentialPart::authorities, "wolfSSL cannot use these authorities");
  }
  return made;
}

TlsContext::~TlsContext() {
  RW_ASSERT(live_ == 0);
  wolfSSL_CTX_free(client_);
  wolfSSL_CTX_free(server_);
}

Footprint TlsContext::footprint() {
  return {{"tls: handshakes of wolfSSL", kTlsHandshakesMax, kTlsLibraryBytes},
          {"tls: tables of wolfSSL", kCurveTablesMax, kCurveTableBytes},
          {"tls: a record received", kTlsHandshakesMax, kTlsRecordBytesMax},
          {"tls: a flight to send", kTlsHandshakesMax, kTlsHandshakeBytesMax}};
}

}  // namespace ringwire::transport
