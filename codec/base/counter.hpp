// A number that one thread adds to and any thread may read, without a locked instruction.
//
// Owner: the thread of the module that counts; add() from a second thread loses counts. Readers see a recent
// value, not a consistent set. Every drop and refusal of ringwire has one of these with a name of its own.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringwire {

class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace ringwire
