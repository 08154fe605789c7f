#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "engine/uring/core.hpp"

namespace ringwire::uring {
namespace {

// Unread bytes would turn the FIN into a reset, and a reset throws away what the kernel has still to send.
// With MSG_TRUNC TCP drops them without a copy. Bounded: who sends faster than that gets the reset.
int discard_unread(int descriptor) {
  constexpr int kCalls = 4;
  constexpr std::size_t kBytes = std::size_t{1} << 24;
  int calls = 1;
  while (recv(descriptor, nullptr, kBytes, MSG_DONTWAIT | MSG_TRUNC) > 0 && calls < kCalls) ++calls;
  return calls;
}

}  // namespace

void Core::close(driver::ConnectionId id, driver::CloseMode mode) {
  Connection& connection = at(id);
  if (!connection.alive()) return;
  connection.state = State::closing;
  connection.close_mode = mode;
  settle_receive(connection);
  if (connection.write.armed()) cancel(connection.write);
  settle_close(connection);
}

void Core::cancel(const Operation& operation) {
  ring_->cancel(operations_.target(operation), operations_.cancellation(operation));
}

// ENOENT: the operation is completing, which its own completion tells; or it was about to be retried by the
// kernel and found in no list (armed and cancelled in one submission, with data arriving between). The second
// case stays armed, so ask again until it is gone. EALREADY: it is being ended.
void Core::on_cancel_failed(UserData data, std::int32_t result) {
  const Operation* operation = operations_.find(data);
  if (result == -ENOENT && operation != nullptr) cancel(*operation);
}

void Core::settle_close(Connection& connection) {
  if (!connection.operations_armed()) settled_closes_.push_back(connection.receive.owner);
}

// After a submission: no entry names these descriptors any more, so their numbers may be used again.
void Core::close_settled() {
  for (const std::uint32_t slot : settled_closes_) {
    Connection& connection = connections_[slot];
    close_descriptor(connection);
    connection.state = State::closed;
    counters_.closed.add();
    push(driver::EventKind::closed, connection, 0);
  }
  settled_closes_.clear();
}

void Core::hang_up(int descriptor) {
  driver::close_with_reset(descriptor);
  counters_.system_calls.add(2);
}

void Core::close_descriptor(Connection& connection) {
  const int descriptor = connection.descriptor;
  if (connection.close_mode == driver::CloseMode::reset) {
    hang_up(descriptor);
  } else {
    counters_.system_calls.add(static_cast<std::uint64_t>(discard_unread(descriptor)) + 1);
    ::close(descriptor);
  }
  connection.descriptor = -1;
}

}  // namespace ringwire::uring
