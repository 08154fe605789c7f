#include "engine/driver/errno_table.hpp"
#include "engine/uring/core.hpp"

namespace ringwire::uring {

// Null where every slot is taken.
Connection* Core::take_slot(int descriptor, const Endpoint& remote, State state) {
  if (free_slots_.empty()) return nullptr;
  Connection& connection = connections_[free_slots_.back()];
  connection.receive.owner = connection.write.owner = free_slots_.back();
  free_slots_.pop_back();
  connection.state = state;
  connection.descriptor = descriptor;
  connection.remote = remote;
  connection.pool = driver::PoolClass::small;
  connection.receive_wanted = connection.receive_cancelled = connection.receive_ended = false;
  return &connection;
}

void Core::free_slot(Connection& connection) {
  RW_ASSERT(!connection.operations_armed() && !connection.linked() && connection.rest == nullptr);
  connection.state = State::free;
  connection.descriptor = -1;
  ++connection.generation;
  free_slots_.push_back(connection.receive.owner);
}

Connection& Core::at(driver::ConnectionId id) {
  RW_ASSERT(id.slot < config_.connections_max && connections_[id.slot].generation == id.generation);
  return connections_[id.slot];
}

const Connection& Core::at(driver::ConnectionId id) const {
  RW_ASSERT(id.slot < config_.connections_max && connections_[id.slot].generation == id.generation);
  return connections_[id.slot];
}

driver::ConnectionId Core::id_of(const Connection& connection) const {
  return {connection.receive.owner, connection.generation};
}

Result<driver::ConnectionId, driver::SocketError> Core::connect(const Endpoint& remote,
                                                                const driver::SocketOptions& options) {
  if (free_slots_.empty()) return Failure{driver::SocketError{"connect", remote, driver::kNoSlot}};
  const auto opened = driver::open_stream(remote, options, /*blocking=*/true);
  if (!opened.ok()) return Failure{opened.error()};
  Connection& connection = *take_slot(*opened, remote, State::connecting);
  const driver::SocketAddress& address = dialled_.emplace_back(driver::to_socket_address(remote));
  io_uring_sqe& entry = ring_->entry();
  io_uring_prep_connect(&entry, *opened, address.get(), address.length);
  entry.user_data = operations_.arm(connection.write, OperationKind::connect);
  counters_.connects.add();
  return id_of(connection);
}

void Core::on_connected(Connection& connection, std::int32_t result) {
  if (connection.state == State::closing) {
    counters_.stale_completions.add();
    return settle_close(connection);
  }
  connection.state = State::open;
  push(driver::EventKind::connected, connection, -result);
}

int Core::release(driver::ConnectionId id) {
  Connection& connection = at(id);
  RW_ASSERT(connection.state == State::open && !connection.receive_wanted && !connection.sent_this_turn);
  const int descriptor = connection.descriptor;
  free_slot(connection);
  return descriptor;
}

Result<driver::ConnectionId, driver::SocketError> Core::adopt(int descriptor) {
  const auto remote = driver::remote_endpoint(descriptor);
  counters_.system_calls.add();
  if (!remote) return Failure{driver::SocketError{"adopt", {}, ENOTCONN}};
  Connection* connection = take_slot(descriptor, *remote, State::open);
  if (connection == nullptr) return Failure{driver::SocketError{"adopt", *remote, driver::kNoSlot}};
  return id_of(*connection);
}

void Core::discard(int descriptor) {
  hang_up(descriptor);
}

Endpoint Core::local(driver::ConnectionId connection) const {
  return driver::local_endpoint(at(connection).descriptor);
}

Endpoint Core::remote(driver::ConnectionId connection) const {
  return at(connection).remote;
}

}  // namespace ringwire::uring
