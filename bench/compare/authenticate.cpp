#include "bench/compare/authenticate.hpp"

#include <stdexcept>

#include "bench/compare/framing.hpp"
#include "bench/compare/raw_socket.hpp"
#include "engine/session/handshake.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint64_t kNetworkId = 1337;

struct Received {
  wire::MessageType type{};
  std::vector<std::uint8_t> payload;
};

Received receive_frame(int socket) {
  std::array<std::uint8_t, wire::kFrameHeaderBytes> bytes;
  if (!receive_whole(socket, bytes)) throw std::runtime_error("closed during the handshake");
  const auto header = wire::decode_header(bytes);
  if (!header.ok()) throw std::runtime_error("a bad frame during the handshake");
  Received received{header->type, std::vector<std::uint8_t>(header->length)};
  if (!receive_whole(socket, received.payload)) throw std::runtime_error("closed during the handshake");
  return received;
}

void send_frame(int socket, wire::MessageType type, ByteView payload) {
  std::vector<std::uint8_t> frame;
  append_frame(frame, type, payload);
  send_whole(socket, frame);
}

}  // namespace

Authenticator::Authenticator() : signer_(entropy_.draw<Hash32>().bytes) {}

void Authenticator::authenticate(int socket) {
  const auto key = crypto::SecretKey::from_bytes(entropy_.draw<Hash32>().bytes);
  session::LocalNode local{signer_, *key, signer_.public_key(*key), {}, kNetworkId, {}, {}, 0, 0};
  local.id = crypto::node_id(local.public_key);
  session::Handshake handshake(local, wire::Role::initiator, std::nullopt,
                               entropy_.draw<wire::HandshakeNonce>(), wire::ChannelBinding{});
  send_frame(socket, wire::MessageType::handshake, handshake.start());
  for (;;) {
    const Received received = receive_frame(socket);
    handshake.input(received.type, received.payload);
    if (handshake.pending_work() == session::HandshakeWork::sign_ack) {
      send_frame(socket, wire::MessageType::handshake_ack, handshake.sign_ack().view());
    }
    if (handshake.pending_work() == session::HandshakeWork::verify_ack &&
        handshake.verify_ack() == session::ConnectionEvent::ack_ok) {
      return;
    }
    if (handshake.failure()) throw std::runtime_error(session::name(*handshake.failure()));
  }
}

}  // namespace ringwire::compare
