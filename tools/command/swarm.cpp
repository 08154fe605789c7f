#include "tools/command/swarm.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "codec/crypto/checksum.hpp"
#include "engine/node/driver_choice.hpp"
#include "engine/node/open_files.hpp"
#include "engine/node/version.hpp"

namespace ringwire::command {
namespace {

constexpr std::uint64_t kHeapBytes = 512ULL << 20;
constexpr std::uint64_t kQueuedMax = 256 * 1024;  // per connection: a generator waits rather than queues
constexpr std::uint32_t kDialsAtOnce = 256;

crypto::SecretKey draw_key(node::Entropy& entropy) {
  for (;;) {
    if (auto key = crypto::SecretKey::from_bytes(entropy.draw<Hash32>().bytes)) return std::move(*key);
  }
}

}  // namespace

struct Swarm::Peer {
  Peer(HeapBuffers& heap, driver::ConnectionId connection, std::uint32_t number, crypto::SecretKey secret,
       const crypto::Signer& signer, std::uint64_t network_id)
      : index(number),
        key(std::move(secret)),
        local{signer, key, signer.public_key(key), {}, network_id, {}, {}, 0, 0},
        id(connection),
        parser(heap),
        egress(connection) {
    local.id = crypto::node_id(local.public_key);
    local.client = wire::ClientName("ringwire-load/" + std::string(node::version()));
  }

  const std::uint32_t index;
  const crypto::SecretKey key;
  session::LocalNode local;
  const driver::ConnectionId id;
  wire::FrameParser parser;
  session::PeerEgress egress;
  std::unique_ptr<session::Handshake> handshake;
  bool established = false;
  bool ended = false;
};

Result<std::unique_ptr<Swarm>, std::string> Swarm::open(const wire::Enode& target, std::uint32_t connections,
                                                        std::uint64_t network_id, Handlers handlers) {
  // A ring, a doorbell and what the process has anyway.
  constexpr std::uint64_t kFilesBeside = 64;
  const std::uint64_t files = connections + kFilesBeside;
  if (auto enough = node::reserve_open_files({files, files}, "--connections"); !enough.ok())
    return Failure<std::string>{enough.error()};
  node::Settings settings;
  settings.driver.connections_max = connections + 16;
  settings.driver.pools.small_buffers = 1024;
  auto drivers = node::make_drivers(DriverChoice::automatic, {settings});
  if (!drivers.ok()) return Failure<std::string>{drivers.error()};
  std::unique_ptr<Swarm> swarm(
      new Swarm(std::move(drivers->each.front()), target, network_id, std::move(handlers)));
  swarm->by_slot_.resize(settings.driver.connections_max);
  swarm->peers_.resize(connections);
  for (std::uint32_t index = 0; index < connections; ++index) {
    swarm->dial(index);
    // A backlog overrun would cost the rest a SYN retransmission of a second.
    while (index + 1 - swarm->established_ - swarm->ended_ >= kDialsAtOnce) swarm->turn(10ms);
  }
  return swarm;
}

Swarm::Swarm(std::unique_ptr<driver::Driver> driver, const wire::Enode& target, std::uint64_t network_id,
             Handlers handlers)
    : driver_(std::move(driver)),
      target_(target),
      network_id_(network_id),
      handlers_(std::move(handlers)),
      heap_(kHeapBytes),
      signer_(entropy_.draw<Hash32>().bytes),
      egress_({}, heap_),
      now_(driver_->now()) {}

void Swarm::say_goodbye() {
  std::array<std::uint8_t, wire::disconnect_bytes({})> payload;
  wire::encode_disconnect(wire::DisconnectReason::requested, {}, payload);
  for (std::uint32_t index = 0; index < size(); ++index) {
    if (is_established(index)) append(*peers_[index], wire::MessageType::disconnect, payload);
  }
  turn(0ms);
}

// The kernel may still read what a cut send left over: everything is closed before it is freed.
Swarm::~Swarm() {
  say_goodbye();
  for (auto& peer : peers_) {
    if (peer) fail(*peer, "ended by the generator");
  }
  const auto open = [](const Peer* peer) { return peer != nullptr; };
  for (int turns = 0; turns < 200 && std::any_of(by_slot_.begin(), by_slot_.end(), open); ++turns) turn(10ms);
  for (auto& peer : peers_) {
    if (peer) egress_.forget(peer->egress);
    peer.reset();
  }
}

void Swarm::dial(std::uint32_t index) {
  const auto id = driver_->connect(target_.endpoint, {});
  if (!id.ok()) {
    ++failures_[id.error().message()];
    ++ended_;
    return;
  }
  peers_[index] = std::make_unique<Peer>(heap_, *id, index, draw_key(entropy_), signer_, network_id_);
  by_slot_[id->slot] = peers_[index].get();
}

bool Swarm::is_established(std::uint32_t index) const {
  return peers_[index] && peers_[index]->established && !peers_[index]->ended;
}

bool Swarm::say(std::uint32_t index, wire::MessageType type, ByteView payload) {
  Peer& peer = *peers_[index];
  if (peer.egress.queued_bytes() > kQueuedMax) return false;
  append(peer, type, payload);
  return true;
}

void Swarm::append(Peer& peer, wire::MessageType type, ByteView payload) {
  const wire::FrameHeader header{type, false, static_cast<std::uint32_t>(payload.size()),
                                 crypto::checksum(payload.subspan(wire::rules_of(type).unchecked_bytes)),
                                 now_.wall};
  Result<session::Record, session::AppendError> record = Failure{session::AppendError::heap_full};
  if (payload.size() < session::kByReferenceBytes) {
    record = egress_.append(header, payload);
  } else if (Slice copy = heap_.make(static_cast<std::uint32_t>(payload.size())); !copy.empty()) {
    copy_counted(HeapBuffers::writable(copy), payload, CopyReason::cross_thread);
    record = egress_.append(header, SliceChain(std::move(copy)));
  }
  if (!record.ok()) return fail(peer, "the generator ran out of memory for this connection");
  egress_.unicast(*record, peer.egress);
}

Swarm::Peer* Swarm::find(driver::ConnectionId id) {
  Peer* peer = id.slot < by_slot_.size() ? by_slot_[id.slot] : nullptr;
  return peer != nullptr && peer->id == id ? peer : nullptr;
}

void Swarm::turn(Duration timeout) {
  egress_.commit_all(now_.monotonic, [&](session::PeerEgress& egress, const auto& pieces) {
    if (pieces.ok()) driver_->send(egress.connection(), *pieces);
  });
  driver_->wait({.timeout = egress_.has_speakers() ? Duration{0} : timeout});
  now_ = driver_->now();
  for (const driver::Unsent& unsent : driver_->unsent()) {
    Peer* peer = find(unsent.connection);
    if (peer == nullptr || peer->ended) continue;
    if (unsent.error != 0) {
      fail(*peer, std::strerror(unsent.error));
      continue;
    }
    const auto rest = egress_.on_unsent(peer->egress, unsent.taken, now_.monotonic);
    if (!rest.ok()) {
      fail(*peer, "its queue overflowed");
    } else if (!rest->empty()) {
      driver_->send_rest(peer->id, *rest);
    }
  }
  egress_.begin_turn();
  driver::Event event;
  while (driver_->next(event)) on_event(event);
}

void Swarm::on_event(driver::Event& event) {
  Peer* peer = find(event.connection);
  if (peer == nullptr) return;
  switch (event.kind) {
    case driver::EventKind::connected:
      return on_connected(*peer, event.error);
    case driver::EventKind::received:
      return on_received(*peer, std::move(event.data));
    case driver::EventKind::ended:
      return fail(*peer, event.error == 0 ? "closed by the node" : std::strerror(event.error));
    case driver::EventKind::rest_sent:
      if (event.error == 0) return egress_.on_rest_sent(peer->egress);
      return fail(*peer, std::strerror(event.error));
    case driver::EventKind::closed:
      by_slot_[event.connection.slot] = nullptr;
      return;
    case driver::EventKind::accepted:
    case driver::EventKind::woken:
      return;
  }
}

void Swarm::on_connected(Peer& peer, std::int32_t error) {
  if (error != 0) return fail(peer, std::string("cannot connect: ") + std::strerror(error));
  driver_->start_receive(peer.id);
  peer.handshake =
      std::make_unique<session::Handshake>(peer.local, wire::Role::initiator, target_.id(),
                                           entropy_.draw<wire::HandshakeNonce>(), wire::ChannelBinding{});
  append(peer, wire::MessageType::handshake, peer.handshake->start());
}

void Swarm::on_received(Peer& peer, Slice data) {
  if (peer.ended) return;
  peer.parser.input(std::move(data));
  wire::Frame frame;
  for (;;) {
    const wire::Pull pull = peer.parser.next(frame);
    if (pull == wire::Pull::need_more) return;
    if (pull == wire::Pull::refused || !peer.parser.verify(frame)) {
      return fail(peer, std::string("the node sent a bad frame: ") + wire::name(peer.parser.error()));
    }
    on_frame(peer, frame);
    if (peer.ended) return;
  }
}

void Swarm::on_frame(Peer& peer, const wire::Frame& frame) {
  if (frame.header.type == wire::MessageType::disconnect) {
    const auto goodbye = wire::decode_disconnect(frame.payload);
    return fail(peer,
                std::string("disconnected by the node: ") + (goodbye ? goodbye->reason_name() : "malformed"));
  }
  if (!peer.established) return on_handshake(peer, frame);
  if (frame.header.type == wire::MessageType::ping) {
    append(peer, wire::MessageType::pong, frame.payload);
  } else if (frame.header.type == wire::MessageType::pong && handlers_.on_pong) {
    if (const auto nonce = wire::decode_ping(frame.payload))
      handlers_.on_pong(peer.index, *nonce, driver_->now().monotonic);
  }
}

void Swarm::on_handshake(Peer& peer, const wire::Frame& frame) {
  peer.handshake->input(frame.header.type, frame.payload);
  while (peer.handshake->pending_work() != session::HandshakeWork::none && !peer.handshake->failure()) {
    work_on_proof(peer);
    if (peer.established) return;
  }
  if (const auto failure = peer.handshake->failure())
    fail(peer, std::string("handshake: ") + session::name(*failure));
}

void Swarm::work_on_proof(Peer& peer) {
  if (peer.handshake->pending_work() == session::HandshakeWork::sign_ack) {
    return append(peer, wire::MessageType::handshake_ack, peer.handshake->sign_ack().view());
  }
  if (peer.handshake->verify_ack() != session::ConnectionEvent::ack_ok) return;
  peer.established = true;
  peer.parser.set_authenticated();
  peer.handshake.reset();
  ++established_;
}

void Swarm::fail(Peer& peer, const std::string& reason) {
  if (peer.ended) return;
  peer.ended = true;
  ++ended_;
  ++failures_[reason];
  if (peer.established) --established_;
  egress_.silence(peer.egress);
  driver_->close(peer.id, driver::CloseMode::graceful);
}

}  // namespace ringwire::command
