#include "engine/sim/directory.hpp"

#include <algorithm>
#include <cerrno>

#include "codec/base/check.hpp"

namespace ringwire::sim {

void Directory::join(std::span<const IpAddress> addresses) {
  for (const IpAddress& address : addresses) ++hosts_[address].drivers;
}

void Directory::leave(std::span<const IpAddress> addresses) {
  for (const IpAddress& address : addresses) {
    const auto host = hosts_.find(address);
    RW_ASSERT(host != hosts_.end() && host->second.drivers > 0);
    --host->second.drivers;
  }
}

std::uint16_t Directory::pick_port(const IpAddress& address) {
  Host& host = hosts_.at(address);
  for (;;) {
    const std::uint16_t port = host.next_port++;
    if (host.next_port < kFirstPickedPort) host.next_port = kFirstPickedPort;
    if (!listeners_.contains({address, port})) return port;
  }
}

Result<Endpoint, std::int32_t> Directory::listen(const Endpoint& endpoint, const Listening& listening) {
  Endpoint chosen = endpoint;
  if (chosen.port == 0) chosen.port = pick_port(chosen.address);
  std::vector<Listening>& there = listeners_[chosen];
  const bool joins = listening.shared && !listening.first;
  const bool free = there.empty() || (joins && there.front().shared);
  if (!free) return Failure{EADDRINUSE};
  there.push_back(listening);
  return chosen;
}

void Directory::stop(const Endpoint& endpoint, const SimDriver* driver, std::uint32_t index) {
  const auto found = listeners_.find(endpoint);
  RW_ASSERT(found != listeners_.end());
  std::erase_if(found->second, [&](const Listening& listening) {
    return listening.driver == driver && listening.index == index;
  });
  if (found->second.empty()) listeners_.erase(found);
}

std::optional<Listening> Directory::find(const Endpoint& endpoint, Prng& prng) const {
  const auto found = listeners_.find(endpoint);
  if (found == listeners_.end()) return std::nullopt;
  return found->second[prng.below(found->second.size())];
}

}  // namespace ringwire::sim
