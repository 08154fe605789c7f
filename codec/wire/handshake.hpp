// Who is at the other end: the two records that start a session, and the digest that both ends sign.
//
// Each end sends a Handshake at once, unsigned. Having the other's, each sends a HandshakeAck: its signature
// over everything both said, bound to the channel it was said on. The verifier computes the digest itself
// from the bytes it received and sent; nothing signed is ever taken from the peer.
//
// What this stops
//  - replay of a recorded handshake: both nonces are in the digest;
//  - A's proof for B shown to C: the expected peer and both keys are in the digest;
//  - reflection of one's own ack: the signer's role is in the digest;
//  - a signature over an attacker's number: the digest is a hash, computed here;
//  - a man in the middle of TLS: the channel binding differs on his two sides. In plaintext the binding is
//    zeros, and an active attacker on the path wins after authentication.
//
// Handshake payload: an RLP list
//   [version-min, version-max, role, public-key(64), expected-id(0 or 32), nonce(32), network-id,
//    listen-ip(0, 4 or 16), listen-port, head-hash(32), head-number, options, client, ...]
// `client` may be absent. Items after it are ignored, so that a later version may add some; they are hashed
// like the rest.
// HandshakeAck payload: the 65 bytes of a crypto::Signature, nothing else.
//
// Decoding checks the form only; what the values mean for us (network, self, versions) is the session's to
// judge. No allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "codec/base/bytes.hpp"
#include "codec/base/endpoint.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/crypto/identity.hpp"

namespace ringwire::wire {

enum class Role : std::uint8_t { initiator = 0, responder = 1 };
constexpr Role opposite(Role role) {
  return role == Role::initiator ? Role::responder : Role::initiator;
}

using HandshakeNonce = FixedBytes<32, struct HandshakeNonceTag>;
using ChannelBinding = FixedBytes<32, struct ChannelBindingTag>;  // TLS exporter; zeros in plaintext

// Bits of Handshake::options. One is in force where both ends set it; unknown bits are ignored.
inline constexpr std::uint64_t kOptionNoChecksum = 1;  // inside TLS: frames may carry checksum 0, unchecked

inline constexpr std::uint32_t kHandshakeBytesMax = 512;  // 267 for today's fields, room for later ones
inline constexpr std::uint32_t kHandshakeAckBytes = 65;

// What software the sender says it runs, for people to read: `ringwire/0.1.0`. Unproven, and restricted so
// that it can be shown anywhere as it is: letters, digits, space and . _ + - / ( ) : , only.
class ClientName {
 public:
  static constexpr std::size_t kBytesMax = 32;

  ClientName() = default;
  // Empty where `text` is longer, or has another character.
  explicit ClientName(std::string_view text);

  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }
  bool operator==(const ClientName&) const = default;

 private:
  std::array<char, kBytesMax> text_{};
  std::uint8_t size_ = 0;
};

struct Handshake {
  std::uint64_t version_min = 1;
  std::uint64_t version_max = 1;
  Role role = Role::initiator;
  PublicKey public_key;
  std::optional<NodeId> expected_peer;  // whom the sender means to talk to; an acceptor does not know yet
  HandshakeNonce nonce;                 // fresh randomness of the sender
  std::uint64_t network_id = 0;
  std::optional<Endpoint> listen;  // where the sender can be dialled; port never 0
  Hash32 head_hash;                // opaque to this layer: what the sender's chain ends with
  std::uint64_t head_number = 0;
  std::uint64_t options = 0;
  ClientName client;  // not sent where empty

  bool operator==(const Handshake&) const = default;
};

// The session disconnects with DisconnectReason::bad_protocol.
enum class HandshakeError : std::uint8_t {
  bad_rlp,       // damaged, not canonical, a field of the wrong size or kind
  bad_versions,  // 0, or min above max
  bad_role,      // neither 0 nor 1
  bad_key,       // not a point of the curve
  bad_endpoint,  // address without port, port without address, port above 65535, IPv4 in IPv6 clothes
  count_,
};
const char* name(HandshakeError error);

// At most kHandshakeBytesMax.
std::size_t encoded_bytes(const Handshake& handshake);
// Writes encoded_bytes(handshake) to the start of `out`; returns that number.
std::size_t encode(const Handshake& handshake, ByteSpan out);
Result<Handshake, HandshakeError> decode_handshake(ByteView payload);

// What the end with role `signer` signs:
//   Keccak-256("ringwire/1 auth" | signer u8 | Keccak-256(initiator's payload) | Keccak-256(responder's
//   payload)
//              | binding)
// The payloads are Handshake payloads exactly as sent.
Hash32 handshake_digest(Role signer, ByteView initiator_payload, ByteView responder_payload,
                        const ChannelBinding& binding);

// The signature of an ack; nothing where the payload is not 65 bytes.
std::optional<crypto::Signature> decode_handshake_ack(ByteView payload);

}  // namespace ringwire::wire
