// The other end of a server under test, one kind for each shape of workload.
//
// Rules: cheaper than any server, so that the server is what is measured; connects and, for
// Dialect::authenticated, proves an identity of its own on each connection when it is made; everything that
// goes wrong is thrown as std::exception and ends the measurement.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/compare/workload.hpp"

namespace ringwire::compare {

class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  // Reads and checks everything that one round brings: a server that answers otherwise is not measured.
  virtual void check_one_round() = 0;
  // Sends what the workload says and waits until all of it has arrived, looking at nothing.
  virtual void run_round() = 0;
};

std::unique_ptr<Client> make_client(const Workload& workload, const Subject& subject, std::uint16_t port);

}  // namespace ringwire::compare
