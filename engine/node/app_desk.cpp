#include "engine/node/app_desk.hpp"

#include <algorithm>
#include <bit>

namespace ringwire::node {
namespace {

using session::AnswerFit;
using session::RequestFit;
using wire::MessageType;

// Orders taken in one turn: enough to fill sends, few enough that the turn ends.
constexpr std::size_t kOrdersPerTurn = 512;

void add(Counter& gauge, std::int64_t change) {
  gauge.set(gauge.value() + static_cast<std::uint64_t>(change));
}

// The id at the start of a request or answer; nothing where it is shorter.
std::optional<std::uint64_t> id_of(const SliceChain& whole) {
  if (whole.bytes() < wire::kAppHeaderBytes) return std::nullopt;
  std::uint64_t id = 0;
  std::size_t read = 0;
  for (std::size_t i = 0; read < wire::kAppHeaderBytes; ++i) {
    const ByteView piece = whole[i].view();
    for (std::size_t at = 0; at < piece.size() && read < wire::kAppHeaderBytes; ++at, ++read)
      id = id << 8 | piece[at];
  }
  return id;
}

PeerEventKind event_of(MessageType type) {
  if (type == MessageType::app_data) return PeerEventKind::data;
  return type == MessageType::app_request ? PeerEventKind::request : PeerEventKind::answered;
}

}  // namespace

const char* name(AppDrop drop) {
  switch (drop) {
    case AppDrop::unsubscribed:
      return "unsubscribed";
    case AppDrop::zero_request:
      return "zero_request";
    case AppDrop::repeated_request:
      return "repeated_request";
    case AppDrop::too_many_requests:
      return "too_many_requests";
    case AppDrop::late_answer:
      return "late_answer";
    case AppDrop::unasked_answer:
      return "unasked_answer";
    case AppDrop::answer_not_owed:
      return "answer_not_owed";
    case AppDrop::session_over:
      return "session_over";
    case AppDrop::out_of_heap:
      return "out_of_heap";
    case AppDrop::count_:
      break;
  }
  return "unknown";
}

AppDesk::Peer::Peer(AppDesk& owner, const Session& session)
    : desk(owner),
      connection(session.id),
      node(session.node),
      timer(shard::Timer::calling<&Peer::on_timer>(*this)) {}

AppDesk::AppDesk(ShardContext& context, SessionTable& sessions, Outbox& outbox, shard::TimerWheel& timers,
                 LedgerDesk& ledger)
    : context_(context),
      sessions_(sessions),
      outbox_(outbox),
      timers_(timers),
      ledger_(ledger),
      peers_(sessions.slots()),
      scratch_(session::kByReferenceBytes) {}

// --- sessions

AppDesk::Peer* AppDesk::find(driver::ConnectionId connection) {
  Peer* const peer = connection.slot < peers_.size() ? peers_[connection.slot].get() : nullptr;
  return peer != nullptr && peer->connection == connection ? peer : nullptr;
}

session::ConnectionRef AppDesk::ref_of(const Peer& peer) const {
  return {context_.id, peer.connection.slot, peer.connection.generation};
}

void AppDesk::on_established(const Session& session) {
  if (rings_ != nullptr) know(session);
}

void AppDesk::know(const Session& session) {
  auto& place = peers_[session.id.slot];
  if (find(session.id) == nullptr) place = std::make_unique<Peer>(*this, session);
  place->said = link().left[session.id.slot].value();
  tell_port(*place, PeerEventKind::began, place->said);
}

void AppDesk::on_left(const Session& session) {
  Peer* const peer = find(session.id);
  if (peer == nullptr) return;
  counters_.gone.add(peer->asked.count());
  forget_requests(*peer);
  if (rings_ != nullptr) {
    const auto unsaid = std::ranges::find(waiting_, ref_of(*peer), &PeerEventMeta::from);
    if (unsaid != waiting_.end() && unsaid->kind == PeerEventKind::began) {
      waiting_.erase(unsaid);
    } else {
      tell_port(*peer, PeerEventKind::ended);
    }
  }
  peers_[session.id.slot].reset();
}

void AppDesk::forget_requests(Peer& peer) {
  add(counters_.asked, -static_cast<std::int64_t>(peer.asked.count()));
  add(counters_.owed, -static_cast<std::int64_t>(peer.owed.count()));
  peer.asked.give_up_all();
  peer.owed.clear();
  peer.timer.cancel();
}

// --- from peers

AppDesk::Judged AppDesk::drop(AppDrop reason) {
  counters_.dropped[reason].add();
  return Judged::dropped;
}

AppDesk::Judged AppDesk::judge(Incoming& incoming, const SliceChain& whole) {
  const Session& session = incoming.session;
  incoming.event = {event_of(incoming.type),
                    {context_.id, session.id.slot, session.id.generation},
                    session.node,
                    0,
                    context_.time()};
  if (incoming.type != MessageType::app_data) {
    const auto id = id_of(whole);
    if (!id) return Judged::malformed;
    incoming.id = *id;
  }
  // Also where nobody subscribes: what was never asked is not answered.
  if (incoming.type == MessageType::app_response) return judge_answer(incoming);
  if (rings_ == nullptr) return drop(AppDrop::unsubscribed);
  return incoming.type == MessageType::app_request ? judge_request(incoming) : Judged::deliver;
}

AppDesk::Judged AppDesk::judge_request(Incoming& incoming) {
  incoming.event.number = incoming.id;
  switch (find(incoming.session.id)->owed.judge(incoming.id)) {
    case RequestFit::zero:
      return drop(AppDrop::zero_request);
    case RequestFit::repeated:
      return drop(AppDrop::repeated_request);
    case RequestFit::too_many:
      return drop(AppDrop::too_many_requests);
    case RequestFit::fresh:
      break;
  }
  return Judged::deliver;
}

AppDesk::Judged AppDesk::judge_answer(Incoming& incoming) {
  Peer* const peer = find(incoming.session.id);
  session::AskedRequests::Answer answer{AnswerFit::unasked};
  if (peer != nullptr) answer = peer->asked.find(incoming.id);
  switch (answer.fit) {
    case AnswerFit::unasked:
      ledger_.offence(incoming.session, security::Reason::unasked_answer);
      return drop(AppDrop::unasked_answer);
    case AnswerFit::late:
      peer->asked.settle(incoming.id);
      return drop(AppDrop::late_answer);
    case AnswerFit::open:
      break;
  }
  incoming.event.number = answer.number;
  return Judged::deliver;
}

void AppDesk::on_delivered(const Incoming& incoming) {
  if (incoming.type == MessageType::app_data) return counters_.data_received.add();
  Peer& peer = *find(incoming.session.id);
  if (incoming.type == MessageType::app_request) {
    peer.owed.add(incoming.id, context_.time());
    add(counters_.owed, 1);
    counters_.requests_received.add();
    return arm(peer);
  }
  peer.asked.settle(incoming.id);
  add(counters_.asked, -1);
  counters_.answers_received.add();
}

// --- to the port

void AppDesk::tell_port(const Peer& peer, PeerEventKind kind, std::uint64_t number) {
  const PeerEventMeta event{kind, ref_of(peer), peer.node, number, context_.time()};
  if (!waiting_.empty() || !link().events.send(event)) waiting_.push_back(event);
}

void AppDesk::retry_waiting() {
  while (!waiting_.empty() && link().events.send(waiting_.front())) waiting_.pop_front();
}

// --- from the port

void AppDesk::receive() {
  if (rings_ == nullptr) return;
  retry_waiting();
  const auto take = [&](const OrderMeta& order, SliceChain&& bytes) { carry_out(order, bytes); };
  for (std::size_t i = 0; i < kOrdersPerTurn && heap_has_room(); ++i) {
    if (link().orders.receive(take, 1) == 0) return;
    took_orders_ = true;
  }
}

// For any message that fits a peer's window; a heap buffer is a power of two.
bool AppDesk::heap_has_room() const {
  const std::uint64_t most = std::min(window_of(context_.settings.egress.peer_queue_bytes), kOrderBytesMax);
  return context_.heap.used_bytes() + std::bit_ceil(most) <= context_.heap.limit_bytes();
}

void AppDesk::carry_out(const OrderMeta& order, const SliceChain& bytes) {
  const driver::ConnectionId connection{order.to.slot, order.to.generation};
  Peer* const peer = find(connection);
  Session* const session = sessions_.find(connection);
  // One that was given up in this turn is told nothing more, and ends after it.
  if (peer == nullptr || session == nullptr || !session->established() ||
      !session::Egress::listens(session->egress)) {
    if (order.kind != OrderKind::cancel) drop(AppDrop::session_over);
    return;
  }
  switch (order.kind) {
    case OrderKind::data:
      counters_.data_sent.add();
      return say(*session, *peer, MessageType::app_data, std::nullopt, bytes);
    case OrderKind::request:
      return ask(*session, *peer, order, bytes);
    case OrderKind::answer:
      if (!peer->owed.settle(order.number)) {
        drop(AppDrop::answer_not_owed);
        return;
      }
      add(counters_.owed, -1);
      counters_.answers_sent.add();
      return say(*session, *peer, MessageType::app_response, order.number, bytes);
    case OrderKind::cancel:
      if (!peer->asked.cancel(order.number)) return;
      add(counters_.asked, -1);
      counters_.cancelled.add();
      return tell_port(*peer, PeerEventKind::cancelled, order.number);
  }
}

void AppDesk::ask(Session& session, Peer& peer, const OrderMeta& order, const SliceChain& bytes) {
  const auto id = peer.asked.open(order.number, order.deadline);
  // The port counts one as open until it has read its end, so never more than this desk does.
  RW_ASSERT(id.has_value());
  add(counters_.asked, 1);
  counters_.requests_sent.add();
  say(session, peer, MessageType::app_request, *id, bytes);
  arm(peer);
}

void AppDesk::say(Session& session, Peer& peer, MessageType type, std::optional<std::uint64_t> id,
                  const SliceChain& bytes) {
  peer.said += bytes.bytes() + kMessageCost;
  if (!std::exchange(peer.sending, true)) sending_.push_back(peer.connection);
  const std::size_t head = id ? wire::kAppHeaderBytes : 0;
  const std::size_t total = head + bytes.bytes();
  const bool small = total < session::kByReferenceBytes;
  Slice own = small ? Slice() : context_.heap.make(static_cast<std::uint32_t>(total));
  if (!small && own.empty()) {
    drop(AppDrop::out_of_heap);
    return;
  }
  const ByteSpan out = small ? ByteSpan(scratch_).first(total) : HeapBuffers::writable(own);
  if (id) store_be(out.data(), *id);
  bytes.copy_to(out.subspan(head), CopyReason::cross_thread);
  if (small) return outbox_.tell(session, type, out);
  outbox_.tell(session, type, SliceChain(std::move(own)));
}

// --- deadlines

void AppDesk::arm(Peer& peer) {
  const Instant next = std::min(peer.asked.next_deadline(), peer.owed.next_deadline());
  if (next < peer.timer.deadline()) timers_.arm(peer.timer, next);
}

void AppDesk::on_deadline(Peer& peer, Instant now) {
  while (const auto number = peer.asked.expire(now)) {
    add(counters_.asked, -1);
    counters_.timed_out.add();
    tell_port(peer, PeerEventKind::timed_out, *number);
  }
  const std::size_t unanswered = peer.owed.expire(now);
  add(counters_.owed, -static_cast<std::int64_t>(unanswered));
  counters_.unanswered.add(unanswered);
  arm(peer);
}

// --- what has left

void AppDesk::after_wait() {
  std::erase_if(sending_, [&](driver::ConnectionId connection) {
    Peer* const peer = find(connection);
    if (peer == nullptr) return true;
    peer->sending = note_left(*peer);
    return !peer->sending;
  });
}

// Of what it was sent.
std::uint64_t AppDesk::not_left(const Peer& peer) {
  const Session* const session = sessions_.find(peer.connection);
  const auto beside = wire::rules_of(MessageType::app_data).traffic_class;
  const std::uint64_t outstanding = peer.said - link().left[peer.connection.slot].value();
  return std::min(outstanding, session->egress.queued_bytes(beside));
}

bool AppDesk::note_left(Peer& peer) {
  if (rings_ == nullptr) return false;
  Counter& left = link().left[peer.connection.slot];
  const std::uint64_t waits = not_left(peer);
  if (peer.said - waits > left.value()) {
    left.set(peer.said - waits);
    room_came_ = true;
  }
  return waits > 0;
}

void AppDesk::flush() {
  unsettled_ = false;
  if (rings_ == nullptr) return;
  AppLink& ends = link();
  ends.events.collect_returns();
  bool news = ends.events.publish();
  news |= ends.orders.sender_waits();
  const bool moved = std::exchange(took_orders_, false) | std::exchange(room_came_, false);
  if (moved) news |= ends.wants_room.exchange(false, std::memory_order_acq_rel);
  if (news) rings_->sleeper.notify();
  // Less waits than when it was looked at: whether the kernel took it, the next turn will know.
  unsettled_ = ends.wants_room.load(std::memory_order_acquire) &&
               std::ranges::any_of(sending_, [&](driver::ConnectionId connection) {
                 const Peer* const peer = find(connection);
                 if (peer == nullptr) return false;
                 return peer->said - not_left(*peer) > ends.left[connection.slot].value();
               });
}

bool AppDesk::port_waits() {
  if (rings_ == nullptr) return false;
  return (link().orders.ready() && heap_has_room()) || link().events.may_go_on();
}

bool AppDesk::short_of_heap() {
  return rings_ != nullptr && link().orders.ready() && !heap_has_room();
}

// --- the port comes and goes

void AppDesk::attach(AppRings& rings) {
  RW_ASSERT(rings_ == nullptr);
  rings_ = &rings;
  sending_.clear();
  for (const auto& peer : peers_) {
    if (peer != nullptr) peer->sending = false;
  }
  for (const auto& [source, session] : sessions_.established()) know(*session);
}

void AppDesk::begin_detach() {
  AppLink& ends = link();
  const auto take = [&](const OrderMeta& order, SliceChain&& bytes) { carry_out(order, bytes); };
  while (ends.orders.receive(take, kOrderDepth) > 0) continue;
  for (const auto& peer : peers_) {
    if (peer != nullptr) forget_requests(*peer);
  }
  waiting_.clear();
  ends.events.close();
  rings_ = nullptr;
}

bool AppDesk::try_detach(AppRings& rings) {
  AppLink& ends = *rings.links[context_.id];
  return ends.events.settled() && ends.orders.finished();
}

void AppDesk::clear() {
  for (auto& peer : peers_) peer.reset();
  sending_.clear();
}

Footprint AppDesk::footprint(std::uint32_t slots) {
  return {{"app: requests of sessions", slots, sizeof(Peer) + session::kRequestsBytesMax},
          {"app: events that wait", slots + Port::kPortRequestsMax, sizeof(PeerEventMeta)}};
}

}  // namespace ringwire::node
