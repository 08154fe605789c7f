#include "engine/sim/sim_driver.hpp"

#include <algorithm>
#include <cerrno>

#include "engine/driver/errno_table.hpp"

namespace ringwire::sim {

using driver::BufferPool;
using driver::CloseMode;
using driver::EventKind;

Result<std::unique_ptr<SimDriver>, std::string> SimDriver::make(SimNetwork& network,
                                                                const driver::DriverConfig& config,
                                                                std::vector<IpAddress> addresses) {
  RW_ASSERT(!addresses.empty());
  auto small = BufferPool::make(config.pools.small_buffers, config.pools.small_bytes);
  if (!small.ok()) return Failure{small.error()};
  auto bulk = BufferPool::make(config.pools.bulk_buffers, config.pools.bulk_bytes);
  if (!bulk.ok()) return Failure{bulk.error()};
  DatagramPools datagram_pools;
  while (datagram_pools.size() < config.datagram_sockets_max) {
    auto pool = BufferPool::make(config.datagram_buffers, driver::kDatagramRoomBytes);
    if (!pool.ok()) return Failure{pool.error()};
    datagram_pools.push_back(std::move(pool).value());
  }
  return std::unique_ptr<SimDriver>(new SimDriver(network, config, std::move(addresses),
                                                  {std::move(small).value(), std::move(bulk).value()},
                                                  std::move(datagram_pools)));
}

SimDriver::SimDriver(SimNetwork& network, const driver::DriverConfig& config,
                     std::vector<IpAddress> addresses, Pools pools, DatagramPools datagram_pools)
    : network_(network),
      config_(config),
      addresses_(std::move(addresses)),
      pools_(std::move(pools)),
      slots_(config.connections_max),
      datagram_pools_(std::move(datagram_pools)),
      sockets_(config.datagram_sockets_max) {
  number_ = network_.join(*this, addresses_);
}

SimDriver::~SimDriver() {
  slots_.for_each([this](Connection& connection) {
    if (connection.end != nullptr) network_.hang_up(*connection.end, CloseMode::reset);
  });
  for (std::uint32_t index = 0; index < listeners_.size(); ++index) {
    if (listeners_[index].port != 0) stop_listening({index});
  }
  sockets_.for_each([this](const DatagramSocket& socket) {
    network_.datagrams_.ports().stop(socket.local, this, socket.id.slot);
  });
  network_.leave(*this, number_, addresses_);
}

const IpAddress* SimDriver::own_address(const IpAddress& wanted) const {
  const auto found = std::find_if(addresses_.begin(), addresses_.end(), [&](const IpAddress& own) {
    return own == wanted || (wanted.is_unspecified() && own.family == wanted.family);
  });
  return found == addresses_.end() ? nullptr : &*found;
}

const IpAddress* SimDriver::source_towards(const IpAddress& remote) const {
  const auto found = std::find_if(addresses_.begin(), addresses_.end(),
                                  [&](const IpAddress& own) { return own.family == remote.family; });
  return found == addresses_.end() ? nullptr : &*found;
}

Result<driver::ListenerId, driver::SocketError> SimDriver::listen(const Endpoint& endpoint,
                                                                  const driver::ListenOptions& options) {
  const IpAddress* address = own_address(endpoint.address);
  if (address == nullptr) return Failure{SocketError{"bind", endpoint, EADDRNOTAVAIL}};
  const auto index = static_cast<std::uint32_t>(listeners_.size());
  const auto listening =
      network_.directory_.listen({*address, endpoint.port}, {this, index, options.reuse_port, options.first});
  if (!listening.ok()) return Failure{SocketError{"bind", endpoint, listening.error()}};
  listeners_.push_back(*listening);
  return ListenerId{index};
}

void SimDriver::stop_listening(ListenerId listener) {
  Endpoint& endpoint = listeners_.at(listener.index);
  RW_ASSERT(endpoint.port != 0);
  network_.directory_.stop(endpoint, this, listener.index);
  endpoint.port = 0;
}

Endpoint SimDriver::local(ListenerId listener) const {
  return listeners_.at(listener.index);
}

Result<driver::ConnectionId, driver::SocketError> SimDriver::connect(const Endpoint& remote,
                                                                     const driver::SocketOptions&) {
  const IpAddress* source = source_towards(remote.address);
  if (source == nullptr) return Failure{SocketError{"connect", remote, ENETUNREACH}};
  if (slots_.full()) return Failure{SocketError{"connect", remote, driver::kNoSlot}};
  counters_.connects.add();
  const ConnectionId id = slots_.take();
  Connection& connection = slots_.at(id);
  connection.id = id;
  connection.end = &network_.dial(*this, id, {*source, 0}, remote);
  return id;
}

int SimDriver::release(ConnectionId id) {
  Connection& connection = live(id);
  RW_ASSERT(!connection.receiving && connection.rest.empty());
  const int descriptor = network_.release(*connection.end);
  slots_.free(id);
  return descriptor;
}

Result<driver::ConnectionId, driver::SocketError> SimDriver::adopt(int descriptor) {
  if (slots_.full()) return Failure{SocketError{"adopt", {}, driver::kNoSlot}};
  End* end = network_.adopt(descriptor, *this);
  if (end == nullptr) return Failure{SocketError{"adopt", {}, EBADF}};
  const ConnectionId id = slots_.take();
  Connection& connection = slots_.at(id);
  connection.id = id;
  connection.end = end;
  end->connection = id;
  return id;
}

void SimDriver::discard(int descriptor) {
  network_.discard(descriptor);
}

void SimDriver::close(ConnectionId id, CloseMode mode) {
  Connection& connection = live(id);
  connection.unlink();
  connection.rest = {};
  counters_.closed.add();
  network_.hang_up(*connection.end, mode);
  connection.end = nullptr;
  complete(EventKind::closed, id, 0);
}

Endpoint SimDriver::local(ConnectionId id) const {
  return live(id).end->local;
}

Endpoint SimDriver::remote(ConnectionId id) const {
  return live(id).end->remote;
}

SimDriver::Connection& SimDriver::live(ConnectionId id) const {
  Connection& connection = slots_.at(id);
  RW_ASSERT(connection.end != nullptr);
  return connection;
}

bool SimDriver::on_accepted(std::uint32_t listener, End& end) {
  if (slots_.full()) {
    counters_.accept_refused.add();
    return false;
  }
  counters_.accepted.add();
  const ConnectionId id = slots_.take();
  Connection& connection = slots_.at(id);
  connection.id = id;
  connection.end = &end;
  end.connection = id;
  complete(EventKind::accepted, id, 0);
  completions_.back().listener = {listener};
  return true;
}

void SimDriver::on_connected(End& end, std::int32_t error) {
  complete(EventKind::connected, end.connection, error);
}

std::string SimDriver::describe() const {
  return "sim: virtual time, host " + addresses_.front().to_string();
}

}  // namespace ringwire::sim
