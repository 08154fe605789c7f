#include "engine/node/rate_desk.hpp"

#include <algorithm>

namespace ringwire::node {

using security::Charge;
using security::Level;
using Answer = security::LeaseAnswer;

RateDesk::RateDesk(ShardContext& context, Connections& connections, SourceDesk& sources,
                   const crypto::SipKey& key)
    : context_(context),
      connections_(connections),
      sources_(sources),
      peers_(context.settings.rates[Level::peer], key, context.time(), context.settings.limited_peers_max) {}

bool RateDesk::admits(Session& session, wire::MessageType type, std::uint64_t payload_bytes) {
  if (!session.meter) open(session);
  security::Meter& meter = *session.meter;
  if (meter.exempt()) return true;
  const Charge charge = security::message_charge(type, static_cast<std::uint32_t>(payload_bytes));
  if (!meter.holds(charge) && !draw(session, charge)) return false;
  if (const auto refusal = peers_.take_type(session.node, type, context_.time())) {
    hold_back(session, *refusal);
    return false;
  }
  meter.spend(charge);
  return true;
}

bool RateDesk::admits_transaction(Session& session) {
  const Charge charge = security::transaction_charge();
  return session.meter->holds(charge) || draw(session, charge);
}

void RateDesk::spend_transaction(Session& session) {
  session.meter->spend(security::transaction_charge());
}

void RateDesk::open(Session& session) {
  const bool trusted = trusts(context_.settings, session.node);
  const bool exempt = security::is_exempt(session.remote.address, context_.settings.treat_loopback_as_public);
  session.meter.emplace(exempt    ? security::Meter::Kind::exempt
                        : trusted ? security::Meter::Kind::trusted
                                  : security::Meter::Kind::limited);
}

// From the peer's level and from all levels of where it comes from, or from none.
bool RateDesk::draw(Session& session, const Charge& charge) {
  const Instant now = context_.time();
  const Charge wanted = session.meter->wanted(charge);
  if (const auto refusal = peers_.refusal(session.node, wanted, now)) {
    hold_back(session, *refusal);
    return false;
  }
  if (!sources_.is_exempt(session.remote.address)) {
    const auto verdict = sources_.ask(session.remote.address, wanted);
    if (verdict.answer == Answer::no) hold_back(session, verdict.refusal);
    if (verdict.answer != Answer::yes) return false;
  }
  peers_.take(session.node, wanted, now);
  session.meter->credit(wanted);
  return true;
}

void RateDesk::hold_back(Session& session, const security::Refusal& refusal) {
  const Instant now = context_.time();
  refused_[refusal.level].add();
  // Where it depends on others, when leases end.
  session.meter->hold_back(std::min(refusal.retry_at, now + security::kLeaseTime), now);
  if (session.meter->too_long(now)) connections_.offence(session, security::Reason::over_limit);
  connections_.rearm(session);
}

Footprint RateDesk::footprint(const Settings& settings) {
  return security::PeerLimits::footprint(settings.limited_peers_max);
}

}  // namespace ringwire::node
