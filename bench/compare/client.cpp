#include "bench/compare/client.hpp"

#include "bench/compare/echo_client.hpp"
#include "bench/compare/relay_client.hpp"
#include "bench/compare/session_client.hpp"

namespace ringwire::compare {

std::unique_ptr<Client> make_client(const Workload& workload, const Subject& subject, std::uint16_t port) {
  if (workload.sessions) return std::make_unique<SessionClient>(workload, port);
  if (workload.shape == Shape::echo) return std::make_unique<EchoClient>(workload, subject, port);
  return std::make_unique<RelayClient>(workload, subject, port);
}

}  // namespace ringwire::compare
