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
  int group = WOLFSSL_ECC_X25519;
  must(wolfSSL_CTX_set_groups(context, &group, 1) == SSL_SUCCESS);
  wolfSSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  wolfSSL_CTX_SetIOSend(context, send);
  wolfSSL_CTX_SetIORecv(context, receive);
  return context;
}

}  // namespace

struct WolfsslHandshakes::Contexts {
  Contexts() {
    must(wolfSSL_Init() == SSL_SUCCESS);
    server = make_context(wolfTLSv1_3_server_method());
    client = make_context(wolfTLSv1_3_client_method());
    introduce(server);
  }
  Contexts(const Contexts&) = delete;
  Contexts& operator=(const Contexts&) = delete;
  ~Contexts() {
    wolfSSL_CTX_free(server);
    wolfSSL_CTX_free(client);
  }

  WOLFSSL_CTX* server = nullptr;
  WOLFSSL_CTX* client = nullptr;
};

struct WolfsslPair::State {
  explicit State(WOLFSSL_CTX* server_context, WOLFSSL_CTX* client_context)
      : server(wolfSSL_new(server_context)), client(wolfSSL_new(client_context)) {
    wolfSSL_SetIOReadCtx(server, &to_server);
    wolfSSL_SetIOWriteCtx(server, &to_client);
    wolfSSL_SetIOReadCtx(client, &to_client);
    wolfSSL_SetIOWriteCtx(client, &to_server);
    must(wolfSSL_no_ticket_TLSv13(server) == 0);
    bool done = false;
    for (int flight = 0; flight < 10 && !done; ++flight) {
      const bool client_done = wolfSSL_connect(client) == SSL_SUCCESS;
      done = wolfSSL_accept(server) == SSL_SUCCESS && client_done;
    }
    must(done);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    wolfSSL_free(server);
    wolfSSL_free(client);
  }

  WOLFSSL* server = nullptr;
  WOLFSSL* client = nullptr;
  Wire to_server;
  Wire to_client;
};

WolfsslHandshakes::WolfsslHandshakes() : contexts_(std::make_unique<Contexts>()) {}
WolfsslHandshakes::~WolfsslHandshakes() = default;

void WolfsslHandshakes::run() {
  const WolfsslPair done(*this);
}

// The library counts who uses a context.
WolfsslPair::WolfsslPair(const WolfsslHandshakes& handshakes)
    : state_(std::make_unique<State>(handshakes.contexts_->server, handshakes.contexts_->client)) {}
WolfsslPair::WolfsslPair() : WolfsslPair(WolfsslHandshakes()) {}
WolfsslPair::~WolfsslPair() = default;

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
