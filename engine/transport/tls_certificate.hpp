// The certificate of a node: made by us, or the operator's, and whether it can be used at all.
//
// Problem: an operator finds out about a wrong file when the node starts, in one line that says what to
// do, not from peers that go away. So everything that can be known before the first connection is checked
// here.
//
// Who a peer is, the secp256k1 handshake inside proves, bound to this TLS connection. So in an open
// network a certificate proves nothing: it is self-signed and nobody verifies it. In a closed network the
// operator gives a CA, and both ends show a certificate that it signed; names in it are not compared with
// anything.
//
// Limits: an RSA key of 16,384 bits costs a peer seconds for one signature, a long chain likewise.
//
// Pure but for make_certificate(), for which wolfCrypt draws randomness and reads the clock; not so in a
// simulated world (tls_random.hpp). Thread: any, before the shards start. Errors: the operator's to correct.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/base/result.hpp"
#include "codec/crypto/secret.hpp"
#include "engine/transport/tls_random.hpp"

namespace ringwire::transport {

inline constexpr std::uint32_t kTlsKeyBitsMax = 8'192;
inline constexpr std::uint32_t kTlsChainMax = 9;  // wolfSSL's MAX_CHAIN_DEPTH: peers take no longer one
// Of a file with PEM: nine certificates and a key of the largest kind have 60 KiB.
inline constexpr std::size_t kPemBytesMax = 128 * 1024;

struct TlsCredentials {
  std::string chain;         // PEM, our own certificate first
  crypto::SecretBuffer key;  // PEM
  std::string authorities;   // PEM of who signs in a closed network; empty: an open one
};

enum class TlsCredentialPart : std::uint8_t { chain, key, authorities };

enum class TlsCredentialFault : std::uint8_t {
  no_certificate,  // none there, or damaged
  no_key,
  encrypted_key,
  wrong_key,  // of another certificate
  expired,
  not_yet_valid,
  key_too_large,   // kTlsKeyBitsMax
  chain_too_long,  // kTlsChainMax
  untrusted,       // not signed by the authorities given
  unusable,        // wolfSSL refuses it, or a handshake with ourselves fails
  no_randomness,
};

struct TlsCredentialError {
  TlsCredentialFault fault{};
  TlsCredentialPart part{};
  std::string message;  // what is wrong and what to do; the name of the file goes before it
};

// A self-signed certificate for an ECDSA P-256 key, valid for 100 years. In a simulated world all of it
// follows from the seed, and it is valid from 2000 to 2100.
Result<TlsCredentials, TlsCredentialError> make_certificate(TlsRandom* simulated = nullptr);

// Whether they can be used at `now`, in seconds since 1970: looked at first, then tried in a handshake with
// ourselves. Takes some milliseconds.
Status<TlsCredentialError> check(const TlsCredentials& credentials, std::int64_t now);

// The certificates of a PEM file, without what else it holds; how many they seem to be.
std::string certificates_of(std::string_view pem);
std::uint32_t certificates_in(std::string_view pem);

}  // namespace ringwire::transport
