#include "tests/integration/node/raw_peer.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "codec/crypto/checksum.hpp"
#include "codec/crypto/lz4_block.hpp"
#include "codec/wire/publish.hpp"
#include "engine/driver/socket.hpp"
#include "engine/node/entropy.hpp"

namespace ringwire::test {

std::vector<std::uint8_t> frame_of(wire::MessageType type, ByteView payload) {
  const std::uint32_t checksum = crypto::checksum(payload.subspan(wire::rules_of(type).unchecked_bytes));
  std::vector<std::uint8_t> frame(wire::kFrameHeaderBytes);
  wire::encode({type, false, static_cast<std::uint32_t>(payload.size()), checksum, {}},
               std::span<std::uint8_t, wire::kFrameHeaderBytes>(frame));
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

namespace {

const crypto::Signer& author_signer() {
  static const crypto::Signer kSigner{std::array<std::uint8_t, 32>{1}};
  return kSigner;
}

const crypto::SecretKey& author_key() {
  static const auto kKey = *crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{7});
  return kKey;
}

std::vector<std::uint8_t> publish_record(std::string_view topic, wire::PublishEncoding encoding,
                                         ByteView message,
                                         const std::optional<wire::PublishAuthor>& author = std::nullopt) {
  const wire::PublishView head{8, as_bytes(topic), encoding, message, author};
  std::vector<std::uint8_t> payload(head.head_bytes());
  wire::encode_publish_head(head, payload);
  payload.insert(payload.end(), message.begin(), message.end());
  return payload;
}

class Newcomer {
 public:
  explicit Newcomer(const NodeId& node)
      : handshake(local_, wire::Role::initiator, node, entropy_.draw<wire::HandshakeNonce>(), {}) {}

 private:
  node::Entropy entropy_;
  const crypto::Signer signer_{entropy_.draw<Hash32>().bytes};
  const crypto::SecretKey key_ = *crypto::SecretKey::from_bytes(entropy_.draw<Hash32>().bytes);
  const session::LocalNode local_{signer_,
                                  key_,
                                  signer_.public_key(key_),
                                  crypto::node_id(signer_.public_key(key_)),
                                  Config{}.network_id,
                                  {},
                                  {},
                                  0,
                                  0,
                                  {}};

 public:
  session::Handshake handshake;
};

}  // namespace

std::vector<std::uint8_t> publish_of(std::string_view topic, ByteView message) {
  return publish_record(topic, wire::PublishEncoding::plain, message);
}

std::vector<std::uint8_t> packed_publish_of(std::string_view topic, ByteView message) {
  std::vector<std::uint8_t> packed(message.size());
  packed.resize(crypto::lz4_pack(message, packed).value());
  return publish_record(topic, wire::PublishEncoding::lz4, packed);
}

std::vector<std::uint8_t> signed_publish_of(std::string_view topic, ByteView message,
                                            ByteView signed_message) {
  constexpr std::uint64_t kSequence = 7;
  const Hash32 content = wire::publish_id(as_bytes(topic), signed_message);
  const Hash32 digest = wire::publish_digest(author(), kSequence, content);
  return publish_record(topic, wire::PublishEncoding::plain, message,
                        wire::PublishAuthor{author(), kSequence, author_signer().sign(author_key(), digest)});
}

NodeId author() {
  return crypto::node_id(author_signer().public_key(author_key()));
}

std::vector<std::uint8_t> handshake_to(const NodeId& node) {
  Newcomer newcomer(node);
  return frame_of(wire::MessageType::handshake, newcomer.handshake.start());
}

RawPeer::RawPeer(const Node& node) : RawPeer(node, Unproven{}) {
  authenticate(node.id());
}

RawPeer::RawPeer(const Node& node, Unproven) {
  const Endpoint endpoint = node.listening().front();
  const driver::SocketAddress address = driver::to_socket_address(endpoint);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0 || ::connect(socket_, address.get(), address.length) != 0)
    throw std::runtime_error("cannot connect to " + endpoint.to_string());
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{60, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

RawPeer::~RawPeer() {
  if (socket_ >= 0) ::close(socket_);
}

void RawPeer::authenticate(const NodeId& node) {
  Newcomer newcomer(node);
  session::Handshake& handshake = newcomer.handshake;
  send(frame_of(wire::MessageType::handshake, handshake.start()));
  std::vector<std::uint8_t> payload;
  bool proven = false;
  while (!proven) {
    const wire::MessageType type = receive(payload);
    handshake.input(type, payload);
    if (handshake.pending_work() == session::HandshakeWork::sign_ack)
      send(frame_of(wire::MessageType::handshake_ack, handshake.sign_ack().view()));
    if (handshake.pending_work() == session::HandshakeWork::verify_ack)
      proven = handshake.verify_ack() == session::ConnectionEvent::ack_ok;
    if (handshake.failure()) throw std::runtime_error(session::name(*handshake.failure()));
  }
  // It answers once the claim is granted on its side too.
  const std::array<std::uint8_t, wire::kPingBytesMin> ping{};
  send(frame_of(wire::MessageType::ping, ping));
  while (receive(payload) != wire::MessageType::pong) continue;
}

void RawPeer::send(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0)
      throw std::runtime_error(std::string("the node does not take what is sent: ") + std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

void RawPeer::read_all(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw std::runtime_error(got == 0 ? "the node closed"
                                        : std::string("the node is silent: ") + std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

wire::MessageType RawPeer::receive(std::vector<std::uint8_t>& payload) {
  std::array<std::uint8_t, wire::kFrameHeaderBytes> head;
  read_all(head);
  const auto header = wire::decode_header(head);
  if (!header.ok()) throw std::runtime_error(wire::name(header.error()));
  payload.resize(header->length);
  read_all(payload);
  if (header->type == wire::MessageType::disconnect) {
    const auto goodbye = wire::decode_disconnect(payload);
    throw std::runtime_error(std::string("disconnected: ") + (goodbye ? goodbye->reason_name() : "?"));
  }
  return header->type;
}

}  // namespace ringwire::test
