#include "engine/uring/uring_driver.hpp"

#include <algorithm>

#include "engine/uring/core.hpp"

namespace ringwire::uring {

Result<std::unique_ptr<driver::Driver>, std::string> make_uring_driver(const driver::DriverConfig& config) {
  return make_uring_driver(config, ring_config(config));
}

Result<std::unique_ptr<driver::Driver>, std::string> make_uring_driver(const driver::DriverConfig& config,
                                                                       const RingConfig& ring) {
  auto core = Core::make(config, ring);
  if (!core.ok()) return Failure{core.error()};
  return std::unique_ptr<driver::Driver>(std::move(core).value());
}

// A turn reaps a few hundred completions; the rest of the completion queue is for bursts.
RingConfig ring_config(const driver::DriverConfig& config) {
  return {.sq_entries = config.sq_entries, .cq_entries = 4 * config.sq_entries};
}

Footprint footprint(const driver::DriverConfig& config) {
  const RingConfig ring = ring_config(config);
  const driver::PoolConfig& pools = config.pools;
  const std::uint64_t buffers = std::uint64_t{pools.small_buffers} + pools.bulk_buffers;
  const std::uint64_t slots = config.connections_max;
  const std::uint64_t sockets = config.datagram_sockets_max;
  const std::uint64_t datagrams = sockets * config.datagram_buffers;
  // Per slot: accepted or connected, ended, rest_sent, closed. Per buffer: received. One woken.
  const std::uint64_t events = 4 * slots + buffers + datagrams + 1;
  // A connection has a receive and a connect or rest armed at most; a datagram socket a receive, the waker
  // one read.
  const std::uint64_t operations = 2 * slots + sockets + 1;
  Footprint plan{
      {"uring: submission queue", ring.sq_entries, sizeof(io_uring_sqe) + sizeof(std::uint32_t)},
      {"uring: completion queue, and its copy while a turn runs", ring.cq_entries,
       sizeof(io_uring_cqe) + sizeof(Completion)},
      {"uring: small receive buffers", pools.small_buffers, pools.small_bytes},
      {"uring: bulk receive buffers", pools.bulk_buffers, pools.bulk_bytes},
      {"uring: buffer ring entries and control blocks", buffers, sizeof(io_uring_buf) + sizeof(Buffer)},
      {"uring: connections", slots, sizeof(Connection) + 3 * sizeof(std::uint32_t)},
      {"uring: operation table", operations, sizeof(OperationTable::Place) + sizeof(std::uint32_t)},
      {"uring: events", events, sizeof(driver::Event)},
      {"uring: gather lists of a turn", SendBatch::kPieces, sizeof(iovec)},
      {"uring: gather headers of a turn", SendBatch::kHeaders, sizeof(msghdr)},
      {"uring: sends of a turn and what fell short", slots, 16 + sizeof(driver::Unsent)},
      {"uring: gather lists of rest sends", slots,
       sizeof(RestSend) + driver::Driver::kPiecesMax * sizeof(iovec)},
      {"uring: kernel memory of armed operations", operations, kKernelBytesPerOperation},
  };
  if (sockets == 0) return plan;
  plan.push_back({"uring: datagram sockets", sockets, Datagrams::kBytesPerSocket});
  plan.push_back({"uring: datagram buffers", datagrams,
                  driver::kDatagramRoomBytes + sizeof(io_uring_buf) + sizeof(Buffer)});
  plan.push_back({"uring: datagrams sent in a turn", 1, driver::DatagramSender::kBytes});
  return plan;
}

}  // namespace ringwire::uring
