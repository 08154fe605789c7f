// What a driver asks of its simulated kernel.
#include <algorithm>
#include <cerrno>

#include "codec/base/check.hpp"
#include "engine/sim/network.hpp"
#include "engine/sim/sim_driver.hpp"

namespace ringwire::sim {

namespace {

// The longest piece of a split send: more than an Ethernet segment, so that some pieces are whole records.
constexpr std::uint32_t kSplitBytesMax = 4096;
// The other segments stay whole: each is an event of its own, and most of them would be pieces.
constexpr std::uint64_t kCutOneOf = 3;

}  // namespace

End& SimNetwork::make_end(const SimLink& link) {
  const EndId id = next_end_++;
  End& end = ends_[id];
  end.id = id;
  end.link = link;
  return end;
}

Duration SimNetwork::lateness(const SimLink& link) {
  constexpr std::uint64_t kMillion = 1'000'000;
  const auto jitter = prng_.below(static_cast<std::uint64_t>(link.jitter.count()) + 1);
  Duration late(static_cast<std::int64_t>(jitter));
  Duration again = kRetransmit;
  while (link.lost_per_million > 0 && prng_.below(kMillion) < link.lost_per_million) {
    late += again;
    again = std::min(2 * again, kRetransmitMax);
  }
  return late;
}

Instant SimNetwork::arrival(End& from, std::uint64_t bytes) {
  const SimLink& link = from.link;
  Instant left = now_;
  if (link.bytes_per_second > 0) {
    const auto takes = static_cast<std::int64_t>(bytes * 1'000'000'000 / link.bytes_per_second);
    left = from.line_free = std::max(from.line_free, now_) + Duration(takes);
  }
  from.last_arrival = std::max(from.last_arrival, left + (link.latency + lateness(link)));
  return from.last_arrival;
}

End& SimNetwork::dial(SimDriver& driver, driver::ConnectionId connection, const Endpoint& local,
                      const Endpoint& remote) {
  End& end = make_end(link_between(local.address, remote.address));
  end.owner = &driver;
  end.connection = connection;
  end.connecting = true;
  end.local = {local.address, directory_.pick_port(local.address)};
  end.remote = remote;
  carry({local.address, remote.address}, HappeningKind::dialled, arrival(end), end.id, kNoEnd);
  plan(HappeningKind::dial_timed_out, now_ + kDialTimeout, end.id, kNoEnd);
  return end;
}

void SimNetwork::hang_up(End& end, driver::CloseMode mode) {
  const bool graceful = mode == driver::CloseMode::graceful;
  if (end.peer != kNoEnd && end.error == 0) {
    carry({end.local.address, end.remote.address}, graceful ? HappeningKind::finished : HappeningKind::reset,
          arrival(end), end.peer, end.id);
  }
  ends_.erase(end.id);
}

int SimNetwork::release(End& end) {
  end.owner = nullptr;
  released_[next_descriptor_] = end.id;
  return next_descriptor_++;
}

End* SimNetwork::adopt(int descriptor, SimDriver& driver) {
  const auto found = released_.find(descriptor);
  if (found == released_.end()) return nullptr;
  End& end = ends_.at(found->second);
  released_.erase(found);
  end.owner = &driver;
  return &end;
}

void SimNetwork::discard(int descriptor) {
  const auto found = released_.find(descriptor);
  RW_ASSERT(found != released_.end());
  hang_up(ends_.at(found->second), driver::CloseMode::reset);
  released_.erase(found);
}

SimNetwork::Taken SimNetwork::transmit(End& end, std::span<const ByteView> pieces) {
  RW_ASSERT(!end.connecting);
  if (end.error != 0) return {0, EPIPE};
  settle_credits(end, now_);
  end.cut_short = false;
  std::uint32_t taken = 0;
  for (ByteView piece : pieces) {
    while (!piece.empty()) {
      const std::uint32_t room = end.link.in_flight_bytes_max - end.in_flight;
      if (room == 0) {
        wait_for_credits(end);
        return {taken, 0};
      }
      auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(room, piece.size()));
      if (end.link.split && prng_.below(kCutOneOf) == 0) {
        count = static_cast<std::uint32_t>(prng_.between(1, std::min(count, kSplitBytesMax)));
      }
      const ByteView sent = piece.first(count);
      carry({end.local.address, end.remote.address}, HappeningKind::arrived, arrival(end, count), end.peer,
            end.id, 0, Segment(sent.begin(), sent.end()));
      piece = piece.subspan(count);
      end.in_flight += count;
      taken += count;
    }
  }
  return {taken, 0};
}

std::uint32_t SimNetwork::read(End& end, ByteSpan out) {
  std::uint32_t total = 0;
  while (!end.inbox.empty() && total < out.size()) {
    const Segment& front = end.inbox.front();
    const auto count =
        static_cast<std::uint32_t>(std::min(front.size() - end.inbox_taken, out.size() - total));
    std::copy_n(front.data() + end.inbox_taken, count, out.data() + total);
    total += count;
    end.inbox_taken += count;
    if (end.inbox_taken < front.size()) break;
    end.inbox.pop_front();
    end.inbox_taken = 0;
    if (end.link.split) break;
  }
  if (total > 0) give_back(end, total);
  return total;
}

void SimNetwork::give_back(const End& end, std::uint32_t bytes) {
  const Paths::Way way{end.local.address, end.remote.address};
  const Instant at = now_ + end.link.latency;
  const auto peer = ends_.find(end.peer);
  if (peer == ends_.end()) return;
  if (peer->second.cut_short || paths_.is_cut(way)) {
    carry(way, HappeningKind::credited, at, end.peer, end.id, bytes);
  } else if (!paths_.is_silent(way.first) && !paths_.is_silent(way.second)) {
    peer->second.credits.push_back({at, bytes});
  }
}

void SimNetwork::settle_credits(End& end, Instant now) {
  const auto later = std::ranges::find_if(end.credits, [&](const auto& each) { return each.at > now; });
  for (auto credit = end.credits.begin(); credit != later; ++credit) end.in_flight -= credit->bytes;
  end.credits.erase(end.credits.begin(), later);
}

void SimNetwork::wait_for_credits(End& end) {
  end.cut_short = true;
  for (const auto& [at, bytes] : end.credits) {
    plan(HappeningKind::credited, at, end.id, end.peer, bytes);
  }
  end.credits.clear();
}

}  // namespace ringwire::sim
