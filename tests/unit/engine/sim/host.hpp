// A host of the simulated network, as the tests of this folder need it.
#pragma once

#include <memory>
#include <utility>

#include "engine/sim/sim_driver.hpp"

namespace ringwire::sim {

inline IpAddress host(std::uint32_t number) {
  return IpAddress::v4(10, 0, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number));
}

inline std::unique_ptr<SimDriver> make_driver(SimNetwork& network, std::uint32_t number) {
  driver::DriverConfig config;
  config.connections_max = 16;
  config.pools = {16, 4096, 1, 65536};
  config.datagram_sockets_max = 2;
  return std::move(SimDriver::make(network, config, {host(number)})).value();
}

}  // namespace ringwire::sim
