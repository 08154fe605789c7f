// The datagram sockets of a simulated driver.
#include <algorithm>
#include <cerrno>

#include "engine/driver/errno_table.hpp"
#include "engine/sim/sim_driver.hpp"

namespace ringwire::sim {

using driver::kDatagramsPerTurn;

Result<driver::DatagramSocketId, driver::SocketError> SimDriver::open_datagrams(
    const Endpoint& endpoint, const driver::DatagramOptions& options) {
  if (sockets_.full()) return Failure{SocketError{driver::kOpenDatagrams, endpoint, driver::kNoSlot}};
  const IpAddress* address = own_address(endpoint.address);
  if (address == nullptr) return Failure{SocketError{"bind", endpoint, EADDRNOTAVAIL}};
  const DatagramSocketId id = sockets_.take();
  const auto bound = network_.datagrams_.ports().listen({*address, endpoint.port},
                                                        {this, id.slot, options.reuse_port, options.first});
  if (!bound.ok()) {
    sockets_.free(id);
    return Failure{SocketError{"bind", endpoint, bound.error()}};
  }
  DatagramSocket& socket = sockets_.at(id);
  socket.id = id;
  socket.local = *bound;
  if (options.receive_buffer_bytes != 0) socket.room_bytes = 2ULL * options.receive_buffer_bytes;
  return id;
}

void SimDriver::close_datagrams(DatagramSocketId id) {
  network_.datagrams_.ports().stop(sockets_.at(id).local, this, id.slot);
  sockets_.free(id);
}

Endpoint SimDriver::local(DatagramSocketId id) const {
  return sockets_.at(id).local;
}

void SimDriver::pause_datagrams(DatagramSocketId id) {
  sockets_.at(id).paused = true;
}

void SimDriver::resume_datagrams(DatagramSocketId id) {
  sockets_.at(id).paused = false;
  network_.mark_ready(*this);
}

driver::PoolState SimDriver::datagram_pool(DatagramSocketId id) const {
  return datagram_pools_[sockets_.at(id).id.slot]->state();
}

void SimDriver::send_datagram(DatagramSocketId id, const Endpoint& to, ByteView bytes) {
  RW_ASSERT(bytes.size() <= driver::kDatagramBytesMax);
  const Endpoint& from = sockets_.at(id).local;
  // As the kernel answers: another family, no port.
  if (to.address.family != from.address.family || to.port == 0)
    return counters_.datagrams_unsent_refused.add();
  counters_.datagrams_sent.add();
  counters_.datagram_bytes_sent.add(bytes.size());
  network_.send_datagram(from, to, bytes);
}

void SimDriver::on_datagram(std::uint32_t slot, const Packet& packet) {
  DatagramSocket& socket = *sockets_.at_slot(slot);
  const std::uint64_t bytes = packet.bytes.size() + kDatagramOverheadBytes;
  if (socket.queued_bytes + bytes > socket.room_bytes) return counters_.datagrams_overflowed.add();
  socket.queued_bytes += bytes;
  socket.queue.push_back({packet.from, Segment(packet.bytes.begin(), packet.bytes.end())});
  if (!socket.paused) network_.mark_ready(*this);
}

// Those that can be told without waiting.
bool SimDriver::has_datagrams() {
  bool some = false;
  sockets_.for_each([&](const DatagramSocket& socket) {
    some = some || (!socket.paused && !socket.queue.empty() && !datagram_pools_[socket.id.slot]->empty());
  });
  return some;
}

void SimDriver::begin_datagram_turn() {
  sockets_.for_each([](DatagramSocket& socket) { socket.left = kDatagramsPerTurn; });
}

bool SimDriver::next_datagram(driver::Event& event) {
  bool told = false;
  sockets_.for_each([&](DatagramSocket& socket) {
    while (!told && !socket.paused && socket.left > 0 && !socket.queue.empty()) {
      Buffer* buffer = datagram_pools_[socket.id.slot]->take();
      if (buffer == nullptr && !socket.starved) counters_.datagram_pool_exhausted.add();
      socket.starved = buffer == nullptr;
      if (buffer == nullptr) return;
      --socket.left;
      told = receive_datagram(socket, *buffer, event);
    }
  });
  return told;
}

bool SimDriver::receive_datagram(DatagramSocket& socket, Buffer& buffer, driver::Event& event) {
  const Arrived arrived = std::move(socket.queue.front());
  socket.queue.pop_front();
  socket.queued_bytes -= arrived.bytes.size() + kDatagramOverheadBytes;
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(arrived.bytes.size(), buffer.capacity));
  std::copy_n(arrived.bytes.begin(), size, buffer.data);
  Slice data(buffer, 0, size);
  if (arrived.bytes.size() > driver::kDatagramBytesMax) {
    counters_.datagrams_oversize.add();
    return false;
  }
  counters_.datagrams_received.add();
  counters_.datagram_bytes_received.add(size);
  event.kind = driver::EventKind::datagram;
  event.socket = socket.id;
  event.from = arrived.from;
  event.data = std::move(data);
  return true;
}

}  // namespace ringwire::sim
