#include "engine/node/connections.hpp"

#include <algorithm>

#include "engine/node/naming.hpp"

namespace ringwire::node {

using session::ConnectionAction;
using session::ConnectionState;
using wire::DisconnectReason;

namespace {

bool leaves(ConnectionState state) {
  return state == ConnectionState::leaving || state == ConnectionState::closing;
}
bool ends(ConnectionState before, ConnectionState next) {
  return leaves(next) && !leaves(before) && before != ConnectionState::closed;
}

// Proven, or the one we dialled: what a stranger merely says it is counts for nothing.
bool is_with(const Session& session, const NodeId& node) {
  if (leaves(session.state)) return false;
  return session::pending(session.state) ? session.expected == node : session.node == node;
}

// A message in fragments that does not come is its sender's fault, and not that of us who do not read or
// grant no credit.
bool reads_in_time(const Session& session) {
  return session.receiving && !session.ListNode<CreditTag>::linked();
}

}  // namespace

Connections::Connections(ShardContext& context, SessionTable& sessions, Outbox& outbox,
                         shard::TimerWheel& timers, LedgerDesk& ledger, SourceDesk& sources,
                         security::BanList& bans, AppDesk& app, std::vector<ShardLoad>& loads)
    : context_(context),
      sessions_(sessions),
      outbox_(outbox),
      timers_(timers),
      ledger_(ledger),
      sources_(sources),
      bans_(bans),
      app_(app),
      loads_(loads),
      manager_(context.settings.connections, context.settings.driver.connections_max),
      log_(context.log) {
  loads_[context.id].inbound_places.set(manager_.inbound_places());
  loads_[context.id].outbound_places.set(manager_.outbound_places());
}

void Connections::begin(Session& session, Event event) {
  update_gauges();
  on(session, event);
}

// --- the table

void Connections::on(Session& session, Event event) {
  const session::Transition transition = session::on(session.state, event);
  RW_ASSERT(transition.action != ConnectionAction::impossible);
  const ConnectionState before = session.state;
  session.state = transition.next;
  if (before == ConnectionState::established && !session.established()) leave(session);
  if (transition.returns_claim) return_claim(session);
  if (event == Event::deadline) session.farewell = DisconnectReason::timeout;
  if (event == Event::claim_revoked) session.farewell = DisconnectReason::duplicate;
  if (ends(before, transition.next)) log_.ended(session, before, event, context_.time());
  perform(session, transition.action, event);
}

void Connections::refuse(Session& session, Event event, DisconnectReason reason) {
  if (session::on(session.state, event).action == ConnectionAction::say_goodbye) session.farewell = reason;
  on(session, event);
}

void Connections::refuse_handshake(Session& session, Event event) {
  const session::HandshakeFailure failure = *session.handshake->failure();
  context_.counters.sessions.handshake_failures[failure].add();
  if (const auto reason = offence_of(failure)) offence(session, *reason);
  refuse(session, event, session::reason_of(failure));
}

void Connections::perform(Session& session, ConnectionAction action, Event event) {
  switch (action) {
    case ConnectionAction::none:
    case ConnectionAction::impossible:
    case ConnectionAction::count_:
      return;
    case ConnectionAction::secure:
      return secure(session);
    case ConnectionAction::start_handshake:
      return start_handshake(session);
    case ConnectionAction::sign_ack:
    case ConnectionAction::verify_ack: {
      auto& node = static_cast<ListNode<ProofTag>&>(session);
      if (!node.linked()) proofs_.push_back(session);
      return;
    }
    case ConnectionAction::ask_claim:
      return ask_claim(session);
    case ConnectionAction::open:
      return establish(session);
    case ConnectionAction::say_goodbye:
      return say_goodbye(session);
    case ConnectionAction::send_alert:
      return send_alert(session);
    case ConnectionAction::close:
      if (event == Event::connect_failed) context_.counters.connect_failed.add();
      return close(session, driver::CloseMode::graceful);
    case ConnectionAction::reset:
      return close(session, driver::CloseMode::reset);
    case ConnectionAction::free_slot:
      return free_slot(session);
  }
}

void Connections::secure(Session& session) {
  if (!session.inbound) manager_.on_connected(session.id.slot, context_.time());
  context_.driver.start_receive(session.id);
  session.receiving = true;
  if (context_.tls == nullptr) return on(session, Event::secured);
  const auto role = session.inbound ? wire::Role::responder : wire::Role::initiator;
  session.channel = std::make_unique<Channel>(*context_.tls, role, context_.time());
  if (session.channel->wants_place()) proofs_.push_back(session);
}

void Connections::start_handshake(Session& session) {
  session.handshake = std::make_unique<session::Handshake>(
      context_.local, session.inbound ? wire::Role::responder : wire::Role::initiator, session.expected,
      context_.entropy.draw<wire::HandshakeNonce>(),
      session.channel != nullptr ? session.channel->binding() : wire::ChannelBinding{});
  outbox_.tell(session, wire::MessageType::handshake, session.handshake->start());
}

void Connections::ask_claim(Session& session) {
  const session::PeerIdentity peer = session.handshake->peer();
  session.node = peer.id;
  session.public_key = peer.public_key;
  session.client = peer.client;
  if (!manager_.on_proven(session.id.slot, context_.time(), trusts(context_.settings, peer.id)))
    return disconnect(session, DisconnectReason::too_many_peers);
  if (bans_.is_banned(peer.id, context_.time())) {
    context_.counters.banned_node.add();
    return disconnect(session, DisconnectReason::banned);
  }
  ControlMessage message;
  message.kind = ControlKind::claim;
  message.flag = !session.inbound;
  message.connection = {context_.id, session.id.slot, session.id.generation};
  message.node = peer.id;
  context_.links.send(owner_of(peer.id, context_.links.shards()), message);
}

void Connections::return_claim(const Session& session) {
  ControlMessage message;
  message.kind = ControlKind::claim_released;
  message.connection = {context_.id, session.id.slot, session.id.generation};
  message.node = session.node;
  context_.links.send(owner_of(session.node, context_.links.shards()), message);
}

void Connections::tell_presence(const Session& session, bool present) {
  ControlMessage message;
  message.kind = ControlKind::peer_present;
  message.flag = present;
  message.node = session.node;
  context_.links.send(0, message);
}

void Connections::establish(Session& session) {
  session.handshake.reset();
  session.parser.set_authenticated();
  session.source = source_of(session.node);
  session.established_at = context_.time();
  session.liveness.emplace(context_.settings.liveness, context_.time(), context_.counters.sessions.liveness);
  session.connections = this;
  session.timer.emplace(&Connections::fire_session_timer, &session);
  sessions_.add_established(session);
  outbox_.join(session);
  context_.latencies[Delay::handshake].record(context_.time() - metrics(session).since);
  context_.counters.sessions.established.add();
  context_.counters.established.set(context_.counters.established.value() + 1);
  log_.opened(session);
  tell_presence(session, true);
  app_.on_established(session);
  arm(session, context_.time());
  // What came while the claim was being settled is read now; in the next turn where it was settled at the end
  // of this one.
  if (!static_cast<ListNode<PausedTag>&>(session).linked()) readable_.push_back(session);
  unsettled_ = true;
}

// --- while established

void Connections::arm(Session& session, Instant now) {
  Instant due = session.liveness->next_deadline();
  const Instant stalled = session.egress.stalled_since();
  if (stalled != kNever) due = std::min(due, stalled + context_.settings.stall_timeout);
  if (reads_in_time(session)) due = std::min({due, session.assembler.next_deadline(), session.frame_due});
  // To be read on in that turn.
  if (session.meter && session.meter->holds_back(now)) due = std::min(due, session.meter->held_back_until());
  timers_.arm(*session.timer, std::max(due, now));
}

void Connections::fire_session_timer(void* session, Instant now) {
  Session& timed = *static_cast<Session*>(session);
  timed.connections->on_session_timer(timed, now);
}

void Connections::on_session_timer(Session& session, Instant now) {
  const Instant stalled = session.egress.stalled_since();
  if (stalled != kNever && stalled + context_.settings.stall_timeout <= now) {
    context_.counters.stalled.add();
    offence(session, security::Reason::too_slow);
    return disconnect(session, DisconnectReason::too_slow);
  }
  if (reads_in_time(session) && session.assembler.on_deadline(now))
    return disconnect(session, DisconnectReason::too_slow);
  if (reads_in_time(session) && session.frame_due <= now) {
    context_.counters.frames_slow.add();
    return disconnect(session, DisconnectReason::too_slow);
  }
  const session::Liveness::Outcome outcome =
      session.liveness->on_deadline(context_.prng, now, session.receiving);
  if (outcome.due == session::Liveness::Due::idle) return on(session, Event::deadline);
  if (outcome.due == session::Liveness::Due::ping) {
    std::array<std::uint8_t, wire::kPingBytesMin> ping;
    wire::encode_ping(outcome.nonce, ping);
    outbox_.tell(session, wire::MessageType::ping, ping);
  }
  arm(session, now);
}

void Connections::leave(Session& session) {
  tell_presence(session, false);
  app_.on_left(session);
  sessions_.remove_established(session);
  session.timer.reset();
  session.liveness.reset();
  session.ListNode<CreditTag>::unlink();
  context_.counters.established.set(context_.counters.established.value() - 1);
}

// --- ending

void Connections::begin_leaving(Session& session) {
  static_cast<ListNode<ProofTag>&>(session).unlink();  // else a HandshakeAck would follow the goodbye
  end_securing(session);
  outbox_.silence(session);
  manager_.on_leaving(session.id.slot, context_.time());
  session.goodbye_turn = context_.turn;
  leaving_.push_back(session);
  unsettled_ = true;
}

// Its place is free for another handshake.
void Connections::end_securing(Session& session) {
  static_cast<ListNode<PlaceTag>&>(session).unlink();
  if (session.channel != nullptr) session.channel->abandon();
}

// The outbox has it already.
void Connections::send_alert(Session& session) {
  begin_leaving(session);
}

void Connections::say_goodbye(Session& session) {
  context_.counters.sessions.disconnects_sent[session.farewell].add();
  begin_leaving(session);
  std::array<std::uint8_t, 1> payload;
  wire::encode_disconnect(session.farewell, {}, payload);
  outbox_.tell(session, wire::MessageType::disconnect, payload);
}

void Connections::close(Session& session, driver::CloseMode mode) {
  outbox_.silence(session);
  manager_.on_leaving(session.id.slot, context_.time());
  static_cast<ListNode<ProofTag>&>(session).unlink();
  static_cast<ListNode<FlightTag>&>(session).unlink();
  end_securing(session);
  static_cast<ListNode<PausedTag>&>(session).unlink();
  static_cast<ListNode<LeavingTag>&>(session).unlink();
  context_.driver.close(session.id, mode);
}

void Connections::free_slot(Session& session) {
  if (session.expected) {
    ControlMessage message;
    message.kind = ControlKind::dial_ended;
    message.node = *session.expected;
    context_.links.send(0, message);
  }
  if (session.holds_place)
    sources_.leave_place({context_.id, session.id.slot, session.id.generation}, session.remote.address);
  manager_.on_closed(session.id.slot);
  outbox_.forget(session);
  sessions_.close(session);
  update_gauges();
}

void Connections::settle_leaving() {
  unsettled_ = false;
  for (Session* session = leaving_.front(); session != nullptr;) {
    Session* const following = leaving_.next(*session);
    // Committed in an earlier turn, and nothing of it is left over: the kernel has our Disconnect.
    const bool committed = session->goodbye_turn < context_.turn;
    if (!committed) unsettled_ = true;
    const bool said = !session->egress.behind() && !outbox_.has_unsealed(*session);
    if (committed && said) on(*session, Event::goodbye_sent);
    session = following;
  }
}

void Connections::settle_casualties() {
  for (std::size_t i = 0; i < outbox_.casualties().size(); ++i) {
    const Casualty casualty = outbox_.casualties()[i];
    Session* session = sessions_.find(casualty.connection);
    if (session == nullptr || session->state == ConnectionState::closing) continue;
    if (casualty.overflown) offence(*session, security::Reason::too_slow);
    if (!casualty.can_be_told || session->state == ConnectionState::leaving) {
      session->error = casualty.error;
      if (casualty.error == 0) session->unsaid = casualty.reason;
      on(*session, Event::socket_ended);
    } else {
      disconnect(*session, casualty.reason);
    }
  }
  outbox_.casualties().clear();
}

void Connections::watch_stalled() {
  for (const driver::ConnectionId id : outbox_.take_stalled()) {
    Session* const session = sessions_.find(id);
    if (session != nullptr && session->established()) arm(*session, context_.time());
  }
}

void Connections::on_deadline() {
  while (const auto slot = manager_.due(context_.time())) {
    Session* const session = sessions_.find_slot(*slot);
    if (session == nullptr) continue;
    if (session::pending(session->state)) offence(*session, security::Reason::slow_handshake);
    on(*session, Event::deadline);
  }
}

// --- the operator

bool Connections::drop(const NodeId& node, DisconnectReason reason) {
  bool found = false;
  sessions_.for_each([&](Session& session) {
    if (!is_with(session, node)) return;
    disconnect(session, reason);
    found = true;
  });
  return found;
}

void Connections::drop(const security::Prefix& addresses, DisconnectReason reason) {
  sessions_.for_each([&](Session& session) {
    if (!leaves(session.state) && security::contains(addresses, session.remote.address))
      disconnect(session, reason);
  });
}

void Connections::blame(gossip::SourceId source, security::Reason reason) {
  const Session* session = sessions_.find_source(source);
  if (session == nullptr) return;
  context_.counters.blamed.add();
  offence(*session, reason);
}

void Connections::punish(const session::ConnectionRef& connection) {
  Session* session = sessions_.find({connection.slot, connection.generation});
  if (session == nullptr || leaves(session->state)) return;
  context_.counters.punished.add();
  disconnect(*session, DisconnectReason::bad_protocol);
}

void Connections::disconnect_all(DisconnectReason reason) {
  sessions_.for_each([&](Session& session) {
    if (session.state != ConnectionState::closing) disconnect(session, reason);
  });
}

void Connections::reset_all() {
  sessions_.for_each([&](Session& session) {
    if (session.state == ConnectionState::closing) return;
    session.state = ConnectionState::closing;
    close(session, driver::CloseMode::reset);
  });
}

void Connections::update_gauges() {
  loads_[context_.id].inbound.set(manager_.inbound_count());
  loads_[context_.id].outbound.set(manager_.outbound_count());
  context_.counters.connections.set(sessions_.count());
}

}  // namespace ringwire::node
