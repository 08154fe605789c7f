// Who is at which address of the simulated world, and who listens on which port.
//
// Several drivers may share an address (the shards of one host) and, where all of them ask for it, a port.
// Complexity: O(log n) in addresses and listening ports.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "codec/base/prng.hpp"
#include "codec/base/result.hpp"

namespace ringwire::sim {

class SimDriver;

struct Listening {
  SimDriver* driver = nullptr;
  std::uint32_t index = 0;  // the driver's own name for it
  bool shared = false;      // others may listen there too
  bool first = false;       // and nobody does yet
};

class Directory {
 public:
  void join(std::span<const IpAddress> addresses);
  void leave(std::span<const IpAddress> addresses);
  [[nodiscard]] bool has_host(const IpAddress& address) const {
    const auto host = hosts_.find(address);
    return host != hosts_.end() && host->second.drivers > 0;
  }

  // A port for outbound streams, or for a listener that asked for port 0. `address` must have a host.
  std::uint16_t pick_port(const IpAddress& address);

  // Port 0 picks one. The error is an errno: EADDRINUSE.
  Result<Endpoint, std::int32_t> listen(const Endpoint& endpoint, const Listening& listening);
  void stop(const Endpoint& endpoint, const SimDriver* driver, std::uint32_t index);
  // All who listen there.
  [[nodiscard]] std::span<const Listening> at(const Endpoint& endpoint) const {
    const auto found = listeners_.find(endpoint);
    return found == listeners_.end() ? std::span<const Listening>() : found->second;
  }
  // One of those who listen there, at random.
  [[nodiscard]] std::optional<Listening> find(const Endpoint& endpoint, Prng& prng) const;

 private:
  static constexpr std::uint16_t kFirstPickedPort = 32768;  // as Linux

  // Stays when its last driver has gone: a host that comes back goes on with other ports, or its new streams
  // would have the names of those that others still take for alive.
  struct Host {
    std::uint32_t drivers = 0;
    std::uint16_t next_port = kFirstPickedPort;
  };

  std::map<IpAddress, Host> hosts_;
  std::map<Endpoint, std::vector<Listening>> listeners_;
};

}  // namespace ringwire::sim
