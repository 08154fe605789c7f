#include "engine/uring/ring.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

#include "engine/driver/errno_table.hpp"

namespace ringwire::uring {
namespace {

constexpr std::uint32_t kCommonFlags =
    IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED;

constexpr std::uint32_t flags_of(Mode mode) {
  switch (mode) {
    case Mode::defer:
      return kCommonFlags | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
             IORING_SETUP_TASKRUN_FLAG;
    case Mode::coop:
      return kCommonFlags | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
    case Mode::plain:
      return kCommonFlags;
  }
  return kCommonFlags;
}

std::uint32_t load_acquire(const unsigned* from) {
  return std::atomic_ref(*const_cast<unsigned*>(from)).load(std::memory_order_acquire);
}

void store_release(unsigned* to, std::uint32_t value) {
  std::atomic_ref(*to).store(value, std::memory_order_release);
}

__kernel_timespec to_timespec(Duration duration) {
  return {duration.count() / 1'000'000'000, duration.count() % 1'000'000'000};
}

}  // namespace

const char* name(Mode mode) {
  constexpr std::array kNames{"defer-taskrun", "coop-taskrun", "plain"};
  return kNames[static_cast<std::size_t>(mode)];
}

Result<std::unique_ptr<Ring>, std::int32_t> Ring::make(const RingConfig& config,
                                                       driver::DriverCounters& counters) {
  std::unique_ptr<Ring> made(new Ring(counters));
  int outcome = -EINVAL;
  for (const Mode mode : {Mode::defer, Mode::coop, Mode::plain}) {
    if (mode < config.best_mode) continue;
    io_uring_params params{};
    params.flags = flags_of(mode);
    params.cq_entries = std::max(config.cq_entries, config.sq_entries);
    made->mode_ = mode;
    outcome = io_uring_queue_init_params(config.sq_entries, &made->ring_, &params);
    if (outcome != -EINVAL) break;
  }
  if (outcome < 0) {
    made->ring_.ring_fd = -1;
    return Failure{-outcome};
  }
  // Entry i of the queue is entry i of the table, always. Newer liburing asks the kernel for rings without
  // the array that would say so.
  if (made->ring_.sq.array != nullptr) {
    for (std::uint32_t i = 0; i < made->sq_entries(); ++i) made->ring_.sq.array[i] = i;
  }
  made->completions_.reserve(made->cq_entries());
  return made;
}

Ring::~Ring() {
  if (ring_.ring_fd >= 0) io_uring_queue_exit(&ring_);
}

// Made disabled, so that whoever composes a node may make rings and groups on its own thread, and hear why
// not.
void Ring::enable() {
  enabled_ = true;
  // Not by io_uring_enable_rings(): liburing 2.3 declares it and does not export it.
  const auto descriptor = static_cast<unsigned>(ring_.ring_fd);
  RW_ASSERT(io_uring_register(descriptor, IORING_REGISTER_ENABLE_RINGS, nullptr, 0) == 0);
  counters_.system_calls.add();
}

std::uint32_t Ring::unsubmitted() const {
  return tail_ - load_acquire(ring_.sq.khead);
}

bool Ring::kernel_says(std::uint32_t flag) const {
  return (std::atomic_ref(*ring_.sq.kflags).load(std::memory_order_relaxed) & flag) != 0;
}

io_uring_sqe& Ring::entry() {
  if (unsubmitted() == sq_entries()) {
    counters_.submission_full.add();
    submit();
  }
  io_uring_sqe& next = ring_.sq.sqes[tail_++ & ring_.sq.ring_mask];
  // Preparing sets all of it in older liburing; in newer ones the rest is left to io_uring_get_sqe().
  next = {};
  return next;
}

void Ring::accept_each(int listener, std::uint64_t user_data) {
  io_uring_sqe& next = entry();
  io_uring_prep_multishot_accept(&next, listener, nullptr, nullptr, SOCK_CLOEXEC);
  next.user_data = user_data;
}

void Ring::receive_each(int descriptor, std::uint16_t group, std::uint64_t user_data) {
  io_uring_sqe& next = entry();
  io_uring_prep_recv_multishot(&next, descriptor, nullptr, 0, 0);
  next.flags |= IOSQE_BUFFER_SELECT;
  next.buf_group = group;
  next.user_data = user_data;
}

void Ring::receive_datagrams(int descriptor, msghdr& header, bool multishot, std::uint16_t group,
                             std::uint64_t user_data) {
  io_uring_sqe& next = entry();
  if (multishot) {
    io_uring_prep_recvmsg_multishot(&next, descriptor, &header, 0);
  } else {
    io_uring_prep_recvmsg(&next, descriptor, &header, 0);
  }
  next.flags |= IOSQE_BUFFER_SELECT;
  next.buf_group = group;
  next.user_data = user_data;
}

void Ring::cancel(std::uint64_t target, std::uint64_t user_data) {
  io_uring_sqe& next = entry();
  io_uring_prep_cancel64(&next, target, 0);
  next.flags |= IOSQE_CQE_SKIP_SUCCESS;
  next.user_data = user_data;
}

void Ring::submit() {
  while (unsubmitted() > 0) enter(0, 0, nullptr);
}

// One enter with everything unsubmitted. What the kernel did not take stays in the queue.
void Ring::enter(std::uint32_t wanted, std::uint32_t flags, EnterArgument* argument) {
  if (!enabled_) enable();
  show_entries();
  store_release(ring_.sq.ktail, tail_);
  counters_.system_calls.add();
  int outcome = faults_.enter_answer();
  if (outcome == 0) {
    outcome = io_uring_enter2(static_cast<unsigned>(ring_.ring_fd), unsubmitted(), wanted, flags,
                              reinterpret_cast<sigset_t*>(argument),
                              argument == nullptr ? _NSIG / 8 : sizeof *argument);
  }
  if (outcome >= 0 || outcome == -ETIME || outcome == -EINTR) return;
  RW_ASSERT(driver::next_move(driver::Operation::submit, -outcome) == driver::NextMove::retry_later);
  // The kernel is short of memory, or wants its completions taken first.
  reap();
  counters_.system_calls.add();
  io_uring_enter2(static_cast<unsigned>(ring_.ring_fd), 0, 0, IORING_ENTER_GETEVENTS, nullptr, _NSIG / 8);
  std::this_thread::yield();
}

void Ring::show_entries() {
  for (; shown_ != tail_; ++shown_) faults_.on_submit(ring_.sq.sqes[shown_ & ring_.sq.ring_mask]);
}

void Ring::enter_and_wait(const driver::WaitPlan& plan) {
  __kernel_timespec timeout = to_timespec(plan.timeout);
  EnterArgument argument;
  argument.timeout = reinterpret_cast<std::uint64_t>(&timeout);
  std::uint32_t wanted = 1;
  const Duration gather = std::min(plan.gather, plan.timeout);
  if (has_min_timeout() && plan.wanted > 1 && gather >= 1us) {
    wanted = std::min(plan.wanted, cq_entries());
    argument.min_wait_us =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(gather).count());
  }
  // A partial submit returns without waiting.
  do {
    enter(wanted, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument);
  } while (unsubmitted() > 0);
}

// The kernel raises TASKRUN when it has something to run: looking in vain costs no system call.
void Ring::look() {
  if (unsubmitted() == 0 && !kernel_says(IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) return;
  do {
    enter(0, IORING_ENTER_GETEVENTS, nullptr);
  } while (unsubmitted() > 0);
}

void Ring::wait(const driver::WaitPlan& plan) {
  if (plan.timeout > 0ns && !plan.spin && !queued()) {
    enter_and_wait(plan);
  } else {
    look();
  }
  reap_all();
}

void Ring::reap() {
  std::uint32_t head = *ring_.cq.khead;
  const std::uint32_t tail = load_acquire(ring_.cq.ktail);
  const std::size_t before = completions_.size();
  for (; head != tail; ++head) {
    const io_uring_cqe& from = ring_.cq.cqes[head & ring_.cq.ring_mask];
    completions_.push_back({from.user_data, from.res, from.flags});
  }
  store_release(ring_.cq.khead, head);
  faults_.on_completions(std::span(completions_).subspan(before));
}

void Ring::reap_all() {
  reap();
  for (;;) {
    const bool overflown = kernel_says(IORING_SQ_CQ_OVERFLOW);
    const bool more = kernel_says(IORING_SQ_TASKRUN) && completions_.size() - next_ < kReapTarget;
    if (!overflown && !more) return;
    if (overflown) counters_.completion_overflows.add();
    const std::size_t before = completions_.size();
    enter(0, IORING_ENTER_GETEVENTS, nullptr);
    reap();
    // The kernel sets TASKRUN after it has queued the work: if we ran that work in between, the flag stays up
    // over an empty list until the next completion, and asking again would spin for as long as that takes.
    if (!overflown && completions_.size() == before) return;
  }
}

bool Ring::pop(Completion& completion) {
  if (!queued()) {
    completions_.clear();
    next_ = 0;
    return false;
  }
  completion = completions_[next_++];
  return true;
}

}  // namespace ringwire::uring
