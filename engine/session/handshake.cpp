#include "engine/session/handshake.hpp"

#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/wire/frame_header.hpp"

namespace ringwire::session {
namespace {

HandshakeFailure failure_of(crypto::SignatureError error) {
  switch (error) {
    case crypto::SignatureError::bad_recovery_id:
      return HandshakeFailure::bad_recovery_id;
    case crypto::SignatureError::out_of_range:
      return HandshakeFailure::signature_out_of_range;
    case crypto::SignatureError::high_s:
      return HandshakeFailure::high_s;
    case crypto::SignatureError::no_key:
    case crypto::SignatureError::count_:
      break;
  }
  return HandshakeFailure::no_key;
}

}  // namespace

Handshake::Handshake(const LocalNode& node, wire::Role role, const std::optional<NodeId>& expected,
                     const wire::HandshakeNonce& nonce, const wire::ChannelBinding& binding)
    : node_(&node), role_(role), expected_(expected), binding_(binding) {
  wire::Handshake ours;
  ours.version_min = wire::kWireVersion;
  ours.version_max = wire::kWireVersion;
  ours.role = role;
  ours.public_key = node.public_key;
  ours.expected_peer = expected;
  ours.nonce = nonce;
  ours.network_id = node.network_id;
  ours.listen = node.listen;
  ours.head_hash = node.head_hash;
  ours.head_number = node.head_number;
  ours.options = node.options;
  ours.client = node.client;
  RW_ASSERT(wire::encoded_bytes(ours) <= own_.size());
  own_bytes_ = static_cast<std::uint16_t>(wire::encode(ours, own_));
}

ConnectionEvent Handshake::input(wire::MessageType type, ByteView payload) {
  if (type == wire::MessageType::handshake) return take_handshake(payload);
  if (type == wire::MessageType::handshake_ack) return take_ack(payload);
  return fail(HandshakeFailure::unexpected_type, ConnectionEvent::frame_refused);
}

ConnectionEvent Handshake::fail(HandshakeFailure failure, ConnectionEvent event) {
  stage_ = Stage::failed;
  sign_pending_ = false;
  if (!failure_) failure_ = failure;
  return event;
}

ConnectionEvent Handshake::take_handshake(ByteView payload) {
  if (stage_ != Stage::awaiting_handshake) {
    return fail(HandshakeFailure::duplicate_handshake, ConnectionEvent::handshake_bad);
  }
  const auto decoded = wire::decode_handshake(payload);
  if (!decoded) return fail(HandshakeFailure::malformed_handshake, ConnectionEvent::handshake_bad);
  const wire::Handshake& theirs = *decoded;
  const NodeId claimed = crypto::node_id(theirs.public_key);
  if (const auto reason = objection(theirs, claimed)) return fail(*reason, ConnectionEvent::handshake_bad);
  peer_ = {claimed,
           theirs.public_key,
           std::min<std::uint64_t>(wire::kWireVersion, theirs.version_max),
           theirs.listen,
           theirs.head_hash,
           theirs.head_number,
           theirs.options & node_->options,
           theirs.client};
  own_digest_ = digest(role_, payload);
  peer_digest_ = digest(wire::opposite(role_), payload);
  sign_pending_ = true;
  stage_ = Stage::awaiting_ack;
  return ConnectionEvent::handshake_ok;
}

std::optional<HandshakeFailure> Handshake::objection(const wire::Handshake& theirs,
                                                     const NodeId& claimed) const {
  if (theirs.public_key == node_->public_key) return HandshakeFailure::self;
  if (theirs.role == role_) return HandshakeFailure::wrong_role;
  if (theirs.version_min > wire::kWireVersion || theirs.version_max < wire::kWireVersion) {
    return HandshakeFailure::no_common_version;
  }
  if (theirs.network_id != node_->network_id) return HandshakeFailure::wrong_network;
  if (expected_ && *expected_ != claimed) return HandshakeFailure::unexpected_peer;
  if (theirs.expected_peer && *theirs.expected_peer != node_->id) {
    return HandshakeFailure::expects_another;
  }
  return std::nullopt;
}

Hash32 Handshake::digest(wire::Role signer, ByteView peer_payload) const {
  const bool initiated = role_ == wire::Role::initiator;
  return wire::handshake_digest(signer, initiated ? start() : peer_payload,
                                initiated ? peer_payload : start(), binding_);
}

ConnectionEvent Handshake::take_ack(ByteView payload) {
  if (stage_ == Stage::awaiting_handshake)
    return fail(HandshakeFailure::ack_before_handshake, ConnectionEvent::ack_bad);
  if (stage_ != Stage::awaiting_ack) return fail(HandshakeFailure::duplicate_ack, ConnectionEvent::ack_bad);
  const auto signature = wire::decode_handshake_ack(payload);
  if (!signature) return fail(HandshakeFailure::malformed_ack, ConnectionEvent::ack_bad);
  signature_ = *signature;
  stage_ = Stage::verifying;
  return ConnectionEvent::ack_received;
}

HandshakeWork Handshake::pending_work() const {
  if (sign_pending_) return HandshakeWork::sign_ack;
  return stage_ == Stage::verifying ? HandshakeWork::verify_ack : HandshakeWork::none;
}

crypto::Signature Handshake::sign_ack() {
  RW_ASSERT(pending_work() == HandshakeWork::sign_ack);
  sign_pending_ = false;
  return node_->signer.sign(node_->key, own_digest_);
}

ConnectionEvent Handshake::verify_ack() {
  RW_ASSERT(pending_work() == HandshakeWork::verify_ack);
  const auto signer = crypto::recover(peer_digest_, signature_);
  if (!signer) return fail(failure_of(signer.error()), ConnectionEvent::ack_bad);
  if (*signer != peer_.public_key) return fail(HandshakeFailure::wrong_signer, ConnectionEvent::ack_bad);
  stage_ = Stage::proven;
  return ConnectionEvent::ack_ok;
}

PeerIdentity Handshake::peer() const {
  RW_ASSERT(stage_ == Stage::proven);
  return peer_;
}

wire::DisconnectReason reason_of(HandshakeFailure failure) {
  switch (failure) {
    case HandshakeFailure::self:
      return wire::DisconnectReason::self;
    case HandshakeFailure::wrong_network:
      return wire::DisconnectReason::wrong_network;
    case HandshakeFailure::no_common_version:
      return wire::DisconnectReason::wrong_version;
    case HandshakeFailure::unexpected_peer:
    case HandshakeFailure::expects_another:
    case HandshakeFailure::bad_recovery_id:
    case HandshakeFailure::signature_out_of_range:
    case HandshakeFailure::high_s:
    case HandshakeFailure::no_key:
    case HandshakeFailure::wrong_signer:
      return wire::DisconnectReason::wrong_identity;
    case HandshakeFailure::malformed_handshake:
    case HandshakeFailure::wrong_role:
    case HandshakeFailure::duplicate_handshake:
    case HandshakeFailure::ack_before_handshake:
    case HandshakeFailure::malformed_ack:
    case HandshakeFailure::duplicate_ack:
    case HandshakeFailure::unexpected_type:
    case HandshakeFailure::count_:
      break;
  }
  return wire::DisconnectReason::bad_protocol;
}

const char* name(HandshakeFailure failure) {
  static constexpr std::array<const char*, static_cast<std::size_t>(HandshakeFailure::count_)> kNames{
      "malformed_handshake",
      "wrong_role",
      "self",
      "wrong_network",
      "no_common_version",
      "unexpected_peer",
      "expects_another",
      "duplicate_handshake",
      "ack_before_handshake",
      "malformed_ack",
      "duplicate_ack",
      "bad_recovery_id",
      "signature_out_of_range",
      "high_s",
      "no_key",
      "wrong_signer",
      "unexpected_type"};
  RW_ASSERT(failure < HandshakeFailure::count_);
  return kNames[static_cast<std::size_t>(failure)];
}

}  // namespace ringwire::session
