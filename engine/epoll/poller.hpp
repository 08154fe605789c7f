// The epoll instance itself: what is watched, and the one call of a driver that sleeps.
//
// Connections are watched once, edge triggered and for both directions, from open to close: no epoll_ctl on
// the hot path, for pausing or for a stalled send. Listeners are level triggered, so that a batch of accepts
// may stop anywhere. Thread: the driver's.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "codec/base/time.hpp"

namespace ringwire::epoll {

class Poller {
 public:
  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  // 0, or the errno of opening it.
  [[nodiscard]] std::int32_t error() const { return error_; }

  // 0 or an errno: ENOSPC (fs.epoll.max_user_watches) and ENOMEM are to be expected.
  std::int32_t watch(int descriptor, std::uint32_t events, std::uint64_t name);
  void change(int descriptor, std::uint32_t events, std::uint64_t name);
  void forget(int descriptor);

  // Sleeps until something is ready or `timeout` has passed; a signal ends it early. Valid until the next
  // wait(). What did not fit is reported by the next wait().
  std::span<const epoll_event> wait(Duration timeout);

  // Nanosecond timeouts (epoll_pwait2); else they are rounded up to milliseconds.
  [[nodiscard]] bool precise() const { return precise_; }

  // A turn touches its sockets twice, to receive and to send: so many stay in the second-level cache between
  // (512 connections, one message each: 0.91 to 0.96 of a raw loop with 64 or 128, 0.87 with 256 or 512).
  static constexpr std::size_t kReportsMax = 128;

 private:
  int wait_precisely(Duration timeout);
  int wait_roughly(Duration timeout);

  int descriptor_;
  std::int32_t error_ = 0;
  bool precise_ = true;
  std::array<epoll_event, kReportsMax> reports_;
};

}  // namespace ringwire::epoll
