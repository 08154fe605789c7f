// What all TLS handshakes of a shard share: certificate, key, and the rules of what is spoken.
//
// Rules, the same for both roles
//  - TLS 1.3 only. TLS_AES_128_GCM_SHA256 and TLS_CHACHA20_POLY1305_SHA256, in the order in which this
//    machine is fast (crypto::aead_choice()). The protocol ringwire/1, without which there is no session.
//  - The group X25519 alone. wolfSSL 5.5.4 takes shares of P-256 that are no point of the curve; of X25519 it
//    refuses those of small order, and any other 32 bytes will do. TLS 1.3 libraries have X25519 and most
//    put it first; who begins with a share of another group is asked again (HelloRetryRequest). A check of
//    our own would be more code before the library, for peers that are not there: a network that may use
//    nothing but P-256 could not use secp256k1 either, and that is what everybody here proves himself with.
//  - No tickets, no resumption, no session cache, no early data: a session lives for hours, its handshake
//    is a millisecond, and every one of these has kept state or keys for strangers.
//  - Open network: the server shows a certificate that nobody verifies, the client shows none. Who is
//    there, the secp256k1 handshake inside proves, bound to this connection by the exporter. Closed
//    network (TlsCredentials::authorities): both ends show a certificate signed by an authority, else
//    there is no session. Names in it are not compared with anything.
//
// Attack: objects of the library cost 56 to 77 KiB each. So there are at most kTlsHandshakesMax per shard; a
// handshake is made only where has_place() says so.
//
// Two contexts of the library, since its role is the context's. Thread: the shard's. Randomness: the
// library's own (getrandom or /dev/urandom); not so in a simulated world (tls_random.hpp), where the suites
// have the same order on every machine, too. Errors: the operator's to correct, when it is made.
#pragma once

#include <cstdint>
#include <memory>

#include "codec/base/footprint.hpp"
#include "codec/base/result.hpp"
#include "codec/wire/handshake.hpp"
#include "engine/transport/tls_certificate.hpp"
#include "engine/transport/tls_failure.hpp"
#include "engine/transport/tls_random.hpp"

struct WOLFSSL_CTX;

namespace ringwire::transport {

// 64 handshakes at 1 ms of CPU each are more than a turn's budget finishes in 100 ms.
inline constexpr std::uint32_t kTlsHandshakesMax = 64;
// Of wolfSSL for one handshake: 56 KiB made, up to 77 KiB at its end (5.5.4).
inline constexpr std::uint32_t kTlsLibraryBytes = 77 * 1024;

class TlsContext {
 public:
  // unusable; check() (tls_certificate.hpp) says what is wrong more exactly. `simulated`: tls_random.hpp.
  static Result<std::unique_ptr<TlsContext>, TlsCredentialError> make(const TlsCredentials& credentials,
                                                                      TlsRandom* simulated = nullptr);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  [[nodiscard]] bool has_place() const { return live_ < kTlsHandshakesMax; }
  [[nodiscard]] std::uint32_t live() const { return live_; }
  [[nodiscard]] TlsCounters& counters() { return counters_; }
  [[nodiscard]] const TlsCounters& counters() const { return counters_; }
  static Footprint footprint();

 private:
  friend class TlsHandshake;
  TlsContext() = default;

  [[nodiscard]] WOLFSSL_CTX* of(wire::Role role) const {
    return role == wire::Role::initiator ? client_ : server_;
  }

  WOLFSSL_CTX* client_ = nullptr;
  WOLFSSL_CTX* server_ = nullptr;
  TlsRandom* simulated_ = nullptr;
  std::uint32_t live_ = 0;
  TlsCounters counters_;
};

}  // namespace ringwire::transport
