// Listening sockets: a bounded batch of accepts per turn, and a pause instead of a spin when the process runs
// out of descriptors or memory.
//
// Attack: connections that arrive faster than they can be served must not keep the loop from its peers:
// kAcceptsPerTurn. A full descriptor table leaves the listener readable for ever: accepting stops for
// kAcceptPause, counted.
//
// Timers: one, `resume_at`: armed by a shortage, starts accepting again on every listener.
// Thread: the driver's. An index is never given out again. Complexity: O(1) per accept.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "codec/base/time.hpp"
#include "engine/driver/driver.hpp"
#include "engine/epoll/poller.hpp"

namespace ringwire::epoll {

struct Accepted {
  int descriptor = -1;
  Endpoint remote;
  driver::ListenerId listener;
};

class Listeners {
 public:
  Listeners(Poller& poller, driver::DriverCounters& counters) : poller_(poller), counters_(counters) {}
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;
  ~Listeners();

  Result<driver::ListenerId, driver::SocketError> open(const Endpoint& endpoint,
                                                       const driver::ListenOptions& options);
  void stop(driver::ListenerId listener);
  [[nodiscard]] Endpoint local(driver::ListenerId listener) const;

  // A new turn: listeners that still have somebody waiting are reported again.
  void begin_turn() { ready_.clear(); }
  // The listener of this name was reported readable.
  void on_readable(std::uint64_t name);
  // The next connection of this turn; none where the batch is done or nobody is waiting.
  std::optional<Accepted> accept();

  // When accepting goes on after a shortage; kNever where it was not stopped.
  [[nodiscard]] Instant resume_at() const { return resume_at_; }
  void on_deadline(Instant now);

  // Names of listeners in the poller lie in [kNameBase, kNameBase + listeners), above every slot and below
  // the names of datagram sockets.
  static constexpr std::uint64_t kNameBase = std::uint64_t{1} << 31;
  static constexpr std::uint32_t kAcceptsPerTurn = 64;
  static constexpr Duration kAcceptPause = 100ms;

 private:
  static constexpr int kStopped = -1;

  void pause();
  void watch_all(std::uint32_t events);

  Poller& poller_;
  driver::DriverCounters& counters_;
  std::vector<int> descriptors_;      // by index
  std::vector<std::uint32_t> ready_;  // indices with somebody waiting
  std::uint32_t batch_left_ = 0;      // of the listener ready_.back()
  Instant resume_at_ = kNever;
};

}  // namespace ringwire::epoll
