#include "engine/node/outbox.hpp"

#include <algorithm>

#include "codec/crypto/checksum.hpp"

namespace ringwire::node {
namespace {

// Of the heap: what is left for what peers send when the longest queues have to go, and how long a queue is
// then to blame.
constexpr std::uint64_t kReserveShare = 8;
constexpr std::uint64_t kBlameShare = 16;

std::uint32_t checksum_of(ByteView payload, std::size_t unchecked) {
  return crypto::checksum(payload.subspan(unchecked));
}
std::uint32_t checksum_of(const SliceChain& payload, std::size_t unchecked) {
  return crypto::checksum(payload, unchecked);
}
std::uint64_t bytes_of(ByteView payload) {
  return payload.size();
}
std::uint64_t bytes_of(const SliceChain& payload) {
  return payload.bytes();
}
std::uint32_t bytes_of(session::Pieces pieces) {
  std::uint32_t sum = 0;
  for (const ByteView piece : pieces) sum += static_cast<std::uint32_t>(piece.size());
  return sum;
}

}  // namespace

Outbox::Outbox(ShardContext& context, SessionTable& sessions)
    : context_(context),
      sessions_(sessions),
      egress_(context.settings.egress, context.heap),
      round_(context.heap) {}

template <class Payload>
Result<session::Record, session::AppendError> Outbox::append(wire::MessageType type, const Payload& payload) {
  const wire::FrameHeader header{type, false, static_cast<std::uint32_t>(bytes_of(payload)),
                                 checksum_of(payload, wire::rules_of(type).unchecked_bytes),
                                 context_.now.wall};
  auto record = egress_.append(header, payload);
  if (record.ok() || record.error() != session::AppendError::turn_full) return record;
  end_turn_early();
  return egress_.append(header, payload);
}

void Outbox::end_turn_early() {
  commit();
  context_.driver.wait({});
  after_wait();
}

void Outbox::tell(Session& session, wire::MessageType type, ByteView payload) {
  tell_one(session, type, payload);
}

void Outbox::tell(Session& session, wire::MessageType type, const SliceChain& payload) {
  tell_one(session, type, payload);
}

template <class Payload>
void Outbox::tell_one(Session& session, wire::MessageType type, const Payload& payload) {
  const auto record = append(type, payload);
  if (!record.ok())
    return give_up(session, {.reason = wire::DisconnectReason::out_of_memory}, context_.counters.out_of_heap);
  egress_.unicast(record.value(), session.egress);
}

Slice Outbox::make_prefix(ByteView prefix) {
  const auto size = static_cast<std::uint32_t>(prefix.size());
  Slice slice = context_.heap.make(size);
  while (slice.empty() && shed_costliest()) slice = context_.heap.make(size);
  if (!slice.empty()) std::copy(prefix.begin(), prefix.end(), HeapBuffers::writable(slice).begin());
  return slice;
}

bool Outbox::shed_costliest(std::uint64_t queued_min) {
  Session* costliest = nullptr;
  std::uint64_t most = queued_min;
  for (const auto& [source, session] : sessions_.established()) {
    // Who was given up already frees nothing more before the kernel is done with it.
    if (!session::Egress::listens(session->egress) || session->egress.queued_bytes() <= most) continue;
    most = session->egress.queued_bytes();
    costliest = session;
  }
  if (costliest == nullptr) return false;
  for (const wire::TrafficClass lowest :
       {wire::TrafficClass::other, wire::TrafficClass::sync, wire::TrafficClass::transaction}) {
    if (egress_.shed(costliest->egress, lowest)) return true;
  }
  give_up(*costliest, {.reason = wire::DisconnectReason::too_slow}, context_.counters.shed);
  return true;
}

// A peer that does not read costs itself its place, not the peers whose messages find no heap. One that has
// queued little is not to blame for a full heap.
void Outbox::keep_reserve() {
  const std::uint64_t limit = context_.heap.limit_bytes();
  while (context_.heap.used_bytes() > limit - limit / kReserveShare && shed_costliest(limit / kBlameShare))
    continue;
}

void Outbox::relay(wire::MessageType type, ByteView prefix, const SliceChain& rest,
                   std::span<const gossip::SourceId> except) {
  // Those who have it already. Often they are all there are: then nothing is copied into the log.
  std::array<Session*, 1 + gossip::kCoSourcesMax> excluded;
  std::size_t excluded_count = 0;
  RW_ASSERT(except.size() <= excluded.size());
  for (const gossip::SourceId source : except) {
    if (Session* session = sessions_.find_source(source)) excluded[excluded_count++] = session;
  }
  const std::uint64_t peers = sessions_.established().size() - excluded_count;
  if (peers == 0) return;
  SliceChain payload(make_prefix(prefix));
  if (payload.empty()) return context_.counters.relay_dropped.add();
  for (std::size_t i = 0; i < rest.count(); ++i) payload.append(rest[i]);
  auto record = append(type, payload);
  while (!record.ok() && shed_costliest()) record = append(type, payload);
  if (!record.ok()) return context_.counters.relay_dropped.add();
  egress_.broadcast(record.value());
  for (std::size_t i = 0; i < excluded_count; ++i) egress_.exclude(record.value(), excluded[i]->egress);
  context_.counters.relayed.add();
  context_.counters.relayed_bytes.add(payload.bytes() * peers);
}

void Outbox::give_up(Session& session, Casualty casualty, Counter& counter) {
  // Once: the second time it would count as one that was told to go and cannot be told even that.
  if (session.established() && !session::Egress::listens(session.egress)) return;
  counter.add();
  egress_.silence(session.egress);
  casualty.connection = session.id;
  casualties_.push_back(casualty);
}

void Outbox::overflow(Session& session, session::Overflow what, bool can_be_told) {
  give_up(session,
          {.reason = wire::DisconnectReason::too_slow,
           .can_be_told = can_be_told,
           .overflown = what == session::Overflow::peer_queue},
          context_.counters.too_slow);
}

void Outbox::break_off(Session& session, std::int32_t error) {
  egress_.silence(session.egress);
  casualties_.push_back({.connection = session.id, .can_be_told = false, .error = error});
}

void Outbox::send_rest(Session& session, const Result<session::Pieces, session::Overflow>& rest) {
  if (!rest.ok()) {
    // The kernel cut a frame: a Disconnect behind it would be read as part of it.
    overflow(session, rest.error(), false);
  } else if (!rest.value().empty()) {
    session.bytes_sent += bytes_of(rest.value());
    context_.driver.send_rest(session.id, rest.value());
  }
}

// Of everything the kernel was given before the last wait.
void Outbox::take_unsent() {
  for (const driver::Unsent& unsent : context_.driver.unsent()) {
    Session* session = sessions_.find(unsent.connection);
    if (session == nullptr || session->state == session::ConnectionState::closing) continue;
    if (unsent.error != 0) {
      break_off(*session, unsent.error);
      continue;
    }
    session->bytes_sent -= session->last_send - unsent.taken;
    if (session->channel == nullptr) {
      send_rest(*session, egress_.on_unsent(session->egress, unsent.taken, context_.time()));
      continue;
    }
    egress_.on_sealed_rest(session->egress, context_.time());
    const ByteView rest = session->channel->on_unsent(unsent.taken);
    session->bytes_sent += rest.size();
    context_.driver.send_rest(session->id, {&rest, 1});
  }
  round_.end_round();
}

void Outbox::after_wait() {
  take_unsent();
  egress_.begin_turn();
}

void Outbox::on_rest_sent(Session& session, std::int32_t error) {
  if (error != 0) return break_off(session, error);
  if (session.egress.in_flight())
    context_.latencies[Delay::send].record(context_.time() - session.egress.stalled_since());
  if (session.channel != nullptr) session.channel->on_rest_sent();
  egress_.on_rest_sent(session.egress);
}

void Outbox::commit() {
  keep_reserve();
  commit_round();
  while (egress_.has_uncommitted()) {
    context_.driver.wait({});
    take_unsent();
    commit_round();
  }
  send_flights();
}

void Outbox::commit_round() {
  egress_.commit_all(context_.time(), [&](session::PeerEgress& peer, const auto& pieces) {
    Session* session = sessions_.find(peer.connection());
    RW_ASSERT(session != nullptr);
    if (!pieces.ok()) return overflow(*session, pieces.error(), true);
    if (session->channel != nullptr) return send_sealed(*session, pieces.value());
    send(*session, pieces.value());
  });
}

void Outbox::send(Session& session, session::Pieces pieces) {
  session.last_send = bytes_of(pieces);
  session.bytes_sent += session.last_send;
  context_.driver.send(session.id, pieces);
}

// What is said while leaving is our Disconnect, and nothing can follow it.
void Outbox::send_sealed(Session& session, session::Pieces pieces) {
  const bool is_last = !pieces.empty() && session.state == session::ConnectionState::leaving;
  const auto sealed = session.channel->make_send(round_, pieces, is_last);
  if (!sealed.ok()) {
    const bool heap_is_full = sealed.error() == session::RecordError::no_memory;
    return give_up(session, {.reason = wire::DisconnectReason::out_of_memory, .can_be_told = false},
                   heap_is_full ? context_.counters.out_of_heap : context_.counters.tls_redials);
  }
  send(session, {&sealed.value(), 1});
  // A target of ours is dialled again when its session has ended; others dial us.
  if (session.channel->must_redial(context_.settings.tls_records_per_key) && session.established())
    give_up(session, {.reason = wire::DisconnectReason::requested}, context_.counters.tls_redials);
}

void Outbox::tell_unsealed(Session& session) {
  if (!session.ListNode<FlightTag>::linked()) flights_.push_back(session);
}

// Those that did not leave before what their peer was told in this turn.
void Outbox::send_flights() {
  for (Session* session = flights_.front(); session != nullptr;) {
    Session* const following = flights_.next(*session);
    const bool waits = session->channel->has_unsealed();
    if (!waits || !session->egress.in_flight()) session->ListNode<FlightTag>::unlink();
    if (waits && !session->egress.in_flight()) send_sealed(*session, {});
    session = following;
  }
}

}  // namespace ringwire::node
