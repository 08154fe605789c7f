// Where a test build steps between a ring and the kernel (ring_faults.hpp); in any other build it is nothing.
#pragma once

#include <span>

#include "engine/uring/compat.hpp"
#include "engine/uring/completion.hpp"

#ifdef RINGWIRE_RING_FAULTS
#include "engine/uring/ring_faults.hpp"
#endif

namespace ringwire::uring {

class FaultSeam {
#ifdef RINGWIRE_RING_FAULTS
 public:
  void on_submit(io_uring_sqe& entry) const {
    if (faults_ != nullptr) faults_->on_submit(entry);
  }
  [[nodiscard]] int enter_answer() const {
    return faults_ != nullptr ? faults_->enter_answer() : 0;
  }
  void on_completions(std::span<Completion> fresh) const {
    if (faults_ != nullptr) faults_->on_completions(fresh);
  }

 private:
  RingFaults* const faults_ = RingFaults::installed();
#else
 public:
  void on_submit(io_uring_sqe&) const {}
  [[nodiscard]] int enter_answer() const {
    return 0;
  }
  void on_completions(std::span<Completion>) const {}
#endif
};

}  // namespace ringwire::uring
