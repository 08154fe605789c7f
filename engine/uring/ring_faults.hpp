// A kernel that misbehaves on purpose: what a ring's operations are answered, or in which order, is changed
// on the way, each change one that kernels make too, under load or at bad moments. For tests; compiled into
// ringwire_uring_faulty only, beside which ringwire_uring has nothing of it.
//
// An operation that is to fail is replaced by one that does nothing, before the kernel sees it: so a receive
// that "finds no buffer" has taken no bytes, and a send that "would block" has sent none, as in truth. What
// is cut short is really cut short.
//
// All choices come from one seed; each fault happens to one in so many of the operations it can happen to.
// Thread: one; the object outlives its rings.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "codec/base/prng.hpp"
#include "engine/uring/compat.hpp"
#include "engine/uring/completion.hpp"

namespace ringwire::uring {

enum class RingFault : std::uint8_t {
  receive_no_buffer,    // -ENOBUFS
  receive_once,         // a multishot receive ends after its first buffer
  receive_again,        // -EAGAIN
  receive_interrupted,  // -EINTR
  receive_cancelled,    // -ECANCELED, which nobody asked for
  receive_reset,        // -ECONNRESET
  send_short,           // a send of the turn takes a part
  send_again,           // ... or nothing, -EAGAIN
  send_reset,           // ... or -ECONNRESET
  rest_short,           // likewise of what is sent later
  rest_again,
  rest_reset,
  accept_no_descriptor,  // -EMFILE
  accept_once,           // a multishot accept ends after its first connection
  cancel_in_vain,        // a cancellation that finds nothing, -ENOENT, and the operation goes on
  cancel_answered_late,  // what was cancelled says so before the cancellation does; else it is after it
  cancel_answered_first,
  datagram_no_buffer,    // a receive of datagrams: -ENOBUFS
  datagram_again,        // ... -EAGAIN
  datagram_interrupted,  // ... -EINTR
  datagram_cancelled,    // ... -ECANCELED, which nobody asked for
  datagram_refused,      // ... -ECONNREFUSED: an ICMP error about one that was sent
  datagram_short,        // ... of one datagram takes its first byte
  enter_interrupted,     // -EINTR
  enter_busy,            // -EBUSY
  count_,
};
const char* name(RingFault fault);

class RingFaults {
 public:
  static constexpr std::size_t kFaults = static_cast<std::size_t>(RingFault::count_);

  explicit RingFaults(std::uint64_t seed) : prng_(seed) {}
  RingFaults(const RingFaults&) = delete;
  RingFaults& operator=(const RingFaults&) = delete;

  // From now on this fault happens to one in `one_in` operations; 0: to none.
  void set(RingFault fault, std::uint32_t one_in) { one_in_[static_cast<std::size_t>(fault)] = one_in; }
  [[nodiscard]] std::uint64_t forced(RingFault fault) const {
    return forced_[static_cast<std::size_t>(fault)];
  }

  // Rings that this thread makes from now on; null: none. Answers what was there before.
  static RingFaults* install(RingFaults* faults);
  static RingFaults* installed();

  // --- for the ring (fault_seam.hpp)
  void on_submit(io_uring_sqe& entry);
  // What an enter is answered without asking the kernel; 0: ask it.
  int enter_answer();
  void on_completions(std::span<Completion> fresh);

 private:
  [[nodiscard]] bool happens(RingFault fault);
  void answer(io_uring_sqe& entry, std::int32_t result);
  void on_receive(io_uring_sqe& entry);
  void on_datagram(io_uring_sqe& entry);
  void on_send(io_uring_sqe& entry);
  void on_rest(io_uring_sqe& entry);
  void on_accept(io_uring_sqe& entry);
  void on_cancel(io_uring_sqe& entry);
  [[nodiscard]] static bool can_cut(const io_uring_sqe& entry);
  void cut(io_uring_sqe& entry);
  void order_cancellations(std::span<Completion> fresh);

  Prng prng_;
  std::array<std::uint32_t, kFaults> one_in_{};
  std::array<std::uint64_t, kFaults> forced_{};
  std::unordered_multimap<std::uint64_t, std::int32_t> answers_;  // by user_data, of what does nothing
};

}  // namespace ringwire::uring
