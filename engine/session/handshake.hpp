// The two-step proof of who is at the other end, as a state machine. Wire form and digest stand in
// codec/wire/handshake.hpp.
//
//   both ends            start()       its payload is sent at once as Handshake
//   its Handshake comes  input()       handshake_ok: its claims suit us; our ack is to be signed
//                        sign_ack()    its payload is sent as HandshakeAck
//   its ack comes        input()       ack_received
//                        verify_ack()  ack_ok: the peer holds the key it named
//
// The two expensive steps are apart from input(), so that the shard charges them to its budget and lets them
// wait: an unproven stranger buys 51 us of our time with a connection, never a turn of the loop.
//
// Attacks and rules
//  - Nothing about the peer is usable before verify_ack() said ack_ok: there is no door to it. A failed proof
//    blames the address, never the identity that was only claimed.
//  - A dial by enode names whom it expects. Another key is refused before we sign; so is a peer that expects
//    another than us, our own key, another network, no common version, our own role.
//  - High-s twins, recovery ids above 3 and r or s out of range never reach the curve
//    (codec/crypto/identity.hpp).
//  - A recorded handshake does not work twice: our nonce is fresh, and it is in the digest.
//  - Every message is taken once and in order. After a failure nothing is: the first reason stays.
//
// It has no timer: the connection's one absolute deadline covers it (engine/session/connection_table.hpp).
// Memory: sizeof(Handshake), below 1 KiB, freed once established. No allocation. Thread: the connection's
// shard. Errors: a failure says handshake_bad, ack_bad or frame_refused; the caller disconnects with
// reason_of(failure()).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/time.hpp"
#include "codec/crypto/identity.hpp"
#include "codec/wire/handshake.hpp"
#include "codec/wire/message_type.hpp"
#include "codec/wire/session_records.hpp"
#include "engine/session/connection_table.hpp"

namespace ringwire::session {

// What all handshakes of a shard share. The referred objects outlive every handshake.
struct LocalNode {
  const crypto::Signer& signer;
  const crypto::SecretKey& key;
  PublicKey public_key;  // of `key`
  NodeId id;             // of `public_key`
  std::uint64_t network_id = 0;
  std::optional<Endpoint> listen;  // where others can dial us
  Hash32 head_hash;
  std::uint64_t head_number = 0;
  std::uint64_t options = 0;
  wire::ClientName client;  // what we say we are
};

// A proven peer.
struct PeerIdentity {
  NodeId id;
  PublicKey public_key;
  std::uint64_t version = 0;       // the highest that both ends speak
  std::optional<Endpoint> listen;  // as the peer says; unproven
  Hash32 head_hash;
  std::uint64_t head_number = 0;
  std::uint64_t options = 0;  // in force: both ends set them
  wire::ClientName client;    // as the peer says; unproven
};

enum class HandshakeFailure : std::uint8_t {
  malformed_handshake,
  wrong_role,
  self,
  wrong_network,
  no_common_version,
  unexpected_peer,  // not the node that we dialled
  expects_another,  // it means to talk to another node
  duplicate_handshake,
  ack_before_handshake,
  malformed_ack,
  duplicate_ack,
  bad_recovery_id,
  signature_out_of_range,
  high_s,
  no_key,           // in range, but no public key made the signature
  wrong_signer,     // another key made it, or over something else
  unexpected_type,  // neither Handshake nor HandshakeAck
  count_,
};
const char* name(HandshakeFailure failure);
wire::DisconnectReason reason_of(HandshakeFailure failure);

enum class HandshakeWork : std::uint8_t { none, sign_ack, verify_ack };
// What a step costs, for the shard's budget (codec/crypto/identity.hpp).
constexpr Duration cost_of(HandshakeWork work) {
  return work == HandshakeWork::none ? 0us : work == HandshakeWork::sign_ack ? 20us : 31us;
}

class Handshake {
 public:
  static constexpr std::size_t kOwnBytesMax = 292;  // of our Handshake's payload

  // `nonce`: 32 fresh random bytes. `expected`: whom we dialled; nothing for an accepted connection.
  // `binding`: zeros in plaintext, the exporter's bytes inside TLS.
  Handshake(const LocalNode& node, wire::Role role, const std::optional<NodeId>& expected,
            const wire::HandshakeNonce& nonce, const wire::ChannelBinding& binding);

  // The payload of our Handshake. The bytes stay as long as the object.
  [[nodiscard]] ByteView start() const { return {own_.data(), own_bytes_}; }

  // A frame of the peer's. Cheap. handshake_ok, ack_received, or a failure.
  ConnectionEvent input(wire::MessageType type, ByteView payload);

  // The next expensive step that is due. Signing comes first: the peer waits for it.
  [[nodiscard]] HandshakeWork pending_work() const;
  // The payload of our HandshakeAck. Only when pending_work() says so.
  crypto::Signature sign_ack();
  // ack_ok or ack_bad. Only when pending_work() says so.
  ConnectionEvent verify_ack();

  // Only after ack_ok.
  [[nodiscard]] PeerIdentity peer() const;
  [[nodiscard]] std::optional<HandshakeFailure> failure() const { return failure_; }

 private:
  enum class Stage : std::uint8_t { awaiting_handshake, awaiting_ack, verifying, proven, failed };

  ConnectionEvent fail(HandshakeFailure failure, ConnectionEvent event);
  ConnectionEvent take_handshake(ByteView payload);
  ConnectionEvent take_ack(ByteView payload);
  [[nodiscard]] std::optional<HandshakeFailure> objection(const wire::Handshake& theirs,
                                                          const NodeId& claimed) const;
  [[nodiscard]] Hash32 digest(wire::Role signer, ByteView peer_payload) const;

  const LocalNode* node_;
  wire::Role role_;
  Stage stage_ = Stage::awaiting_handshake;
  bool sign_pending_ = false;
  std::optional<HandshakeFailure> failure_;
  std::optional<NodeId> expected_;
  wire::ChannelBinding binding_;
  std::uint16_t own_bytes_ = 0;
  std::array<std::uint8_t, kOwnBytesMax> own_{};
  PeerIdentity peer_;  // claimed until `proven`
  Hash32 own_digest_;
  Hash32 peer_digest_;
  crypto::Signature signature_;  // the peer's, once it is here
};
static_assert(sizeof(Handshake) <= 1024);

}  // namespace ringwire::session
