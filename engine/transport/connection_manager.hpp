// Which connections may exist on this shard, and how long each may take to become a session.
//
// Attack: strangers open connections and prove nothing. Sockets are few, so honest peers are locked out by
// people who spend one packet each. A cap alone makes that cheaper still.
//
// Rules
//  - Inbound connections never take the places of dialled ones: inbound is limited to inbound_max and to what
//    outbound_max leaves of connections_max. What counts there are strangers and who is not proven yet.
//  - A pending connection (identity unproven) has one absolute deadline, and its place is never safe: where a
//    newcomer finds no place, it gets that of the oldest pending connection of the address that holds most of
//    them. So a hog pushes out itself, and one honest newcomer is pushed out only by as many addresses as
//    there are places.
//  - One address (an IPv6 /64) has at most pending_per_address_max pending inbound connections; a newcomer
//    above it takes the place of the oldest of its own. Loopback may be exempt from this rule.
//  - A proven connection is never pushed out here. Where all places are proven, newcomers are refused.
//  - Trusted peers have places of their own, beside connections_max (trusted_places). Who is trusted is known
//    once it is proven, so anybody may use them until then; a stranger who proves himself when the places of
//    strangers are held by proven ones is refused (on_proven()). The address of a trusted peer is a hint: a
//    pending connection from there makes no room for other addresses, as long as its own holds no more than
//    pending_per_address_max. So strangers who fill the node and then flood it keep no trusted
//    peer out that comes from its address; from another one it has the chances of every newcomer.
//
// Timers: three queues, each in order of its deadlines because all of a queue take the same time.
//   dialling   connect_timeout, from on_dialled
//   pending    handshake_timeout, from on_accepted or on_connected
//   leaving    session::kLeavingTime, from on_leaving
// The caller has one timer for next_deadline() and then asks due() until it says nothing.
//
// It opens and closes nothing: it is told what happened and says what may. Slots are the driver's, which
// should have some above connections_max for those that are leaving. Thread: the shard. Memory: footprint().
// Complexity: O(log pending); a push-out O(pending).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "codec/base/counter.hpp"
#include "codec/base/endpoint.hpp"
#include "codec/base/footprint.hpp"
#include "codec/base/intrusive_list.hpp"
#include "codec/base/time.hpp"

namespace ringwire::transport {

struct ConnectionLimits {
  std::uint32_t connections_max = 256;
  std::uint32_t inbound_max = 128;
  std::uint32_t outbound_max = 64;
  std::uint32_t pending_max = 128;  // inbound, unproven; below 1 KiB each until the handshake is over
  std::uint32_t pending_per_address_max = 8;  // nodes behind one address that start at the same moment
  std::uint32_t trusted_places = 0;           // inbound, beside connections_max; the same on every shard
  bool exempt_loopback = true;
  Duration connect_timeout = 10s;
  Duration handshake_timeout = 5s;

  // All that there may be at once, but for those that are leaving.
  [[nodiscard]] std::uint32_t places() const { return connections_max + trusted_places; }
};

// The share of one of `shards` shards: the shares add up to the whole. Times, the share of an address
// and the places of trusted peers stay: the kernel chooses the shard that they come to.
ConnectionLimits share_of(const ConnectionLimits& whole, std::uint32_t shards, std::uint32_t shard);

// What one connection did; the shard adds to it, plain numbers because nobody else reads them.
struct ConnectionMetrics {
  Instant since;   // accepted or dialled
  Instant proven;  // 0: not yet
  std::uint64_t bytes_received = 0;
  std::uint64_t frames_received = 0;
  Duration round_trip{0};  // smoothed; 0: no sample yet
};

struct ConnectionCounters {
  Counter admitted;
  Counter refused_full;      // every place is held by a proven connection
  Counter refused_proven;    // strangers, once proven: the places left are those of trusted peers
  Counter pushed_out_share;  // a pending connection lost its place: too many of its address
  Counter pushed_out_full;   // likewise: no place left for a newcomer
  Counter dialled;
  Counter connect_timeouts;
  Counter handshake_timeouts;
  Counter leaving_timeouts;
};

class ConnectionManager {
 public:
  ConnectionManager(const ConnectionLimits& limits, std::uint32_t slots);
  ConnectionManager(const ConnectionManager&) = delete;
  ConnectionManager& operator=(const ConnectionManager&) = delete;

  struct Admission {
    bool admitted = false;                    // else close(reset); the manager has forgotten it
    std::optional<std::uint32_t> pushed_out;  // as from due(): its place is taken
  };
  // `hinted`: from the address of a trusted peer.
  Admission on_accepted(std::uint32_t slot, const Endpoint& remote, Instant now, bool hinted = false);

  [[nodiscard]] bool may_dial() const;
  // Only after may_dial() said yes.
  void on_dialled(std::uint32_t slot, Instant now);
  void on_connected(std::uint32_t slot, Instant now);

  // The peer's identity is proven: it keeps its place. False: there is none for it, disconnect it.
  [[nodiscard]] bool on_proven(std::uint32_t slot, Instant now, bool trusted = false);
  // A Disconnect is on its way out, or close() was called: the place is free. Any number of times.
  void on_leaving(std::uint32_t slot, Instant now);
  void on_closed(std::uint32_t slot);

  [[nodiscard]] Instant next_deadline() const;
  // A connection whose deadline passed: feed it ConnectionEvent::deadline. Its place is free already.
  std::optional<std::uint32_t> due(Instant now);

  [[nodiscard]] ConnectionMetrics& metrics(std::uint32_t slot);
  [[nodiscard]] bool inbound(std::uint32_t slot) const;

  // What inbound connections may have together, but for trusted ones.
  [[nodiscard]] std::uint32_t inbound_places() const;
  // What dialled ones may have together.
  [[nodiscard]] std::uint32_t outbound_places() const;
  [[nodiscard]] std::uint32_t inbound_count() const { return inbound_; }
  [[nodiscard]] std::uint32_t outbound_count() const { return outbound_; }
  [[nodiscard]] std::uint32_t pending_count() const { return pending_; }  // inbound
  [[nodiscard]] const ConnectionCounters& counters() const { return counters_; }
  static Footprint footprint(const ConnectionLimits& limits, std::uint32_t slots);

 private:
  enum class Phase : std::uint8_t { unused, dialling, pending, proven, leaving };
  struct Record : ListNode<struct DeadlineTag> {
    Phase phase = Phase::unused;
    bool is_inbound = false;
    bool hinted = false;       // comes from the address of a trusted peer
    bool is_stranger = false;  // inbound, proven, not trusted
    Instant deadline = kNever;
    IpAddress origin;  // of an inbound one: its address, an IPv6 one cut to its /64
    ConnectionMetrics metrics;
  };
  using Queue = IntrusiveList<Record, struct DeadlineTag>;

  [[nodiscard]] Record& record(std::uint32_t slot) const;
  [[nodiscard]] std::uint32_t slot_of(const Record& record) const;
  [[nodiscard]] Record* oldest_of(const IpAddress& origin);
  [[nodiscard]] Record* oldest_of_the_largest();
  [[nodiscard]] bool may_lose(const Record& pending, std::uint32_t held) const;
  void admit(Record& fresh, const IpAddress& origin, Instant now);
  void enter(Record& record, Phase phase, Queue& queue, Instant deadline);
  void leave_pending(Record& record);
  void give_place_back(Record& record);

  const ConnectionLimits limits_;
  const std::uint32_t slots_;
  std::unique_ptr<Record[]> records_;
  mutable Queue dialling_;
  mutable Queue pending_inbound_;
  mutable Queue pending_outbound_;
  mutable Queue leaving_;
  std::map<IpAddress, std::uint32_t> pending_of_;  // inbound, by origin
  std::uint32_t inbound_ = 0;
  std::uint32_t outbound_ = 0;
  std::uint32_t pending_ = 0;
  std::uint32_t strangers_ = 0;  // inbound, proven, not trusted
  ConnectionCounters counters_;
};

}  // namespace ringwire::transport
