#include <unistd.h>

#include "engine/driver/clock.hpp"
#include "engine/driver/errno_table.hpp"
#include "engine/uring/core.hpp"

namespace ringwire::uring {

Result<driver::ListenerId, driver::SocketError> Core::listen(const Endpoint& endpoint,
                                                             const driver::ListenOptions& options) {
  const auto opened = driver::open_listener(endpoint, options, /*blocking=*/true);
  if (!opened.ok()) return Failure{opened.error()};
  const auto index = static_cast<std::uint32_t>(listeners_.size());
  Listener& listener = listeners_.emplace_back();
  listener.descriptor = *opened;
  listener.accept.owner = index;
  arm_accept(listener);
  return driver::ListenerId{index};
}

// shutdown() ends the listening at once and completes the armed accept; the descriptor is closed after that.
void Core::stop_listening(driver::ListenerId id) {
  Listener& listener = listeners_.at(id.index);
  if (listener.stopped) return;
  listener.stopped = true;
  ::shutdown(listener.descriptor, SHUT_RD);
  counters_.system_calls.add();
  if (listener.again != kNever) {
    listener.again = kNever;
    --paused_listeners_;
  }
  if (!listener.accept.armed()) on_accept_ended(listener, -ECANCELED);
}

Endpoint Core::local(driver::ListenerId listener) const {
  return driver::local_endpoint(listeners_.at(listener.index).descriptor);
}

void Core::arm_accept(Listener& listener) {
  ring_->accept_each(listener.descriptor, operations_.arm(listener.accept, OperationKind::accept));
}

void Core::accept_again(Instant time) {
  for (Listener& listener : listeners_) {
    if (listener.again > time) continue;
    listener.again = kNever;
    --paused_listeners_;
    arm_accept(listener);
  }
}

void Core::on_accept(std::uint32_t index, const Completion& completion) {
  if (completion.result >= 0) on_accepted(index, completion.result);
  if (completion.final()) on_accept_ended(listeners_[index], completion.result);
}

void Core::on_accepted(std::uint32_t index, int descriptor) {
  Connection* connection = nullptr;
  if (!listeners_[index].stopped) {
    const auto remote = driver::remote_endpoint(descriptor);
    counters_.system_calls.add();
    if (!remote) {
      counters_.accept_gone.add();
      return hang_up(descriptor);
    }
    connection = take_slot(descriptor, *remote, State::open);
  }
  if (connection == nullptr) {
    counters_.accept_refused.add();
    return hang_up(descriptor);
  }
  counters_.accepted.add();
  push(driver::EventKind::accepted, *connection, 0);
  events_.back().listener = {index};
}

void Core::on_accept_ended(Listener& listener, std::int32_t result) {
  if (listener.stopped) {
    ::close(listener.descriptor);
    counters_.system_calls.add();
    listener.descriptor = -1;
    return;
  }
  switch (result >= 0 ? driver::NextMove::retry_now : driver::next_move(driver::Operation::accept, -result)) {
    case driver::NextMove::retry_now:
    case driver::NextMove::retry_later:
    case driver::NextMove::ignore:
    case driver::NextMove::drop:
      return arm_accept(listener);
    case driver::NextMove::pause:
    case driver::NextMove::recycle_first:
    case driver::NextMove::close:
    case driver::NextMove::give_up:
      counters_.accept_pauses.add();
      listener.again = driver::read_monotonic() + kAcceptPause;
      ++paused_listeners_;
      return;
  }
}

}  // namespace ringwire::uring
