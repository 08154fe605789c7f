#include "engine/session/liveness.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::session {

Liveness::Liveness(const LivenessConfig& config, Instant now, LivenessCounters& counters)
    : config_(config), counters_(&counters), last_received_(now), next_ping_(now + config.ping_interval) {}

std::uint64_t Liveness::probe(Prng& prng, Instant now) {
  return send_ping(prng, now);
}

std::uint64_t Liveness::send_ping(Prng& prng, Instant now) {
  const auto rank = [](const Ping& ping) { return ping.sent == kNever ? Instant{-1} : ping.sent; };
  Ping* place = &outstanding_[0];  // a free place, else the oldest ping's
  for (Ping& ping : outstanding_) {
    if (rank(ping) < rank(*place)) place = &ping;
  }
  if (place->sent != kNever) counters_->pings_unanswered.add();
  *place = {prng.next(), now};
  counters_->pings_sent.add();
  return place->nonce;
}

std::optional<Duration> Liveness::on_pong(std::uint64_t nonce, Instant now) {
  for (Ping& ping : outstanding_) {
    if (ping.sent == kNever || ping.nonce != nonce) continue;
    const Duration sample = now - ping.sent;
    ping = {};
    counters_->pongs_matched.add();
    add_sample(sample);
    return sample;
  }
  counters_->pongs_unknown.add();
  return std::nullopt;
}

void Liveness::add_sample(Duration sample) {
  RoundTrip& trip = round_trip_;
  trip.last = sample;
  trip.min = trip.samples == 0 ? sample : std::min(trip.min, sample);
  trip.smoothed = trip.samples == 0 ? sample : trip.smoothed + (sample - trip.smoothed) / 8;
  ++trip.samples;
}

bool Liveness::owes_pong(std::uint64_t pong_bytes, bool idle) {
  counters_->pings_received.add();
  if (idle) pongs_queued_ = 0;
  if (pongs_queued_ >= kPongsQueuedMax) {
    counters_->pongs_withheld.add();
    return false;
  }
  pongs_queued_ += pong_bytes;
  return true;
}

Instant Liveness::next_deadline() const {
  return std::min(next_ping_, last_received_ + config_.idle_timeout);
}

Liveness::Outcome Liveness::on_deadline(Prng& prng, Instant now, bool reading) {
  if (!reading) last_received_ = now;
  if (last_received_ + config_.idle_timeout <= now) {
    counters_->idle_timeouts.add();
    return {Due::idle, 0};
  }
  if (next_ping_ > now) return {};
  next_ping_ = now + config_.ping_interval;
  return {Due::ping, send_ping(prng, now)};
}

}  // namespace ringwire::session
