#include "bench/compare/client.hpp"

#include <stdexcept>

#include "bench/compare/echo_client.hpp"

namespace ringwire::compare {

std::unique_ptr<Client> make_client(const Workload& workload, const Subject& subject, std::uint16_t port) {
  if (workload.shape == Shape::echo) return std::make_unique<EchoClient>(workload, subject, port);
  throw std::runtime_error(workload.name + ": there is no client for this shape");
}

}  // namespace ringwire::compare
