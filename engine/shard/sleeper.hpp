// Wakes a shard that sleeps in its driver, and costs no system call while it is awake.
//
// Problem: a doorbell for every message costs hundreds of nanoseconds and wakes a core for 15 microseconds of
// work; no doorbell costs a message that lies until the next timer. So the consumer says when it is about to
// sleep, and only then a producer rings, once per batch.
//
//   producer: push the whole batch, then notify()
//   consumer: prepare_sleep(); look into every inbox once more; if all are empty, wait; in any case awake()
//
// Why no wake-up is lost: every access to the flag is a read-modify-write with acquire and release, so they
// stand in one order and each one sees what happened before the one it follows. If notify() comes after
// prepare_sleep() it reads true and rings. If it comes before, prepare_sleep() has seen it, and with it the
// push: the second look finds the message. A plain load in notify() would be cheaper and wrong: it may be
// carried out before the push becomes visible, and then both sides see the old value. awake() must be a
// read-modify-write too: a plain store would hide an earlier notify() from the next prepare_sleep().
//
// Thread: notify() from anywhere, any number of threads; the rest by the owner. Cost of notify() to an awake
// consumer: one locked instruction per batch. A ring too many is harmless (the driver reports `woken`).
#pragma once

#include <atomic>

#include "codec/base/counter.hpp"
#include "engine/driver/driver.hpp"
#include "engine/shard/spsc_ring.hpp"

namespace ringwire::shard {

class Sleeper {
 public:
  explicit Sleeper(driver::Waker& waker) : waker_(waker) {}
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  // Rings if the owner flagged itself asleep. Of several producers, one rings.
  void notify() {
    if (asleep_.exchange(false, std::memory_order_acq_rel)) waker_.ring();
  }

  // Since prepare_sleep() nobody rang.
  [[nodiscard]] bool undisturbed() const { return asleep_.load(std::memory_order_acquire); }

  void prepare_sleep() { asleep_.exchange(true, std::memory_order_acq_rel); }
  void awake() {
    sleeps_.add();
    if (!asleep_.exchange(false, std::memory_order_acq_rel)) rung_.add();
  }

  [[nodiscard]] const Counter& sleeps() const { return sleeps_; }  // awake() calls
  [[nodiscard]] const Counter& rung() const { return rung_; }      // of those, ended by a notify()

 private:
  alignas(kCacheLine) std::atomic<bool> asleep_{false};
  alignas(kCacheLine) driver::Waker& waker_;
  Counter sleeps_;
  Counter rung_;
};

}  // namespace ringwire::shard
