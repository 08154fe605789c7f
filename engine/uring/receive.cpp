#include <algorithm>

#include "engine/driver/errno_table.hpp"
#include "engine/uring/core.hpp"

namespace ringwire::uring {

void Core::start_receive(driver::ConnectionId id) {
  Connection& connection = at(id);
  RW_ASSERT(connection.state == State::open);
  connection.receive_wanted = true;
  settle_receive(connection);
}

void Core::pause_receive(driver::ConnectionId id) {
  Connection& connection = at(id);
  connection.receive_wanted = false;
  settle_receive(connection);
}

void Core::resume_receive(driver::ConnectionId id) {
  start_receive(id);
}

void Core::use_pool(driver::ConnectionId id, driver::PoolClass pool) {
  Connection& connection = at(id);
  connection.pool = pool;
  settle_receive(connection);
}

driver::PoolState Core::pool_state(driver::PoolClass pool) const {
  return groups_[static_cast<std::size_t>(pool)]->state();
}

// Starts what leads from what is armed to what is wanted. Called after every change of either.
void Core::settle_receive(Connection& connection) {
  const bool wanted =
      connection.state == State::open && connection.receive_wanted && !connection.receive_ended;
  const bool right_pool = connection.pool == connection.armed_pool;
  if (connection.receive.armed()) {
    if (wanted && right_pool) return;
    if (!connection.receive_cancelled) cancel(connection.receive);
    connection.receive_cancelled = true;
    return;
  }
  if (connection.linked()) {
    if (wanted && right_pool) return;
    connection.unlink();
  }
  if (wanted) arm_receive(connection);
}

void Core::arm_receive(Connection& connection) {
  connection.armed_pool = connection.pool;
  ring_->receive_each(connection.descriptor, group(connection.pool).id(),
                      operations_.arm(connection.receive, OperationKind::receive));
}

// Buffers first, receives after: armed the other way round, they would end with ENOBUFS again and again.
// As many as there are buffers, the longest waiting first.
void Core::feed_starving() {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    groups_[i]->publish();
    for (std::uint32_t left = groups_[i]->available(); left > 0 && !starving_[i].empty(); --left) {
      arm_receive(*starving_[i].pop_front());
    }
    for (std::uint32_t left = kEndsPerTurn; left > 0 && !starving_[i].empty(); --left) {
      Connection& connection = *starving_[i].pop_front();
      if (!look_for_end(connection)) starving_[i].push_back(connection);
    }
  }
}

// What waits for a buffer has no receive armed, which would tell of an end.
bool Core::look_for_end(Connection& connection) {
  counters_.system_calls.add();
  const auto error = driver::ended_empty(connection.descriptor);
  if (!error.has_value()) return false;
  connection.receive_ended = true;
  push(driver::EventKind::ended, connection, *error);
  return true;
}

void Core::on_receive(Connection& connection, const Completion& completion) {
  const std::int32_t result = completion.result;
  Slice data;
  if (completion.has_buffer()) {
    data =
        group(connection.armed_pool).take(completion.flags, static_cast<std::uint32_t>(std::max(result, 0)));
  }
  if (completion.final()) connection.receive_cancelled = false;
  if (connection.state == State::closing) {
    counters_.stale_completions.add();
    if (completion.final()) settle_close(connection);
    return;
  }
  if (result > 0) {
    counters_.receives.add();
    counters_.received_bytes.add(static_cast<std::uint32_t>(result));
    push(driver::EventKind::received, connection, 0, std::move(data));
  } else {
    on_receive_failed(connection, -result);
  }
  if (completion.final()) settle_receive(connection);
}

void Core::on_receive_failed(Connection& connection, std::int32_t error) {
  switch (error == 0 ? driver::NextMove::close : driver::next_move(driver::Operation::receive, error)) {
    case driver::NextMove::retry_now:
    case driver::NextMove::retry_later:
    case driver::NextMove::ignore:
    case driver::NextMove::drop:
      return;
    case driver::NextMove::recycle_first:
      counters_.pool_exhausted.add();
      if (look_for_end(connection)) return;
      starving_[static_cast<std::size_t>(connection.armed_pool)].push_back(connection);
      return;
    case driver::NextMove::pause:
    case driver::NextMove::close:
    case driver::NextMove::give_up:
      connection.receive_ended = true;
      push(driver::EventKind::ended, connection, error);
      return;
  }
}

}  // namespace ringwire::uring
