#include "bench/micro/tls/session_handshakes.hpp"

#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "engine/node/channel.hpp"
#include "engine/session/handshake.hpp"
#include "engine/transport/tls_certificate.hpp"

namespace ringwire::bench {
namespace {

using session::HandshakeWork;
using wire::Role;

void must(bool condition) {
  if (!condition) std::abort();
}

crypto::SecretKey key_of(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.back() = seed;
  return std::move(crypto::SecretKey::from_bytes(bytes)).value();
}

}  // namespace

struct SessionHandshakes::Node {
  explicit Node(std::uint8_t seed)
      : key(key_of(seed)),
        local{signer, key, signer.public_key(key), crypto::node_id(signer.public_key(key)), 1},
        context(std::move(transport::TlsContext::make(*transport::make_certificate())).value()) {}

  crypto::Signer signer{std::array<std::uint8_t, 32>{}};
  crypto::SecretKey key;
  session::LocalNode local;
  std::unique_ptr<transport::TlsContext> context;
  HeapBuffers heap{1 << 20};
  session::RecordShard records{heap};
  session::SealedRound round{heap};
};

namespace {

// What one end has to say goes to the other, and that does what it then has to.
template <class Node>
void pass(node::Channel& from, Node& speaker, node::Channel& to, Node& listener) {
  if (!from.has_unsealed()) return;
  const auto said = from.make_send(speaker.round, {}, false);
  must(said.ok());
  for (ByteView left = *said; !left.empty();) {
    left = left.subspan(to.input(left, listener.records));
    if (to.wants_place()) to.begin();
    while (to.pending_work() != transport::TlsWork::none) to.work(listener.records, {});
  }
  speaker.round.end_round();
}

void prove(session::Handshake& one, session::Handshake& other) {
  must(one.input(wire::MessageType::handshake, other.start()) == session::ConnectionEvent::handshake_ok);
  must(other.input(wire::MessageType::handshake, one.start()) == session::ConnectionEvent::handshake_ok);
  must(other.input(wire::MessageType::handshake_ack, one.sign_ack().view()) ==
       session::ConnectionEvent::ack_received);
  must(one.input(wire::MessageType::handshake_ack, other.sign_ack().view()) ==
       session::ConnectionEvent::ack_received);
  must(one.verify_ack() == session::ConnectionEvent::ack_ok);
  must(other.verify_ack() == session::ConnectionEvent::ack_ok);
}

}  // namespace

SessionHandshakes::SessionHandshakes() : nodes_{std::make_unique<Node>(1), std::make_unique<Node>(2)} {}
SessionHandshakes::~SessionHandshakes() = default;

void SessionHandshakes::run() {
  Node& dialling = *nodes_[0];
  Node& listening = *nodes_[1];
  node::Channel client(*dialling.context, Role::initiator, {});
  node::Channel server(*listening.context, Role::responder, {});
  client.begin();
  while (client.pending_work() != transport::TlsWork::none) client.work(dialling.records, {});
  while (client.has_unsealed() || server.has_unsealed()) {
    pass(client, dialling, server, listening);
    pass(server, listening, client, dialling);
  }
  must(client.secured() && server.secured());
  session::Handshake initiator(dialling.local, Role::initiator, listening.local.id, {1}, client.binding());
  session::Handshake responder(listening.local, Role::responder, {}, {2}, server.binding());
  prove(initiator, responder);
}

void SessionHandshakes::sign_and_recover() {
  const Node& node = *nodes_[0];
  const Hash32 digest{{1}};
  const auto signed_by = crypto::recover(digest, node.signer.sign(node.key, digest));
  must(signed_by.ok() && *signed_by == node.local.public_key);
}

}  // namespace ringwire::bench
