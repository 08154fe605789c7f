#include <sys/socket.h>

#include <cerrno>

#include "engine/driver/errno_table.hpp"
#include "engine/driver/socket.hpp"
#include "engine/epoll/driver.hpp"

namespace ringwire::epoll {

using driver::EventKind;
using driver::NextMove;
using driver::PoolClass;

void EpollDriver::start_receive(ConnectionId id) {
  Connection& connection = live(id);
  RW_ASSERT(!connection.receiving);
  connection.receiving = true;
  make_ready(connection);
}

void EpollDriver::pause_receive(ConnectionId id) {
  Connection& connection = live(id);
  connection.paused = true;
  connection.unlink();
}

void EpollDriver::resume_receive(ConnectionId id) {
  Connection& connection = live(id);
  connection.paused = false;
  make_ready(connection);
}

void EpollDriver::use_pool(ConnectionId id, PoolClass pool) {
  Connection& connection = live(id);
  if (connection.pool == pool) return;
  connection.pool = pool;
  connection.unlink();  // it may be waiting for a buffer of the other pool
  make_ready(connection);
}

driver::PoolState EpollDriver::pool_state(PoolClass which) const {
  return pool(which).state();
}

void EpollDriver::make_ready(Connection& connection) {
  const bool wanted = connection.receiving && !connection.paused && connection.readable;
  if (wanted && !connection.linked()) ready_.push_back(connection);
}

Connection* EpollDriver::next_ready() {
  for (std::size_t i = 0; i < starved_.size(); ++i) {
    if (!starved_[i].empty() && !pools_[i]->empty()) return starved_[i].pop_front();
  }
  return ready_.pop_front();
}

bool EpollDriver::receive(Connection& connection, driver::Event& event) {
  if (connection.turn != turn_) {
    connection.turn = turn_;
    connection.turn_bytes = 0;
  }
  if (connection.turn_bytes >= kTurnBytes) {
    later_.push_back(connection);
    return false;
  }
  driver::BufferPool& buffers = pool(connection.pool);
  Buffer* buffer = buffers.take();
  if (buffer == nullptr) {
    counters_.pool_exhausted.add();
    counters_.system_calls.add();
    if (const auto error = driver::ended_empty(connection.descriptor))
      return receive_ended(connection, *error, event);
    starved_[static_cast<std::size_t>(connection.pool)].push_back(connection);
    return false;
  }
  counters_.system_calls.add();
  const ssize_t count = recv(connection.descriptor, buffer->data, buffer->capacity, MSG_DONTWAIT);
  if (count <= 0) {
    const std::int32_t error = count == 0 ? 0 : errno;
    buffers.put_back(*buffer);
    return receive_ended(connection, error, event);
  }
  const auto bytes = static_cast<std::uint32_t>(count);
  counters_.receives.add();
  counters_.received_bytes.add(bytes);
  connection.turn_bytes += bytes;
  connection.readable = bytes == buffer->capacity || connection.end_seen;
  make_ready(connection);
  event.kind = EventKind::received;
  event.connection = connection.id;
  event.data = Slice(*buffer, 0, bytes);
  return true;
}

bool EpollDriver::receive_ended(Connection& connection, std::int32_t error, driver::Event& event) {
  if (error != 0) {
    const NextMove move = driver::next_move(driver::Operation::receive, error);
    if (move == NextMove::retry_now) {
      ready_.push_front(connection);
      return false;
    }
    if (move == NextMove::retry_later) {
      connection.readable = false;
      return false;
    }
  }
  connection.receiving = false;
  event.kind = EventKind::ended;
  event.connection = connection.id;
  event.error = error;
  return true;
}

}  // namespace ringwire::epoll
