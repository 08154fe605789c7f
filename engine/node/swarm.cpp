#include "engine/node/swarm.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "codec/crypto/checksum.hpp"
#include "engine/node/driver_choice.hpp"
#include "engine/node/open_files.hpp"
#include "engine/node/version.hpp"

namespace ringwire::node {
namespace {

constexpr std::uint64_t kHeapBytes = 512ULL << 20;
constexpr std::uint64_t kQueuedMax = 256 * 1024;  // per connection: a generator waits rather than queues
// A node's shard holds 64 TLS handshakes at once, and so do we.
constexpr std::uint32_t kDialsAtOnce = 256;
constexpr std::uint32_t kTlsDialsAtOnce = transport::kTlsHandshakesMax;

crypto::SecretKey draw_key(Entropy& entropy) {
  for (;;) {
    if (auto key = crypto::SecretKey::from_bytes(entropy.draw<Hash32>().bytes)) return std::move(*key);
  }
}

}  // namespace

struct Swarm::Peer {
  Peer(HeapBuffers& heap, session::AssemblyShard& assembly, driver::ConnectionId connection,
       std::uint32_t number, crypto::SecretKey secret, const crypto::Signer& signer, std::uint64_t network_id,
       session::Carriage carriage)
      : index(number),
        key(std::move(secret)),
        local{signer, key, signer.public_key(key), {}, network_id, {}, {}, 0, 0},
        id(connection),
        parser(heap),
        egress(connection, carriage, session::SendCredit::initial()),
        assembler(assembly) {
    local.id = crypto::node_id(local.public_key);
    local.client = wire::ClientName("ringwire-load/" + std::string(version()));
  }

  const std::uint32_t index;
  const crypto::SecretKey key;
  session::LocalNode local;
  const driver::ConnectionId id;
  std::unique_ptr<Channel> channel;  // once connected; none in plaintext
  wire::FrameParser parser;
  session::PeerEgress egress;
  session::FragmentAssembler assembler;
  std::unique_ptr<session::Handshake> handshake;
  bool established = false;
  bool ended = false;
};

Result<std::unique_ptr<Swarm>, std::string> Swarm::open(const Target& target, std::uint32_t connections,
                                                        Handlers handlers) {
  // A ring, a doorbell and what the process has anyway.
  constexpr std::uint64_t kFilesBeside = 64;
  const std::uint64_t files = connections + kFilesBeside;
  if (auto enough = reserve_open_files({files, files}, "--connections"); !enough.ok())
    return Failure<std::string>{enough.error()};
  Settings settings;
  settings.driver.connections_max = connections + 16;
  settings.driver.pools.small_buffers = 1024;
  auto drivers = make_drivers(DriverChoice::automatic, {settings});
  if (!drivers.ok()) return Failure<std::string>{drivers.error()};
  std::unique_ptr<transport::TlsContext> tls;
  if (target.credentials != nullptr) {
    auto context = transport::TlsContext::make(*target.credentials);
    if (!context.ok()) return Failure<std::string>{context.error().message};
    tls = std::move(context).value();
  }
  const std::uint32_t at_once = tls != nullptr ? kTlsDialsAtOnce : kDialsAtOnce;
  std::unique_ptr<Swarm> swarm(
      new Swarm(std::move(drivers->each.front()), target, std::move(tls), std::move(handlers)));
  swarm->by_slot_.resize(settings.driver.connections_max);
  swarm->peers_.resize(connections);
  for (std::uint32_t index = 0; index < connections; ++index) {
    swarm->dial(index);
    // A backlog overrun or a handshake pushed out would cost the rest a SYN retransmission of a second.
    while (index + 1 - swarm->established_ - swarm->ended_ >= at_once) swarm->turn(10ms);
  }
  return swarm;
}

Swarm::Swarm(std::unique_ptr<driver::Driver> driver, const Target& target,
             std::unique_ptr<transport::TlsContext> tls, Handlers handlers)
    : driver_(std::move(driver)),
      target_(target),
      handlers_(std::move(handlers)),
      heap_(kHeapBytes),
      tls_(std::move(tls)),
      assembly_(heap_, kHeapBytes / 2),
      records_(heap_),
      round_(heap_),
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
  round_.end_round();
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
  peers_[index] =
      std::make_unique<Peer>(heap_, assembly_, *id, index, draw_key(entropy_), signer_, target_.network_id,
                             tls_ != nullptr ? session::Carriage::sealed : session::Carriage::plain);
  by_slot_[id->slot] = peers_[index].get();
}

bool Swarm::is_established(std::uint32_t index) const {
  return peers_[index] && peers_[index]->established && !peers_[index]->ended;
}

bool Swarm::has_room(const Peer& peer, wire::MessageType type) {
  return peer.egress.queued_bytes(wire::rules_of(type).traffic_class) <= kQueuedMax;
}

bool Swarm::say(std::uint32_t index, wire::MessageType type, ByteView payload) {
  if (!has_room(*peers_[index], type)) return false;
  append(*peers_[index], type, payload);
  return true;
}

bool Swarm::say(std::uint32_t index, wire::MessageType type, const SliceChain& payload) {
  if (!has_room(*peers_[index], type)) return false;
  return say(index, type, payload, crypto::checksum(payload, wire::rules_of(type).unchecked_bytes));
}

bool Swarm::say(std::uint32_t index, wire::MessageType type, const SliceChain& payload,
                std::uint32_t checksum) {
  if (!has_room(*peers_[index], type)) return false;
  append_record(*peers_[index], type, payload, checksum);
  return true;
}

void Swarm::append(Peer& peer, wire::MessageType type, ByteView payload) {
  const std::uint32_t sum = crypto::checksum(payload.subspan(wire::rules_of(type).unchecked_bytes));
  if (payload.size() < session::kByReferenceBytes) return append_record(peer, type, payload, sum);
  Slice copy = heap_.make(static_cast<std::uint32_t>(payload.size()));
  if (copy.empty()) return fail(peer, "the generator ran out of memory for this connection");
  copy_counted(HeapBuffers::writable(copy), payload, CopyReason::cross_thread);
  append_record(peer, type, SliceChain(std::move(copy)), sum);
}

template <class Payload>
void Swarm::append_record(Peer& peer, wire::MessageType type, const Payload& payload,
                          std::uint32_t checksum) {
  // The length is that of the payload (engine/session/outbound_log.hpp).
  const auto record = egress_.append({type, false, 0, checksum, now_.wall}, payload);
  if (!record.ok()) return fail(peer, "the generator ran out of memory for this connection");
  egress_.unicast(*record, peer.egress);
}

Swarm::Peer* Swarm::find(driver::ConnectionId id) {
  Peer* peer = id.slot < by_slot_.size() ? by_slot_[id.slot] : nullptr;
  return peer != nullptr && peer->id == id ? peer : nullptr;
}

void Swarm::turn(Duration timeout) {
  commit();
  driver_->wait({.timeout = egress_.has_speakers() || !flights_.empty() ? Duration{0} : timeout});
  now_ = driver_->now();
  take_unsent();
  egress_.begin_turn();
  driver::Event event;
  while (driver_->next(event)) on_event(event);
}

// In rounds, as a node does (engine/node/outbox.hpp).
void Swarm::commit() {
  commit_round();
  while (egress_.has_uncommitted()) {
    driver_->wait({});
    take_unsent();
    commit_round();
  }
  send_flights();
}

void Swarm::commit_round() {
  egress_.commit_all(now_.monotonic, [&](session::PeerEgress& egress, const auto& pieces) {
    if (!pieces.ok()) return;
    if (tls_ == nullptr) return driver_->send(egress.connection(), *pieces);
    if (Peer* peer = find(egress.connection()); peer != nullptr && !peer->ended) send_sealed(*peer, *pieces);
  });
}

void Swarm::send_sealed(Peer& peer, session::Pieces pieces) {
  const auto sealed = peer.channel->make_send(round_, pieces, false);
  if (!sealed.ok()) return fail(peer, "the generator ran out of memory or keys for this connection");
  driver_->send(peer.id, {&*sealed, 1});
}

void Swarm::send_flights() {
  for (Peer* peer : std::exchange(flights_, {})) {
    if (peer->ended || !peer->channel->has_unsealed()) continue;
    if (peer->egress.in_flight()) {
      flights_.push_back(peer);
    } else {
      send_sealed(*peer, {});
    }
  }
}

void Swarm::take_unsent() {
  for (const driver::Unsent& unsent : driver_->unsent()) {
    Peer* peer = find(unsent.connection);
    if (peer == nullptr || peer->ended) continue;
    if (unsent.error != 0) {
      fail(*peer, std::strerror(unsent.error));
      continue;
    }
    if (peer->channel != nullptr) {
      egress_.on_sealed_rest(peer->egress, now_.monotonic);
      const ByteView rest = peer->channel->on_unsent(unsent.taken);
      driver_->send_rest(peer->id, {&rest, 1});
      continue;
    }
    const auto rest = egress_.on_unsent(peer->egress, unsent.taken, now_.monotonic);
    if (!rest.ok()) {
      fail(*peer, "its queue overflowed");
    } else if (!rest->empty()) {
      driver_->send_rest(peer->id, *rest);
    }
  }
  round_.end_round();
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
      if (peer->channel != nullptr) peer->channel->on_rest_sent();
      if (event.error == 0) return egress_.on_rest_sent(peer->egress);
      return fail(*peer, std::strerror(event.error));
    case driver::EventKind::closed:
      by_slot_[event.connection.slot] = nullptr;
      return;
    case driver::EventKind::accepted:
    case driver::EventKind::woken:
    case driver::EventKind::datagram:
      return;
  }
}

void Swarm::on_connected(Peer& peer, std::int32_t error) {
  if (error != 0) return fail(peer, std::string("cannot connect: ") + std::strerror(error));
  driver_->start_receive(peer.id);
  if (tls_ == nullptr) return begin_handshake(peer);
  peer.channel = std::make_unique<Channel>(*tls_, wire::Role::initiator, now_.monotonic);
  peer.channel->begin();
  secure(peer, {});
}

void Swarm::secure(Peer& peer, Slice data) {
  Channel& channel = *peer.channel;
  while (channel.pending_work() != transport::TlsWork::none) {
    channel.work(records_, now_.monotonic);
    data.remove_prefix(static_cast<std::uint32_t>(channel.input(data.view(), records_)));
  }
  if (channel.has_unsealed()) flights_.push_back(&peer);
  if (const auto failure = channel.failure()) return fail(peer, std::string("TLS: ") + name(*failure));
  if (!channel.secured()) return;
  begin_handshake(peer);
  if (!data.empty()) open_records(peer, std::move(data));
}

void Swarm::begin_handshake(Peer& peer) {
  const auto binding = peer.channel != nullptr ? peer.channel->binding() : wire::ChannelBinding{};
  peer.handshake = std::make_unique<session::Handshake>(peer.local, wire::Role::initiator, target_.node,
                                                        entropy_.draw<wire::HandshakeNonce>(), binding);
  append(peer, wire::MessageType::handshake, peer.handshake->start());
}

void Swarm::on_received(Peer& peer, Slice data) {
  if (peer.ended) return;
  if (peer.channel == nullptr) return parse(peer, std::move(data));
  if (peer.channel->secured()) return open_records(peer, std::move(data));
  data.remove_prefix(static_cast<std::uint32_t>(peer.channel->input(data.view(), records_)));
  secure(peer, std::move(data));
}

void Swarm::open_records(Peer& peer, Slice data) {
  session::RecordOpener& opener = peer.channel->opener();
  opener.input(std::move(data));
  Slice plain;
  for (session::Opened opened; (opened = opener.next(plain)) != session::Opened::need_more;) {
    if (opened == session::Opened::ended) return fail(peer, "closed by the node");
    if (opened == session::Opened::refused)
      return fail(peer, std::string("the node sent a bad record: ") + session::name(opener.error()));
    parse(peer, std::move(plain));
    if (peer.ended) return;
  }
}

void Swarm::parse(Peer& peer, Slice data) {
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
  if (frame.header.type == wire::MessageType::window_update) {
    const auto update = wire::decode_window_update(frame.payload);
    if (!update || !egress_.grant(peer.egress, update->traffic_class, update->credit))
      fail(peer, "the node sent a bad window update");
  } else if (frame.header.type == wire::MessageType::ping) {
    append(peer, wire::MessageType::pong, frame.payload);
  } else if (frame.header.type == wire::MessageType::pong && handlers_.on_pong) {
    if (const auto nonce = wire::decode_ping(frame.payload))
      handlers_.on_pong(peer.index, *nonce, driver_->now().monotonic);
  } else if (frame.header.type == wire::MessageType::fragment && handlers_.on_message) {
    on_fragment(peer, frame);
  } else if (handlers_.on_message) {
    handlers_.on_message(peer.index, frame.header.type, peer.parser.keep(frame), driver_->now().monotonic);
  }
}

void Swarm::on_fragment(Peer& peer, const wire::Frame& frame) {
  const auto message = peer.assembler.input(peer.parser.keep(frame), now_.monotonic);
  if (!message.ok())
    return fail(peer, std::string("the node sent a bad fragment: ") + session::name(message.error()));
  if (!*message) return;
  const session::Assembled& whole = **message;
  handlers_.on_message(peer.index, whole.header.type, whole.payload, driver_->now().monotonic);
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
  grant_all(peer);
}

// What comes is read at once, and nothing kept but an answer until it is whole.
void Swarm::grant_all(Peer& peer) {
  for (std::size_t index = 0; index < wire::kTrafficClasses; ++index) {
    const std::uint32_t initial = wire::kInitialCredit[index];
    if (initial == wire::kCreditUnlimited) continue;
    std::array<std::uint8_t, wire::kWindowUpdateBytes> update;
    const auto traffic_class = static_cast<wire::TrafficClass>(index);
    wire::encode(wire::WindowUpdate{traffic_class, session::SendCredit::kMax - initial}, update);
    append(peer, wire::MessageType::window_update, update);
  }
}

void Swarm::fail(Peer& peer, const std::string& reason) {
  if (peer.ended) return;
  peer.ended = true;
  ++ended_;
  ++failures_[reason];
  if (peer.established) --established_;
  peer.assembler.reset();
  egress_.silence(peer.egress);
  if (peer.channel != nullptr) peer.channel->abandon();
  driver_->close(peer.id, driver::CloseMode::graceful);
}

}  // namespace ringwire::node
