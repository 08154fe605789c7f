#include "engine/node/source_desk.hpp"

#include <algorithm>

namespace ringwire::node {
namespace {

using security::Charge;
using security::LeaseGrant;
using security::LeaseReport;
using security::LeaseRequest;

Tokens pack(const Charge& charge) {
  Tokens tokens{};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    RW_ASSERT(charge.each[i] <= UINT32_MAX);
    tokens[i] = static_cast<std::uint32_t>(charge.each[i]);
  }
  return tokens;
}

Charge unpack(const Tokens& tokens) {
  Charge charge;
  std::copy(tokens.begin(), tokens.end(), charge.each.begin());
  return charge;
}

ControlMessage message_of(const LeaseRequest& request, ShardId from) {
  ControlMessage message;
  message.kind = ControlKind::lease_request;
  message.connection.shard = from;
  message.endpoint.address = request.source.base;
  message.instant = request.report.valid_until;
  message.lease.need = pack(request.need);
  message.lease.spent = pack(request.report.spent);
  message.lease.returned = pack(request.report.returned);
  return message;
}

security::Prefix source_of(const ControlMessage& message) {
  return *security::prefix_of(message.endpoint.address, security::Scope::address);
}

LeaseRequest request_of(const ControlMessage& message) {
  const LeaseReport report{unpack(message.lease.spent), unpack(message.lease.returned), message.instant};
  return {source_of(message), unpack(message.lease.need), report};
}

ControlMessage message_of(const LeaseGrant& grant) {
  ControlMessage message;
  message.kind = ControlKind::lease_grant;
  message.endpoint.address = grant.source.base;
  message.flag = grant.granted;
  message.instant = grant.granted ? grant.valid_until : grant.retry_at;
  message.lease.need = pack(grant.tokens);
  message.lease.level = grant.level;
  message.lease.resource = grant.resource;
  return message;
}

LeaseGrant grant_of(const ControlMessage& message) {
  LeaseGrant grant;
  grant.source = source_of(message);
  grant.granted = message.flag;
  grant.tokens = unpack(message.lease.need);
  (grant.granted ? grant.valid_until : grant.retry_at) = message.instant;
  grant.level = message.lease.level;
  grant.resource = message.lease.resource;
  return grant;
}

ControlMessage place_message(ControlKind kind, const ConnectionRef& connection, const IpAddress& from) {
  ControlMessage message;
  message.kind = kind;
  message.connection = connection;
  message.endpoint.address = from;
  return message;
}

}  // namespace

SourceDesk::SourceDesk(ShardContext& context, const crypto::SipKey& key)
    : context_(context),
      key_(key),
      limits_(context.settings.rates, key, context.time(), context.settings.sources_max),
      lender_(limits_, context.settings.shards),
      borrower_(key, context.time(), context.settings.sources_max),
      places_(context.settings.source_places, key) {}

bool SourceDesk::is_exempt(const IpAddress& from) const {
  if (security::is_exempt(from, context_.settings.treat_loopback_as_public)) return true;
  return trusts(context_.settings, from);
}

ShardId SourceDesk::owner(const IpAddress& address) const {
  return security::owner_of(address, key_, context_.links.shards());
}

security::Borrower::Verdict SourceDesk::ask(const IpAddress& from, const Charge& charge) {
  if (owner(from) != context_.id) {
    const auto verdict =
        borrower_.ask(from, charge, security::SourceProof::round_trip, context_.time(), requests_);
    send_requests();
    return verdict;
  }
  const auto refusal = limits_.take(from, charge, context_.time());
  if (refusal) return {Answer::no, *refusal};
  return {Answer::yes, {}};
}

SourceDesk::Answer SourceDesk::ask(const IpAddress& from, const Charge& charge,
                                   session::CounterPer<security::Level>& refused) {
  if (is_exempt(from)) return Answer::yes;
  const auto verdict = ask(from, charge);
  if (verdict.answer == Answer::no) refused[verdict.refusal.level].add();
  return verdict.answer;
}

SourceDesk::Answer SourceDesk::may_connect(const IpAddress& from) {
  return ask(from, security::connection_charge(), connections_refused_);
}

SourceDesk::Answer SourceDesk::may_shake_hands(const IpAddress& from) {
  return ask(from, security::handshake_charge(context_.settings.tls), handshakes_refused_);
}

void SourceDesk::send_requests() {
  for (const LeaseRequest& request : requests_)
    context_.links.send(owner(request.source.base), message_of(request, context_.id));
  requests_.clear();
}

void SourceDesk::on_grant(const ControlMessage& message) {
  borrower_.on_grant(grant_of(message), context_.time());
}

void SourceDesk::on_request(const ControlMessage& message) {
  const LeaseRequest request = request_of(message);
  if (request.need == Charge{}) return lender_.on_return(request, context_.time());
  context_.links.send(message.connection.shard, message_of(lender_.on_request(request, context_.time())));
}

void SourceDesk::on_deadline() {
  borrower_.on_deadline(context_.time(), requests_);
  send_requests();
}

// --- places

bool SourceDesk::take_place(const ConnectionRef& connection, const IpAddress& from) {
  if (is_exempt(from)) return false;
  context_.links.send(owner(from), place_message(ControlKind::place_taken, connection, from));
  return true;
}

void SourceDesk::leave_place(const ConnectionRef& connection, const IpAddress& from) {
  context_.links.send(owner(from), place_message(ControlKind::place_left, connection, from));
}

void SourceDesk::on_place_taken(const ControlMessage& message) {
  const auto full = places_.take(message.endpoint.address);
  if (!full) {
    held_.insert(message.connection);
    return;
  }
  denied_[*full].add();
  context_.links.send(message.connection.shard,
                      place_message(ControlKind::place_denied, message.connection, message.endpoint.address));
}

// One that was denied holds nothing.
void SourceDesk::on_place_left(const ControlMessage& message) {
  if (held_.erase(message.connection) > 0) places_.give_back(message.endpoint.address);
}

Footprint SourceDesk::footprint(const Settings& settings) {
  constexpr std::size_t kHeldBytes = sizeof(ConnectionRef) + 4 * sizeof(void*);
  const std::uint32_t connections = settings.driver.connections_max * settings.shards;
  Footprint sum = security::SourceLimits::footprint(settings.sources_max);
  for (const Footprint& part :
       {security::Borrower::footprint(settings.sources_max), security::PlaceCounts::footprint(connections)}) {
    sum.insert(sum.end(), part.begin(), part.end());
  }
  sum.push_back({"places held by connections", connections, kHeldBytes});
  return sum;
}

}  // namespace ringwire::node
