// Whether a peer is still there, and how far away: pings we send, pongs we match, pongs we owe.
//
// Problem: a peer that vanished without FIN looks like a quiet one; a peer that floods us with pings makes us
// write as much as it does, without bound when it does not read; a pong invented without having seen the ping
// would fake a short round trip.
//
// Rules
//  - A ping every `ping_interval`, so that an honest peer is never silent longer than that plus a round trip.
//  - Anything received counts as a sign of life. Nothing for `idle_timeout`: disconnect (timeout). While we
//    do not read, for want of room, silence says nothing about the peer: the limit begins anew.
//  - A pong is matched by its nonce, drawn from the generator handed in. At most kOutstandingMax pings wait
//    for their pong; a newer one replaces the oldest. Any other pong is counted and changes nothing.
//  - A pong is owed for each ping while less than kPongsQueuedMax bytes of pongs were said since nothing of
//    their class last waited for the peer; above it pings go unanswered, counted. So a flood of pings costs
//    no memory, and a peer that does not read gets no more. What else waits does not count: a peer that is
//    told much is still alive.
//
// Timer: one, next_deadline(): the earlier of the next ping and the idle limit. Begins with start(), ends
// with the session. Thread: the connection's shard. Pure, fixed size, O(1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/base/counter.hpp"
#include "codec/base/prng.hpp"
#include "codec/base/time.hpp"

namespace ringwire::session {

struct LivenessConfig {
  Duration ping_interval = 15s;
  Duration idle_timeout = 60s;  // more than ping_interval, or healthy peers are lost
};

// One per shard: all its connections count here.
struct LivenessCounters {
  Counter pings_sent;
  Counter pongs_matched;
  Counter pongs_unknown;     // no ping with that nonce waits
  Counter pings_unanswered;  // replaced by a newer ping before their pong came
  Counter pings_received;
  Counter pongs_withheld;  // a ping above the bound went unanswered
  Counter idle_timeouts;
};

struct RoundTrip {
  Duration last{0};
  Duration min{0};
  Duration smoothed{0};  // an eighth of each new sample, as RFC 6298 does it
  std::uint64_t samples = 0;
};

class Liveness {
 public:
  static constexpr std::size_t kOutstandingMax = 2;            // the regular ping and a probe beside it
  static constexpr std::uint64_t kPongsQueuedMax = 64 * 1024;  // 64 of the largest pongs

  Liveness(const LivenessConfig& config, Instant now, LivenessCounters& counters);

  // Bytes of any kind came from the peer.
  void on_received(Instant now) { last_received_ = now; }

  // A ping to be sent at once, apart from the regular ones: is the peer alive? Returns its nonce.
  std::uint64_t probe(Prng& prng, Instant now);
  // The sample, or nothing for a nonce that no waiting ping has.
  std::optional<Duration> on_pong(std::uint64_t nonce, Instant now);

  // The peer sent a ping whose pong takes `pong_bytes`; `idle`: nothing of its class waits for it. True:
  // answer it.
  [[nodiscard]] bool owes_pong(std::uint64_t pong_bytes, bool idle);

  enum class Due : std::uint8_t { nothing, ping, idle };
  struct Outcome {
    Due due = Due::nothing;
    std::uint64_t nonce = 0;  // of the ping to send
  };
  [[nodiscard]] Instant next_deadline() const;
  // idle: disconnect. May be called early; then nothing is due. `reading`: what the peer sends is read.
  Outcome on_deadline(Prng& prng, Instant now, bool reading);

  [[nodiscard]] const RoundTrip& round_trip() const { return round_trip_; }
  [[nodiscard]] Instant last_received() const { return last_received_; }

 private:
  struct Ping {
    std::uint64_t nonce = 0;
    Instant sent = kNever;  // kNever: no ping
  };
  std::uint64_t send_ping(Prng& prng, Instant now);
  void add_sample(Duration sample);

  LivenessConfig config_;
  LivenessCounters* counters_;
  Instant last_received_;
  Instant next_ping_;
  std::array<Ping, kOutstandingMax> outstanding_;
  RoundTrip round_trip_;
  std::uint64_t pongs_queued_ = 0;  // bytes at most
};

}  // namespace ringwire::session
