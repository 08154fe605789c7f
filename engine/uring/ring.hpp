// One io_uring: the only place that submits, waits and reaps.
//
// Rules
//  - Entries asked for with entry() are submitted by the next submit() or wait(), in order and all of them: a
//    partial submit is continued, EINTR, EAGAIN and EBUSY are retried. A full submission queue is submitted
//    early, counted, so entry() never fails.
//  - wait() moves every completion out of the kernel's queue into a queue of ours and returns; pop() takes
//    them from there. Nothing runs inside the reap.
//  - The completion queue may overflow without loss: the kernel keeps the rest, and wait() enters again until
//    it has handed over all of it, counted.
//  - With DEFER_TASKRUN the kernel works off about 20 completions per enter. wait() enters again, without
//    waiting, while it says there is more, up to kReapTarget: a large batch is what makes one send per peer
//    and turn worth its name.
//
// Thread: made anywhere; the thread of the first submit() or wait() becomes its only user (SINGLE_ISSUER).
// Complexity: one system call per wait() in the usual case, none where there is nothing to submit or look
// for.
// Errors: make() answers with the errno of io_uring_setup(2). Later failures that are not named above are
// ours (a bad descriptor, another thread) and trip an assertion.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/base/result.hpp"
#include "engine/driver/driver.hpp"
#include "engine/uring/compat.hpp"
#include "engine/uring/completion.hpp"
#include "engine/uring/fault_seam.hpp"
#include "engine/uring/ring_config.hpp"

namespace ringwire::uring {

class Ring {
 public:
  static Result<std::unique_ptr<Ring>, std::int32_t> make(const RingConfig& config,
                                                          driver::DriverCounters& counters);
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring();

  // The next submission entry: run an io_uring_prep_*() on it and set its user_data, at once.
  [[nodiscard]] io_uring_sqe& entry();
  // Entries of the operations that go on until they fail or are cancelled: a completion per connection that
  // the blocking `listener` accepted (its descriptor), and per buffer of `group` that was filled (its bytes).
  void accept_each(int listener, std::uint64_t user_data);
  void receive_each(int descriptor, std::uint16_t group, std::uint64_t user_data);
  // Receives datagrams into `group`: one, said in the memory that `header` names, or with `multishot` a
  // completion for each, said at the head of its buffer. `header` must stay until the completion, or the
  // submission.
  void receive_datagrams(int descriptor, msghdr& header, bool multishot, std::uint16_t group,
                         std::uint64_t user_data);
  // Ends the operation `target`; a completion only where that failed.
  void cancel(std::uint64_t target, std::uint64_t user_data);
  // Hands everything to the kernel. Whatever does not have to wait has run when this returns.
  void submit();
  // Submits, then waits as planned, then reaps. Does not wait where completions are queued already, nor with
  // `spin`: who polls has more than this ring to look at. A signal ends it early.
  void wait(const driver::WaitPlan& plan);
  // The oldest completion not yet taken; false when there is none.
  bool pop(Completion& completion);

  [[nodiscard]] io_uring& raw() { return ring_; }
  [[nodiscard]] Mode mode() const { return mode_; }
  [[nodiscard]] bool has_min_timeout() const { return (ring_.features & IORING_FEAT_MIN_TIMEOUT) != 0; }
  [[nodiscard]] std::uint32_t sq_entries() const { return ring_.sq.ring_entries; }
  [[nodiscard]] std::uint32_t cq_entries() const { return ring_.cq.ring_entries; }

 private:
  // Completions worth one more enter without waiting. Beyond it a turn would become long, and the next one
  // finds the rest.
  static constexpr std::size_t kReapTarget = 256;

  explicit Ring(driver::DriverCounters& counters) : counters_(counters) {}

  void enable();
  [[nodiscard]] std::uint32_t unsubmitted() const;
  [[nodiscard]] bool kernel_says(std::uint32_t flag) const;
  [[nodiscard]] bool queued() const { return next_ < completions_.size(); }
  void enter(std::uint32_t wanted, std::uint32_t flags, EnterArgument* argument);
  void enter_and_wait(const driver::WaitPlan& plan);
  void look();
  void show_entries();
  void reap();
  void reap_all();

  driver::DriverCounters& counters_;
  io_uring ring_{};
  Mode mode_ = Mode::plain;
  bool enabled_ = false;
  std::uint32_t tail_ = 0;   // of the submission queue, ours; the kernel sees it at the next enter
  std::uint32_t shown_ = 0;  // entries before it were shown to the seam
  [[no_unique_address]] FaultSeam faults_;
  std::vector<Completion> completions_;
  std::size_t next_ = 0;  // in completions_
};

}  // namespace ringwire::uring
