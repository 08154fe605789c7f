// A world of hosts in one thread and in virtual time, from one seed: the same seed and the same calls give
// the same trace, in every build.
//
// The world is stepped by its owner:
//   for (;;) {
//     while (SimDriver* driver = network.take_ready()) ...run one turn of its shard...
//     if (!network.step()) break;
//   }
// step() moves the clock to the next happening and applies it. A turn calls SimDriver::wait() first, which
// never blocks: where nothing is to be told yet, it has the driver called again when its time is over.
//
// What it models: latency, bandwidth, loss (as the delay of sending again), bounded bytes in flight (short
// sends), segments cut anywhere, FIN and reset, a refused dial, a host that does not answer; ways that are
// cut in one direction or both, streams that something in between resets, hosts that lose power. Streams are
// reliable and in order, as TCP's are. Datagrams are neither (engine/sim/datagrams.hpp): a way that is cut
// loses them for good, and so does a port that nobody is bound to, without an answer.
//
// Timers: alarm (a driver's wait), dial_timed_out (kDialTimeout after a dial that nobody answered).
// Thread: one. Outlives its drivers (asserted). Complexity: O(log n) per happening; nothing is scanned.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/base/intrusive_list.hpp"
#include "codec/base/prng.hpp"
#include "engine/sim/datagrams.hpp"
#include "engine/sim/directory.hpp"
#include "engine/sim/end.hpp"
#include "engine/sim/link.hpp"
#include "engine/sim/paths.hpp"
#include "engine/sim/schedule.hpp"
#include "engine/sim/trace.hpp"

namespace ringwire::sim {

struct ReadyDriverTag;

class SimNetwork {
 public:
  explicit SimNetwork(std::uint64_t seed, const SimLink& link = {});
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;
  ~SimNetwork();

  [[nodiscard]] Now now() const;
  // Moves to the next happening and applies it; false where nothing is scheduled.
  bool step();
  // kNever where nothing is scheduled.
  [[nodiscard]] Instant next_at() const { return schedule_.empty() ? kNever : schedule_.next_at(); }
  // Lets time pass in which nothing happens: `to` is not after next_at(), and not before now.
  void pass(Instant to);
  // A driver with something to tell, or whose wait is over; null where there is none. First come first
  // served.
  SimDriver* take_ready();

  // Between these two addresses, either way, for whatever is sent from now on.
  void set_link(const IpAddress& one, const IpAddress& other, const SimLink& link);
  // The link of each pair that has none of its own: asked when they dial, the smaller address first.
  using LinkOf = std::function<SimLink(const IpAddress& one, const IpAddress& other)>;
  void set_links(LinkOf link_of) { link_of_ = std::move(link_of); }

  // --- faults (engine/sim/paths.hpp)

  // Nothing that `from` sends reaches `to`, until it is healed; then what waited is sent again, by each
  // stream at some moment within as long as the cut lasted.
  void cut(const IpAddress& from, const IpAddress& to) { paths_.cut({from, to}, now_); }
  void heal(const IpAddress& from, const IpAddress& to);
  // The power of a host goes: say so before its drivers go, or their peers hear of it.
  void silence(const IpAddress& host) { paths_.silence(host); }
  void wake(const IpAddress& host) { paths_.wake(host); }
  // Both ends of every stream between the two hear of a reset; how many streams.
  std::uint32_t reset_streams(const IpAddress& one, const IpAddress& other);

  // As if `from` had sent it, whoever is there: what they do who invent their source. It may be longer than
  // what a driver sends.
  void send_datagram(const Endpoint& from, const Endpoint& to, ByteView bytes);

  [[nodiscard]] std::uint64_t trace_hash() const { return trace_.hash(); }
  [[nodiscard]] std::uint64_t happenings() const { return happenings_; }

  static constexpr Duration kDialTimeout = 127s;  // Linux with its default of six retries

 private:
  friend class SimDriver;

  struct Taken {
    std::uint32_t bytes = 0;
    std::int32_t error = 0;
  };

  // What a driver asks of its kernel.
  std::uint64_t join(SimDriver& driver, std::span<const IpAddress> addresses);
  void leave(SimDriver& driver, std::uint64_t number, std::span<const IpAddress> addresses);
  void mark_ready(SimDriver& driver);
  void set_alarm(std::uint64_t number, Instant at, std::uint64_t stamp);
  End& dial(SimDriver& driver, driver::ConnectionId connection, const Endpoint& local,
            const Endpoint& remote);
  void hang_up(End& end, driver::CloseMode mode);
  int release(End& end);
  End* adopt(int descriptor, SimDriver& driver);
  void discard(int descriptor);
  Taken transmit(End& end, std::span<const ByteView> pieces);
  std::uint32_t read(End& end, ByteSpan out);
  // `end` has read so much of what its peer sent.
  void give_back(const End& end, std::uint32_t bytes);
  static void settle_credits(End& end, Instant now);
  void wait_for_credits(End& end);

  void on_datagram(const Happening& happening);
  void apply(Happening& happening);
  void apply_to_end(Happening& happening);
  void on_dialled(End& dialler);
  void on_nobody_there(const Happening& happening);
  void on_dial_ended(End& end, std::int32_t error);
  void record(const Happening& happening);

  End& make_end(const SimLink& link);
  void plan(HappeningKind kind, Instant at, std::uint64_t to, EndId from, std::uint64_t amount = 0,
            Segment data = {});
  // As plan(), of what travels from one host to another.
  void carry(const Paths::Way& way, HappeningKind kind, Instant at, std::uint64_t to, EndId from,
             std::uint64_t amount = 0, Segment data = {});
  // When what `from` sends now, `bytes` long, is there.
  Instant arrival(End& from, std::uint64_t bytes = 0);
  [[nodiscard]] Duration lateness(const SimLink& link);
  [[nodiscard]] SimLink link_between(const IpAddress& one, const IpAddress& other) const;

  Instant now_;
  Prng prng_;
  const SimLink link_;
  LinkOf link_of_;
  std::map<std::pair<IpAddress, IpAddress>, SimLink> links_;  // the smaller address first
  Directory directory_;
  Datagrams datagrams_;
  Paths paths_;
  Schedule schedule_;
  Trace trace_;
  std::uint64_t happenings_ = 0;

  std::vector<SimDriver*> drivers_;  // by number, null once gone
  IntrusiveList<SimDriver, ReadyDriverTag> ready_;
  std::unordered_map<EndId, End> ends_;  // looked up, never iterated
  EndId next_end_ = 1;
  std::unordered_map<int, EndId> released_;  // by made-up descriptor
  int next_descriptor_ = 1;
};

}  // namespace ringwire::sim
