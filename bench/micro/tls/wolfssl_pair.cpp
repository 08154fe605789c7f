#include "bench/micro/tls/wolfssl_pair.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

namespace ringwire::bench {
namespace {

void must(bool condition) {
  if (!condition) std::abort();
}

// One direction: what was sent and not yet received.
struct Wire {
  std::vector<std::uint8_t> bytes;
  std::size_t at = 0;
  bool kept = true;
};

int send(WOLFSSL*, char* data, int size, void* to) {
  auto& wire = *static_cast<Wire*>(to);
  if (wire.kept) wire.bytes.insert(wire.bytes.end(), data, data + size);
  return size;
}

int receive(WOLFSSL*, char* data, int size, void* from) {
  auto& wire = *static_cast<Wire*>(from);
  const std::size_t taken = std::min(static_cast<std::size_t>(size), wire.bytes.size() - wire.at);
  if (taken == 0) return WOLFSSL_CBIO_ERR_WANT_READ;
  std::copy_n(wire.bytes.data() + wire.at, taken, data);
  wire.at += taken;
  if (wire.at == wire.bytes.size()) {
    wire.bytes.clear();
    wire.at = 0;
  }
  return static_cast<int>(taken);
}

// A key and a certificate signed with it.
void introduce(WOLFSSL_CTX* context) {
  WC_RNG rng;
  ecc_key key;
  must(wc_InitRng(&rng) == 0 && wc_ecc_init(&key) == 0 && wc_ecc_make_key(&rng, 32, &key) == 0);
  Cert certificate;
  must(wc_InitCert(&certificate) == 0);
  std::copy_n("ringwire", 9, certificate.subject.commonName);
  certificate.sigType = CTC_SHA256wECDSA;
  certificate.selfSigned = 1;
  std::array<std::uint8_t, 2048> bytes;
  must(wc_MakeCert(&certificate, bytes.data(), bytes.size(), nullptr, &key, &rng) > 0);
  int size =
      wc_SignCert(certificate.bodySz, certificate.sigType, bytes.data(), bytes.size(), nullptr, &key, &rng);
  must(wolfSSL_CTX_use_certificate_buffer(context, bytes.data(), size, SSL_FILETYPE_ASN1) == SSL_SUCCESS);
  size = wc_EccKeyToDer(&key, bytes.data(), bytes.size());
  must(wolfSSL_CTX_use_PrivateKey_buffer(context, bytes.data(), size, SSL_FILETYPE_ASN1) == SSL_SUCCESS);
  wc_ecc_free(&key);
  wc_FreeRng(&rng);
}

WOLFSSL_CTX* make_context(WOLFSSL_METHOD* method) {
  WOLFSSL_CTX* const context = wolfSSL_CTX_new(method);
  must(context != nullptr);
  must(wolfSSL_CTX_set_cipher_list(context, "TLS13-AES128-GCM-SHA256") == SSL_SUCCESS);
  wolfSSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  wolfSSL_CTX_SetIOSend(context, send);
  wolfSSL_CTX_SetIORecv(context, receive);
  return context;
}

}  // namespace

struct WolfsslPair::State {
  WOLFSSL_CTX* server_context = nullptr;
  WOLFSSL_CTX* client_context = nullptr;
  WOLFSSL* server = nullptr;
  WOLFSSL* client = nullptr;
  Wire to_server;
  Wire to_client;
};

WolfsslPair::WolfsslPair() : state_(std::make_unique<State>()) {
  must(wolfSSL_Init() == SSL_SUCCESS);
  State& state = *state_;
  state.server_context = make_context(wolfTLSv1_3_server_method());
  state.client_context = make_context(wolfTLSv1_3_client_method());
  introduce(state.server_context);
  state.server = wolfSSL_new(state.server_context);
  state.client = wolfSSL_new(state.client_context);
  wolfSSL_SetIOReadCtx(state.server, &state.to_server);
  wolfSSL_SetIOWriteCtx(state.server, &state.to_client);
  wolfSSL_SetIOReadCtx(state.client, &state.to_client);
  wolfSSL_SetIOWriteCtx(state.client, &state.to_server);
  must(wolfSSL_no_ticket_TLSv13(state.server) == 0);
  bool done = false;
  for (int flight = 0; flight < 10 && !done; ++flight) {
    const bool client_done = wolfSSL_connect(state.client) == SSL_SUCCESS;
    done = wolfSSL_accept(state.server) == SSL_SUCCESS && client_done;
  }
  must(done);
}

WolfsslPair::~WolfsslPair() {
  wolfSSL_free(state_->server);
  wolfSSL_free(state_->client);
  wolfSSL_CTX_free(state_->server_context);
  wolfSSL_CTX_free(state_->client_context);
}

void WolfsslPair::keep(bool kept) {
  state_->to_client.kept = kept;
}

void WolfsslPair::write(ByteView content) {
  const int size = static_cast<int>(content.size());
  must(wolfSSL_write(state_->server, content.data(), size) == size);
}

std::size_t WolfsslPair::read(ByteSpan out) {
  const int size = wolfSSL_read(state_->client, out.data(), static_cast<int>(out.size()));
  must(size > 0);
  return static_cast<std::size_t>(size);
}

}  // namespace ringwire::bench
