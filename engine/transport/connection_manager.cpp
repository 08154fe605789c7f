#include "engine/transport/connection_manager.hpp"

#include <algorithm>
#include <array>

#include "codec/base/check.hpp"
#include "engine/session/connection_table.hpp"

namespace ringwire::transport {
namespace {

std::uint32_t share(std::uint32_t whole, std::uint32_t shards, std::uint32_t shard) {
  return whole / shards + (shard < whole % shards ? 1 : 0);
}

// What counts as one address: whoever has an IPv6 address has the /64 around it.
IpAddress origin_of(const IpAddress& address) {
  IpAddress origin = address;
  if (origin.family == IpAddress::Family::v6) std::fill(origin.bytes.begin() + 8, origin.bytes.end(), 0);
  return origin;
}

}  // namespace

ConnectionLimits share_of(const ConnectionLimits& whole, std::uint32_t shards, std::uint32_t shard) {
  RW_ASSERT(shard < shards);
  ConnectionLimits limits = whole;
  limits.connections_max = share(whole.connections_max, shards, shard);
  limits.inbound_max = share(whole.inbound_max, shards, shard);
  limits.outbound_max = share(whole.outbound_max, shards, shard);
  limits.pending_max = share(whole.pending_max, shards, shard);
  return limits;
}

ConnectionManager::ConnectionManager(const ConnectionLimits& limits, std::uint32_t slots)
    : limits_(limits), slots_(slots), records_(std::make_unique<Record[]>(slots)) {}

ConnectionManager::Record& ConnectionManager::record(std::uint32_t slot) const {
  RW_ASSERT(slot < slots_);
  return records_[slot];
}

std::uint32_t ConnectionManager::slot_of(const Record& record) const {
  return static_cast<std::uint32_t>(&record - records_.get());
}

std::uint32_t ConnectionManager::outbound_places() const {
  return std::min(limits_.outbound_max, limits_.connections_max);
}

std::uint32_t ConnectionManager::inbound_places() const {
  return std::min(limits_.inbound_max, limits_.connections_max - outbound_places());
}

ConnectionManager::Admission ConnectionManager::on_accepted(std::uint32_t slot, const Endpoint& remote,
                                                            Instant now, bool hinted) {
  const IpAddress origin = origin_of(remote.address);
  const auto same = pending_of_.find(origin);
  const bool exempt = limits_.exempt_loopback && remote.address.is_loopback();
  const bool over_share =
      !exempt && same != pending_of_.end() && same->second >= limits_.pending_per_address_max;
  const bool full = inbound_ >= inbound_places() + limits_.trusted_places || pending_ >= limits_.pending_max;

  Admission admission{.admitted = true};
  if (over_share || full) {
    Record* const victim = over_share ? oldest_of(origin) : oldest_of_the_largest();
    if (victim == nullptr) {
      counters_.refused_full.add();
      return {};
    }
    (over_share ? counters_.pushed_out_share : counters_.pushed_out_full).add();
    admission.pushed_out = slot_of(*victim);
    on_leaving(*admission.pushed_out, now);
  }
  admit(record(slot), origin, now);
  record(slot).hinted = hinted;
  return admission;
}

void ConnectionManager::admit(Record& fresh, const IpAddress& origin, Instant now) {
  RW_ASSERT(fresh.phase == Phase::unused);
  fresh.is_inbound = true;
  fresh.origin = origin;
  fresh.metrics = {.since = now};
  enter(fresh, Phase::pending, pending_inbound_, now + limits_.handshake_timeout);
  ++pending_of_[origin];
  ++pending_;
  ++inbound_;
  counters_.admitted.add();
}

ConnectionManager::Record* ConnectionManager::oldest_of(const IpAddress& origin) {
  Record* oldest = pending_inbound_.front();
  while (oldest != nullptr && oldest->origin != origin) oldest = pending_inbound_.next(*oldest);
  return oldest;
}

// Of an address that holds `held`.
bool ConnectionManager::may_lose(const Record& pending, std::uint32_t held) const {
  return !pending.hinted || held > limits_.pending_per_address_max;
}

ConnectionManager::Record* ConnectionManager::oldest_of_the_largest() {
  Record* victim = nullptr;
  std::uint32_t most = 0;
  for (Record* each = pending_inbound_.front(); each != nullptr; each = pending_inbound_.next(*each)) {
    const std::uint32_t held = pending_of_.at(each->origin);
    if (held <= most || !may_lose(*each, held)) continue;
    most = held;
    victim = each;
  }
  return victim;
}

bool ConnectionManager::may_dial() const {
  return outbound_ < outbound_places();
}

void ConnectionManager::on_dialled(std::uint32_t slot, Instant now) {
  RW_ASSERT(may_dial());
  Record& fresh = record(slot);
  RW_ASSERT(fresh.phase == Phase::unused);
  fresh.is_inbound = false;
  fresh.metrics = {.since = now};
  enter(fresh, Phase::dialling, dialling_, now + limits_.connect_timeout);
  ++outbound_;
  counters_.dialled.add();
}

void ConnectionManager::on_connected(std::uint32_t slot, Instant now) {
  RW_ASSERT(record(slot).phase == Phase::dialling);
  enter(record(slot), Phase::pending, pending_outbound_, now + limits_.handshake_timeout);
}

bool ConnectionManager::on_proven(std::uint32_t slot, Instant now, bool trusted) {
  Record& proven = record(slot);
  RW_ASSERT(proven.phase == Phase::pending);
  const bool is_stranger = proven.is_inbound && !trusted;
  if (is_stranger && strangers_ >= inbound_places()) {
    counters_.refused_proven.add();
    return false;
  }
  proven.is_stranger = is_stranger;
  strangers_ += is_stranger ? 1 : 0;
  leave_pending(proven);
  proven.unlink();
  proven.phase = Phase::proven;
  proven.metrics.proven = now;
  return true;
}

void ConnectionManager::on_leaving(std::uint32_t slot, Instant now) {
  Record& leaver = record(slot);
  if (leaver.phase == Phase::leaving) return;
  RW_ASSERT(leaver.phase != Phase::unused);
  give_place_back(leaver);
  enter(leaver, Phase::leaving, leaving_, now + session::kLeavingTime);
}

void ConnectionManager::on_closed(std::uint32_t slot) {
  Record& gone = record(slot);
  RW_ASSERT(gone.phase != Phase::unused);
  if (gone.phase != Phase::leaving) give_place_back(gone);
  gone.unlink();
  gone.phase = Phase::unused;
}

void ConnectionManager::enter(Record& record, Phase phase, Queue& queue, Instant deadline) {
  record.unlink();
  record.phase = phase;
  record.deadline = deadline;
  queue.push_back(record);
}

void ConnectionManager::leave_pending(Record& record) {
  if (record.phase != Phase::pending || !record.is_inbound) return;
  --pending_;
  const auto same = pending_of_.find(record.origin);
  if (--same->second == 0) pending_of_.erase(same);
}

void ConnectionManager::give_place_back(Record& record) {
  leave_pending(record);
  --(record.is_inbound ? inbound_ : outbound_);
  strangers_ -= record.is_stranger ? 1 : 0;
  record.is_stranger = false;
}

Instant ConnectionManager::next_deadline() const {
  Instant earliest = kNever;
  for (Queue* queue : {&dialling_, &pending_inbound_, &pending_outbound_, &leaving_}) {
    if (!queue->empty()) earliest = std::min(earliest, queue->front()->deadline);
  }
  return earliest;
}

std::optional<std::uint32_t> ConnectionManager::due(Instant now) {
  const std::array<std::pair<Queue*, Counter*>, 4> queues{
      {{&dialling_, &counters_.connect_timeouts},
       {&pending_inbound_, &counters_.handshake_timeouts},
       {&pending_outbound_, &counters_.handshake_timeouts},
       {&leaving_, &counters_.leaving_timeouts}}};
  for (const auto& [queue, counter] : queues) {
    Record* const first = queue->front();
    if (first == nullptr || first->deadline > now) continue;
    counter->add();
    first->unlink();
    if (first->phase != Phase::leaving) on_leaving(slot_of(*first), now);
    return slot_of(*first);
  }
  return std::nullopt;
}

ConnectionMetrics& ConnectionManager::metrics(std::uint32_t slot) {
  RW_ASSERT(record(slot).phase != Phase::unused);
  return record(slot).metrics;
}

bool ConnectionManager::inbound(std::uint32_t slot) const {
  RW_ASSERT(record(slot).phase != Phase::unused);
  return record(slot).is_inbound;
}

Footprint ConnectionManager::footprint(const ConnectionLimits& limits, std::uint32_t slots) {
  // A tree node: three links, colour, key and count.
  constexpr std::uint64_t kOriginBytes = 32 + sizeof(std::pair<const IpAddress, std::uint32_t>);
  return {{"transport: connection records", slots, sizeof(Record)},
          {"transport: addresses with pending connections", limits.pending_max, kOriginBytes}};
}

}  // namespace ringwire::transport
