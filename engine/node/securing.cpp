#include "engine/node/securing.hpp"

#include <algorithm>

#include "engine/node/receiving.hpp"

namespace ringwire::node {

using session::ConnectionEvent;
using transport::TlsWork;

namespace {

template <class Tag>
std::size_t inbound_in(IntrusiveList<Session, Tag>& list) {
  std::size_t count = 0;
  for (Session* session = list.front(); session != nullptr; session = list.next(*session))
    count += session->inbound ? 1 : 0;
  return count;
}

security::Prefix origin_of(const Session& session) {
  return *security::prefix_of(session.remote.address, security::Scope::address);
}

}  // namespace

// --- bytes

void Securing::on_received(Session& session, Slice data) {
  session.held.push_back(std::move(data));
  advance(session);
}

// Gives it what is held, as far as it takes it.
void Securing::feed(Session& session) {
  while (!session.held.empty()) {
    Slice& first = session.held.front();
    first.remove_prefix(static_cast<std::uint32_t>(session.channel->input(first.view(), context_.records)));
    if (!first.empty()) return;
    session.held.erase(session.held.begin());
  }
}

void Securing::advance(Session& session) {
  Channel& channel = *session.channel;
  feed(session);
  if (channel.has_unsealed()) outbox_.tell_unsealed(session);
  if (channel.failure()) return fail(session);
  if (channel.secured()) return secured(session);
  if (channel.wants_place() || channel.pending_work() != TlsWork::none) queue(session);
  if (session.held.empty()) return resume_receiving(context_, session);
  Slice last = std::move(session.held.back());
  session.held.pop_back();
  if (hold(context_, session, std::move(last))) return;
  context_.counters.out_of_heap.add();
  session.farewell = wire::DisconnectReason::out_of_memory;
  connections_.on(session, ConnectionEvent::security_failed);
}

void Securing::secured(Session& session) {
  session.ListNode<PlaceTag>::unlink();
  context_.latencies[Delay::securing].record(context_.time() - session.channel->begun());
  connections_.on(session, ConnectionEvent::secured);
  // What came behind the last word of its handshake is read in this turn.
  connections_.readable().push_back(session);
}

void Securing::fail(Session& session) {
  session.ListNode<PlaceTag>::unlink();
  if (const auto reason = offence_of(*session.channel->failure())) connections_.offence(session, *reason);
  connections_.on(session, ConnectionEvent::security_failed);
}

// --- places and CPU time

void Securing::queue(Session& session) {
  if (!session.ListNode<ProofTag>::linked()) connections_.proofs().push_back(session);
}

void Securing::work(Session& session, shard::TurnBudget& budget) {
  Channel& channel = *session.channel;
  if (channel.wants_place() && !find_place(session)) return;
  budget.charge(transport::cost_of(channel.pending_work()));
  channel.work(context_.records, context_.time());
  advance(session);
}

bool Securing::find_place(Session& session) {
  bool may = may_begin(session, strangers());
  if (!may && session.inbound) {
    may = is_outdone(session);
    if (may || inbound_in(waiting_) >= kTlsWaitingMax) push_one_out();
  }
  if (may) {
    begin(session);
  } else {
    waiting_.push_back(session);
  }
  return may;
}

std::size_t Securing::strangers() {
  return inbound_in(places_);
}

bool Securing::may_begin(const Session& session, std::size_t strangers) const {
  return context_.tls->has_place() && (!session.inbound || strangers < kTlsStrangersMax);
}

void Securing::begin(Session& session) {
  session.channel->begin();
  places_.push_back(session);
}

std::map<security::Prefix, std::size_t> Securing::strangers_by_address() {
  std::map<security::Prefix, std::size_t> held;
  for (Session* each = places_.front(); each != nullptr; each = places_.next(*each)) {
    if (each->inbound) ++held[origin_of(*each)];
  }
  return held;
}

// By an address with so many more places that they are shared out more evenly when it loses one to this.
bool Securing::is_outdone(const Session& session) {
  const auto held = strangers_by_address();
  const auto own = held.find(origin_of(session));
  const std::size_t enough = (own != held.end() ? own->second : 0) + 1;
  return std::ranges::any_of(held, [&](const auto& each) { return each.second > enough; });
}

// Who has a place and lets us wait longest for his next flight.
Session* Securing::slowest() {
  Session* slowest = nullptr;
  for (Session* each = places_.front(); each != nullptr; each = places_.next(*each)) {
    const bool waits = each->inbound && each->channel->waits_since() != kNever;
    if (!waits) continue;
    if (slowest == nullptr || each->channel->waits_since() < slowest->channel->waits_since()) slowest = each;
  }
  return slowest;
}

bool Securing::push_out_overdue() {
  Session* const session = slowest();
  if (session == nullptr || session->channel->waits_since() + kTlsPatience > context_.time()) return false;
  context_.counters.tls_overdue.add();
  connections_.on(*session, ConnectionEvent::deadline);
  return true;
}

void Securing::push_one_out() {
  const auto held = strangers_by_address();
  std::size_t most = 0;
  for (const auto& [origin, places] : held) most = std::max(most, places);
  for (Session* each = places_.front(); each != nullptr; each = places_.next(*each)) {
    if (!each->inbound || held.at(origin_of(*each)) < most) continue;
    context_.counters.tls_pushed_out.add();
    return connections_.on(*each, ConnectionEvent::deadline);
  }
}

void Securing::give_places() {
  std::uint64_t left = 0;
  std::size_t inside = strangers();
  bool may_push = true;
  for (Session* session = waiting_.front(); session != nullptr;) {
    Session* const following = waiting_.next(*session);
    if (may_push && session->inbound && !may_begin(*session, inside)) {
      may_push = push_out_overdue();
      inside -= may_push ? 1 : 0;
    }
    if (may_begin(*session, inside)) {
      inside += session->inbound ? 1 : 0;
      session->ListNode<ProofTag>::unlink();
      begin(*session);
      queue(*session);
    } else {
      ++left;
    }
    session = following;
  }
  context_.counters.tls_waiting.set(left);
}

Instant Securing::next_deadline() {
  if (inbound_in(waiting_) == 0) return kNever;
  Session* const session = slowest();
  return session == nullptr ? kNever : session->channel->waits_since() + kTlsPatience;
}

bool Securing::has_work() {
  const std::size_t inside = strangers();
  for (Session* session = waiting_.front(); session != nullptr; session = waiting_.next(*session)) {
    if (may_begin(*session, inside)) return true;
  }
  return false;
}

}  // namespace ringwire::node
