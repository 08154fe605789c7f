#include "engine/sim/network.hpp"

#include <algorithm>
#include <cerrno>

#include "codec/base/check.hpp"
#include "engine/sim/sim_driver.hpp"

namespace ringwire::sim {

namespace {

constexpr std::uint64_t kWallStartMs = 1'700'000'000'000;  // an arbitrary date

}  // namespace

SimNetwork::SimNetwork(std::uint64_t seed, const SimLink& link) : prng_(seed), link_(link), datagrams_(seed) {
  RW_ASSERT(link.in_flight_bytes_max > 0);
}

SimNetwork::~SimNetwork() {
  for (const SimDriver* driver : drivers_) RW_ASSERT(driver == nullptr);
}

Now SimNetwork::now() const {
  return {now_, {kWallStartMs + static_cast<std::uint64_t>(now_.ns) / 1'000'000}};
}

std::uint64_t SimNetwork::join(SimDriver& driver, std::span<const IpAddress> addresses) {
  directory_.join(addresses);
  datagrams_.ports().join(addresses);
  drivers_.push_back(&driver);
  ready_.push_back(driver);  // its first turn
  return drivers_.size() - 1;
}

void SimNetwork::leave(SimDriver& driver, std::uint64_t number, std::span<const IpAddress> addresses) {
  directory_.leave(addresses);
  datagrams_.ports().leave(addresses);
  drivers_[number] = nullptr;
  driver.ListNode<ReadyDriverTag>::unlink();
}

void SimNetwork::mark_ready(SimDriver& driver) {
  if (!driver.ListNode<ReadyDriverTag>::linked()) ready_.push_back(driver);
}

SimDriver* SimNetwork::take_ready() {
  return ready_.pop_front();
}

void SimNetwork::set_link(const IpAddress& one, const IpAddress& other, const SimLink& link) {
  RW_ASSERT(link.in_flight_bytes_max > 0);
  const auto pair = std::minmax(one, other);
  links_[pair] = link;
  for (auto& [id, end] : ends_) {
    if (std::minmax(end.local.address, end.remote.address) != pair) continue;
    const std::uint32_t in_flight_bytes_max = end.link.in_flight_bytes_max;  // a socket's buffer stays
    end.link = link;
    end.link.in_flight_bytes_max = in_flight_bytes_max;
  }
}

SimLink SimNetwork::link_between(const IpAddress& one, const IpAddress& other) const {
  const auto pair = std::minmax(one, other);
  const auto found = links_.find(pair);
  if (found != links_.end()) return found->second;
  return link_of_ ? link_of_(pair.first, pair.second) : link_;
}

void SimNetwork::set_alarm(std::uint64_t number, Instant at, std::uint64_t stamp) {
  if (at != kNever) plan(HappeningKind::alarm, at, number, kNoEnd, stamp);
}

void SimNetwork::plan(HappeningKind kind, Instant at, std::uint64_t to, EndId from, std::uint64_t amount,
                      Segment data) {
  schedule_.add({at, 0, kind, to, from, amount, std::move(data)});
}

void SimNetwork::carry(const Paths::Way& way, HappeningKind kind, Instant at, std::uint64_t to, EndId from,
                       std::uint64_t amount, Segment data) {
  if (paths_.is_silent(way.first) || paths_.is_silent(way.second)) return;
  if (!paths_.is_cut(way)) return plan(kind, at, to, from, amount, std::move(data));
  if (kind == HappeningKind::reset || kind == HappeningKind::refused) return;
  paths_.hold(way, {at, 0, kind, to, from, amount, std::move(data)});
}

void SimNetwork::heal(const IpAddress& from, const IpAddress& to) {
  Paths::Healed healed = paths_.heal({from, to}, now_);
  const Duration late_max = std::min(healed.lasted, kRetransmitMax);
  std::map<std::pair<EndId, EndId>, Duration> late;  // by stream
  for (Happening& held : healed.waiting) {
    const auto [stream, fresh] = late.try_emplace({held.from, held.to});
    if (fresh) {
      const auto most = static_cast<std::uint64_t>(late_max.count());
      stream->second = Duration(static_cast<std::int64_t>(prng_.below(most + 1)));
    }
    const Instant at = std::max(held.at, now_ + stream->second);
    if (const auto sender = ends_.find(held.from); sender != ends_.end())
      sender->second.last_arrival = std::max(sender->second.last_arrival, at);
    plan(held.kind, at, held.to, held.from, held.amount, std::move(held.data));
  }
}

std::uint32_t SimNetwork::reset_streams(const IpAddress& one, const IpAddress& other) {
  std::vector<EndId> hit;
  for (const auto& [id, end] : ends_) {
    const auto pair = std::minmax(end.local.address, end.remote.address);
    if (pair == std::minmax(one, other) && !end.connecting && end.error == 0) hit.push_back(id);
  }
  std::ranges::sort(hit);  // the order of a table of hashes is nobody's
  for (const EndId id : hit) plan(HappeningKind::reset, now_, id, kNoEnd);
  return static_cast<std::uint32_t>(hit.size() / 2);
}

bool SimNetwork::step() {
  if (schedule_.empty()) return false;
  Happening happening = schedule_.take();
  RW_ASSERT(happening.at >= now_);
  now_ = happening.at;
  ++happenings_;
  record(happening);
  apply(happening);
  return true;
}

void SimNetwork::pass(Instant to) {
  RW_ASSERT(to >= now_ && to <= next_at());
  now_ = to;
}

void SimNetwork::record(const Happening& happening) {
  trace_.add(static_cast<std::uint64_t>(happening.at.ns));
  trace_.add(static_cast<std::uint64_t>(happening.kind));
  trace_.add(happening.to);
  trace_.add(happening.from);
  trace_.add(happening.amount);
  trace_.add(ByteView(happening.data));
}

void SimNetwork::apply(Happening& happening) {
  if (happening.kind == HappeningKind::alarm) {
    SimDriver* driver = drivers_[happening.to];
    if (driver != nullptr) driver->on_alarm(happening.amount);
  } else if (happening.kind == HappeningKind::datagram) {
    on_datagram(happening);
  } else if (ends_.contains(happening.to)) {
    apply_to_end(happening);
  } else {
    on_nobody_there(happening);
  }
}

void SimNetwork::apply_to_end(Happening& happening) {
  End& end = ends_.at(happening.to);
  switch (happening.kind) {
    case HappeningKind::dialled:
      return on_dialled(end);
    case HappeningKind::answered:
      if (!end.connecting) return;
      end.peer = happening.from;
      return on_dial_ended(end, 0);
    case HappeningKind::refused:
      return on_dial_ended(end, ECONNREFUSED);
    case HappeningKind::dial_timed_out:
      if (end.connecting) on_dial_ended(end, ETIMEDOUT);
      return;
    case HappeningKind::arrived:
      end.inbox.push_back(std::move(happening.data));
      break;
    case HappeningKind::finished:
      end.fin = true;
      break;
    case HappeningKind::reset:
      end.error = ECONNRESET;
      break;
    case HappeningKind::credited:
      end.in_flight -= static_cast<std::uint32_t>(happening.amount);
      break;
    case HappeningKind::alarm:
    case HappeningKind::datagram:
      break;
  }
  if (end.owner == nullptr) return;
  const bool inbound = happening.kind != HappeningKind::credited;
  if (inbound) end.owner->on_readable(end);
  if (!inbound || end.error != 0) end.owner->on_writable(end);
}

void SimNetwork::on_nobody_there(const Happening& happening) {
  const bool wants_somebody =
      happening.kind == HappeningKind::arrived || happening.kind == HappeningKind::answered;
  const auto from = ends_.find(happening.from);
  if (!wants_somebody || from == ends_.end()) return;
  const End& sender = from->second;
  carry({sender.remote.address, sender.local.address}, HappeningKind::reset, now_ + sender.link.latency,
        happening.from, happening.to);
}

void SimNetwork::on_dialled(End& dialler) {
  if (!dialler.connecting) return;  // it gave up while the way was cut
  const Paths::Way back{dialler.remote.address, dialler.local.address};
  const auto listening = directory_.find(dialler.remote, prng_);
  if (!listening.has_value()) {
    if (directory_.has_host(dialler.remote.address)) {
      carry(back, HappeningKind::refused, now_ + dialler.link.latency, dialler.id, kNoEnd);
    }
    return;
  }
  End& accepted = make_end(dialler.link);
  const EndId id = accepted.id;
  accepted.peer = dialler.id;
  accepted.local = dialler.remote;
  accepted.remote = dialler.local;
  accepted.owner = listening->driver;
  const Instant at = arrival(accepted);
  carry(back, HappeningKind::answered, at, dialler.id, id);
  if (listening->driver->on_accepted(listening->index, accepted)) return;
  ends_.erase(id);
  carry(back, HappeningKind::reset, at, dialler.id, id);
}

void SimNetwork::on_dial_ended(End& end, std::int32_t error) {
  end.connecting = false;
  end.error = error;
  end.owner->on_connected(end, error);
}

}  // namespace ringwire::sim
