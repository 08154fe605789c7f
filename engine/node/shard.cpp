#include "engine/node/shard.hpp"

#include <algorithm>
#include <utility>

#include "engine/node/peer_report.hpp"
#include "engine/transport/tls_library.hpp"

namespace ringwire::node {
namespace {

// A stopping shard resets what has not said goodbye by then, and leaves without what the kernel has not let
// go of after the second: together well within the two seconds that stop() promises.
constexpr Duration kStopTime = 1s;
constexpr Duration kResetTime = 250ms;

// What nobody announces is looked for again this soon: room on a full ring to another shard, or on the heap.
constexpr Duration kRetry = 1ms;

security::Ban ban_of(const ControlMessage& message, const security::Subject& subject) {
  return {subject, message.instant, static_cast<std::uint8_t>(message.value)};
}

}  // namespace

Shard::Shard(const ShardParts& parts)
    : links_(parts.mesh, parts.id, parts.sleepers),
      context_{parts.id,
               parts.settings,
               parts.local,
               parts.driver,
               links_,
               parts.logger,
               HeapBuffers(parts.settings.heap_bytes),
               session::AssemblyShard(context_.heap, parts.settings.heap_bytes / 2),
               parts.tls,
               session::RecordShard(context_.heap),
               parts.entropy,
               Prng(0),
               {},
               {},
               {},
               parts.driver.now()},
      sleeper_(*parts.sleepers[parts.id]),
      timers_(context_.time()),
      wait_policy_(parts.settings.wait, context_.time()),
      vitals_(context_, wait_policy_),
      sessions_(parts.settings.driver.connections_max),
      relief_(context_, sessions_),
      outbox_(context_, sessions_),
      ledger_(context_, parts.keys.ownership),
      sources_(context_, parts.keys.ownership),
      app_(context_, sessions_, outbox_, timers_, ledger_),
      connections_(context_, sessions_, outbox_, timers_, ledger_, sources_, bans_, app_, parts.loads),
      admission_(context_, sessions_, connections_, sources_, bans_, parts.loads),
      securing_(context_, connections_, outbox_),
      proofs_(connections_, outbox_, securing_, sources_),
      claims_(context_, sessions_, connections_, outbox_),
      gossip_(context_, outbox_, parts.keys, parts.policy),
      rates_(context_, connections_, sources_, parts.keys.tables),
      credits_(context_, connections_, outbox_),
      unfinished_(context_, sessions_, connections_),
      inbox_(context_, connections_, claims_, gossip_, app_, outbox_, relief_, securing_, rates_, credits_,
             unfinished_) {
  context_.prng = Prng(context_.entropy.number());
  if (parts.id != 0) return;
  dials_ = std::make_unique<DialDesk>(context_, parts.config, parts.loads);
  http_ = std::make_unique<HttpDesk>(context_, parts.registry, ledger_);
  http_->set_ready(true);
}

// --- the turn

void Shard::run() {
  const transport::CurveTables tables;
  CopyLedger* const previous = install_copy_ledger(&context_.copies);
  vitals_.begin();
  while (turn()) continue;
  vitals_.end();
  ended_ = true;
  install_copy_ledger(previous);
}

bool Shard::work() {
  if (std::exchange(asleep_, false)) sleeper_.awake();
  ++context_.turn;
  context_.now = context_.driver.now();
  context_.log.tick(context_.now);
  budget_.begin_turn();
  outbox_.after_wait();
  app_.after_wait();
  std::uint32_t events = run_events();
  relief_.run();
  run_deadlines();
  events +=
      static_cast<std::uint32_t>(links_.receive_control([&](const ControlMessage& m) { on_control(m); }));
  serve_commands();
  gossip_.receive();
  app_.receive();
  proofs_.work(budget_);
  gossip_.work(budget_);
  inbox_.read_on();
  credits_.run();
  connections_.settle_casualties();
  connections_.settle_leaving();
  advance_stop();
  // What the turn sent to this shard itself is part of the turn.
  links_.receive_control([&](const ControlMessage& m) { on_control(m); });
  outbox_.commit();
  connections_.watch_stalled();
  links_.collect();
  links_.flush();
  gossip_.flush_ports();
  app_.flush();
  thrift_.look(context_.heap.used_bytes() + sessions_.count() * kThriftSessionBytes, context_.time());
  wait_policy_.on_turn(events, context_.time());
  vitals_.end_turn();
  return !stopped();
}

void Shard::wait() {
  driver::WaitPlan plan = wait_policy_.plan(context_.time(), next_deadline());
  if (has_work()) plan = {};
  if (links_.control_waits() || inbox_.short_of_heap() || gossip_.short_of_heap() || app_.short_of_heap())
    plan.timeout = std::min(plan.timeout, kRetry);
  const bool may_sleep = plan.timeout > Duration{0} && !plan.spin;
  if (!may_sleep) return context_.driver.wait(plan);
  sleeper_.prepare_sleep();
  asleep_ = true;
  if (links_.anything_waits() || !commands_.empty() || gossip_.port_waits() || app_.port_waits()) plan = {};
  context_.driver.wait(plan);
}

bool Shard::has_work() {
  return outbox_.has_more() || !outbox_.casualties().empty() || proofs_.has_work() || gossip_.has_work() ||
         app_.has_work() || connections_.unsettled() || !unfinished_commands_.empty();
}

Instant Shard::next_deadline() {
  Instant next = std::min({timers_.next_deadline(), connections_.next_deadline(), sources_.next_deadline(),
                           claims_.next_deadline(), gossip_.next_deadline(), proofs_.next_deadline(),
                           thrift_.next_deadline(), stop_deadline_});
  if (http_) next = std::min(next, http_->next_deadline());
  if (may_dial()) next = std::min(next, dials_->next_deadline());
  return next;
}

void Shard::run_deadlines() {
  timers_.advance(context_.time());
  if (connections_.next_deadline() <= context_.time()) connections_.on_deadline();
  if (sources_.next_deadline() <= context_.time()) sources_.on_deadline();
  if (claims_.next_deadline() <= context_.time()) claims_.on_deadline();
  if (gossip_.next_deadline() <= context_.time()) gossip_.on_deadline();
  if (thrift_.next_deadline() <= context_.time()) thrift_.give_back(context_.time());
  if (http_ && http_->next_deadline() <= context_.time()) http_->on_deadline();
  if (may_dial() && dials_->next_deadline() <= context_.time()) dials_->on_deadline();
}

// --- events

std::uint32_t Shard::run_events() {
  std::uint32_t count = 0;
  driver::Event event;
  while (context_.driver.next(event)) {
    on_event(event);
    event.data.reset();
    ++count;
  }
  return count;
}

void Shard::on_event(driver::Event& event) {
  if (event.kind == driver::EventKind::woken) return;
  if (event.kind == driver::EventKind::accepted) {
    if (event.listener == http_listener_) return http_->on_accepted(event.connection);
    return admission_.on_accepted(event.connection);
  }
  if (Session* session = sessions_.find(event.connection)) return on_peer_event(*session, event);
  if (http_ && http_->owns(event.connection)) on_http_event(event);
}

void Shard::on_peer_event(Session& session, driver::Event& event) {
  using session::ConnectionEvent;
  switch (event.kind) {
    case driver::EventKind::received:
      return inbox_.on_received(session, std::move(event.data));
    case driver::EventKind::connected:
      session.error = event.error;
      return connections_.on(session,
                             event.error == 0 ? ConnectionEvent::connected : ConnectionEvent::connect_failed);
    case driver::EventKind::ended:
      return inbox_.on_ended(session, event.error);
    case driver::EventKind::rest_sent:
      return outbox_.on_rest_sent(session, event.error);
    case driver::EventKind::closed:
      return connections_.on(session, ConnectionEvent::socket_closed);
    case driver::EventKind::accepted:
    case driver::EventKind::woken:
    case driver::EventKind::datagram:
      break;
  }
}

void Shard::on_http_event(driver::Event& event) {
  switch (event.kind) {
    case driver::EventKind::received:
      return http_->on_received(event.connection, event.data.view());
    case driver::EventKind::ended:
      return http_->on_ended(event.connection, event.error);
    case driver::EventKind::rest_sent:
      return http_->on_rest_sent(event.connection);
    case driver::EventKind::closed:
      return http_->on_closed(event.connection);
    case driver::EventKind::accepted:
    case driver::EventKind::connected:
    case driver::EventKind::woken:
    case driver::EventKind::datagram:
      break;
  }
}

// --- mailboxes

void Shard::on_control(const ControlMessage& message) {
  switch (message.kind) {
    case ControlKind::claim:
      return claims_.on_claim(message);
    case ControlKind::claim_released:
      return claims_.on_released(message);
    case ControlKind::probe_ended:
      return claims_.on_probe_answered(message);
    case ControlKind::claim_granted:
    case ControlKind::claim_denied:
    case ControlKind::evict:
      return claims_.on_verdict(message);
    case ControlKind::probe:
      return claims_.on_probe(message);
    case ControlKind::dial:
      if (!stopping_ && admission_.dial(message.endpoint, message.key)) return;
      return links_.send(0, {.kind = ControlKind::dial_ended, .node = message.node});
    case ControlKind::dial_ended:
      return dials_->on_dial_ended(message.node);
    case ControlKind::peer_present:
      return dials_->on_presence(message.node, message.flag);
    case ControlKind::adopt:
      return on_adopt(static_cast<int>(message.value));
    case ControlKind::blame:
      return connections_.blame(message.source, message.charge.reason);
    case ControlKind::charge:
      return ledger_.on_charge(message);
    case ControlKind::punish:
      return connections_.punish(message.connection);
    case ControlKind::list_peers:
      return write_report(message);
    case ControlKind::peers_listed:
      return http_->on_peers_listed();
    case ControlKind::explain:
      return ledger_.on_explain(message);
    case ControlKind::explained:
      return http_->on_explained(message.why);
    case ControlKind::lease_request:
      return sources_.on_request(message);
    case ControlKind::lease_grant:
      admission_.on_grant(message);
      return proofs_.on_grant();
    case ControlKind::place_taken:
      return sources_.on_place_taken(message);
    case ControlKind::place_denied:
      return admission_.on_place_denied(message);
    case ControlKind::place_left:
      return sources_.on_place_left(message);
    case ControlKind::ban_node:
      return admission_.ban(ban_of(message, security::subject_of(message.node)));
    case ControlKind::ban_address:
      return admission_.ban(ban_of(message, security::subject_of(message.endpoint.address)));
  }
}

void Shard::ban(const security::Subject& subject, Duration duration) {
  const Instant until = time() + duration;
  if (ledger_.owner(subject) == context_.id) ledger_.ledger().ban(subject, until, context_.now);
  admission_.ban({subject, until, 0});
}

bool Shard::unban(const security::Subject& subject) {
  if (ledger_.owner(subject) == context_.id) ledger_.ledger().lift(subject, context_.now);
  return admission_.unban(subject);
}

void Shard::restore(const security::Ban& ban) {
  if (ledger_.owner(ban.subject) == context_.id) ledger_.ledger().restore(ban, context_.now);
  admission_.ban(ban);
}

void Shard::on_adopt(int descriptor) {
  if (stopping_) return context_.driver.discard(descriptor);
  admission_.on_adopted(descriptor);
}

void Shard::write_report(const ControlMessage& message) {
  std::vector<PeerInfo> peers;
  list_peers(peers);
  message.report->parts[context_.id] = to_json(peers);
  links_.send(0, {.kind = ControlKind::peers_listed});
}

void Shard::serve_commands() {
  std::vector<Command*> again;
  const auto serve = [&](Command* command) {
    if (command->serve(*this)) {
      command->finish();
    } else {
      again.push_back(command);
    }
  };
  for (Command* command : unfinished_commands_) serve(command);
  Command* command = nullptr;
  while (commands_.pop(command)) serve(command);
  unfinished_commands_.swap(again);
}

void Shard::list_peers(std::vector<PeerInfo>& out) {
  for (const auto& [source, session] : sessions_.established()) {
    const transport::ConnectionMetrics& metrics = connections_.metrics(*session);
    PeerInfo info;
    info.id = session->node;
    info.key = session->public_key;
    info.remote = session->remote;
    info.inbound = session->inbound;
    info.shard = context_.id;
    info.connected_for = context_.time() - session->established_at;
    info.round_trip = metrics.round_trip;
    info.silent_for = context_.time() - session->liveness->last_received();
    info.bytes_in = metrics.bytes_received;
    info.bytes_out = session->bytes_sent;
    info.client = session->client.view();
    info.queued_bytes = session->egress.queued_bytes();
    out.push_back(info);
  }
}

// --- the end

void Shard::advance_stop() {
  if (!stopping_) return;
  if (!said_goodbye_) begin_stop();
  if (sessions_.count() == 0) end_http();
  if (context_.time() < stop_deadline_) return;
  if (gave_up_) {
    stop_deadline_ = kNever;
    return;
  }
  gave_up_ = true;
  connections_.reset_all();
  end_http();
  if (http_) http_->reset_all();
  stop_deadline_ = context_.time() + kResetTime;
}

void Shard::begin_stop() {
  said_goodbye_ = true;
  stop_deadline_ = context_.time() + kStopTime;
  for (const driver::ListenerId listener : peer_listeners_) context_.driver.stop_listening(listener);
  admission_.stop();
  connections_.disconnect_all(wire::DisconnectReason::shutdown);
  if (http_) http_->set_ready(false);
}

// Only now: whoever asks hears for as long as possible that the node is stopping.
void Shard::end_http() {
  if (!http_ || std::exchange(http_ended_, true)) return;
  if (http_listener_.index != UINT32_MAX) context_.driver.stop_listening(http_listener_);
  http_->finish();
}

bool Shard::stopped() const {
  if (!said_goodbye_) return false;
  return (sessions_.count() == 0 && (!http_ || http_->empty())) || stop_deadline_ == kNever;
}

void Shard::drop_everything() {
  CopyLedger* const previous = install_copy_ledger(&context_.copies);
  links_.drain_control([&](const ControlMessage& message) {
    if (message.kind == ControlKind::adopt) context_.driver.discard(static_cast<int>(message.value));
  });
  sessions_.for_each([&](Session& session) {
    outbox_.forget(session);
    sessions_.close(session);
  });
  outbox_.clear();
  gossip_.clear();
  app_.clear();
  install_copy_ledger(previous);
}

void bring_references_home(const std::vector<std::unique_ptr<Shard>>& shards) {
  for (const auto& shard : shards) shard->drop_everything();
  for (const auto& shard : shards) shard->links().close();
  for (const auto& shard : shards) shard->links().discard();
  // What a lane relays may refer to what another forwarded.
  for (int depth = 0; depth < 2; ++depth) {
    for (const auto& shard : shards) shard->links().collect();
  }
  for (const auto& shard : shards) RW_ASSERT(shard->links().quiet());
}

}  // namespace ringwire::node
