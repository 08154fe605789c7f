#include "engine/node/admission.hpp"

#include <utility>

#include "codec/crypto/identity.hpp"

namespace ringwire::node {

using session::ConnectionEvent;
using wire::DisconnectReason;

Admission::Admission(ShardContext& context, SessionTable& sessions, Connections& connections,
                     SourceDesk& sources, security::BanList& bans, const std::vector<ShardLoad>& loads)
    : context_(context),
      sessions_(sessions),
      connections_(connections),
      sources_(sources),
      bans_(bans),
      loads_(loads),
      log_(context.log) {}

void Admission::on_accepted(driver::ConnectionId id) {
  const Endpoint remote = context_.driver.remote(id);
  if (bans_.is_banned(remote.address, context_.time())) {
    context_.counters.banned_address.add();
    log_.turned_away(remote, "its address is banned");
    return context_.driver.close(id, driver::CloseMode::reset);
  }
  if (hand_on(id)) return;
  ask(id, remote);
}

// SO_REUSEPORT spreads connections by hash, not evenly: one shard's share may be used up while another has
// room.
bool Admission::hand_on(driver::ConnectionId id) {
  if (connections_.manager().inbound_count() < connections_.manager().inbound_places()) return false;
  for (ShardId other = 0; other < context_.links.shards(); ++other) {
    const ShardLoad& load = loads_[other];
    if (other == context_.id || load.inbound.value() >= load.inbound_places.value()) continue;
    ControlMessage message;
    message.kind = ControlKind::adopt;
    message.value = context_.driver.release(id);
    context_.links.send(other, message);
    context_.counters.handed_on.add();
    return true;
  }
  return false;
}

void Admission::on_adopted(int descriptor) {
  const auto id = context_.driver.adopt(descriptor);
  if (!id.ok()) {
    context_.driver.discard(descriptor);
    return context_.counters.adopt_failed.add();
  }
  context_.counters.adopted.add();
  ask(id.value(), context_.driver.remote(id.value()));
}

void Admission::ask(driver::ConnectionId id, const Endpoint& remote) {
  switch (sources_.may_connect(remote.address)) {
    case SourceDesk::Answer::yes:
      return admit(id, remote);
    case SourceDesk::Answer::wait:
      return await(id, remote);
    case SourceDesk::Answer::no:
      break;
  }
  log_.turned_away(remote, "it connects too often");
  context_.driver.close(id, driver::CloseMode::reset);
}

void Admission::await(driver::ConnectionId id, const Endpoint& remote) {
  if (waiting_.size() < kAdmissionsWaitingMax) return waiting_.push_back({id, remote});
  context_.counters.admission_crowded.add();
  log_.turned_away(remote, "too many wait for an answer about their address");
  context_.driver.close(id, driver::CloseMode::reset);
}

void Admission::on_grant(const ControlMessage& message) {
  sources_.on_grant(message);
  const auto source = *security::prefix_of(message.endpoint.address, security::Scope::address);
  for (const Waiting& each : std::exchange(waiting_, {})) {
    if (security::contains(source, each.remote.address)) {
      ask(each.id, each.remote);
    } else {
      waiting_.push_back(each);
    }
  }
}

void Admission::on_place_denied(const ControlMessage& message) {
  const ConnectionRef& connection = message.connection;
  Session* const session = sessions_.find({connection.slot, connection.generation});
  if (session != nullptr) connections_.disconnect(*session, DisconnectReason::too_many_peers);
}

void Admission::stop() {
  for (const Waiting& each : waiting_) context_.driver.close(each.id, driver::CloseMode::reset);
  waiting_.clear();
}

void Admission::admit(driver::ConnectionId id, const Endpoint& remote) {
  const auto admission = connections_.manager().on_accepted(id.slot, remote, context_.time(),
                                                            trusts(context_.settings, remote.address));
  // Nobody but the driver knows it yet.
  if (!admission.admitted) {
    log_.turned_away(remote, "no place for another inbound connection");
    return context_.driver.close(id, driver::CloseMode::reset);
  }
  Session& session = sessions_.open(id, context_.heap, context_.assembly, remote, true, carriage());
  if (admission.pushed_out) {
    if (Session* older = sessions_.find_slot(*admission.pushed_out))
      connections_.on(*older, ConnectionEvent::deadline);
  }
  session.holds_place = sources_.take_place({context_.id, id.slot, id.generation}, remote.address);
  connections_.begin(session, ConnectionEvent::accepted);
}

bool Admission::dial(const Endpoint& endpoint, const PublicKey& key) {
  if (!connections_.manager().may_dial() || bans_.is_banned(endpoint.address, context_.time())) return false;
  const NodeId expected = crypto::node_id(key);
  if (bans_.is_banned(expected, context_.time())) return false;
  const auto id = context_.driver.connect(endpoint, context_.settings.socket);
  if (!id.ok()) {
    log_.cannot_dial(id.error().message());
    context_.counters.connect_failed.add();
    return false;
  }
  Session& session =
      sessions_.open(id.value(), context_.heap, context_.assembly, endpoint, false, carriage());
  session.expected = expected;
  connections_.manager().on_dialled(session.id.slot, context_.time());
  connections_.begin(session, ConnectionEvent::dial_started);
  return true;
}

void Admission::ban(const security::Ban& ban) {
  bans_.ban(ban);
  if (context_.id == 0) log_.banned(ban.subject.to_string(), ban.until - context_.time());
  context_.counters.bans.set(bans_.size());
  context_.counters.ban_changes.add();
  if (ban.subject.kind == security::Subject::Kind::node) {
    connections_.drop(ban.subject.node, DisconnectReason::banned);
  } else {
    connections_.drop(ban.subject.prefix, DisconnectReason::banned);
  }
}

bool Admission::unban(const security::Subject& subject) {
  const bool was_banned = bans_.lift(subject, context_.time());
  context_.counters.bans.set(bans_.size());
  if (was_banned) context_.counters.ban_changes.add();
  return was_banned;
}

}  // namespace ringwire::node
