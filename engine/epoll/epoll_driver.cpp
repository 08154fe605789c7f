#include "engine/epoll/epoll_driver.hpp"

#include <unistd.h>

#include "engine/driver/clock.hpp"
#include "engine/driver/errno_table.hpp"
#include "engine/epoll/driver.hpp"

namespace ringwire::epoll {

using driver::BufferPool;
using driver::DriverConfig;

EpollDriver::EpollDriver(const DriverConfig& config, Pools pools)
    : config_(config),
      listeners_(poller_, counters_),
      datagrams_(poller_, counters_, config.datagram_sockets_max),
      pools_(std::move(pools)),
      slots_(config.connections_max) {}

EpollDriver::~EpollDriver() {
  slots_.for_each([](Connection& connection) {
    if (connection.descriptor >= 0) ::close(connection.descriptor);
  });
}

Result<std::unique_ptr<driver::Driver>, std::string> EpollDriver::make(const DriverConfig& config) {
  const auto failed = [](const char* what, std::int32_t error) {
    return Failure{std::string("cannot open ") + what + ": " + driver::explain(error)};
  };
  if (config.connections_max >= Listeners::kNameBase)
    return Failure{std::string("connections_max is too large")};
  auto small = BufferPool::make(config.pools.small_buffers, config.pools.small_bytes);
  if (!small.ok()) return Failure{small.error()};
  auto bulk = BufferPool::make(config.pools.bulk_buffers, config.pools.bulk_bytes);
  if (!bulk.ok()) return Failure{bulk.error()};
  std::unique_ptr<EpollDriver> made(
      new EpollDriver(config, {std::move(small).value(), std::move(bulk).value()}));
  if (const auto reason = made->datagrams_.make_pools(config.datagram_buffers)) return Failure{*reason};
  if (const auto error = made->poller_.error(); error != 0) return failed("an epoll instance", error);
  if (const auto error = made->waker_.error(); error != 0) return failed("an eventfd", error);
  const auto error = made->poller_.watch(made->waker_.descriptor(), EPOLLIN | EPOLLET, kWakerName);
  if (error != 0) return failed("the eventfd's watch", error);
  return std::unique_ptr<driver::Driver>(std::move(made));
}

Now EpollDriver::now() const {
  return driver::read_clocks();
}

std::string EpollDriver::describe() const {
  const auto buffers = [](std::uint32_t count, std::uint32_t bytes) {
    return std::to_string(count) + " x " + std::to_string(bytes) + " B";
  };
  return std::string("epoll: edge triggered, ") + (poller_.precise() ? "nanosecond" : "millisecond") +
         " timeouts, receive buffers " + buffers(config_.pools.small_buffers, config_.pools.small_bytes) +
         " and " + buffers(config_.pools.bulk_buffers, config_.pools.bulk_bytes);
}

Result<std::unique_ptr<driver::Driver>, std::string> make_epoll_driver(const DriverConfig& config) {
  return EpollDriver::make(config);
}

Footprint footprint(const DriverConfig& config) {
  const driver::PoolConfig& pools = config.pools;
  const std::uint64_t sockets = config.datagram_sockets_max;
  const std::uint64_t buffers = sockets * config.datagram_buffers;
  Footprint plan{
      {"epoll: small receive buffers", pools.small_buffers, pools.small_bytes},
      {"epoll: bulk receive buffers", pools.bulk_buffers, pools.bulk_bytes},
      {"epoll: buffer control blocks", std::uint64_t{pools.small_buffers} + pools.bulk_buffers,
       sizeof(Buffer) + sizeof(std::uint32_t)},
      {"epoll: connections", config.connections_max, driver::SlotTable<Connection>::kBytesPerSlot},
      {"epoll: pieces of stalled sends", config.connections_max, driver::Driver::kPiecesMax * sizeof(iovec)},
      {"epoll: queued completions", config.connections_max, 3 * sizeof(driver::Event)},
      {"epoll: short sends", config.connections_max, 2 * sizeof(driver::Unsent)},
      {"epoll: driver", 1, sizeof(EpollDriver)},
  };
  if (sockets == 0) return plan;
  plan.push_back(
      {"epoll: datagram sockets", sockets, Datagrams::kBytesPerSocket + sizeof(driver::BufferPool)});
  plan.push_back({"epoll: datagram buffers", buffers,
                  driver::kDatagramRoomBytes + sizeof(Buffer) + sizeof(std::uint32_t)});
  plan.push_back({"epoll: datagrams of a turn", 1, Datagrams::kBatchBytes + driver::DatagramSender::kBytes});
  return plan;
}

}  // namespace ringwire::epoll
